import assert from "node:assert/strict";
import { test } from "node:test";
import { MID_ROLLOVER, nextMid } from "../../../../agent/dots/signal/mid.ts";

const MAX = 0xffff_ffff;

const cases = [
  { last: undefined, attack: true, next: { tag: "mid", mid: 1, rolledOver: false } },
  { last: 1, attack: false, next: { tag: "mid", mid: 2, rolledOver: false } },
  {
    last: MID_ROLLOVER - 1,
    attack: false,
    next: { tag: "mid", mid: MID_ROLLOVER, rolledOver: false },
  },
  { last: MID_ROLLOVER, attack: false, next: { tag: "mid", mid: 0, rolledOver: true } },
  {
    last: MID_ROLLOVER,
    attack: true,
    next: { tag: "mid", mid: MID_ROLLOVER + 1, rolledOver: false },
  },
  { last: MAX - 1, attack: true, next: { tag: "mid", mid: MAX, rolledOver: false } },
  { last: MAX, attack: true, next: { tag: "exhausted" } },
  { last: MAX, attack: false, next: { tag: "mid", mid: 0, rolledOver: true } },
];

for (const { last, attack, next } of cases) {
  test(`after mid ${last}${attack ? " under attack" : ""} [RFC 9132 §4.4.1.1]`, () => {
    assert.deepEqual(nextMid(last, attack), next);
  });
}

test("the rollover begins at 3/4 of 2^32 - 1 [RFC 9132 §4.4.1.1]", () => {
  assert.equal(MID_ROLLOVER, Math.floor((3 * MAX) / 4));
});
