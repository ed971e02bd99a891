import type { Millis } from "../net/ports.ts";

/** Wall time as the contract writes instants: ISO 8601 in UTC, whole milliseconds. */
export function instant(wallMs: Millis): string {
  // oxlint-disable-next-line eslint/no-restricted-globals -- writes an instant that is given; asks for none
  return new Date(Math.round(wallMs)).toISOString();
}

/** As `instant`, for what may not have happened. */
export function instantOrNull(wallMs: Millis | null): string | null {
  return wallMs === null ? null : instant(wallMs);
}
