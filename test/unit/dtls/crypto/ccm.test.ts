import assert from "node:assert/strict";
import { test } from "node:test";
import { createNativeAead, isNative } from "../../../../agent/dtls/crypto/aead.ts";
import { createCcmFallback } from "../../../../agent/dtls/crypto/ccm.ts";
import type { Seeded } from "../../../support/seeded.ts";
import { seeded } from "../../../support/seeded.ts";
import { hexOf, octets } from "../../wire/dtls/captured.ts";
import vectors from "./vectors/ccm.json" with { type: "json" };

for (const vector of vectors) {
  test(`CCM made of CBC and CTR: ${vector.name}, both ways [RFC 3610 §8]`, () => {
    const { tagLength, plaintext, sealed } = vector;
    const aead = createCcmFallback(octets(vector.key), tagLength);
    const nonce = octets(vector.nonce);
    const aad = octets(vector.aad.repeat(vector.aadTimes ?? 1));
    assert.equal(hexOf(aead.seal(nonce, aad, octets(plaintext))), sealed);
    const opened = aead.open(nonce, aad, octets(sealed));
    assert.ok(opened);
    assert.equal(hexOf(opened), plaintext);
    const forged = octets(sealed);
    forged[0] = (forged[0] ?? 0) ^ 0x80;
    assert.equal(aead.open(nonce, aad, forged), undefined);
  });
}

interface Case {
  readonly key: Uint8Array;
  readonly nonce: Uint8Array;
  readonly aad: Uint8Array;
  readonly plaintext: Uint8Array;
}

function randomCase(chance: Seeded): Case {
  return {
    key: chance.bytes(16),
    nonce: chance.bytes(chance.pick([12, 12, 12, 7, 8, 11, 13])),
    aad: chance.bytes(chance.pick([13, 13, 0, chance.int(300)])),
    plaintext: chance.bytes(chance.pick([chance.int(64), chance.int(1_500)])),
  };
}

test("both ways to make CCM_8 agree on 1000 random inputs [RFC 6655 §3]", (t) => {
  if (!isNative("aes-128-ccm-8")) return t.skip("this runtime has no CCM to compare with");
  const chance = seeded(20);
  for (let i = 0; i < 1_000; i += 1) {
    const { key, nonce, aad, plaintext } = randomCase(chance);
    const native = createNativeAead("aes-128-ccm-8", key);
    const own = createCcmFallback(key);
    const sealed = native.seal(nonce, aad, plaintext);
    assert.deepEqual(own.seal(nonce, aad, plaintext), sealed, `case ${i}`);
    assert.deepEqual(own.open(nonce, aad, sealed), plaintext, `case ${i}`);
    assert.deepEqual(native.open(nonce, aad, sealed), plaintext, `case ${i}`);
    const at = chance.int(sealed.length);
    sealed[at] = (sealed[at] ?? 0) ^ (1 << chance.int(8));
    assert.equal(own.open(nonce, aad, sealed), undefined, `case ${i}, forged`);
    assert.equal(native.open(nonce, aad, sealed), undefined, `case ${i}, forged`);
  }
});

test("both ways agree where the length of the additional data changes its form [RFC 3610 §2.2]", (t) => {
  if (!isNative("aes-128-ccm-8")) return t.skip("this runtime has no CCM to compare with");
  const key = new Uint8Array(16).fill(1);
  const nonce = new Uint8Array(12).fill(2);
  for (const length of [0, 1, 13, 14, 15, 0xfeff, 0xff00, 0x1_0000]) {
    const aad = new Uint8Array(length).fill(3);
    assert.deepEqual(
      createCcmFallback(key).seal(nonce, aad, nonce),
      createNativeAead("aes-128-ccm-8", key).seal(nonce, aad, nonce),
      `${length} octets`,
    );
  }
});

test("CCM made of CBC and CTR: never throws on opening, forgets its key, has limits", () => {
  const aead = createCcmFallback(new Uint8Array(16));
  const nonce = new Uint8Array(12);
  const none = new Uint8Array();
  for (const length of [0, 6, 14, 16]) {
    assert.equal(aead.open(new Uint8Array(length), none, new Uint8Array(16)), undefined);
    assert.throws(() => aead.seal(new Uint8Array(length), none, none), {
      code: "dtls/configuration",
    });
  }
  for (let length = 0; length < 8; length += 1) {
    assert.equal(aead.open(nonce, none, new Uint8Array(length)), undefined);
  }
  // A nonce of 13 octets leaves two for the length of the message.
  const long = new Uint8Array(65_536);
  assert.throws(() => aead.seal(new Uint8Array(13), none, long), { code: "dtls/too-large" });
  assert.equal(aead.open(new Uint8Array(13), none, new Uint8Array(65_544)), undefined);
  const sealed = aead.seal(nonce, none, none);
  assert.deepEqual(aead.open(nonce, none, sealed), none);
  aead.wipe();
  assert.equal(aead.open(nonce, none, sealed), undefined);
  assert.throws(() => aead.seal(nonce, none, none), { code: "dtls/closed" });
});

for (const [keyLength, tagLength] of [
  [15, 8],
  [16, 0],
  [16, 7],
  [16, 18],
] as const) {
  test(`refuses a key of ${keyLength} octets with a tag of ${tagLength} [RFC 3610 §2]`, () => {
    assert.throws(() => createCcmFallback(new Uint8Array(keyLength), tagLength), {
      name: "DtlsError",
      code: "dtls/configuration",
    });
  });
}
