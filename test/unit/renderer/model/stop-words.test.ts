import assert from "node:assert/strict";
import { test } from "node:test";
import type { Mitigation } from "../../../../agent/control/contract.ts";
import { stopWords } from "../../../../renderer/model/stop-words.ts";
import { filtering, practice } from "../facts.ts";

const cases: readonly (readonly [name: string, Partial<Mitigation>, text: RegExp])[] = [
  ["a request that never left", { phase: "asking", sentAt: null }, /has not been sent/],
  ["a request that left", { phase: "asking" }, /is told that you no longer ask/],
  ["what filters", {}, /traffic reaches you again/],
  ["what filters in practice", { kind: practice.kind }, /Nothing real changes/],
];

for (const [name, more, text] of cases) {
  test(`stopping ${name}`, () => assert.match(stopWords(filtering(more)).text, text));
}
