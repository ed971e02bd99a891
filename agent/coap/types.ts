import type { CoapCode, CoapOption } from "../wire/coap/message.ts";
import type { Millis } from "../net/ports.ts";

export type Method = "GET" | "POST" | "PUT" | "DELETE";

/** A request as the layers above CoAP write and read it: no message id, no token. */
export interface CoapRequest {
  readonly method: Method;
  /** Sorted by number; repeatable options keep their order. Observe is not among them: see `observe`. */
  readonly options: readonly CoapOption[];
  readonly payload: Uint8Array;
}

/** A response, or a notification. */
export interface CoapResponse {
  readonly code: CoapCode;
  readonly options: readonly CoapOption[];
  readonly payload: Uint8Array;
}

/** What an observed resource offers while the observation lasts. [RFC 7641 §3] */
export interface ObservationSource {
  /** Begins to notify; returns how to stop. Called by the session once the registration is answered. */
  subscribe(notify: (response: CoapResponse) => void): () => void;
}

/** A request that came in. */
export interface IncomingRequest extends CoapRequest {
  /** Observe as it came: 0 registers, 1 deregisters. [RFC 7641 §2] */
  readonly observe: 0 | 1 | undefined;
  /** How the peer sent it. */
  readonly reliability: "con" | "non";
}

/** An answer to an incoming request. */
export interface Answer extends CoapResponse {
  /** On a 2.05 to a registration: the resource can be observed. Without it the Observe option is left out. */
  readonly observation?: ObservationSource;
}

/** `ignored`: no answer at all is sent (a CON is still acknowledged). [RFC 9132 §4.4.3] wants it once. */
export type RequestHandler = (
  request: IncomingRequest,
) => Answer | "ignored" | Promise<Answer | "ignored">;

/** The transmission parameters of one session. [RFC 7252 §4.8] [RFC 9132 §4.5] */
export interface TransmissionParameters {
  readonly ackTimeoutMs: Millis;
  readonly ackRandomFactor: number;
  readonly maxRetransmit: number;
  /**
   * Octets a second, on average, towards a peer that does not answer. [RFC 7252 §4.7]
   *
   * Kept, so that it can be negotiated and shown; it does not slow anything down here. A NON is held to one datagram
   * a round trip, and in silence to one in 3 s, until its caller's time is up; a CON to its retransmissions. That can
   * exceed a small rate for as long as a caller goes on asking. Mitigation requests are exempt. [RFC 9132 §4.4]
   */
  readonly probingRate: number;
}

/** How one request is to travel. */
export interface RequestOptions {
  /** CON is retransmitted as [RFC 7252 §4.2]; NON is sent and repeated at the session's pace [RFC 9132 §4.4]. */
  readonly reliability: "con" | "non";
  /** Give up after this long. */
  readonly timeoutMs: Millis;
  /** NON only: send it once, as a heartbeat is. */
  readonly once?: boolean;
  /**
   * NON only: a request for mitigation, which must not wait. Its first transmission goes at once, but counts: what is
   * not urgent, its own repetitions too, makes up for it. More than sixteen ahead of the pace wait all the same.
   */
  readonly urgent?: boolean;
}

/** The answer to a request of ours. */
export interface Answered {
  readonly response: CoapResponse;
  /** From the transmission that was answered, as well as that can be told, to the answer. */
  readonly rttMs: Millis;
  /** Datagrams sent for it. */
  readonly transmissions: number;
}
