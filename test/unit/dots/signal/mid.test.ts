import assert from "node:assert/strict";
import { test } from "node:test";
import {
  MID_ROLLOVER,
  MidSequence,
  nextMid,
  type MidStore,
} from "../../../../agent/dots/signal/mid.ts";

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

function storeOf(first?: number): MidStore & { readonly saved: number[] } {
  const saved: number[] = first === undefined ? [] : [first];
  return { saved, load: () => saved.at(-1), save: (mid) => void saved.push(mid) };
}

test("a mid is saved before it is handed out, and goes on after a restart", () => {
  const store = storeOf();
  const first = new MidSequence(store);
  assert.deepEqual(first.next(false), { tag: "mid", mid: 1, rolledOver: false });
  assert.deepEqual(store.saved, [1]);
  assert.deepEqual(new MidSequence(store).next(false), { tag: "mid", mid: 2, rolledOver: false });
});

test("a mid is not handed out when it cannot be saved", () => {
  const failing: MidStore = {
    load: () => 5,
    save: () => {
      throw new Error("disk full");
    },
  };
  assert.throws(() => new MidSequence(failing).next(false), /disk full/);
});

test("an exhausted sequence saves nothing", () => {
  const store = storeOf(MAX);
  assert.deepEqual(new MidSequence(store).next(true), { tag: "exhausted" });
  assert.deepEqual(store.saved, [MAX]);
});

test("a mid that the server holds raises the sequence, never lowers it", () => {
  const store = storeOf(5);
  const sequence = new MidSequence(store);
  sequence.atLeast(3);
  assert.deepEqual(sequence.next(false), { tag: "mid", mid: 6, rolledOver: false });
  sequence.atLeast(40);
  assert.deepEqual(sequence.next(false), { tag: "mid", mid: 41, rolledOver: false });
});
