import assert from "node:assert/strict";
import { test } from "node:test";
import {
  ago,
  bitRate,
  byteSize,
  clockMinute,
  clockTime,
  count,
  dayDate,
  dayName,
  duration,
  elapsed,
  elapsedMinutes,
  instant,
  millis,
  packetRate,
  shortList,
} from "../../../../renderer/model/format.ts";

process.env["TZ"] = "Europe/Berlin";

const NOON = Date.parse("2026-11-20T12:00:00Z");

interface Case<Input> {
  readonly of: Input;
  readonly is: string | undefined;
}

function table<Input>(
  name: string,
  format: (input: Input) => string | undefined,
  cases: readonly Case<Input>[],
): void {
  for (const { of, is } of cases) {
    test(`${name}: ${JSON.stringify(of)}`, () => assert.equal(format(of), is));
  }
}

table("bit rate", bitRate, [
  { of: 0, is: "0 bit/s" },
  { of: 999, is: "999 bit/s" },
  { of: 999.6, is: "1 kbit/s" },
  { of: 1540, is: "1.5 kbit/s" },
  { of: 9_940_000, is: "9.9 Mbit/s" },
  { of: 9_960_000, is: "10 Mbit/s" },
  { of: 84_200_000, is: "84 Mbit/s" },
  { of: 999_700_000, is: "1 Gbit/s" },
  { of: 3_100_000_000, is: "3.1 Gbit/s" },
  { of: 2.5e15, is: "2,500 Tbit/s" },
  { of: -5, is: "0 bit/s" },
]);

table("size", byteSize, [
  { of: 12, is: "12 bytes" },
  { of: 270e9, is: "270 GB" },
]);

table("packet rate", packetRate, [
  { of: 0, is: "0 packets/s" },
  { of: 7.4, is: "7 packets/s" },
  { of: 904, is: "900 packets/s" },
  { of: 41_321, is: "41,000 packets/s" },
]);

table("count", count, [{ of: 1_234_567.4, is: "1,234,567" }]);

table("round trip", millis, [
  { of: 0.42, is: "0.4 ms" },
  { of: 19.2, is: "19 ms" },
]);

table("duration", duration, [
  { of: 0, is: "less than a second" },
  { of: 1.9, is: "1 second" },
  { of: 59.9, is: "59 seconds" },
  { of: 60, is: "1 minute" },
  { of: 179, is: "2 minutes" },
  { of: 3600, is: "1 hour" },
  { of: 3900, is: "1 hour 5 minutes" },
  { of: 86_400, is: "1 day" },
  { of: 2 * 86_400 + 3 * 3600, is: "2 days 3 hours" },
]);

table("list", shortList, [
  { of: [], is: "" },
  { of: ["Web shop"], is: "Web shop" },
  { of: ["Web shop", "Mail"], is: "Web shop and Mail" },
  { of: ["Web shop", "Mail", "Telephone"], is: "Web shop and 2 more" },
]);

table("instant", (text: string | null) => instant(text)?.toString(), [
  { of: null, is: undefined },
  { of: "no instant", is: undefined },
  { of: "1970-01-01T00:00:01.000Z", is: "1000" },
]);

test("ages are told by their parts, and never negative", () => {
  assert.equal(elapsed(NOON - 61_000, NOON), "1 minute");
  assert.equal(elapsed(NOON + 5000, NOON), "less than a second");
  assert.equal(ago(NOON - 4000, NOON), "4 seconds ago");
});

test("a sentence that is read out has no seconds in it", () => {
  assert.equal(elapsedMinutes(NOON - 59_000, NOON), undefined);
  assert.equal(elapsedMinutes(NOON - 200_000, NOON), "3 minutes");
});

test("times are those of the reader's clock", () => {
  assert.equal(clockTime(NOON), "13:00:00");
  assert.equal(clockMinute(NOON), "13:00");
});

table("day", (at: string) => dayName(Date.parse(at), NOON), [
  { of: "2026-11-19T23:00:00Z", is: "Today" },
  { of: "2026-11-19T22:59:59Z", is: "Yesterday" },
  { of: "2026-11-18T23:00:00Z", is: "Yesterday" },
]);

test("a day further back has its date", () => {
  assert.equal(dayDate(Date.parse("2026-12-01T12:00:00Z")), "1 December 2026");
  assert.match(dayName(Date.parse("2026-11-18T12:00:00Z"), NOON), /^Wednesday.* 18 November 2026$/);
});

test("yesterday is the day before, also where a day has 25 hours", () => {
  const after = Date.parse("2026-10-26T08:00:00Z"); // Berlin left summer time the day before
  assert.equal(dayName(Date.parse("2026-10-24T22:30:00Z"), after), "Yesterday");
});
