import assert from "node:assert/strict";
import { test } from "node:test";
import type { HashName } from "../../../../agent/dtls/crypto/prf.ts";
import { hash, hmac, prf } from "../../../../agent/dtls/crypto/prf.ts";
import { hexOf, octets } from "../../wire/dtls/captured.ts";
import vectors from "./vectors/prf.json" with { type: "json" };

for (const vector of vectors) {
  const name = vector.hash as HashName;
  const { secret, label, seed, output } = vector;

  test(`${vector.name}: the published output [RFC 5246 §5]`, () => {
    const length = output.length / 2;
    assert.equal(hexOf(prf(name, octets(secret), label, octets(seed), length)), output);
  });

  test(`${vector.name}: less output is the beginning of more [RFC 5246 §5]`, () => {
    for (const length of [0, 1, 12, 31, 32, 33, 48, 64]) {
      const short = prf(name, octets(secret), label, octets(seed), length);
      assert.equal(hexOf(short), output.slice(0, length * 2));
    }
  });

  test(`${vector.name}: secret, label and seed all count [RFC 5246 §5]`, () => {
    const others = [
      prf(name, octets(`${secret}01`), label, octets(seed), 32),
      prf(name, octets(secret), `${label}.`, octets(seed), 32),
      prf(name, octets(secret), label, octets(`${seed}01`), 32),
    ].map((other) => hexOf(other));
    assert.equal(new Set([...others, output.slice(0, 64)]).size, 4);
  });
}

test("the secret and the seed stay as they are", () => {
  const secret = octets("0102");
  const seed = octets("0304");
  prf("sha256", secret, "x", seed, 100);
  assert.deepEqual([...secret, ...seed], [1, 2, 3, 4]);
});

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

test("hash takes its data in pieces [FIPS 180-4]", () => {
  const digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  assert.equal(hexOf(hash("sha256", text("abc"))), digest);
  assert.equal(hexOf(hash("sha256", text("a"), new Uint8Array(), text("bc"))), digest);
  assert.equal(hash("sha384").length, 48);
});

test("hmac takes its data in pieces [RFC 4231 §4.3]", () => {
  const mac = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
  const whole = text("what do ya want for nothing?");
  assert.equal(hexOf(hmac("sha256", text("Jefe"), whole)), mac);
  assert.equal(hexOf(hmac("sha256", text("Jefe"), whole.subarray(0, 5), whole.subarray(5))), mac);
});

test("results are plain Uint8Arrays, not Buffers", () => {
  for (const result of [
    hash("sha256"),
    hmac("sha256", text("k")),
    prf("sha256", text("k"), "l", text("s"), 4),
  ]) {
    assert.equal(Object.getPrototypeOf(result), Uint8Array.prototype);
  }
});
