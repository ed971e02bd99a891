import type { Address } from "../net/ports.ts";

/** The most handshakes at a time. */
export interface HalfOpenLimits {
  readonly total: number;
  /** From one source: an IPv4 address, or the /64 of an IPv6 address, which is one host's to fill. */
  readonly perSource: number;
}

/**
 * Handshakes whose clients have proved their address but not their key. There is always room for one more:
 * where a limit is reached, the oldest of the source that holds the most gives way, so that one source
 * cannot keep the others out.
 */
export class HalfOpen<T> {
  readonly #limits: HalfOpenLimits;
  readonly #bySource = new Map<string, Set<T>>();
  #size = 0;

  constructor(limits: HalfOpenLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#size;
  }

  /** Whether one more has room without another's going. */
  hasRoom(from: Address): boolean {
    const own = this.#bySource.get(sourceOf(from))?.size ?? 0;
    return own < this.#limits.perSource && this.#size < this.#limits.total;
  }

  /** Takes one in; gives the one that has to go for it, if any, which is no longer held then. */
  add(from: Address, item: T): T | undefined {
    const source = sourceOf(from);
    const own = this.#bySource.get(source);
    const crowd =
      own && own.size >= this.#limits.perSource
        ? source
        : this.#size >= this.#limits.total
          ? this.#mostCrowded()
          : undefined;
    const evicted = crowd === undefined ? undefined : this.#takeOldest(crowd);
    const items = this.#bySource.get(source) ?? new Set();
    this.#bySource.set(source, items.add(item));
    this.#size += 1;
    return evicted;
  }

  /** Forgets one; does nothing if it is not held. */
  delete(from: Address, item: T): void {
    this.#delete(sourceOf(from), item);
  }

  #delete(source: string, item: T): void {
    const items = this.#bySource.get(source);
    if (!items?.delete(item)) return;
    this.#size -= 1;
    if (items.size === 0) this.#bySource.delete(source);
  }

  #takeOldest(source: string): T | undefined {
    const [oldest] = this.#bySource.get(source) ?? [];
    if (oldest !== undefined) this.#delete(source, oldest);
    return oldest;
  }

  #mostCrowded(): string | undefined {
    let crowd: string | undefined;
    let most = 0;
    for (const [source, { size }] of this.#bySource) {
      if (size > most) [crowd, most] = [source, size];
    }
    return crowd;
  }
}

/** Who counts as one: see `HalfOpenLimits.perSource`. */
function sourceOf({ family, host }: Address): string {
  if (family === 4) return host;
  const [head = "", tail = ""] = host.split("%")[0]?.split("::") ?? [];
  const front = head === "" ? [] : head.split(":");
  const back = tail === "" ? [] : tail.split(":");
  const zeros = Array.from({ length: Math.max(0, 8 - front.length - back.length) }, () => "0");
  return [...front, ...zeros, ...back].slice(0, 4).join(":");
}
