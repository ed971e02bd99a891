import assert from "node:assert/strict";
import { test } from "node:test";
import type { ClientHello } from "../../../../agent/wire/dtls/client-hello.ts";
import { decodeClientHello, encodeClientHello } from "../../../../agent/wire/dtls/client-hello.ts";
import { octets } from "./captured.ts";

const random = "11".repeat(32);
const hello: ClientHello = {
  version: 0xfefd,
  random: octets(random),
  sessionId: octets("5555"),
  cookie: octets("cccccc"),
  cipherSuites: [0xd001, 0x00a8],
  compressionMethods: [0],
  extensions: [{ type: 23, data: new Uint8Array() }],
};
const encoded = `fefd ${random} 02 5555 03 cccccc 0004 d001 00a8 01 00 0004 0017 0000`;

test("a ClientHello has all its fields [RFC 6347 §4.2.1]", () => {
  assert.deepEqual(decodeClientHello(octets(encoded)), hello);
  assert.deepEqual(encodeClientHello(hello), octets(encoded));
});

test("a ClientHello may end before its extensions [RFC 5246 §7.4.1.2]", () => {
  const bare = `fefd ${random} 00 00 0002 00a8 01 00`;
  const { extensions, cookie, sessionId } = decodeClientHello(octets(bare));
  assert.deepEqual([extensions.length, cookie.length, sessionId.length], [0, 0, 0]);
  assert.deepEqual(encodeClientHello(decodeClientHello(octets(bare))), octets(bare));
});

test("takes a cookie of 255 octets and a session_id of 32 [RFC 6347 §4.2.1]", () => {
  const long = {
    ...hello,
    cookie: new Uint8Array(255).fill(1),
    sessionId: new Uint8Array(32).fill(2),
  };
  assert.deepEqual(decodeClientHello(encodeClientHello(long)), long);
});

const refused = [
  { what: "an empty body", hex: "", code: "wire/truncated" },
  { what: "a random that is cut short", hex: "fefd 1111", code: "wire/truncated" },
  {
    what: "a session_id of 33 octets",
    hex: `fefd ${random} 21 ${"55".repeat(33)} 00 0002 00a8 01 00`,
    code: "wire/out-of-range",
  },
  { what: "a cookie longer than the body", hex: `fefd ${random} 00 ff aa`, code: "wire/truncated" },
  { what: "no cipher suite", hex: `fefd ${random} 00 00 0000 01 00`, code: "wire/malformed" },
  {
    what: "half a cipher suite",
    hex: `fefd ${random} 00 00 0003 00a800 01 00`,
    code: "wire/truncated",
  },
  {
    what: "no compression method",
    hex: `fefd ${random} 00 00 0002 00a8 00`,
    code: "wire/malformed",
  },
  {
    what: "leftovers",
    hex: `fefd ${random} 00 00 0002 00a8 01 00 0000 00`,
    code: "wire/leftover",
  },
];
for (const { what, hex, code } of refused) {
  test(`refuses a ClientHello with ${what} [RFC 6347 §4.2.1]`, () => {
    assert.throws(() => decodeClientHello(octets(hex)), { name: "WireError", code });
  });
}

const unwritable: readonly (readonly [string, Partial<ClientHello>])[] = [
  ["a random of 31 octets", { random: new Uint8Array(31) }],
  ["a session_id of 33 octets", { sessionId: new Uint8Array(33) }],
  ["a cookie of 256 octets", { cookie: new Uint8Array(256) }],
  ["no cipher suite", { cipherSuites: [] }],
  ["no compression method", { compressionMethods: [] }],
  ["a suite that is no suite", { cipherSuites: [0x1_0000] }],
];
for (const [what, change] of unwritable) {
  test(`refuses to write a ClientHello with ${what}`, () => {
    assert.throws(() => encodeClientHello({ ...hello, ...change }), { name: "WireError" });
  });
}
