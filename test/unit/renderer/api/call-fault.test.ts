import assert from "node:assert/strict";
import { test } from "node:test";
import { ControlError } from "../../../../agent/control/control-error.ts";
import { ControlGone } from "../../../../agent/control/control-gone.ts";
import { callFaultOf } from "../../../../renderer/api/call-fault.ts";

test("a refusal keeps its reason, its words and its hint", () => {
  const error = new ControlError({ reason: "bad-key", message: "too short", hint: "ask" });
  assert.deepEqual(callFaultOf(error), { reason: "bad-key", message: "too short", hint: "ask" });
});

test("a lost agent is no refusal", () => {
  assert.equal(callFaultOf(new ControlGone("lost", "gone")).reason, "agent-gone");
});

for (const odd of [new TypeError("x"), "x", undefined]) {
  test(`anything else is unknown: ${String(odd)}`, () =>
    assert.equal(callFaultOf(odd).reason, "unknown"));
}
