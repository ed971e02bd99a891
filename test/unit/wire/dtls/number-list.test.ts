import assert from "node:assert/strict";
import { test } from "node:test";
import { ByteReader, ByteWriter } from "../../../../agent/wire/bytes.ts";
import {
  readU16List,
  readU8List,
  writeU16List,
  writeU8List,
} from "../../../../agent/wire/dtls/number-list.ts";
import { octets } from "./captured.ts";

const lists = [
  {
    what: "one octet each",
    read: (r: ByteReader) => readU8List(r, "numbers"),
    write: (w: ByteWriter, numbers: readonly number[]) => writeU8List(w, numbers, "numbers"),
    numbers: [64, 1],
    hex: "02 40 01",
    refused: [
      { hex: "", code: "wire/truncated" },
      { hex: "00", code: "wire/malformed" },
      { hex: "02 40", code: "wire/truncated" },
    ],
    unfit: [[256], Array.from({ length: 256 }, () => 1)],
  },
  {
    what: "two octets each",
    read: (r: ByteReader) => readU16List(r, "numbers", "number"),
    write: (w: ByteWriter, numbers: readonly number[]) => writeU16List(w, numbers, "numbers"),
    numbers: [0x0403, 0x0401],
    hex: "0004 0403 0401",
    refused: [
      { hex: "00", code: "wire/truncated" },
      { hex: "0000", code: "wire/malformed" },
      { hex: "0003 0403 04", code: "wire/truncated" }, // half a number
      { hex: "0004 0403", code: "wire/truncated" },
    ],
    unfit: [[65_536], Array.from({ length: 32_768 }, () => 1)],
  },
];

for (const { what, read, write, numbers, hex, refused, unfit } of lists) {
  test(`numbers of ${what} both ways, and what follows is left alone [RFC 5246 §4.3]`, () => {
    const r = new ByteReader(octets(`${hex} ff`));
    assert.deepEqual(read(r), numbers);
    assert.equal(r.left, 1);
    const w = new ByteWriter();
    write(w, numbers);
    assert.deepEqual(w.done(), octets(hex));
  });

  for (const { hex: bad, code } of refused) {
    test(`refuses numbers of ${what} in "${bad}" with ${code} [RFC 5246 §4.3]`, () => {
      assert.throws(() => read(new ByteReader(octets(bad))), { name: "WireError", code });
    });
  }

  test(`refuses to write numbers of ${what} that do not fit, or none`, () => {
    for (const list of unfit) {
      assert.throws(() => write(new ByteWriter(), list), { code: "wire/out-of-range" });
    }
    assert.throws(() => write(new ByteWriter(), []), { code: "wire/malformed" });
  });
}
