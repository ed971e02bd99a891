import { Code } from "../wire/coap/code.ts";
import { encodeCoapMessage } from "../wire/coap/codec.ts";
import type { CoapMessage } from "../wire/coap/message.ts";
import type { Clock, Millis, Random } from "../net/ports.ts";
import { Pacer } from "./pacer.ts";
import {
  paceIntervalMs,
  repeatIntervalMs,
  withLowerBound,
  withSample,
  type RttEstimate,
} from "./rtt-estimator.ts";
import type { CoapTransport } from "./transport.ts";
import type { TransmissionParameters } from "./types.ts";

const NOTHING = new Uint8Array(0);

/** What one session has seen and done, counted since its start. */
export interface CoapStatistics {
  /** Datagrams from the peer. */
  received: number;
  sent: number;
  /** Datagrams that are no CoAP message. */
  malformed: number;
  /** Messages refused for their options. */
  rejected: number;
  /** Requests that had come before. */
  duplicates: number;
  /** CON messages of ours sent again. */
  retransmissions: number;
  /** NON requests of ours sent again. */
  repetitions: number;
  resetsSent: number;
  resetsReceived: number;
  /** Answers to requests that were already settled. */
  lateAnswers: number;
  /** Responses whose token was never ours, or is forgotten. */
  unexpected: number;
  notificationsSent: number;
  /** Notifications that came after a fresher one. */
  staleNotifications: number;
  /** Requests of the peer that were not served because too many were. */
  overloaded: number;
  /** Callbacks of ours that threw, and messages that the transport would not send. */
  faults: number;
}

/** What the parts of a session share: sending, message ids, time, the round trip and the pace. */
export class MessageLayer {
  readonly clock: Clock;
  readonly random: Random;
  readonly maxMessage: number;
  readonly statistics: CoapStatistics = {
    received: 0,
    sent: 0,
    malformed: 0,
    rejected: 0,
    duplicates: 0,
    retransmissions: 0,
    repetitions: 0,
    resetsSent: 0,
    resetsReceived: 0,
    lateAnswers: 0,
    unexpected: 0,
    notificationsSent: 0,
    staleNotifications: 0,
    overloaded: 0,
    faults: 0,
  };
  /** Gives NON datagrams that can wait their turn. */
  readonly pacer: Pacer;
  parameters: TransmissionParameters;
  readonly #transport: CoapTransport;
  readonly #onFault: ((error: unknown) => void) | undefined;
  #messageId: number;
  #estimate: RttEstimate | undefined;

  constructor(
    deps: { readonly clock: Clock; readonly random: Random },
    transport: CoapTransport,
    parameters: TransmissionParameters,
    onFault: ((error: unknown) => void) | undefined,
  ) {
    this.clock = deps.clock;
    this.random = deps.random;
    this.maxMessage = transport.maxMessage;
    this.parameters = parameters;
    this.#transport = transport;
    this.#onFault = onFault;
    const [high = 0, low = 0] = deps.random.bytes(2);
    this.#messageId = high * 256 + low; // a random start [RFC 7252 §4.4]
    this.pacer = new Pacer(deps.clock, this.paceIntervalMs);
    if (transport.rttMs !== undefined) this.heardRoundTrip(transport.rttMs);
  }

  /** The smoothed round trip, if one has been measured. */
  get rttMs(): Millis | undefined {
    return this.#estimate?.srttMs;
  }

  /** How long a NON request that went unanswered for `waitedMs` waits to be repeated. [RFC 9132 §4.4] */
  repeatIntervalMs(waitedMs: Millis): Millis {
    return repeatIntervalMs(this.#estimate, waitedMs);
  }

  /** The average time between two NON datagrams of ours. [RFC 9132 §4.4] */
  get paceIntervalMs(): Millis {
    return paceIntervalMs(this.#estimate);
  }

  /** Takes a measured round trip into the estimate. */
  heardRoundTrip(ms: Millis): void {
    this.pacer.answered(ms);
    this.#estimated(withSample(this.#estimate, ms));
  }

  /** Takes into the estimate that a round trip was no shorter than this. */
  heardLowerBound(ms: Millis): void {
    this.#estimated(withLowerBound(this.#estimate, ms));
  }

  #estimated(estimate: RttEstimate | undefined): void {
    this.#estimate = estimate;
    this.pacer.intervalMs = this.paceIntervalMs;
  }

  nextMessageId(): number {
    this.#messageId = (this.#messageId + 1) % 65_536;
    return this.#messageId;
  }

  /** Sends what `encodeCoapMessage` made. A transport that refuses counts as loss. */
  sendEncoded(data: Uint8Array): void {
    this.statistics.sent += 1;
    try {
      this.#transport.send(data);
    } catch (error) {
      this.fault(error);
    }
  }

  /** An empty Acknowledgement. [RFC 7252 §4.2] */
  acknowledge(messageId: number): Uint8Array {
    const data = encodeCoapMessage(empty("ack", messageId));
    this.sendEncoded(data);
    return data;
  }

  /** A Reset. [RFC 7252 §4.2] */
  reset(messageId: number): void {
    this.statistics.resetsSent += 1;
    this.sendEncoded(encodeCoapMessage(empty("rst", messageId)));
  }

  /** Reports a fault of a callback or of the transport, which must not end the session. */
  fault(error: unknown): void {
    this.statistics.faults += 1;
    try {
      this.#onFault?.(error);
    } catch {
      this.statistics.faults += 1; // the reporter itself fails: nobody is left to tell
    }
  }
}

function empty(type: "ack" | "rst", messageId: number): CoapMessage {
  return { type, code: Code.Empty, messageId, token: NOTHING, options: [], payload: NOTHING };
}

/** A token as a map key. */
export function tokenKey(token: Uint8Array): string {
  return String.fromCharCode(...token);
}
