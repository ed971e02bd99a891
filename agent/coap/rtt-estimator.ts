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
 * When an unanswered NON request is repeated: after the time by which its answer was due, so that a lost one costs
 * little, but never before one round trip has passed. [RFC 9132 §4.4] [RFC 6298 §2]
 */
export function repeatIntervalMs(estimate: RttEstimate | undefined): Millis {
  if (estimate === undefined) return INTERVAL_WITHOUT_ESTIMATE_MS;
  const due = Math.max(MIN_REPEAT_MS, estimate.srttMs + 4 * estimate.rttvarMs);
  return Math.max(estimate.srttMs, Math.min(due, INTERVAL_WITHOUT_ESTIMATE_MS));
}

/** The average time between two NON datagrams of ours. [RFC 9132 §4.4] */
export function paceIntervalMs(estimate: RttEstimate | undefined): Millis {
  if (estimate === undefined) return INTERVAL_WITHOUT_ESTIMATE_MS;
  return Math.max(MIN_PACE_MS, estimate.srttMs);
}
