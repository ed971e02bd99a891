/**
 * How commands speak to people: numbers rounded and in the units that people use, times as on a clock. What is exact
 * is in `--json`.
 */

const MINUTE_S = 60;
const HOUR_S = 60 * MINUTE_S;
const DAY_S = 24 * HOUR_S;

/** Terminals obey control characters; those that turn the direction of writing make a text look like another. */
const HARMFUL = /[\p{Cc}\p{Zl}\p{Zp}\u{202a}-\u{202e}\u{2066}-\u{2069}]/gu;

/** Text that somebody else chose, as it may go to a terminal. */
export function harmless(text: string): string {
  return text.replaceAll(HARMFUL, "\u{fffd}");
}

/**
 * One JSON document on a line. Control characters beyond ASCII are escaped, too: they may be in JSON, but a terminal
 * would obey them.
 */
export function jsonLine(value: unknown): string {
  const escaped = (char: string): string =>
    `\\u${(char.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`;
  return `${JSON.stringify(value).replaceAll(/[\u{7f}-\u{9f}]/gu, escaped)}\n`;
}

/** Bits per second: `3.1 Gbit/s`. */
export function bitRate(bitsPerS: number): string {
  return scaled(bitsPerS, ["bit/s", "kbit/s", "Mbit/s", "Gbit/s", "Tbit/s"]);
}

/** Octets: `12 GB`. */
export function octets(count: number): string {
  return scaled(count, ["bytes", "kB", "MB", "GB", "TB", "PB"]);
}

/** Packets per second: `41,000 packets/s`. */
export function packetRate(perS: number): string {
  return `${grouped(perS >= 100 ? Number(perS.toPrecision(2)) : Math.round(perS))} packets/s`;
}

/** `1 mitigation`, `3 mitigations`. */
export function counted(count: number, noun: string): string {
  return `${grouped(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/** A length of time in seconds: `4 seconds`, `1 hour 30 minutes`, `12 minutes`. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 2 * MINUTE_S && whole !== MINUTE_S) return counted(whole, "second");
  if (whole < HOUR_S) return twoUnits(whole, [MINUTE_S, "minute"], [1, "second"]);
  if (whole < DAY_S) return twoUnits(whole, [HOUR_S, "hour"], [MINUTE_S, "minute"]);
  return twoUnits(whole, [DAY_S, "day"], [HOUR_S, "hour"]);
}

type Unit = readonly [seconds: number, noun: string];

/** The smaller unit is only worth a word beside one or two of the larger. */
function twoUnits(seconds: number, [large, largeNoun]: Unit, [small, smallNoun]: Unit): string {
  const whole = Math.floor(seconds / large);
  if (whole >= 3) return counted(Math.round(seconds / large), largeNoun);
  const rest = Math.floor((seconds - whole * large) / small);
  return `${counted(whole, largeNoun)}${rest === 0 ? "" : ` ${counted(rest, smallNoun)}`}`;
}

/** How long ago an instant (ISO 8601) was: `4 seconds ago`. */
export function ago(instant: string, nowMs: number): string {
  const seconds = secondsBetween(instant, nowMs);
  return seconds < 1 ? "just now" : `${duration(seconds)} ago`;
}

/** How far off an instant is: `in 12 minutes`; `now` once it has come. */
export function ahead(instant: string, nowMs: number): string {
  const seconds = -secondsBetween(instant, nowMs);
  return seconds < 1 ? "now" : `in ${duration(seconds)}`;
}

/** Seconds from an instant to now; below 0 when it is to come. */
export function secondsBetween(instant: string, nowMs: number): number {
  return (nowMs - Date.parse(instant)) / 1000;
}

/** An instant on this machine's clock: `14:02`, or with its day when that is not today. */
export function clockTime(instant: string, nowMs: number): string {
  const date = new Date(instant);
  const time = `${two(date.getHours())}:${two(date.getMinutes())}`;
  return dayOf(date) === dayOf(new Date(nowMs)) ? time : `${dayOf(date)} ${time}`;
}

/** An instant on this machine's clock, to the second: `2026-11-22 14:02:07`. */
export function timestamp(instant: string): string {
  const date = new Date(instant);
  const time = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(":");
  return `${dayOf(date)} ${time}`;
}

/** Rows as lines whose columns stand below each other. */
export function columns(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, cell.length);
  }
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, i) => cell.padEnd(widths[i] ?? 0))
          .join("  ")
          .trimEnd()}\n`,
    )
    .join("");
}

function scaled(value: number, units: readonly string[]): string {
  let amount = value;
  let unit = 0;
  while (Math.round(amount) >= 1000 && unit < units.length - 1) {
    amount /= 1000;
    unit += 1;
  }
  const digits = unit > 0 && amount < 9.95 ? 1 : 0;
  return `${grouped(Number(amount.toFixed(digits)))} ${units[unit]}`;
}

function grouped(value: number): string {
  return String(value).replaceAll(/\B(?=(\d{3})+(?!\d|\.))(?<!\.\d*)/g, ",");
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}

function dayOf(date: Date): string {
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** A word as it goes into a line that is copied to a shell, spaces and all. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
