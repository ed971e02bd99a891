import assert from "node:assert/strict";
import { test } from "node:test";
import { ByteReader } from "../../../../agent/wire/bytes.ts";
import type { DtlsRecord } from "../../../../agent/wire/dtls/record.ts";
import {
  DTLS12,
  encodeRecord,
  MAX_FRAGMENT_LENGTH,
  readRecord,
  splitDatagram,
} from "../../../../agent/wire/dtls/record.ts";
import { octets } from "./captured.ts";

const read = (hex: string): DtlsRecord => readRecord(new ByteReader(octets(hex)));

const record: DtlsRecord = {
  type: 23,
  version: DTLS12,
  epoch: 0xffff,
  sequence: 2 ** 48 - 1,
  fragment: octets("0102"),
};
const encoded = "17 fefd ffff ffffffffffff 0002 0102";

test("a record has all its fields, up to 48 bits of sequence number [RFC 6347 §4.1]", () => {
  assert.deepEqual(read(encoded), record);
  assert.deepEqual(encodeRecord(record), octets(encoded));
});

test("a record may be empty, and of a type that nobody knows [RFC 6347 §4.1]", () => {
  const { type, fragment } = read("ff fefd 0000 000000000000 0000");
  assert.equal(type, 0xff);
  assert.equal(fragment.length, 0);
});

const longest = octets(`17 fefd 0000 000000000000 ${MAX_FRAGMENT_LENGTH.toString(16)}`);
const refused = [
  {
    what: "a header that is cut short",
    hex: "17 fefd 0000 000000000000 00",
    code: "wire/truncated",
  },
  {
    what: "a fragment that is cut short",
    hex: "17 fefd 0000 000000000000 0002 01",
    code: "wire/truncated",
  },
  {
    what: "the version of TLS",
    hex: "17 0303 0000 000000000000 0001 00",
    code: "wire/malformed",
  },
  {
    what: "a fragment of 2^14 + 2049 octets before they are there",
    hex: "17 fefd 0000 000000000000 4801",
    code: "wire/out-of-range",
  },
];

for (const { what, hex, code } of refused) {
  test(`refuses ${what} [RFC 6347 §4.1]`, () => {
    assert.throws(() => read(hex), { name: "WireError", code });
  });
}

test("takes a fragment of 2^14 + 2048 octets, and not one more [RFC 5246 §6.2.3]", () => {
  const fragment = new Uint8Array(MAX_FRAGMENT_LENGTH);
  const datagram = encodeRecord({ ...record, fragment });
  assert.deepEqual(datagram.subarray(11, 13), longest.subarray(11, 13));
  assert.equal(splitDatagram(datagram).records.length, 1);
  const tooLong = { ...record, fragment: new Uint8Array(MAX_FRAGMENT_LENGTH + 1) };
  assert.throws(() => encodeRecord(tooLong), { code: "wire/out-of-range" });
});

const outOfRange: readonly (readonly [string, Partial<DtlsRecord>])[] = [
  ["type", { type: 256 }],
  ["version", { version: 65_536 }],
  ["epoch", { epoch: 65_536 }],
  ["sequence number", { sequence: 2 ** 48 }],
  ["negative sequence number", { sequence: -1 }],
];
for (const [what, change] of outOfRange) {
  test(`refuses to write a ${what} that does not fit`, () => {
    assert.throws(() => encodeRecord({ ...record, ...change }), { code: "wire/out-of-range" });
  });
}

const datagrams = [
  { what: "nothing", hex: "", records: 0, faulty: false },
  { what: "two records", hex: encoded + encoded, records: 2, faulty: false },
  { what: "a record and rubbish", hex: `${encoded} 00`, records: 1, faulty: true },
  {
    what: "a bad record between good ones",
    hex: `${encoded} 17 0303 0000 000000000000 0000 ${encoded}`,
    records: 1,
    faulty: true,
  },
  { what: "rubbish", hex: "fe", records: 0, faulty: true },
];
for (const { what, hex, records, faulty } of datagrams) {
  test(`a datagram of ${what} gives ${records} records, faulty: ${faulty} [RFC 6347 §4.1.2.7]`, () => {
    const split = splitDatagram(octets(hex));
    assert.equal(split.records.length, records);
    assert.equal(split.faulty, faulty);
  });
}
