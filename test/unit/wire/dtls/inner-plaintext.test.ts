import assert from "node:assert/strict";
import { test } from "node:test";
import {
  decodeInnerPlaintext,
  encodeInnerPlaintext,
} from "../../../../agent/wire/dtls/inner-plaintext.ts";
import { MAX_PLAINTEXT_LENGTH } from "../../../../agent/wire/dtls/record.ts";
import { octets } from "./captured.ts";

const texts = [
  { what: "content", hex: "aabb 17", type: 23, content: "aabb", padding: 0 },
  { what: "padding", hex: "aabb 17 000000", type: 23, content: "aabb", padding: 3 },
  { what: "content that ends in zeros", hex: "aa0000 16", type: 22, content: "aa0000", padding: 0 },
  { what: "empty content", hex: "17 00", type: 23, content: "", padding: 1 },
  { what: "an unknown type", hex: "00 ff", type: 255, content: "00", padding: 0 },
];
for (const { what, hex, type, content: text, padding } of texts) {
  test(`${what} both ways [RFC 9146 §4]`, () => {
    const content = octets(text);
    assert.deepEqual(decodeInnerPlaintext(octets(hex)), { type, content });
    assert.deepEqual(encodeInnerPlaintext(type, content, padding), octets(hex));
  });
}

test("adds no padding unless told [RFC 9146 §4]", () => {
  assert.deepEqual(encodeInnerPlaintext(23, octets("aa")), octets("aa 17"));
});

for (const hex of ["", "00", "00000000"]) {
  test(`refuses "${hex}": it has no content type [RFC 9146 §4]`, () => {
    assert.throws(() => decodeInnerPlaintext(octets(hex)), {
      name: "WireError",
      code: "wire/malformed",
    });
  });
}

test("takes 2^14 octets of content and padding, and not one more [RFC 9146 §4]", () => {
  const code = "wire/out-of-range";
  const longest = encodeInnerPlaintext(23, new Uint8Array(MAX_PLAINTEXT_LENGTH));
  assert.equal(decodeInnerPlaintext(longest).content.length, MAX_PLAINTEXT_LENGTH);
  const tooLong = new Uint8Array(MAX_PLAINTEXT_LENGTH + 2).fill(23);
  assert.throws(() => decodeInnerPlaintext(tooLong), { name: "WireError", code });
  assert.throws(() => encodeInnerPlaintext(23, tooLong), { code });
  assert.throws(() => encodeInnerPlaintext(23, octets("aa"), MAX_PLAINTEXT_LENGTH), { code });
});

test("refuses to write a type that would be lost, and padding that is no count [RFC 9146 §4]", () => {
  const content = octets("aa");
  for (const type of [0, -1, 256]) {
    assert.throws(() => encodeInnerPlaintext(type, content), { code: "wire/out-of-range" });
  }
  for (const padding of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
    assert.throws(() => encodeInnerPlaintext(23, content, padding), { code: "wire/out-of-range" });
  }
});
