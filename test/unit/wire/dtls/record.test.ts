import assert from "node:assert/strict";
import { test } from "node:test";
import { ByteReader } from "../../../../agent/wire/bytes.ts";
import type { DtlsRecord } from "../../../../agent/wire/dtls/record.ts";
import {
  ContentType,
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

const withId: DtlsRecord = {
  type: ContentType.tls12Cid,
  version: DTLS12,
  epoch: 1,
  sequence: 5,
  connectionId: octets("a1a2a3"),
  fragment: octets("0102"),
};
const encodedWithId = "19 fefd 0001 000000000005 a1a2a3 0002 0102";

test("a connection id stands in front of the length [RFC 9146 §4]", () => {
  assert.deepEqual(readRecord(new ByteReader(octets(encodedWithId)), 3), withId);
  assert.deepEqual(encodeRecord(withId), octets(encodedWithId));
});

test("a record of any other type has no connection id, whatever was agreed on [RFC 9146 §3]", () => {
  assert.deepEqual(readRecord(new ByteReader(octets(encoded)), 3), record);
  const { records, faulty } = splitDatagram(octets(encoded + encodedWithId + encoded), 3);
  assert.deepEqual(records, [record, withId, record]);
  assert.equal(faulty, false);
});

test("without a length agreed on, a record with a connection id cannot be read [RFC 9146 §4]", () => {
  assert.throws(() => read(encodedWithId), { name: "WireError", code: "wire/malformed" });
  const { records, faulty } = splitDatagram(octets(encoded + encodedWithId + encoded));
  assert.deepEqual(records, [record]);
  assert.equal(faulty, true);
});

const refusedWithId = [
  {
    what: "a connection id that is cut short",
    hex: "19 fefd 0001 000000000005 a1a2",
    code: "wire/truncated",
  },
  {
    what: "a connection id in the clear",
    hex: `19 fefd 0000 ${encodedWithId.slice(13)}`,
    code: "wire/malformed",
  },
  {
    what: "a fragment too long behind a connection id",
    hex: "19 fefd 0001 000000000005 a1a2a3 ffff",
    code: "wire/out-of-range",
  },
];
for (const { what, hex, code } of refusedWithId) {
  test(`refuses ${what} [RFC 9146 §4]`, () => {
    const r = new ByteReader(octets(hex));
    assert.throws(() => readRecord(r, 3), { name: "WireError", code });
  });
}

const { connectionId: _, ...withoutId } = withId;
const unwritable: readonly (readonly [string, DtlsRecord, string])[] = [
  ["tls12_cid without a connection id", withoutId, "wire/malformed"],
  ["an empty connection id", { ...withId, connectionId: new Uint8Array() }, "wire/malformed"],
  [
    "a connection id of 256 octets",
    { ...withId, connectionId: new Uint8Array(256) },
    "wire/out-of-range",
  ],
  ["a connection id in the clear", { ...withId, epoch: 0 }, "wire/malformed"],
  [
    "a connection id of another type",
    { ...withId, type: ContentType.applicationData },
    "wire/malformed",
  ],
];
for (const [what, wrong, code] of unwritable) {
  test(`refuses to write ${what} [RFC 9146 §4]`, () => {
    assert.throws(() => encodeRecord(wrong), { name: "WireError", code });
  });
}

for (const [count, few, faulty] of [
  [32, 32, false],
  [33, 32, true],
  [100, 32, true],
] as const) {
  test(`of ${count} records in a datagram ${few} are read`, () => {
    const split = splitDatagram(octets(encoded.repeat(count)));
    assert.equal(split.records.length, few);
    assert.equal(split.faulty, faulty);
  });
}
