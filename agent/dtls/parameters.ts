import type { Millis } from "../net/ports.ts";

/**
 * How a DTLS endpoint behaves in time and size. Every field has a default in `DEFAULT_PARAMETERS`; the reasons for the
 * timers, with what the alternatives came to, are in docs/decisions/0012-handshake-timers.md.
 */
export interface DtlsParameters {
  /** When a flight is repeated that nobody has answered, while no round trip is known; also between two repetitions. */
  readonly initialTimeoutMs: Millis;
  /** Once the round trip is known: how many of them a flight waits before it is repeated for the first time. */
  readonly timeoutRoundTrips: number;
  /** The timer grows with the time since the flight was first sent: it is at least this share of it. */
  readonly backOff: number;
  /** The timer never exceeds this, but for `msPerOctet`. */
  readonly maxTimeoutMs: Millis;
  /** For every octet sent, headers of UDP and IP included, nothing is repeated for this long. */
  readonly msPerOctet: Millis;
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

/** The path MTU that is assumed unless told. [RFC 9132 §7.3] */
const DEFAULT_MTU = 1280;

const IP_HEADER = { 4: 20, 6: 40 } as const;
const UDP_HEADER = 8;

/**
 * The largest UDP payload that fits a path MTU without IP options.
 * @param mtu in octets; 576, which every IPv4 host must be able to receive, is the least that makes sense [RFC 791 §3.1]
 */
export function maxDatagramOf(mtu: number, family: 4 | 6): number {
  return mtu - IP_HEADER[family] - UDP_HEADER;
}

/** The path MTU of [RFC 9132 §7.3]; timers of our own, see decision 12. */
export const DEFAULT_PARAMETERS: DtlsParameters = {
  // Longer than most round trips on land; on a longer path it costs a datagram or two until the round trip is known.
  initialTimeoutMs: 200,
  // The round trip known is the shortest seen: room for a queue, and for a peer that computes.
  timeoutRoundTrips: 1.5,
  // A server that does not answer hears of us ever less: 11 tries in the first 2 s, 27 in 10 s, 39 in 30 s.
  backOff: 0.1,
  maxTimeoutMs: 3000,
  // 8 kbit/s, from a host whose line an attack may have filled.
  msPerOctet: 1,
  handshakeTimeoutMs: 30_000,
  alertGraceMs: 500,
  proofPatienceMs: Number.POSITIVE_INFINITY,
  maxDatagram: maxDatagramOf(DEFAULT_MTU, 6),
};
