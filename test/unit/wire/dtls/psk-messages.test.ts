import assert from "node:assert/strict";
import { test } from "node:test";
import {
  decodeClientKeyExchangeEcdhePsk,
  decodeClientKeyExchangePsk,
  decodeServerKeyExchangeEcdhePsk,
  decodeServerKeyExchangePsk,
  encodeClientKeyExchangeEcdhePsk,
  encodeClientKeyExchangePsk,
  encodeServerKeyExchangeEcdhePsk,
  encodeServerKeyExchangePsk,
} from "../../../../agent/wire/dtls/psk-messages.ts";
import { octets } from "./captured.ts";

test("the hint of PSK, also an empty one [RFC 4279 §2]", () => {
  for (const { hex, hint } of [
    { hex: "0002 6869", hint: "6869" },
    { hex: "0000", hint: "" },
  ]) {
    assert.deepEqual(decodeServerKeyExchangePsk(octets(hex)), { hint: octets(hint) });
    assert.deepEqual(encodeServerKeyExchangePsk({ hint: octets(hint) }), octets(hex));
  }
});

test("the identity of PSK, also an empty one and the longest one [RFC 4279 §2]", () => {
  for (const { hex, identity } of [
    { hex: "0002 6869", identity: "6869" },
    { hex: "0000", identity: "" },
    { hex: `ffff ${"61".repeat(65_535)}`, identity: "61".repeat(65_535) },
  ]) {
    assert.deepEqual(decodeClientKeyExchangePsk(octets(hex)), { identity: octets(identity) });
    assert.deepEqual(encodeClientKeyExchangePsk({ identity: octets(identity) }), octets(hex));
  }
});

test("hint, group and key of ECDHE_PSK [RFC 5489 §2]", () => {
  const message = { hint: octets("6869"), group: 29, publicKey: octets("aabb") };
  const hex = "0002 6869 03 001d 02 aabb";
  assert.deepEqual(decodeServerKeyExchangeEcdhePsk(octets(hex)), message);
  assert.deepEqual(encodeServerKeyExchangeEcdhePsk(message), octets(hex));
});

test("identity and key of ECDHE_PSK [RFC 5489 §2]", () => {
  const message = { identity: octets("6869"), publicKey: octets("aabb") };
  const hex = "0002 6869 02 aabb";
  assert.deepEqual(decodeClientKeyExchangeEcdhePsk(octets(hex)), message);
  assert.deepEqual(encodeClientKeyExchangeEcdhePsk(message), octets(hex));
});

const refused = [
  { decode: decodeServerKeyExchangePsk, hex: "", code: "wire/truncated" },
  { decode: decodeServerKeyExchangePsk, hex: "0003 6869", code: "wire/truncated" },
  { decode: decodeServerKeyExchangePsk, hex: "0001 6869", code: "wire/leftover" },
  { decode: decodeClientKeyExchangePsk, hex: "00", code: "wire/truncated" },
  { decode: decodeClientKeyExchangePsk, hex: "0001 6869", code: "wire/leftover" },
  // explicit_prime: a curve of the server's own making [RFC 8422 §5.4]
  {
    decode: decodeServerKeyExchangeEcdhePsk,
    hex: "0000 01 0017 01 04",
    code: "wire/unknown-critical",
  },
  { decode: decodeServerKeyExchangeEcdhePsk, hex: "0000 03 0017 00", code: "wire/malformed" },
  { decode: decodeServerKeyExchangeEcdhePsk, hex: "0000 03 0017 02 04", code: "wire/truncated" },
  { decode: decodeServerKeyExchangeEcdhePsk, hex: "0000 03 0017 01 0400", code: "wire/leftover" },
  { decode: decodeClientKeyExchangeEcdhePsk, hex: "0000 00", code: "wire/malformed" },
  { decode: decodeClientKeyExchangeEcdhePsk, hex: "0000", code: "wire/truncated" },
  { decode: decodeClientKeyExchangeEcdhePsk, hex: "0000 01 0400", code: "wire/leftover" },
];
for (const { decode, hex, code } of refused) {
  test(`${decode.name} refuses "${hex}" with ${code} [RFC 5489 §2]`, () => {
    assert.throws(() => decode(octets(hex)), { name: "WireError", code });
  });
}

test("refuses to write what does not fit [RFC 4279 §2]", () => {
  const tooLong = new Uint8Array(65_536);
  const nothing = new Uint8Array();
  const key = Uint8Array.of(4);
  const writes = [
    () => encodeServerKeyExchangePsk({ hint: tooLong }),
    () => encodeClientKeyExchangePsk({ identity: tooLong }),
    () => encodeServerKeyExchangeEcdhePsk({ hint: nothing, group: 29, publicKey: nothing }),
    () => encodeServerKeyExchangeEcdhePsk({ hint: nothing, group: 65_536, publicKey: key }),
    () => encodeClientKeyExchangeEcdhePsk({ identity: nothing, publicKey: nothing }),
    () => encodeClientKeyExchangeEcdhePsk({ identity: nothing, publicKey: new Uint8Array(256) }),
  ];
  for (const write of writes) assert.throws(write, { name: "WireError" });
});
