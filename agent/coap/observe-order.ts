import type { Millis } from "../net/ports.ts";

/** The freshest notification so far: its Observe value, and when it came. */
export interface Freshest {
  readonly sequence: number;
  readonly at: Millis;
}

const HALF = 2 ** 23;
const STALE_AFTER_MS: Millis = 128_000;

/** The Observe value after `sequence`, in 24 bits. [RFC 7641 §4.4] */
export function nextSequence(sequence: number): number {
  return (sequence + 1) % 2 ** 24;
}

/** Whether a notification was sent after the freshest one so far. [RFC 7641 §3.4] */
export function isFresher(freshest: Freshest, incoming: Freshest): boolean {
  const v1 = freshest.sequence;
  const v2 = incoming.sequence;
  if (v1 < v2 && v2 - v1 < HALF) return true;
  if (v1 > v2 && v1 - v2 > HALF) return true;
  return incoming.at > freshest.at + STALE_AFTER_MS;
}
