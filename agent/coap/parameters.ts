import type { Millis } from "../net/ports.ts";
import type { TransmissionParameters } from "./types.ts";

/** What holds until a session configuration says otherwise. [RFC 9132 §4.5.2] */
export const DEFAULT_PARAMETERS: TransmissionParameters = {
  ackTimeoutMs: 2000,
  ackRandomFactor: 1.5,
  maxRetransmit: 3,
  probingRate: 5,
};

/** The longest that a datagram is assumed to be under way. [RFC 7252 §4.8.2] */
const MAX_LATENCY_MS: Millis = 100_000;

/** From the first transmission of a CON to its last one. [RFC 7252 §4.8.2] */
export function maxTransmitSpanMs(p: TransmissionParameters): Millis {
  return p.ackTimeoutMs * (2 ** p.maxRetransmit - 1) * p.ackRandomFactor;
}

/** How long a CON message id is remembered. [RFC 7252 §4.8.2] */
export function exchangeLifetimeMs(p: TransmissionParameters): Millis {
  return maxTransmitSpanMs(p) + 2 * MAX_LATENCY_MS + p.ackTimeoutMs;
}

/** How long a NON message id is remembered. [RFC 7252 §4.8.2] */
export function nonLifetimeMs(p: TransmissionParameters): Millis {
  return maxTransmitSpanMs(p) + MAX_LATENCY_MS;
}

/**
 * The parameters, if they can work at all. What a peer may ask for is judged where it asks. [RFC 7252 §4.8.1]
 * @throws {RangeError} a timeout of nothing, a factor below 1, a count that is none
 */
export function checkedParameters(p: TransmissionParameters): TransmissionParameters {
  const sound =
    p.ackTimeoutMs > 0 &&
    p.ackRandomFactor >= 1 &&
    Number.isInteger(p.maxRetransmit) &&
    p.maxRetransmit >= 0 &&
    p.probingRate > 0;
  if (!sound) throw new RangeError("transmission parameters out of range");
  return p;
}
