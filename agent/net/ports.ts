/**
 * The ports through which the protocol layers reach time, chance and the network.
 * Adapters: `net/node` (the real thing) and `net/simulated` (virtual time, seeded, reproducible).
 * Nothing above `net/` may use a global clock, `Math.random`, or a `node:*` network module.
 */

/** A length of time in milliseconds; may be fractional. */
export type Millis = number;

/** A timer that has been armed. */
export interface Timer {
  /** Disarms the timer; does nothing once it has fired. */
  cancel(): void;
}

/** Time as the protocol sees it. */
export interface Clock {
  /** Monotonic time since an arbitrary start: for intervals and timeouts. Never goes backwards. */
  now(): Millis;
  /** Wall-clock time since the Unix epoch: for what people and records see. May jump. */
  wallTime(): Millis;
  /** Calls `fire` once, `delay` from now (at once for a delay of 0 or less, but never synchronously). */
  after(delay: Millis, fire: () => void): Timer;
}

/** Chance. The node adapter is cryptographically strong; the simulated one is seeded. */
export interface Random {
  /** `length` uniformly random octets. */
  bytes(length: number): Uint8Array;
  /** A uniformly random number in [0, 1): for jitter, never for secrets. */
  fraction(): number;
}

/** An IP endpoint. `host` is a literal in canonical text form, without brackets; IPv6 may carry a `%zone`. */
export interface Address {
  readonly family: 4 | 6;
  readonly host: string;
  readonly port: number;
}

/** A bound datagram socket. */
export interface DatagramSocket {
  /** What the socket is bound to; the port is the real one even when 0 was asked for. */
  readonly local: Address;
  /** Sends one datagram; loss is silent. Faults that the system reports go to the `error` listener. */
  send(data: Uint8Array, to: Address): void;
  /** Releases the socket; no listener is called after that. Idempotent. */
  close(): void;
}

/** What a datagram socket tells its owner. Listeners must not throw. */
export interface DatagramListener {
  message(data: Uint8Array, from: Address): void;
  /** A fault reported by the system, such as ECONNREFUSED from an ICMP answer. The socket stays usable. */
  error(fault: NetError): void;
}

/** Datagram sockets (UDP). */
export interface Datagrams {
  /**
   * Binds a socket. With `remote`, the socket is connected to it: it hears only that peer, and a
   * "port unreachable" answer is reported as an error.
   * @throws {NetError} `net/address-in-use`, `net/address-unavailable`, `net/permission`, …
   */
  bind(
    options: { readonly local?: Address; readonly family?: 4 | 6; readonly remote?: Address },
    listener: DatagramListener,
  ): Promise<DatagramSocket>;
}

/** One byte stream (TCP). */
export interface Stream {
  readonly local: Address;
  readonly remote: Address;
  /** Queues octets for sending; resolves once they are handed to the system. */
  write(data: Uint8Array): Promise<void>;
  /** Ends our direction after what is queued. */
  end(): void;
  /** Ends both directions at once. Idempotent. */
  destroy(): void;
}

/** What a stream tells its owner. Listeners must not throw. */
export interface StreamListener {
  data(chunk: Uint8Array): void;
  /** The peer ended its direction. */
  end(): void;
  /** The stream is gone, with the fault that ended it if there was one. Called once, last. */
  close(fault?: NetError): void;
}

/** A listening stream socket. */
export interface StreamServer {
  readonly local: Address;
  close(): Promise<void>;
}

/** Byte streams (TCP). */
export interface Streams {
  /** @throws {NetError} `net/refused`, `net/unreachable`, `net/timeout`, … */
  connect(to: Address, listener: StreamListener, timeout: Millis): Promise<Stream>;
  /** @throws {NetError} `net/address-in-use`, … */
  listen(local: Address, accept: (stream: Stream) => StreamListener): Promise<StreamServer>;
}

/** Everything a protocol stack needs from the world. */
export interface World {
  readonly clock: Clock;
  readonly random: Random;
  readonly datagrams: Datagrams;
  readonly streams: Streams;
}

/** The closed set of network faults. */
export type NetErrorCode =
  | "net/address-in-use"
  | "net/address-unavailable"
  | "net/permission"
  | "net/refused"
  | "net/unreachable"
  | "net/timeout"
  | "net/reset"
  | "net/too-large"
  | "net/closed"
  | "net/other";

/** A fault of the network, thrown or reported by the adapters of `net/`. */
export class NetError extends Error {
  override readonly name = "NetError";
  readonly code: NetErrorCode;
  constructor(code: NetErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** `host:port`, with brackets around IPv6: the one text form of an address, also used as a map key. */
export function formatAddress(address: Address): string {
  return address.family === 6
    ? `[${address.host}]:${address.port}`
    : `${address.host}:${address.port}`;
}
