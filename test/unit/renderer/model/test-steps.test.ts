import assert from "node:assert/strict";
import { test } from "node:test";
import type { TestStep } from "../../../../agent/control/contract.ts";
import { testSteps } from "../../../../renderer/model/test-steps.ts";

const step = (more: Partial<TestStep>): TestStep => ({
  step: "resolve",
  state: "running",
  text: "",
  ms: null,
  ...more,
});
const shapes = (told: readonly TestStep[]) => testSteps(told).map(({ shape }) => shape);

test("all steps are there before the first is told of", () => {
  assert.deepEqual(shapes([]), ["ahead", "ahead", "ahead"]);
});

test("a step is as it was last told", () => {
  const told = [step({}), step({ state: "ok", text: "203.0.113.1", ms: 2 })];
  assert.deepEqual(shapes(told), ["done", "ahead", "ahead"]);
  assert.equal(testSteps(told)[0]?.text, "203.0.113.1");
});

test("after a failure the others were not tried", () => {
  const told = [
    step({ state: "ok" }),
    step({ step: "handshake", state: "failed" }),
    step({ step: "heartbeat", state: "skipped" }),
  ];
  assert.deepEqual(shapes(told), ["done", "failed", "ahead"]);
});
