import { sameBytes } from "../wire/bytes.ts";
import type { CoapMessage } from "../wire/coap/message.ts";
import type { Millis } from "../net/ports.ts";

/** A request that was received, and what it was answered with. */
export interface Remembered {
  readonly code: number;
  readonly token: Uint8Array;
  readonly until: Millis;
  /** What a duplicate is answered with; `undefined` while there is nothing to say yet. */
  reply: Uint8Array | undefined;
}

/**
 * The requests received lately, by message id. [RFC 7252 §4.5]
 *
 * Bounded by count: the one not seen for longest goes first. A message id that comes with another token or method is
 * a new request: a fast peer may go around the 65,536 ids before the time is up.
 */
export class DedupCache {
  readonly #byId = new Map<number, Remembered>();
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#byId.size;
  }

  /** The request this one is a duplicate of. */
  find(message: CoapMessage, now: Millis): Remembered | undefined {
    const known = this.#byId.get(message.messageId);
    if (known === undefined) return undefined;
    this.#byId.delete(message.messageId);
    if (known.until <= now || known.code !== message.code) return undefined;
    if (!sameBytes(known.token, message.token)) return undefined;
    this.#byId.set(message.messageId, known); // now the most recent
    return known;
  }

  /** Remembers a request until a moment. */
  add(message: CoapMessage, until: Millis): Remembered {
    const entry: Remembered = {
      code: message.code,
      token: message.token.slice(), // the view would keep the whole datagram
      until,
      reply: undefined,
    };
    this.#byId.delete(message.messageId);
    this.#byId.set(message.messageId, entry);
    for (const oldest of this.#byId.keys()) {
      if (this.#byId.size <= this.#limit) break;
      this.#byId.delete(oldest);
    }
    return entry;
  }

  clear(): void {
    this.#byId.clear();
  }
}
