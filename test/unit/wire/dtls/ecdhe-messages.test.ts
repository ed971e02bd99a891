import assert from "node:assert/strict";
import { test } from "node:test";
import {
  decodeClientKeyExchangeEcdhe,
  decodeServerKeyExchangeEcdhe,
  encodeClientKeyExchangeEcdhe,
  encodeServerKeyExchangeEcdhe,
  serverEcdhParams,
} from "../../../../agent/wire/dtls/ecdhe-messages.ts";
import { octets } from "./captured.ts";

const message = {
  group: 29,
  publicKey: octets("aabb"),
  scheme: 0x0403,
  signature: octets("3003"),
};
const params = "03 001d 02 aabb";
const encoded = `${params} 0403 0002 3003`;

test("group, key, scheme and signature of ServerKeyExchange [RFC 8422 §5.4]", () => {
  assert.deepEqual(decodeServerKeyExchangeEcdhe(octets(encoded)), message);
  assert.deepEqual(encodeServerKeyExchangeEcdhe(message), octets(encoded));
});

test("what is signed ends before the scheme [RFC 8422 §5.4]", () => {
  assert.deepEqual(serverEcdhParams(message), octets(params));
  assert.deepEqual(serverEcdhParams(decodeServerKeyExchangeEcdhe(octets(encoded))), octets(params));
});

test("the key of ClientKeyExchange, up to 255 octets [RFC 8422 §5.7]", () => {
  for (const { hex, key } of [
    { hex: "02 aabb", key: "aabb" },
    { hex: `ff ${"04".repeat(255)}`, key: "04".repeat(255) },
  ]) {
    const publicKey = octets(key);
    assert.deepEqual(decodeClientKeyExchangeEcdhe(octets(hex)), { publicKey });
    assert.deepEqual(encodeClientKeyExchangeEcdhe({ publicKey }), octets(hex));
  }
});

const refused = [
  { decode: decodeServerKeyExchangeEcdhe, hex: "", code: "wire/truncated" },
  // explicit_prime: a curve of the server's own making [RFC 8422 §5.4]
  { decode: decodeServerKeyExchangeEcdhe, hex: "01 0017 01 04", code: "wire/unknown-critical" },
  { decode: decodeServerKeyExchangeEcdhe, hex: "03 0017 00 0403 0000", code: "wire/malformed" },
  { decode: decodeServerKeyExchangeEcdhe, hex: "03 0017 02 04", code: "wire/truncated" },
  { decode: decodeServerKeyExchangeEcdhe, hex: params, code: "wire/truncated" },
  { decode: decodeServerKeyExchangeEcdhe, hex: `${params} 0403`, code: "wire/truncated" },
  { decode: decodeServerKeyExchangeEcdhe, hex: `${params} 0403 0003 3003`, code: "wire/truncated" },
  { decode: decodeServerKeyExchangeEcdhe, hex: `${encoded} 00`, code: "wire/leftover" },
  { decode: decodeClientKeyExchangeEcdhe, hex: "", code: "wire/truncated" },
  { decode: decodeClientKeyExchangeEcdhe, hex: "00", code: "wire/malformed" },
  { decode: decodeClientKeyExchangeEcdhe, hex: "02 04", code: "wire/truncated" },
  { decode: decodeClientKeyExchangeEcdhe, hex: "01 0400", code: "wire/leftover" },
];
for (const { decode, hex, code } of refused) {
  test(`${decode.name} refuses "${hex}" with ${code} [RFC 8422 §5.4]`, () => {
    assert.throws(() => decode(octets(hex)), { name: "WireError", code });
  });
}

test("refuses to write what does not fit [RFC 8422 §5.4]", () => {
  const empty = new Uint8Array();
  const writes = [
    () => encodeServerKeyExchangeEcdhe({ ...message, publicKey: empty }),
    () => encodeServerKeyExchangeEcdhe({ ...message, group: 65_536 }),
    () => encodeServerKeyExchangeEcdhe({ ...message, scheme: 65_536 }),
    () => encodeServerKeyExchangeEcdhe({ ...message, signature: new Uint8Array(65_536) }),
    () => serverEcdhParams({ group: 29, publicKey: empty }),
    () => encodeClientKeyExchangeEcdhe({ publicKey: empty }),
    () => encodeClientKeyExchangeEcdhe({ publicKey: new Uint8Array(256) }),
  ];
  for (const write of writes) assert.throws(write, { name: "WireError" });
});
