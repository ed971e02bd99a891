import assert from "node:assert/strict";
import { test } from "node:test";
import type { Aead, AeadName } from "../../../../agent/dtls/crypto/aead.ts";
import { createAead, isAeadAvailable } from "../../../../agent/dtls/crypto/aead.ts";
import { seeded } from "../../../support/seeded.ts";
import { hexOf, octets } from "../../wire/dtls/captured.ts";
import vectors from "./vectors/aead.json" with { type: "json" };

const nameOf = (vector: (typeof vectors)[number]): AeadName => vector.aead as AeadName;

for (const vector of vectors) {
  const { name, nonce, aad, plaintext, sealed } = vector;

  test(`${vector.aead}: ${name}, both ways`, () => {
    const aead = createAead(nameOf(vector), octets(vector.key));
    assert.equal(hexOf(aead.seal(octets(nonce), octets(aad), octets(plaintext))), sealed);
    const opened = aead.open(octets(nonce), octets(aad), octets(sealed));
    assert.ok(opened);
    assert.equal(hexOf(opened), plaintext);
    assert.equal(sealed.length - plaintext.length, aead.tagLength * 2);
  });

  test(`${vector.aead}: ${name}, with any octet changed, does not open`, () => {
    const aead = createAead(nameOf(vector), octets(vector.key));
    for (const field of ["nonce", "aad", "sealed"] as const) {
      for (let at = 0; at < octets(vector[field]).length; at += 1) {
        const wrong = { nonce: octets(nonce), aad: octets(aad), sealed: octets(sealed) };
        wrong[field][at] = (wrong[field][at] ?? 0) ^ 1;
        assert.equal(aead.open(wrong.nonce, wrong.aad, wrong.sealed), undefined);
      }
    }
  });

  test(`${vector.aead}: ${name}, cut anywhere, does not open`, () => {
    const aead = createAead(nameOf(vector), octets(vector.key));
    for (let length = 0; length < sealed.length / 2; length += 1) {
      const cut = octets(sealed).subarray(0, length);
      assert.equal(aead.open(octets(nonce), octets(aad), cut), undefined);
    }
  });
}

const keyLengths: Record<AeadName, number> = {
  "aes-128-gcm": 16,
  "aes-256-gcm": 32,
  "aes-128-ccm-8": 16,
  "chacha20-poly1305": 32,
};
const names = Object.keys(keyLengths) as AeadName[];
const fresh = (name: AeadName): Aead => createAead(name, new Uint8Array(keyLengths[name]).fill(7));

for (const name of names) {
  const nonce = new Uint8Array(12).fill(3);
  const aad = new Uint8Array(13).fill(5);

  test(`${name}: whatever was sealed opens again, from nothing to 16 KiB`, () => {
    const chance = seeded(1);
    const aead = fresh(name);
    for (const length of [0, 1, 15, 16, 17, 255, 1_400, 16_384]) {
      const plaintext = chance.bytes(length);
      const sealed = aead.seal(nonce, aad, plaintext);
      assert.deepEqual(aead.open(nonce, aad, sealed), plaintext);
      assert.equal(Object.getPrototypeOf(sealed), Uint8Array.prototype);
    }
  });

  test(`${name}: keeps a key of its own`, () => {
    const key = new Uint8Array(keyLengths[name]).fill(7);
    const aead = createAead(name, key);
    key.fill(0);
    assert.deepEqual(aead.seal(nonce, aad, aad), fresh(name).seal(nonce, aad, aad));
  });

  test(`${name}: once wiped, nothing opens and nothing is sealed`, () => {
    const aead = fresh(name);
    const sealed = aead.seal(nonce, aad, aad);
    aead.wipe();
    aead.wipe();
    assert.equal(aead.open(nonce, aad, sealed), undefined);
    assert.throws(() => aead.seal(nonce, aad, aad), { name: "DtlsError", code: "dtls/closed" });
  });

  test(`${name}: open never throws, not even for a nonce that cannot be`, () => {
    const aead = fresh(name);
    for (const length of [0, 1, 6, 14, 16, 64]) {
      assert.equal(aead.open(new Uint8Array(length), aad, new Uint8Array(64)), undefined);
    }
  });

  test(`${name}: refuses a key of another length`, () => {
    for (const length of [0, keyLengths[name] - 1, keyLengths[name] + 1, 48 - keyLengths[name]]) {
      assert.throws(() => createAead(name, new Uint8Array(length)), {
        name: "DtlsError",
        code: "dtls/configuration",
      });
    }
  });

  test(`${name}: this runtime has it`, () => {
    assert.equal(isAeadAvailable(name), true);
  });
}
