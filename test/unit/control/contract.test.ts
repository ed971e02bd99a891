import assert from "node:assert/strict";
import { test } from "node:test";
import { z } from "zod";
import { contract, type CallName } from "../../../agent/control/contract.ts";
import { byName, permits, type AnyCall, type AnyEvent } from "../../../agent/control/define.ts";
import { describeField, summaryOf } from "../../../agent/control/describe.ts";
import { isReason } from "../../../agent/control/reasons.ts";

const CALLS = [...byName<AnyCall>(contract.calls)];
const EVENTS = [...byName<AnyEvent>(contract.events)];

/** A schema's form as JSON Schema has it. */
function formOf(schema: z.ZodType, io: "input" | "output"): string {
  return JSON.stringify(z.toJSONSchema(schema, { io }));
}

/** The names of an input's fields; of each form, if it has several. */
function fieldsOf(schema: z.core.$ZodType): string[] {
  if (schema instanceof z.ZodUnion) return schema.options.flatMap(fieldsOf);
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
}

for (const [name, definition] of CALLS) {
  test(`${name}: every field that it takes is described, and no other is taken`, () => {
    for (const field of fieldsOf(definition.input)) {
      assert.match(describeField(name as CallName, field), /^\S/, field);
    }
    assert.equal(definition.input.safeParse({ "no-such-field": 1 }).success, false);
    assert.throws(() => describeField(name as CallName, "no-such-field"), TypeError);
  });

  test(`${name}: its reasons are known to clients, and it has a summary of one line`, () => {
    for (const reason of definition.errors) assert.ok(isReason(reason), reason);
    assert.match(summaryOf(name as CallName), /^[a-z].*[^.]$/);
  });
}

for (const [name, schema] of [
  ...CALLS.map(([call, { output }]) => [call, output] as const),
  ...EVENTS.map(([event, { payload }]) => [event, payload] as const),
]) {
  test(`${name}: what the agent tells has no place for a key`, () =>
    assert.doesNotMatch(formOf(schema, "output"), /"(?:key|psk|secret|password|token)":/));
}

test("only texts that are reasons are reasons", () => {
  assert.equal(isReason("busy"), true);
  for (const other of ["", "Busy", "__proto__", "toString", 7, null, undefined, ["busy"]]) {
    assert.equal(isReason(other), false);
  }
});

test("a field inside a field is described", () =>
  assert.match(describeField("provider.test", "draft.server"), /^its DOTS server/));

test("what changes anything needs more than the right to read", () => {
  const reading = CALLS.filter(([, { needs }]) => permits("read", needs)).map(([name]) => name);
  assert.deepEqual(reading, [
    "agent.status",
    "provider.list",
    "provider.show",
    "target.list",
    "scope.preview",
    "mitigation.list",
    "mitigation.show",
    "mitigation.samples",
    "activity.list",
  ]);
});
