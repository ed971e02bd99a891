import assert from "node:assert/strict";
import { test } from "node:test";
import { controlFault, testFault } from "../../../agent/cli/control-exit.ts";
import { CliError } from "../../../agent/cli/exit.ts";
import type { Reason, TestReport } from "../../../agent/control/contract.ts";
import { ControlError } from "../../../agent/control/control-error.ts";
import { ControlGone, type ControlGoneCode } from "../../../agent/control/control-gone.ts";
import { aReport } from "../../support/control-samples.ts";

const START = "mayday agent run";

function faultOf(error: Error): CliError {
  const fault = controlFault(error, START);
  assert.ok(fault instanceof CliError);
  return fault;
}

const reasons: Record<Reason, number> = {
  "invalid-input": 2,
  "unknown-method": 1,
  "not-allowed": 1,
  busy: 1,
  "store-failed": 1,
  stopping: 6,
  internal: 1,
  "name-taken": 2,
  "bad-server": 2,
  "bad-key": 2,
  "bad-certificate": 2,
  "provider-known": 2,
  "practice-failed": 1,
  "no-such-provider": 2,
  "provider-in-use": 2,
  "bad-target": 2,
  "no-such-target": 2,
  "no-provider": 2,
  "which-provider": 2,
  "too-many": 2,
  "already-asked": 2,
  "ids-exhausted": 1,
  "no-such-mitigation": 2,
  "console-off": 2,
};

for (const [reason, exit] of Object.entries(reasons) as [Reason, number][]) {
  test(`${reason} ends in exit ${exit}, and is the error's code`, () => {
    const fault = faultOf(new ControlError({ reason, message: "no" }));
    assert.deepEqual([fault.exit, fault.code, fault.message], [exit, reason, "no"]);
  });
}

const gone: Record<ControlGoneCode, number> = {
  "not-running": 6,
  lost: 6,
  silent: 4,
  "not-mayday": 1,
  "other-version": 1,
  "not-allowed": 1,
  untrusted: 1,
};

for (const [code, exit] of Object.entries(gone) as [ControlGoneCode, number][]) {
  test(`an agent that is ${code} ends in exit ${exit}, with a hint`, () => {
    const fault = faultOf(new ControlGone(code, "no"));
    assert.deepEqual([fault.exit, fault.code], [exit, `agent-${code}`]);
    assert.ok(fault.hint !== undefined && fault.hint !== "");
  });
}

test("an agent that is not running: the hint is how to start it", () => {
  assert.equal(faultOf(new ControlGone("not-running", "no")).hint, `Start it with: ${START}`);
});

test("the agent's own hint is better than ours", () => {
  const error = new ControlError({ reason: "which-provider", message: "no", hint: "A or B" });
  assert.equal(faultOf(error).hint, "A or B");
});

test("words of the agent cannot move the cursor", () => {
  const error = new ControlError({ reason: "bad-target", message: "a\u{1b}[2J", hint: "b\r" });
  const { message, hint } = faultOf(error);
  assert.deepEqual([message, hint], ["a�[2J", "b�"]);
});

test("any other error is left as it is", () => {
  const error = new TypeError("boom");
  assert.equal(controlFault(error, START), error);
});

type FaultCode = NonNullable<TestReport["fault"]>["code"];

const tests: Record<FaultCode, number> = {
  "name-not-found": 4,
  unreachable: 4,
  "key-refused": 5,
  silent: 4,
  closed: 4,
  "not-dots": 4,
  internal: 1,
};

for (const [code, exit] of Object.entries(tests) as [FaultCode, number][]) {
  test(`a provider's test that fails by ${code} ends in exit ${exit}`, () => {
    const fault = testFault(aReport({ ok: false, fault: { code, message: "m", hint: "h" } }));
    assert.deepEqual([fault?.exit, fault?.code, fault?.hint], [exit, code, "h"]);
  });
}

test("a test that went well is no fault", () => {
  assert.equal(testFault(aReport()), undefined);
});
