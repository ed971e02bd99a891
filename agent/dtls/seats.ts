import { formatAddress, type Address } from "../net/ports.ts";
import { HalfOpen, type HalfOpenLimits } from "./half-open.ts";
import type { Seat } from "./seat.ts";
import type { PeerIdentity } from "./session.ts";

/** One address: the session in use there, and a newer handshake that may replace it. */
export interface Place {
  current?: Seat;
  candidate?: Seat;
}

/**
 * Who sits where. A seat is found by its connection id wherever its client is, and by its address as long as nobody
 * else has that: behind a NAT a port may pass from one client to another.
 */
export class Seats {
  readonly #all = new Set<Seat>();
  readonly #places = new Map<string, Place>();
  readonly #byId = new Map<string, Seat>();
  /** Verified addresses and others apart: whoever forges addresses must not push out those who do not. */
  readonly #halfOpen: HalfOpen<Seat>;
  readonly #unverified: HalfOpen<Seat>;
  #sessions = 0;

  constructor(limits: HalfOpenLimits) {
    this.#halfOpen = new HalfOpen(limits);
    this.#unverified = new HalfOpen(limits);
  }

  /** Sessions in use. */
  get sessions(): number {
    return this.#sessions;
  }

  /** Everyone, with or without a session. */
  get all(): Iterable<Seat> {
    return this.#all;
  }

  at(address: Address): Place | undefined {
    return this.#places.get(formatAddress(address));
  }

  /** The session whose client puts this id into its records. */
  withId(id: Uint8Array): Seat | undefined {
    return this.#byId.get(keyOf(id));
  }

  /** Whether one more from an address that nobody has verified has room. */
  hasRoomUnverified(address: Address): boolean {
    return this.#unverified.hasRoom(address);
  }

  /** Takes in a handshake; gives the one that has to go for it, if any. */
  begin(seat: Seat): Seat | undefined {
    this.#all.add(seat);
    this.#place(seat.address).candidate = seat;
    const pool = seat.verified ? this.#halfOpen : this.#unverified;
    return pool.add(seat.address, seat);
  }

  /**
   * The session that ends when a client with this identity has one at an address: the one that is there. But one with a
   * connection id goes on if it is another client's, who had that address from a NAT before. [RFC 6347 §4.2.8]
   */
  replacedAt(address: Address, identity: PeerIdentity): Seat | undefined {
    const current = this.at(address)?.current;
    const session = current?.session;
    if (!session) return current;
    const stays = session.security.connectionId && !isSame(session.identity, identity);
    return stays ? undefined : current;
  }

  /** A handshake is done: its seat has the place. */
  establish(seat: Seat): void {
    this.#closeHandshake(seat);
    const place = this.#place(seat.address);
    if (place.candidate === seat) delete place.candidate;
    place.current = seat;
    this.#sessions += 1;
    if (seat.session?.security.connectionId === true && seat.connectionId) {
      this.#byId.set(keyOf(seat.connectionId), seat);
    }
  }

  /** A client has moved from `from` to its seat's address; who is there already stays. */
  move(seat: Seat, from: Address): void {
    this.#vacate(seat, from);
    this.#place(seat.address).current ??= seat;
  }

  /** Forgets a seat, of which others may have the place. Idempotent. */
  remove(seat: Seat): void {
    if (!this.#all.delete(seat)) return;
    this.#closeHandshake(seat);
    this.#vacate(seat, seat.address);
    if (seat.session) this.#sessions -= 1;
    const id = seat.connectionId && keyOf(seat.connectionId);
    if (id !== undefined && this.#byId.get(id) === seat) this.#byId.delete(id);
  }

  #closeHandshake(seat: Seat): void {
    this.#halfOpen.delete(seat);
    this.#unverified.delete(seat);
  }

  #place(address: Address): Place {
    const key = formatAddress(address);
    const place = this.#places.get(key) ?? {};
    this.#places.set(key, place);
    return place;
  }

  #vacate(seat: Seat, address: Address): void {
    const key = formatAddress(address);
    const place = this.#places.get(key);
    if (!place) return;
    if (place.candidate === seat) delete place.candidate;
    if (place.current === seat) delete place.current;
    if (!place.current && !place.candidate) this.#places.delete(key);
  }
}

function keyOf(id: Uint8Array): string {
  return String.fromCharCode(...id);
}

function isSame(a: PeerIdentity, b: PeerIdentity): boolean {
  if (a.type === "psk" || b.type === "psk") {
    return a.type === "psk" && b.type === "psk" && a.identity === b.identity;
  }
  return a.type === b.type && a.fingerprint === b.fingerprint;
}
