import assert from "node:assert/strict";
import { test } from "node:test";
import type { ServerHello } from "../../../../agent/wire/dtls/server-hello.ts";
import { decodeServerHello, encodeServerHello } from "../../../../agent/wire/dtls/server-hello.ts";
import { octets } from "./captured.ts";

const random = "22".repeat(32);
const hello: ServerHello = {
  version: 0xfefd,
  random: octets(random),
  sessionId: new Uint8Array(),
  cipherSuite: 0xccac,
  compressionMethod: 0,
  extensions: [{ type: 0xff01, data: octets("00") }],
};
const encoded = `fefd ${random} 00 ccac 00 0005 ff01 0001 00`;

test("a ServerHello has all its fields [RFC 5246 §7.4.1.3]", () => {
  assert.deepEqual(decodeServerHello(octets(encoded)), hello);
  assert.deepEqual(encodeServerHello(hello), octets(encoded));
});

test("a ServerHello may end before its extensions [RFC 5246 §7.4.1.3]", () => {
  const bare = octets(`fefd ${random} 00 00a8 00`);
  assert.deepEqual(decodeServerHello(bare).extensions, []);
  assert.deepEqual(encodeServerHello(decodeServerHello(bare)), bare);
});

const refused = [
  { what: "an empty body", hex: "", code: "wire/truncated" },
  {
    what: "a session_id of 33 octets",
    hex: `fefd ${random} 21 ${"55".repeat(33)} 00a8 00`,
    code: "wire/out-of-range",
  },
  { what: "no compression method", hex: `fefd ${random} 00 00a8`, code: "wire/truncated" },
  { what: "leftovers", hex: `fefd ${random} 00 00a8 00 0000 00`, code: "wire/leftover" },
];
for (const { what, hex, code } of refused) {
  test(`refuses a ServerHello with ${what} [RFC 5246 §7.4.1.3]`, () => {
    assert.throws(() => decodeServerHello(octets(hex)), { name: "WireError", code });
  });
}

test("refuses to write a ServerHello whose fields have the wrong length", () => {
  assert.throws(() => encodeServerHello({ ...hello, random: new Uint8Array(33) }), {
    code: "wire/out-of-range",
  });
  assert.throws(() => encodeServerHello({ ...hello, sessionId: new Uint8Array(33) }), {
    code: "wire/out-of-range",
  });
});
