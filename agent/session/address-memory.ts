import { formatAddress, type Address, type Millis } from "../net/ports.ts";

/** How long an outcome is remembered. [RFC 9132 §4.3] */
const REMEMBERED_MS: Millis = 600_000;

/** More than a server has; the oldest outcome makes room. */
const MAX_REMEMBERED = 16;

interface Remembered {
  readonly at: Millis;
  readonly worked: boolean;
}

/**
 * Which addresses of a server worked lately, so that the one that does is tried first and the network is spared the
 * others. [RFC 9132 §4.3] Times are the clock's monotonic time.
 */
export class AddressMemory {
  readonly #outcomes = new Map<string, Remembered>();

  /** Takes note of how an address did. */
  note(address: Address, worked: boolean, at: Millis): void {
    const key = formatAddress(address);
    this.#outcomes.delete(key);
    this.#outcomes.set(key, { at, worked });
    for (const oldest of this.#outcomes.keys()) {
      if (this.#outcomes.size <= MAX_REMEMBERED) return;
      this.#outcomes.delete(oldest);
    }
  }

  /** What worked first, what failed last; else the order they came in, which is the resolver's. [RFC 6724 §6] */
  inOrder(addresses: readonly Address[], at: Millis): Address[] {
    return addresses.toSorted((a, b) => this.#rank(a, at) - this.#rank(b, at));
  }

  #rank(address: Address, at: Millis): number {
    const known = this.#outcomes.get(formatAddress(address));
    if (known === undefined || at - known.at > REMEMBERED_MS) return 1;
    return known.worked ? 0 : 2;
  }
}
