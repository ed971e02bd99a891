import type { Clock, Millis, Random } from "../net/ports.ts";
import { concatBytes, sameBytes, WireError } from "../wire/bytes.ts";
import { createAead, type Aead } from "./crypto/aead.ts";
import { wipe } from "./crypto/constant-time.ts";
import type { ServerSessionState } from "./resumption.ts";
import { decodeServerSessionState, encodeServerSessionState } from "./server-session-state.ts";

/** A ticket that was one of ours. */
export interface OpenedTicket {
  /** Its `master` is a copy: the caller wipes it. */
  readonly state: ServerSessionState;
  /** Whether the key that it is sealed with is still the one for new tickets. */
  readonly current: boolean;
}

/** One key for tickets. */
interface TicketKey {
  readonly name: Uint8Array;
  readonly aead: Aead;
  readonly bornAt: Millis;
}

const KEY_NAME = 16; // [RFC 5077 §4]
const KEY = 32;
const NONCE = 12;
/**
 * A session with more to it (a certificate with hundreds of names) gets no ticket: the ClientHello that carries
 * one has to fit one datagram, for a server takes no ClientHello in pieces.
 */
const MAX_TICKET = 768;

/**
 * Seals sessions into tickets, so that nothing is kept of them here: AES-256-GCM under keys that nobody else has.
 * A key is for new tickets during half a lifetime and opens old ones until the last of them is out of time, a
 * lifetime later: so there are three at most, and a key stolen from memory reaches no further back. [RFC 5077 §4,
 * §5.5]
 */
export class SessionTickets {
  readonly #clock: Pick<Clock, "now">;
  readonly #random: Random;
  readonly #lifetimeMs: Millis;
  /** The newest first. */
  #keys: TicketKey[] = [];

  /** @param lifetimeMs the longest that a session in a ticket has until its `expiresAt` */
  constructor(clock: Pick<Clock, "now">, random: Random, lifetimeMs: Millis) {
    this.#clock = clock;
    this.#random = random;
    this.#lifetimeMs = lifetimeMs;
  }

  /** The ticket of a session; undefined if the session is too large for one. */
  seal(state: ServerSessionState): Uint8Array | undefined {
    const { name, aead } = this.#current();
    const text = encodeServerSessionState(state);
    const nonce = this.#random.bytes(NONCE);
    const ticket = concatBytes(name, nonce, aead.seal(nonce, name, text));
    wipe(text);
    return ticket.length <= MAX_TICKET ? ticket : undefined;
  }

  /** What is in a ticket; undefined for one that is not ours, or not any more. Says nothing of its time. Never throws. */
  open(ticket: Uint8Array): OpenedTicket | undefined {
    if (ticket.length < KEY_NAME + NONCE || ticket.length > MAX_TICKET) return undefined;
    this.#forgetOld();
    const name = ticket.subarray(0, KEY_NAME);
    const key = this.#keys.find((candidate) => sameBytes(candidate.name, name));
    const nonce = ticket.subarray(KEY_NAME, KEY_NAME + NONCE);
    const text = key?.aead.open(nonce, name, ticket.subarray(KEY_NAME + NONCE));
    if (!key || !text) return undefined;
    try {
      return { state: decodeServerSessionState(text), current: this.#isCurrent(key) };
    } catch (error) {
      if (error instanceof WireError) return undefined;
      throw error;
    } finally {
      wipe(text);
    }
  }

  /** Forgets the keys: no ticket of before opens any more. */
  wipe(): void {
    for (const { aead } of this.#keys) aead.wipe();
    this.#keys = [];
  }

  #current(): TicketKey {
    this.#forgetOld();
    const [newest] = this.#keys;
    if (newest && this.#isCurrent(newest)) return newest;
    const secret = this.#random.bytes(KEY);
    const key = {
      name: this.#random.bytes(KEY_NAME),
      aead: createAead("aes-256-gcm", secret),
      bornAt: this.#clock.now(),
    };
    wipe(secret);
    this.#keys.unshift(key);
    return key;
  }

  #isCurrent(key: TicketKey): boolean {
    return this.#ageOf(key) < this.#lifetimeMs / 2;
  }

  #forgetOld(): void {
    const old = this.#keys.filter((key) => this.#ageOf(key) >= 1.5 * this.#lifetimeMs);
    for (const { aead } of old) aead.wipe();
    if (old.length > 0) this.#keys = this.#keys.filter((key) => !old.includes(key));
  }

  #ageOf({ bornAt }: TicketKey): Millis {
    return this.#clock.now() - bornAt;
  }
}
