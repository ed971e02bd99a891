import assert from "node:assert/strict";
import { test } from "node:test";
import { NodeRandom } from "../../../../agent/net/node/random.ts";

for (const length of [0, 1, 16, 256, 257, 5000]) {
  test(`${length} octets are ${length} octets with memory of their own`, () => {
    const random = new NodeRandom();
    const first = random.bytes(length);
    const copy = first.slice();
    const second = random.bytes(length);
    assert.equal(first.length, length);
    assert.equal(first.buffer.byteLength, length);
    assert.deepEqual(first, copy, "a later read changed an earlier one");
    if (length >= 16) assert.notDeepEqual(first, second);
  });
}

test("reads across refills of the pool never repeat and never show what was wiped", () => {
  const random = new NodeRandom();
  const seen = new Set<string>();
  for (let k = 0; k < 2000; k++) seen.add(Buffer.from(random.bytes(24)).toString("hex"));
  assert.equal(seen.size, 2000);
  assert.ok(!seen.has("00".repeat(24)));
});

test("fractions lie in [0, 1) and around one half", () => {
  const random = new NodeRandom();
  let sum = 0;
  for (let k = 0; k < 10_000; k++) {
    const value = random.fraction();
    assert.ok(value >= 0 && value < 1);
    sum += value;
  }
  assert.ok(Math.abs(sum / 10_000 - 0.5) < 0.02, `mean ${sum / 10_000}`);
});
