import assert from "node:assert/strict";
import { test } from "node:test";
import type { KeyShareGroup } from "../../../../agent/dtls/crypto/key-share.ts";
import {
  generateKeyShare,
  keyShareFromPrivateKey,
} from "../../../../agent/dtls/crypto/key-share.ts";
import { hexOf, octets } from "../../wire/dtls/captured.ts";
import vectors from "./vectors/key-share.json" with { type: "json" };

for (const { name, group, privateA, publicA, privateB, publicB, secret } of vectors) {
  test(`group ${group}: ${name}, both ends`, () => {
    const a = keyShareFromPrivateKey(group as KeyShareGroup, octets(privateA));
    const b = keyShareFromPrivateKey(group as KeyShareGroup, octets(privateB));
    assert.equal(hexOf(a.publicKey), publicA);
    assert.equal(hexOf(b.publicKey), publicB);
    for (const agreed of [a.agree(octets(publicB)), b.agree(octets(publicA))]) {
      assert.ok(agreed);
      assert.equal(hexOf(agreed), secret);
    }
  });
}

const lengths: readonly (readonly [KeyShareGroup, number, number])[] = [
  [23, 65, 32],
  [24, 97, 48],
  [29, 32, 32],
];
for (const [group, publicLength, secretLength] of lengths) {
  test(`group ${group}: two fresh pairs agree, and are not the same twice [RFC 8422 §5.10]`, () => {
    const [a, b] = [generateKeyShare(group), generateKeyShare(group)];
    assert.equal(a.group, group);
    assert.equal(a.publicKey.length, publicLength);
    assert.notDeepEqual(a.publicKey, b.publicKey);
    const agreed = a.agree(b.publicKey);
    assert.equal(agreed?.length, secretLength);
    assert.deepEqual(b.agree(a.publicKey), agreed);
  });

  test(`group ${group}: a key of another length is no key [RFC 8422 §5.11]`, () => {
    const share = generateKeyShare(group);
    for (const length of [0, 1, 31, 33, 64, 66, 96, 98, 133]) {
      const peer = generateKeyShare(group).publicKey;
      const other = new Uint8Array(length);
      other.set(peer.subarray(0, length));
      assert.equal(share.agree(other), undefined);
    }
  });
}

const coordinate = { 23: 32, 24: 48 } as const;
for (const group of [23, 24] as const) {
  test(`group ${group}: points that are not on the curve, or not uncompressed, are refused [RFC 8422 §5.11]`, () => {
    const share = generateKeyShare(group);
    const point = generateKeyShare(group).publicKey;
    const length = coordinate[group];
    const off = Uint8Array.from(point);
    off[off.length - 1] = (off.at(-1) ?? 0) ^ 1;
    const odd = ((point.at(-1) ?? 0) & 1) === 1;
    const compressed = Uint8Array.from(point.subarray(0, 1 + length));
    compressed[0] = odd ? 3 : 2;
    const hybrid = Uint8Array.from(point);
    hybrid[0] = odd ? 7 : 6;
    const zero = new Uint8Array(point.length);
    zero[0] = 4;
    const infinity = new Uint8Array(1);
    const wrong = [off, compressed, hybrid, zero, infinity, new Uint8Array(point.length)];
    for (const peer of wrong) assert.equal(share.agree(peer), undefined);
  });
}

// Points of small order: whatever the private key, the secret is zero. [RFC 7748 §7]
const smallOrder = [
  "00".repeat(32),
  `01${"00".repeat(31)}`,
  "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
  "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
  `ec${"ff".repeat(30)}7f`,
  `ed${"ff".repeat(30)}7f`,
  `ee${"ff".repeat(30)}7f`,
];
for (const peer of smallOrder) {
  test(`group 29: refuses ${peer.slice(0, 8)}…, which leads to zero [RFC 8422 §5.11]`, () => {
    assert.equal(generateKeyShare(29).agree(octets(peer)), undefined);
  });
}
