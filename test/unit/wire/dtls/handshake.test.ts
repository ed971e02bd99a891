import assert from "node:assert/strict";
import { test } from "node:test";
import { ByteReader } from "../../../../agent/wire/bytes.ts";
import type { HandshakeFragment } from "../../../../agent/wire/dtls/handshake.ts";
import {
  encodeHandshakeFragment,
  MAX_HANDSHAKE_LENGTH,
  readHandshakeFragment,
  splitHandshakeRecord,
} from "../../../../agent/wire/dtls/handshake.ts";
import { octets } from "./captured.ts";

const read = (hex: string): HandshakeFragment => readHandshakeFragment(new ByteReader(octets(hex)));

const fragment: HandshakeFragment = {
  type: 1,
  length: 0x1234,
  messageSeq: 0xfffe,
  offset: 0x1232,
  fragment: octets("aabb"),
};
const encoded = "01 001234 fffe 001232 000002 aabb";

test("a fragment has all its fields, and may end where its message ends [RFC 6347 §4.2.2]", () => {
  assert.deepEqual(read(encoded), fragment);
  assert.deepEqual(encodeHandshakeFragment(fragment), octets(encoded));
});

const refused = [
  { what: "a header that is cut short", hex: "01 000000 0000 000000 0000", code: "wire/truncated" },
  {
    what: "a fragment that is cut short",
    hex: "01 000002 0000 000000 000002 aa",
    code: "wire/truncated",
  },
  {
    what: "a fragment that is longer than its message",
    hex: "01 000001 0000 000000 000002 aabb",
    code: "wire/malformed",
  },
  {
    what: "a fragment that ends after its message",
    hex: "01 000002 0000 000001 000002 aabb",
    code: "wire/malformed",
  },
  {
    what: "an offset after the end",
    hex: "01 000001 0000 000002 000000",
    code: "wire/malformed",
  },
  {
    what: "a message of 65536 octets before they are there",
    hex: "01 010000 0000 000000 000001 aa",
    code: "wire/out-of-range",
  },
];
for (const { what, hex, code } of refused) {
  test(`refuses ${what} [RFC 6347 §4.2.2]`, () => {
    assert.throws(() => read(hex), { name: "WireError", code });
  });
}

test("refuses to write a fragment that is not within its message", () => {
  const wrong = [
    { ...fragment, offset: fragment.offset + 1 },
    { ...fragment, length: MAX_HANDSHAKE_LENGTH + 1 },
    { ...fragment, messageSeq: 65_536 },
  ];
  for (const each of wrong) {
    assert.throws(() => encodeHandshakeFragment(each), { name: "WireError" });
  }
});

test("one record may hold several messages [RFC 6347 §4.2.3]", () => {
  const done = "0e 000000 ffff 000000 000000";
  const [first, second, third] = splitHandshakeRecord(octets(encoded + done));
  assert.deepEqual(first, fragment);
  assert.equal(second?.type, 14);
  assert.equal(third, undefined);
});

test("refuses a record with a message and rubbish [RFC 6347 §4.2.3]", () => {
  assert.throws(() => splitHandshakeRecord(octets(`${encoded} 0e`)), { code: "wire/truncated" });
});

test("refuses an empty record [RFC 5246 §6.2.1]", () => {
  assert.throws(() => splitHandshakeRecord(new Uint8Array()), { code: "wire/malformed" });
});
