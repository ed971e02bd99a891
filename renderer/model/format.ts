import { units } from "../strings/units.ts";

/** Numbers, lengths of time and instants in the form that people read. Exact values belong to the details. */

/** Milliseconds since the Unix epoch. */
export type Millis = number;

const LOCALE = "en-GB";
const SECOND = 1000;
const MINUTE_S = 60;
const HOUR_S = 3600;
const DAY_S = 86_400;

/** `1234567` as `1,234,567`. */
export function count(value: number): string {
  return Math.round(value).toLocaleString(LOCALE);
}

/** Two digits that count below ten, none after the point above: `3.1`, `31`, `310`. */
function rounded(value: number): string {
  return value >= 9.95 ? count(value) : String(Number(value.toFixed(1)));
}

function scaled(value: number, names: readonly string[]): string {
  let rest = Math.max(0, value);
  let step = 0;
  // What would be rounded up to 1,000 is the next unit's 1.
  while (rest >= 999.5 && step < names.length - 1) {
    rest /= 1000;
    step += 1;
  }
  return units.quantity(step === 0 ? count(rest) : rounded(rest), names[step] ?? "");
}

/** Bits per second: `3.1 Gbit/s`. */
export function bitRate(bps: number): string {
  return scaled(bps, units.bitRates);
}

/** Octets: `12 GB`. */
export function byteSize(bytes: number): string {
  return scaled(bytes, units.byteSizes);
}

/** Packets per second: `41,000 packets/s`. Two digits are enough above a hundred. */
export function packetRate(pps: number): string {
  const step = pps < 100 ? 1 : 10 ** (Math.floor(Math.log10(pps)) - 1);
  return units.packetRate(count(Math.round(pps / step) * step));
}

/** A round-trip time: `19 ms`, `0.4 ms`. */
export function millis(value: number): string {
  return units.millis(rounded(value));
}

/** A length of time, rounded down: `4 seconds`, `12 minutes`, `1 hour 5 minutes`. */
export function duration(seconds: number): string {
  if (seconds < 1) return units.noTime;
  if (seconds < MINUTE_S) return units.seconds(Math.floor(seconds));
  if (seconds < HOUR_S) return units.minutes(Math.floor(seconds / MINUTE_S));
  if (seconds < DAY_S) {
    const minutes = Math.floor((seconds % HOUR_S) / MINUTE_S);
    return twoUnits(units.hours(Math.floor(seconds / HOUR_S)), minutes, units.minutes);
  }
  const hours = Math.floor((seconds % DAY_S) / HOUR_S);
  return twoUnits(units.days(Math.floor(seconds / DAY_S)), hours, units.hours);
}

function twoUnits(first: string, rest: number, name: (count: number) => string): string {
  return rest === 0 ? first : units.twoUnits(first, name(rest));
}

/** The time since `then`; never negative, should two clocks differ. */
export function elapsed(then: Millis, now: Millis): string {
  return duration(Math.max(0, now - then) / SECOND);
}

/** As `elapsed`; undefined within the first minute: for sentences that are read out whenever they change. */
export function elapsedMinutes(then: Millis, now: Millis): string | undefined {
  return now - then < MINUTE_S * SECOND ? undefined : elapsed(then, now);
}

/** `4 seconds ago` */
export function ago(then: Millis, now: Millis): string {
  return units.ago(elapsed(then, now));
}

/** An instant of the contract; undefined when there is none. */
export function instant(text: string | null): Millis | undefined {
  if (text === null) return undefined;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : at;
}

/** `14:02:07`, in the reader's time zone. */
export function clockTime(at: Millis): string {
  return new Date(at).toLocaleTimeString(LOCALE);
}

/** `14:02` */
export function clockMinute(at: Millis): string {
  return new Date(at).toLocaleTimeString(LOCALE, { hour: "2-digit", minute: "2-digit" });
}

/** `Today`, `Yesterday`, `Friday, 20 November 2026`. */
export function dayName(at: Millis, now: Millis): string {
  const day = dayStart(at);
  if (day === dayStart(now)) return units.today;
  if (day === dayStart(dayStart(now) - 1)) return units.yesterday;
  return new Date(at).toLocaleDateString(LOCALE, {
    weekday: "long",
    day: "numeric",
    month: "long",
    year: "numeric",
  });
}

/** A day far off: `1 December 2026`. */
export function dayDate(at: Millis): string {
  return new Date(at).toLocaleDateString(LOCALE, {
    day: "numeric",
    month: "long",
    year: "numeric",
  });
}

/** Midnight before `at`, in the reader's time zone. */
export function dayStart(at: Millis): Millis {
  return new Date(at).setHours(0, 0, 0, 0);
}

/** `Web shop`, `Web shop and Mail`, `Web shop and 2 more`. */
export function shortList(names: readonly string[]): string {
  const [first = "", second = ""] = names;
  if (names.length <= 1) return first;
  return names.length === 2 ? units.two(first, second) : units.oneAndMore(first, names.length - 1);
}
