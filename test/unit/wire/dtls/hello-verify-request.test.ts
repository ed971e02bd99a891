import assert from "node:assert/strict";
import { test } from "node:test";
import {
  decodeHelloVerifyRequest,
  encodeHelloVerifyRequest,
} from "../../../../agent/wire/dtls/hello-verify-request.ts";
import { octets } from "./captured.ts";

const vectors = [
  { name: "a cookie", hex: "feff 03 aabbcc", version: 0xfeff, cookie: "aabbcc" },
  { name: "an empty cookie", hex: "fefd 00", version: 0xfefd, cookie: "" },
  {
    name: "the longest cookie",
    hex: `fefd ff ${"ab".repeat(255)}`,
    version: 0xfefd,
    cookie: "ab".repeat(255),
  },
];
for (const { name, hex, version, cookie } of vectors) {
  test(`a HelloVerifyRequest with ${name} [RFC 6347 §4.2.1]`, () => {
    const message = { version, cookie: octets(cookie) };
    assert.deepEqual(decodeHelloVerifyRequest(octets(hex)), message);
    assert.deepEqual(encodeHelloVerifyRequest(message), octets(hex));
  });
}

const refused = [
  { what: "a cookie longer than the body", hex: "fefd 05 aabb", code: "wire/truncated" },
  { what: "leftovers", hex: "fefd 01 aabb", code: "wire/leftover" },
  { what: "nothing", hex: "", code: "wire/truncated" },
];
for (const { what, hex, code } of refused) {
  test(`refuses a HelloVerifyRequest with ${what} [RFC 6347 §4.2.1]`, () => {
    assert.throws(() => decodeHelloVerifyRequest(octets(hex)), { name: "WireError", code });
  });
}

test("refuses to write a cookie of 256 octets [RFC 6347 §4.2.1]", () => {
  const message = { version: 0xfefd, cookie: new Uint8Array(256) };
  assert.throws(() => encodeHelloVerifyRequest(message), { code: "wire/out-of-range" });
});
