import assert from "node:assert/strict";
import { test } from "node:test";
import type { CallFault } from "../../../../renderer/api/call-fault.ts";
import { faultSentences } from "../../../../renderer/model/fault-sentences.ts";

const fault = (more: Partial<CallFault>): CallFault => ({
  reason: "internal",
  message: "it broke",
  hint: undefined,
  ...more,
});

const cases: readonly (readonly [name: string, fault: CallFault, sentences: readonly RegExp[]])[] =
  [
    ["ours alone", fault({ reason: "internal" }), [/fault of its own/]],
    [
      "with the agent's own",
      fault({ reason: "bad-target", message: "192.168.1.10 is inside" }),
      [/cannot be asked for/, /^192\.168\.1\.10 is inside\.$/],
    ],
    [
      "with its hint",
      fault({ reason: "store-failed", message: "the disk is full.", hint: "free some space" }),
      [/could not be kept/, /^The disk is full\.$/, /^Free some space\.$/],
    ],
    ["without empty words", fault({ reason: "bad-key", message: " " }), [/cannot be used/]],
  ];

for (const [name, given, sentences] of cases) {
  test(name, () => {
    const said = faultSentences(given);
    assert.equal(said.length, sentences.length);
    for (const [index, pattern] of sentences.entries()) assert.match(said[index] ?? "", pattern);
  });
}
