import type { Millis } from "../net/ports.ts";

/**
 * Keeps all NON datagrams that one session starts of itself (requests, their repetitions, notifications) to one an
 * interval on average. [RFC 9132 §4.4]
 *
 * Credit is counted in datagrams, not in time, so that a debt made while no round trip was known shrinks as soon as
 * one is.
 */
export interface Pace {
  /** Datagrams that may go at once; below 0 where requests that may not wait ran ahead. */
  readonly credit: number;
  readonly at: Millis;
}

/** What may go at once after a silence. */
const MAX_CREDIT = 3;

/** Bounds how long a burst of requests that may not wait holds up what comes after it. */
const MAX_DEBT = -16;

/** Waits below this are rounding. */
const MIN_WAIT_MS: Millis = 0.01;

/** A pace nothing has been sent at. */
export function freshPace(now: Millis): Pace {
  return { credit: MAX_CREDIT, at: now };
}

/** How long the next datagram that can wait has to wait. */
export function paceWaitMs(pace: Pace, now: Millis, intervalMs: Millis): Millis {
  const { credit } = refilled(pace, now, intervalMs);
  return wholeWaitMs((1 - credit) * intervalMs);
}

/** A wait, or 0 where it is over but for rounding: a timer for it would fire again and again at the same moment. */
export function wholeWaitMs(waitMs: Millis): Millis {
  return waitMs < MIN_WAIT_MS ? 0 : waitMs;
}

/** The pace after one more datagram, whether it waited or not. */
export function paceSpent(pace: Pace, now: Millis, intervalMs: Millis): Pace {
  const { credit } = refilled(pace, now, intervalMs);
  return { credit: Math.max(MAX_DEBT, credit - 1), at: now };
}

function refilled(pace: Pace, now: Millis, intervalMs: Millis): Pace {
  return { credit: Math.min(MAX_CREDIT, pace.credit + (now - pace.at) / intervalMs), at: now };
}
