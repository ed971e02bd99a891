import type { Activity } from "../../agent/control/contract.ts";
import { common } from "../strings/common.ts";
import { dayName, dayStart, instant, type Millis } from "./format.ts";

/** What happened on one day, newest first. */
export interface ActivityDay {
  readonly start: Millis;
  readonly name: string;
  readonly entries: readonly Activity[];
}

/** More than this would make the page slow. */
export const MOST_ENTRIES = 2000;

/** The entries by day of the reader's time zone, newest first. */
export function activityDays(entries: readonly Activity[], now: Millis): ActivityDay[] {
  const days = new Map<Millis, Activity[]>();
  for (const entry of entries) {
    const start = dayStart(instant(entry.at) ?? 0);
    days.set(start, [...(days.get(start) ?? []), entry]);
  }
  return [...days]
    .map(([start, those]) => ({ start, name: dayName(start, now), entries: those }))
    .toSorted((one, other) => other.start - one.start);
}

/** Both lists as one, newest first, each entry once; the oldest fall out when there are too many. */
export function mergedEntries(
  some: readonly Activity[],
  others: readonly Activity[],
): readonly Activity[] {
  const byId = new Map([...some, ...others].map((entry) => [entry.id, entry]));
  return [...byId.values()].toSorted((one, other) => other.id - one.id).slice(0, MOST_ENTRIES);
}

/** What an engineer wants to know of an entry: label and value. */
export function entryDetails(entry: Activity): (readonly [label: string, value: string])[] {
  const { engineer } = common;
  const given = Object.entries(entry.details).map(
    ([name, value]) => [name, valueWords(value)] as const,
  );
  return [
    [engineer.at, entry.at],
    [engineer.kind, entry.kind],
    ...(entry.provider === null ? [] : [[engineer.provider, entry.provider] as const]),
    ...(entry.mitigation === null ? [] : [[engineer.mitigation, entry.mitigation] as const]),
    ...given,
  ];
}

function valueWords(value: string | number | boolean | null): string {
  if (value === null) return common.none;
  if (typeof value === "boolean") return value ? common.yes : common.no;
  return String(value);
}
