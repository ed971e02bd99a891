import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ReplayWindow } from "../../../agent/dtls/replay-window.ts";
import { seeded } from "../../support/seeded.ts";

describe("replay window [RFC 6347 §4.1.2.6]", () => {
  test("refuses what has been seen, and what is too old to tell", () => {
    const window = new ReplayWindow();
    window.note(1000);
    assert.equal(window.mayBeNew(1000), false);
    assert.equal(window.mayBeNew(1000 - 127), true);
    assert.equal(window.mayBeNew(1000 - 128), false);
    assert.equal(window.mayBeNew(1001), true);
  });

  test("is not moved by a number that was only looked at", () => {
    const window = new ReplayWindow();
    window.note(1);
    assert.equal(window.mayBeNew(2 ** 47), true);
    assert.equal(window.mayBeNew(2), true);
  });

  test("agrees with a set that forgets nothing, over 20,000 numbers out of order", () => {
    const prng = seeded(7);
    const window = new ReplayWindow();
    const seen = new Set<number>();
    let newest = -1;
    for (let i = 0; i < 20_000; i += 1) {
      const number = Math.max(0, i + prng.int(300) - 150);
      const expected = number > newest - 128 && !seen.has(number);
      assert.equal(window.mayBeNew(number), expected, `number ${number}, newest ${newest}`);
      if (!expected) continue;
      assert.equal(window.note(number), number > newest);
      seen.add(number);
      newest = Math.max(newest, number);
    }
  });
});
