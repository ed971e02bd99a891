import type { Millis } from "../net/ports.ts";

/**
 * A secured path to one peer that carries whole CoAP messages, one a datagram.
 * A DTLS session is one as it stands; CoAP knows nothing else of what is below it.
 */
export interface CoapTransport {
  /** The largest message that fits one datagram of the assumed path MTU, in octets. */
  readonly maxMessage: number;
  /** The round trip measured while the path was set up, if it could be measured. */
  readonly rttMs: Millis | undefined;
  /** Sends one message; loss is silent. Does nothing once closed. */
  send(message: Uint8Array): void;
  /** Names the one listener. Messages that came before it was named are handed over at once, in order. */
  listen(listener: CoapTransportListener): void;
  /** Ends the path (close_notify) and releases it. Idempotent; the listener's `closed` is not called. */
  close(): void;
}

/** What a transport tells its owner. Neither may throw. */
export interface CoapTransportListener {
  message(data: Uint8Array): void;
  /** The path is gone: the peer closed it, or it failed. Called at most once, last. */
  closed(reason: Error): void;
}
