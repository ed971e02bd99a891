import assert from "node:assert/strict";
import { test } from "node:test";
import { Prng } from "../../../../agent/net/simulated/prng.ts";

test("the same seed gives the same octets, another seed others", () => {
  const octets = new Prng("seed").bytes(64);
  assert.deepEqual(new Prng("seed").bytes(64), octets);
  assert.notDeepEqual(new Prng("seed2").bytes(64), octets);
});

test("the generator stays what it is: recorded simulations depend on it", () => {
  const random = new Prng("mayday");
  const words = Array.from({ length: 4 }, () => random.word());
  assert.deepEqual(words, GOLDEN);
});

for (const length of [0, 1, 3, 4, 5, 1000]) {
  test(`${length} octets are ${length} octets`, () => {
    assert.equal(new Prng("n").bytes(length).length, length);
  });
}

test("octets are spread evenly (chi-square of 256 classes)", () => {
  const counts = new Array<number>(256).fill(0);
  for (const octet of new Prng("spread").bytes(256_000)) counts[octet] = (counts[octet] ?? 0) + 1;
  const chi = counts.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
  assert.ok(chi > 165 && chi < 370, `chi-square ${chi}`); // 255 degrees of freedom, 5 sigma
});

test("fractions lie in [0, 1) and around one half", () => {
  const random = new Prng("fractions");
  let sum = 0;
  for (let k = 0; k < 100_000; k++) {
    const value = random.fraction();
    assert.ok(value >= 0 && value < 1);
    sum += value;
  }
  assert.ok(Math.abs(sum / 100_000 - 0.5) < 0.005, `mean ${sum / 100_000}`);
});

test("what is certain happens, and what is impossible does not", () => {
  const random = new Prng("chance");
  for (let k = 0; k < 1000; k++)
    assert.deepEqual([random.chance(1), random.chance(0)], [true, false]);
});

/** The first words for the seed "mayday". */
const GOLDEN: readonly number[] = [2797944927, 4274229763, 3130101002, 3561072413];
