import assert from "node:assert/strict";
import { test } from "node:test";
import { isFresher, nextSequence } from "../../../agent/coap/observe-order.ts";

const HALF = 2 ** 23;
const MAX = 2 ** 24 - 1;

const orders: readonly (readonly [string, number, number, number, boolean])[] = [
  ["the next one", 1, 2, 0, true],
  ["the same one", 2, 2, 0, false],
  ["an older one", 2, 1, 0, false],
  ["one just below half the circle ahead", 0, HALF - 1, 0, true],
  ["one half the circle ahead", 0, HALF, 0, false],
  ["one half the circle behind", HALF, 0, 0, false],
  ["one just beyond half the circle behind", HALF + 1, 0, 0, true],
  ["one around the end", MAX, 0, 0, true],
  ["one from before the end", 0, MAX, 0, false],
  ["an older one after 128 s", 2, 1, 128_000, false],
  ["an older one after more than 128 s", 2, 1, 128_001, true],
];
for (const [name, v1, v2, after, fresher] of orders) {
  test(`${name} is ${fresher ? "" : "not "}fresher [RFC 7641 §3.4]`, () => {
    assert.equal(isFresher({ sequence: v1, at: 5 }, { sequence: v2, at: 5 + after }), fresher);
  });
}

test("sequence numbers go around in 24 bits [RFC 7641 §4.4]", () => {
  assert.equal(nextSequence(0), 1);
  assert.equal(nextSequence(MAX), 0);
});
