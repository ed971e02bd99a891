import assert from "node:assert/strict";
import { test } from "node:test";
import {
  ago,
  ahead,
  bitRate,
  clockTime,
  columns,
  counted,
  duration,
  harmless,
  jsonLine,
  octets,
  packetRate,
  shellWord,
  timestamp,
} from "../../../agent/cli/plain.ts";

process.env["TZ"] = "UTC";

const AT = "2030-01-01T12:00:00.000Z";
const NOW = Date.parse(AT);
const SECONDS = 1000;

const rates: readonly [number, string][] = [
  [0, "0 bit/s"],
  [999.4, "999 bit/s"],
  [999.6, "1 kbit/s"],
  [1500, "1.5 kbit/s"],
  [9960, "10 kbit/s"],
  [999_499, "999 kbit/s"],
  [999_500, "1 Mbit/s"],
  [3.14e9, "3.1 Gbit/s"],
  [2e16, "20,000 Tbit/s"],
];

for (const [bitsPerS, text] of rates) {
  test(`${bitsPerS} bit/s is ${text}`, () => assert.equal(bitRate(bitsPerS), text));
}

const lengths: readonly [number, string][] = [
  [-3, "0 seconds"],
  [0.4, "0 seconds"],
  [1, "1 second"],
  [59.6, "1 minute"],
  [61, "61 seconds"],
  [119, "119 seconds"],
  [150, "2 minutes 30 seconds"],
  [200, "3 minutes"],
  [3600, "1 hour"],
  [5400, "1 hour 30 minutes"],
  [10_800, "3 hours"],
  [90_000, "1 day 1 hour"],
  [604_800, "7 days"],
];

for (const [seconds, text] of lengths) {
  test(`${seconds} s are ${text}`, () => assert.equal(duration(seconds), text));
}

test("amounts are rounded and grouped", () => {
  assert.equal(octets(12_345_678), "12 MB");
  assert.equal(octets(999), "999 bytes");
  assert.equal(packetRate(41_234), "41,000 packets/s");
  assert.equal(packetRate(42.4), "42 packets/s");
  assert.equal(counted(1, "packet"), "1 packet");
  assert.equal(counted(1_234_567, "packet"), "1,234,567 packets");
});

test("instants are told from now", () => {
  assert.equal(ago(AT, NOW + 4 * SECONDS), "4 seconds ago");
  assert.equal(ago(AT, NOW + 900), "just now");
  assert.equal(ago(AT, NOW - 5 * SECONDS), "just now"); // clocks of two processes differ
  assert.equal(ahead(AT, NOW - 720 * SECONDS), "in 12 minutes");
  assert.equal(ahead(AT, NOW + SECONDS), "now");
});

test("the day is told when it is not today", () => {
  assert.equal(clockTime(AT, NOW + 3600 * SECONDS), "12:00");
  assert.equal(clockTime(AT, NOW + 86_400 * SECONDS), "2030-01-01 12:00");
  assert.equal(timestamp("2030-01-01T02:03:04.567Z"), "2030-01-01 02:03:04");
});

test("what a terminal would obey is shown and not obeyed", () => {
  assert.equal(harmless("a\u{1b}[2Jb\u{9b}1mc\n\u{202e}d\u{2028}é"), "a�[2Jb�1mc��d�é");
});

test("JSON holds nothing that a terminal would obey, and means the same", () => {
  const value = { text: "\u{1b}[2J \u{9b}1m \u{7f} é", n: 1 };
  const line = jsonLine(value);
  assert.match(line, /^[^\p{Cc}]*\n$/u);
  assert.deepEqual(JSON.parse(line), value);
});

test("columns stand below each other, and no line ends in spaces", () => {
  const rows = [
    ["a", "long word", ""],
    ["longer", "b", "c"],
  ];
  assert.equal(columns(rows), "a       long word\nlonger  b          c\n");
});

test("a word for a shell is quoted only where it must be", () => {
  assert.equal(shellWord("/tmp/a-b_c.psk"), "/tmp/a-b_c.psk");
  assert.equal(shellWord("it's here"), String.raw`'it'\''s here'`);
});
