import assert from "node:assert/strict";
import { test } from "node:test";
import {
  decodePathCheck,
  encodePathCheck,
  RrcType,
} from "../../../../agent/wire/dtls/path-check.ts";
import { octets } from "./captured.ts";

const cookie = octets("0102030405060708");

const messages = [
  { hex: "00 0102030405060708", type: RrcType.pathChallenge },
  { hex: "01 0102030405060708", type: RrcType.pathResponse },
  { hex: "02 0102030405060708", type: RrcType.pathDrop },
];
for (const { hex, type } of messages) {
  test(`type ${type} and its cookie both ways [RFC 9853 §4]`, () => {
    assert.deepEqual(decodePathCheck(octets(hex)), { type, cookie });
    assert.deepEqual(encodePathCheck({ type, cookie }), octets(hex));
  });
}

const refused = [
  { hex: "", code: "wire/truncated" },
  { hex: "00", code: "wire/truncated" },
  { hex: "00 01020304050607", code: "wire/truncated" },
  { hex: "01 0102030405060708 09", code: "wire/leftover" },
  // Whoever gets it ignores it, whatever it carries.
  { hex: "03 0102030405060708", code: "wire/unknown-critical" },
  { hex: "ff", code: "wire/unknown-critical" },
];
for (const { hex, code } of refused) {
  test(`refuses "${hex}" with ${code} [RFC 9853 §4]`, () => {
    assert.throws(() => decodePathCheck(octets(hex)), { name: "WireError", code });
  });
}

for (const length of [0, 7, 9]) {
  test(`refuses to write a cookie of ${length} octets [RFC 9853 §4]`, () => {
    const message = { type: RrcType.pathChallenge, cookie: new Uint8Array(length) };
    assert.throws(() => encodePathCheck(message), { code: "wire/out-of-range" });
  });
}
