import type { Millis } from "../net/ports.ts";

/**
 * Keeps all NON datagrams that one session starts of itself (requests, their repetitions, notifications) to one an
 * interval on average. [RFC 9132 §4.4]
 *
 * Credit is counted in datagrams, not in time, so that a debt made while no round trip was known shrinks as soon as
 * one is.
 */
export interface Pace {
  /** Datagrams that may go at once; below 0 where urgent ones ran ahead. */
  readonly credit: number;
  readonly at: Millis;
}

/** What may go at once after a silence. */
const MAX_CREDIT = 3;

/** How far urgent datagrams may run ahead. Nothing is forgiven beyond it, or the average would not hold. */
const MAX_DEBT = 16;

/** Waits below this are rounding. */
const MIN_WAIT_MS: Millis = 0.01;

/** A pace nothing has been sent at. */
export function freshPace(now: Millis): Pace {
  return { credit: MAX_CREDIT, at: now };
}

/** How long the next datagram has to wait. An urgent one does not, unless very many went before it. */
export function paceWaitMs(pace: Pace, now: Millis, intervalMs: Millis, urgent = false): Millis {
  const { credit } = refilled(pace, now, intervalMs);
  const needed = urgent ? 1 - MAX_DEBT : 1;
  return wholeWaitMs((needed - credit) * intervalMs);
}

/** A wait, or 0 where it is over but for rounding: a timer for it would fire again and again at the same moment. */
export function wholeWaitMs(waitMs: Millis): Millis {
  return waitMs < MIN_WAIT_MS ? 0 : waitMs;
}

/** The pace after one more datagram, urgent or not. */
export function paceSpent(pace: Pace, now: Millis, intervalMs: Millis): Pace {
  const { credit } = refilled(pace, now, intervalMs);
  return { credit: credit - 1, at: now };
}

/**
 * The pace after a round trip that took only `tookMs`: a datagram that has been answered has had its round trip,
 * whatever the average says, so what is left of its interval is given back.
 */
export function paceAnswered(pace: Pace, now: Millis, intervalMs: Millis, tookMs: Millis): Pace {
  const { credit } = refilled(pace, now, intervalMs);
  const unused = Math.max(0, 1 - tookMs / intervalMs);
  return { credit: Math.min(MAX_CREDIT, credit + unused), at: now };
}

function refilled(pace: Pace, now: Millis, intervalMs: Millis): Pace {
  return { credit: Math.min(MAX_CREDIT, pace.credit + (now - pace.at) / intervalMs), at: now };
}
