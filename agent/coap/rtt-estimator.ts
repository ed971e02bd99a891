import type { Millis } from "../net/ports.ts";

/** A smoothed round trip and how much it varies. */
export interface RttEstimate {
  readonly srttMs: Millis;
  readonly rttvarMs: Millis;
}

/** One NON datagram in this time where no round trip is known. [RFC 9132 §4.4] */
export const INTERVAL_WITHOUT_ESTIMATE_MS: Millis = 3000;

/** Leaves a peer time to work before it is asked again, however short the path is. */
const MIN_REPEAT_MS: Millis = 100;

/**
 * The share of the time a request has gone unanswered that it waits further. Simulated over 20 ms to 2 s and up to
 * half of the datagrams lost each way: with twice this, heavy loss on a short path doubles the time to an answer; with
 * half of it, a path that has become slow gets a third more datagrams before the estimate follows.
 */
const BACK_OFF = 0.25;

/** Keeps a pace finite where a round trip takes no measurable time. */
const MIN_PACE_MS: Millis = 1;

/** The estimate after one more measured round trip. [RFC 6298 §2] */
export function withSample(estimate: RttEstimate | undefined, sampleMs: Millis): RttEstimate {
  const sample = Math.max(0, sampleMs);
  if (estimate === undefined) return { srttMs: sample, rttvarMs: sample / 2 };
  const rttvarMs = (3 * estimate.rttvarMs + Math.abs(estimate.srttMs - sample)) / 4;
  return { srttMs: (7 * estimate.srttMs + sample) / 8, rttvarMs };
}

/**
 * The estimate once it is known that a round trip took `leastMs` or more. It is neither begun by that, as a bound can
 * be far too low, nor raised above the interval that holds without one: answers that were held up somewhere for a
 * minute say little about the next ones.
 */
export function withLowerBound(
  estimate: RttEstimate | undefined,
  leastMs: Millis,
): RttEstimate | undefined {
  const bound = Math.min(leastMs, INTERVAL_WITHOUT_ESTIMATE_MS);
  if (estimate === undefined || bound <= estimate.srttMs) return estimate;
  return withSample(estimate, bound);
}

/**
 * When a NON request that went unanswered for `waitedMs` is repeated: after the time by which its answer was due, so
 * that a lost one costs little, but never before one round trip has passed. The longer the silence, the less the
 * estimate is worth, and the closer this comes to the interval that holds without one.
 * [RFC 9132 §4.4] [RFC 6298 §2]
 */
export function repeatIntervalMs(estimate: RttEstimate | undefined, waitedMs: Millis): Millis {
  if (estimate === undefined) return INTERVAL_WITHOUT_ESTIMATE_MS;
  const due = Math.max(MIN_REPEAT_MS, estimate.srttMs + 4 * estimate.rttvarMs, BACK_OFF * waitedMs);
  return Math.max(estimate.srttMs, Math.min(due, INTERVAL_WITHOUT_ESTIMATE_MS));
}

/** The average time between two NON datagrams of ours. [RFC 9132 §4.4] */
export function paceIntervalMs(estimate: RttEstimate | undefined): Millis {
  if (estimate === undefined) return INTERVAL_WITHOUT_ESTIMATE_MS;
  return Math.max(MIN_PACE_MS, estimate.srttMs);
}
