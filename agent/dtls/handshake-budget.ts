import type { Address, Clock, Millis } from "../net/ports.ts";
import { sourceOf } from "./source.ts";

/** Handshakes that a source may begin in one go, and then one in so long a time. Many clients may share an address. */
const BURST = 20;
const ONE_EACH_MS: Millis = 200;
/** Sources that are remembered; who was silent longest is forgotten first, and has its burst again. */
const MAX_SOURCES = 10_000;

/** What a source has left, as of a time. */
interface Purse {
  readonly left: number;
  readonly at: Millis;
}

/**
 * How many handshakes a source may begin: each costs the server a signature and a key agreement, and its client
 * nothing. One that ended in a session is not counted, so that clients who are known here are never held up by
 * themselves. Only for addresses that are proved: a forged one would spend what is another's.
 */
export class HandshakeBudget {
  readonly #clock: Pick<Clock, "now">;
  /** The one used longest ago first. */
  readonly #purses = new Map<string, Purse>();

  constructor(clock: Pick<Clock, "now">) {
    this.#clock = clock;
  }

  /** Takes what one handshake costs; false if its source has begun too many lately. */
  take(from: Address): boolean {
    const source = sourceOf(from);
    const left = this.#leftOf(source);
    const enough = left >= 1;
    this.#keep(source, enough ? left - 1 : left);
    return enough;
  }

  /** A handshake from there has ended in a session: it counts no more. */
  giveBack(from: Address): void {
    const source = sourceOf(from);
    if (this.#purses.has(source)) this.#keep(source, Math.min(BURST, this.#leftOf(source) + 1));
  }

  #leftOf(source: string): number {
    const { left, at } = this.#purses.get(source) ?? { left: BURST, at: 0 };
    return Math.min(BURST, left + (this.#clock.now() - at) / ONE_EACH_MS);
  }

  #keep(source: string, left: number): void {
    this.#purses.delete(source);
    const [oldest] = this.#purses.size >= MAX_SOURCES ? this.#purses.keys() : [];
    if (oldest !== undefined) this.#purses.delete(oldest);
    this.#purses.set(source, { left, at: this.#clock.now() });
  }
}
