import type { Millis } from "../net/ports.ts";

/** How a DTLS endpoint behaves in time and size. Every field has a default in `DEFAULT_PARAMETERS`. */
export interface DtlsParameters {
  /** The retransmission timer's first value. [RFC 6347 §4.2.4.1] */
  readonly initialTimeoutMs: Millis;
  /** What the timer is multiplied by at each expiry. */
  readonly timeoutGrowth: number;
  /** The timer never exceeds this. */
  readonly maxTimeoutMs: Millis;
  /** The whole handshake must end within this. */
  readonly handshakeTimeoutMs: Millis;
  /**
   * How long a fatal alert that nothing authenticates is held back during a handshake: should the
   * handshake succeed meanwhile, the alert was forged by someone off the path, and is forgotten.
   */
  readonly alertGraceMs: Millis;
  /**
   * A client's patience once it has shown its key, on a path that has lost nothing so far: several servers
   * drop a wrong proof without a word. On a path that loses, the handshake's whole time is waited for.
   */
  readonly proofPatienceMs: Millis;
  /** The largest datagram sent: a path MTU of 1280 less the IPv6 and UDP headers. [RFC 9132 §7.3] */
  readonly maxDatagram: number;
}

/** The timers of [RFC 6347 §4.2.4.1]; the path MTU of [RFC 9132 §7.3]. */
export const DEFAULT_PARAMETERS: DtlsParameters = {
  initialTimeoutMs: 1000,
  timeoutGrowth: 2,
  maxTimeoutMs: 60_000,
  handshakeTimeoutMs: 30_000,
  alertGraceMs: 500,
  proofPatienceMs: Number.POSITIVE_INFINITY,
  maxDatagram: 1280 - 40 - 8,
};
