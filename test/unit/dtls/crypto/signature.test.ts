import assert from "node:assert/strict";
import { createPublicKey, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { test } from "node:test";
import {
  inspectKey,
  keyTypeOf,
  samePublicKey,
  SIGNATURE_SCHEMES,
  signingKey,
  verifySignature,
} from "../../../../agent/dtls/crypto/signature.ts";
import { makeKey, type MadeKeyType, spkiOf } from "../../../support/make-key.ts";

const data = new TextEncoder().encode("what is signed");
const other = new TextEncoder().encode("what is not signed");

const KEYS = [
  { type: "ec-p256", keyType: "ec-p256", schemes: [0x0403, 0x0503] },
  { type: "ec-p384", keyType: "ec-p384", schemes: [0x0503, 0x0403] },
  { type: "rsa", keyType: "rsa", schemes: [0x0804, 0x0805, 0x0401, 0x0501] },
] as const satisfies readonly { type: MadeKeyType; keyType: string; schemes: readonly number[] }[];

for (const { type, keyType, schemes } of KEYS) {
  test(`${type} signs with its own schemes, and what it signs is believed [RFC 8422 §5.10]`, () => {
    const key = signingKey(makeKey(type));
    assert.equal(key.keyType, keyType);
    assert.deepEqual(key.schemes, schemes);
    for (const scheme of schemes) {
      const signature = key.sign(scheme, data);
      assert.equal(Object.getPrototypeOf(signature), Uint8Array.prototype);
      assert.equal(verifySignature(key.spki, scheme, data, signature), true);
    }
  });

  test(`${type}: what another key, scheme, text or signature would make true is false`, () => {
    const key = signingKey(makeKey(type));
    const stranger = signingKey(makeKey(type, "stranger"));
    for (const scheme of schemes) {
      const signature = key.sign(scheme, data);
      const altered = Uint8Array.from(signature);
      altered[altered.length - 1] = (altered.at(-1) ?? 0) ^ 1;
      assert.equal(verifySignature(stranger.spki, scheme, data, signature), false);
      assert.equal(verifySignature(key.spki, scheme, other, signature), false);
      for (const wrong of [altered, signature.subarray(1), new Uint8Array(), new Uint8Array(600)]) {
        assert.equal(verifySignature(key.spki, scheme, data, wrong), false);
      }
      for (const another of [...SIGNATURE_SCHEMES, 0, 0x0201, 0x0603, 0x0809, 0xffff]) {
        if (another === scheme) continue;
        assert.equal(verifySignature(key.spki, another, data, signature), false);
      }
    }
  });
}

test("every scheme is some key's, and each is there once", () => {
  const all = KEYS.flatMap(({ schemes }) => schemes);
  assert.deepEqual(new Set(SIGNATURE_SCHEMES), new Set(all));
  assert.equal(new Set(SIGNATURE_SCHEMES).size, SIGNATURE_SCHEMES.length);
});

test("a key does not sign with a scheme of another kind, nor once wiped", () => {
  const key = signingKey(makeKey("ec-p256"));
  for (const scheme of [0x0401, 0x0804, 0]) {
    assert.throws(() => key.sign(scheme, data), { code: "dtls/configuration" });
  }
  key.wipe();
  key.wipe();
  assert.throws(() => key.sign(0x0403, data), { code: "dtls/closed" });
});

const UNFIT = [
  { type: "rsa-1024", why: /has 1024 bits of RSA, fewer than 2048: take one of/ },
  { type: "rsa-pss", why: /is of another kind/ },
  { type: "ed25519", why: /is of another kind/ },
  { type: "ec-p521", why: /is of another kind/ },
] as const;

for (const { type, why } of UNFIT) {
  test(`${type} is no key to sign with`, () => {
    const fault = { name: "DtlsError", code: "dtls/configuration", message: why };
    assert.throws(() => signingKey(makeKey(type)), fault);
  });
}

test("a public key, or a secret, is no key to sign with", () => {
  const key = createPublicKey(makeKey("ec-p256"));
  assert.throws(() => signingKey(key), {
    code: "dtls/configuration",
    message: /not a private key/,
  });
});

test("a signature by a key that is too small is not believed [RFC 7525 §4.3]", () => {
  const key = makeKey("rsa-1024");
  const signature = sign("sha256", data, key);
  assert.equal(verifySignature(spkiOf(key), 0x0401, data, signature), false);
  assert.equal(verifySignature(spkiOf(makeKey("rsa")), 0x0401, data, signature), false);
  const fit = sign("sha256", data, makeKey("rsa"));
  assert.equal(verifySignature(spkiOf(makeKey("rsa")), 0x0401, data, fit), true);
});

const TYPES = [
  ["ec-p256", "ec-p256"],
  ["ec-p384", "ec-p384"],
  ["ec-p521", "other"],
  ["rsa", "rsa"],
  ["rsa-1024", "rsa"],
  ["rsa-pss", "rsa-pss"],
  ["ed25519", "other"],
] as const;
for (const [made, keyType] of TYPES) {
  test(`the public half of ${made} is one of ${keyType}`, () =>
    assert.equal(keyTypeOf(spkiOf(makeKey(made))), keyType));
}

test("octets that are no key are taken as such, without a word", () => {
  for (const octets of [new Uint8Array(), new Uint8Array(91), Uint8Array.of(0x30, 0x80, 0, 0)]) {
    assert.equal(keyTypeOf(octets), "other");
    assert.equal(inspectKey(octets).unfitKey, "cannot be read");
    assert.equal(samePublicKey(octets, octets), false);
    assert.equal(verifySignature(octets, 0x0403, data, data), false);
  }
});

test("RSA beyond 8192 bits is not believed: it takes too long to check", () => {
  // A key of that size would take minutes to make; its modulus need not be one to be refused.
  const modulus = Buffer.alloc(1_025, 0xff).toString("base64url");
  const key = createPublicKey({ key: { kty: "RSA", n: modulus, e: "AQAB" }, format: "jwk" });
  const spki = key.export({ type: "spki", format: "der" });
  assert.equal(inspectKey(spki).unfitKey, "has 8200 bits of RSA, more than 8192");
});

test("RSA with a huge exponent, and curves but P-256, P-384 and P-521, are not believed", () => {
  const modulus = Buffer.alloc(256, 0xff).toString("base64url");
  const rsa = (e: string) => createPublicKey({ key: { kty: "RSA", n: modulus, e }, format: "jwk" });
  const unfit = (key: KeyObject) =>
    inspectKey(key.export({ type: "spki", format: "der" })).unfitKey;
  assert.equal(unfit(rsa(Buffer.from("ffffffff", "hex").toString("base64url"))), undefined);
  const huge = rsa(Buffer.from("0100000001", "hex").toString("base64url"));
  assert.equal(unfit(huge), "has an RSA exponent over 32 bits");
  for (const [namedCurve, why] of [
    ["P-256", undefined],
    ["P-384", undefined],
    ["P-521", undefined],
    ["secp224r1", "is on secp224r1, a curve that is not believed"],
    ["secp256k1", "is on secp256k1, a curve that is not believed"],
  ] as const) {
    const { publicKey } = generateKeyPairSync("ec", { namedCurve });
    assert.equal(unfit(publicKey), why);
  }
});

test("the same key is the same key in whatever object it comes", () => {
  const [a, b] = [spkiOf(makeKey("rsa")), spkiOf(makeKey("rsa"))];
  assert.equal(samePublicKey(a, b), true);
  assert.equal(samePublicKey(a, spkiOf(makeKey("ec-p256"))), false);
});
