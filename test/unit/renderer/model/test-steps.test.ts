import assert from "node:assert/strict";
import { test } from "node:test";
import type { TestStep } from "../../../../agent/control/contract.ts";
import { testOutcome, testSteps } from "../../../../renderer/model/test-steps.ts";

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

test("a step that was not tried says so by its state alone", () => {
  const [, , last] = testSteps([step({ step: "heartbeat", state: "skipped", text: "not tried" })]);
  assert.deepEqual([last?.state, last?.text], ["skipped", ""]);
});

test("what the agent tells begins as a sentence", () => {
  assert.equal(
    testSteps([step({ text: "looking up x.example" })])[0]?.text,
    "Looking up x.example",
  );
});

test("what a step says already is not said again below", () => {
  const message = "the server did not accept the key";
  const fault = { code: "key-refused", message, hint: "Check the PSK identity." } as const;
  const failed = step({ step: "handshake", state: "failed", text: message });
  assert.deepEqual(testOutcome({ ok: false, steps: [failed], fault }), ["Check the identity."]);
  assert.deepEqual(testOutcome({ ok: false, steps: [], fault }), [
    "The server did not accept the key",
    "Check the identity.",
  ]);
});
