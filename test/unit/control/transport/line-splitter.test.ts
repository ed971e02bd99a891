import assert from "node:assert/strict";
import { test } from "node:test";
import { LineSplitter } from "../../../../agent/control/transport/line-splitter.ts";
import { seeded } from "../../../support/seeded.ts";

const text = "one\n\nzwölf 🛟 \r\nlast\n";
const lines = ["one", "", "zwölf 🛟 \r", "last"];

test("lines are the same however they are cut, also within a character", () => {
  const data = Buffer.from(text);
  for (let size = 1; size <= data.length; size += 1) {
    const splitter = new LineSplitter(100);
    const found: string[] = [];
    for (let at = 0; at < data.length; at += size) {
      found.push(...splitter.push(data.subarray(at, at + size)).lines);
    }
    assert.deepEqual(found, lines);
  }
});

test("a line that has not ended is none", () => {
  const splitter = new LineSplitter(100);
  assert.deepEqual(splitter.push(Buffer.from("half")), { lines: [], isTooLong: false });
  assert.deepEqual(splitter.push(Buffer.from(" and half\nx")).lines, ["half and half"]);
});

const LIMIT: readonly [chunks: readonly string[], lines: readonly string[], isTooLong: boolean][] =
  [
    [["12345\n"], ["12345"], false],
    [["123", "45\n"], ["12345"], false],
    [["123456\n"], [], true],
    [["123456"], [], true],
    [["123", "456"], [], true],
    [["ok\n123456\nafter\n"], ["ok"], true],
    [["ééé"], [], true], // octets count
  ];

for (const [chunks, expected, isTooLong] of LIMIT) {
  test(`${JSON.stringify(chunks)} within lines of 5 octets`, () => {
    const splitter = new LineSplitter(5);
    const splits = chunks.map((chunk) => splitter.push(Buffer.from(chunk)));
    assert.deepEqual(
      splits.flatMap((split) => split.lines),
      expected,
    );
    assert.equal(
      splits.some((split) => split.isTooLong),
      isTooLong,
    );
  });
}

test("random pieces come together as they were cut", () => {
  const chance = seeded(4);
  const words = Array.from({ length: 500 }, () => "🛟x".repeat(chance.int(2000)));
  const data = Buffer.from(`${words.join("\n")}\n`);
  const splitter = new LineSplitter(100_000);
  const found: string[] = [];
  for (let at = 0; at < data.length;) {
    const size = 1 + chance.int(5000);
    found.push(...splitter.push(data.subarray(at, at + size)).lines);
    at += size;
  }
  assert.deepEqual(found, words);
});
