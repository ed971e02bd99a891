import type { Address } from "../net/ports.ts";
import { siteOf, sourceOf } from "./source.ts";

/** The most handshakes at a time. */
export interface HalfOpenLimits {
  readonly total: number;
  /** From one source, see `sourceOf`. */
  readonly perSource: number;
}

/**
 * Handshakes whose clients have proved their address but not their key. There is always room for one more: where a
 * source is full its oldest gives way, and where everything is full the oldest of the site that holds the most, so
 * that neither one source nor one network with many of them can keep the others out.
 */
export class HalfOpen<T> {
  readonly #limits: HalfOpenLimits;
  readonly #homes = new Map<T, { readonly source: string; readonly site: string }>();
  readonly #bySource = new Crowds<T>();
  readonly #bySite = new Crowds<T>();

  constructor(limits: HalfOpenLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#homes.size;
  }

  /** Whether one more has room without another's going. */
  hasRoom(from: Address): boolean {
    return !this.#isCrowded(sourceOf(from)) && this.size < this.#limits.total;
  }

  /** Takes one in; gives the one that has to go for it, if any, which is no longer held then. */
  add(from: Address, item: T): T | undefined {
    const home = { source: sourceOf(from), site: siteOf(from) };
    const evicted = this.#makeRoom(home.source);
    if (evicted !== undefined) this.delete(evicted);
    this.#homes.set(item, home);
    this.#bySource.add(home.source, item);
    this.#bySite.add(home.site, item);
    return evicted;
  }

  /** Forgets one; does nothing if it is not held. */
  delete(item: T): void {
    const home = this.#homes.get(item);
    if (!home) return;
    this.#homes.delete(item);
    this.#bySource.delete(home.source, item);
    this.#bySite.delete(home.site, item);
  }

  #makeRoom(source: string): T | undefined {
    if (this.#isCrowded(source)) return this.#bySource.oldestOf(source);
    return this.size < this.#limits.total ? undefined : this.#bySite.oldestOfMost();
  }

  #isCrowded(source: string): boolean {
    return this.#bySource.sizeOf(source) >= this.#limits.perSource;
  }
}

/** Items by whom they belong to, each crowd in the order in which they came. */
class Crowds<T> {
  readonly #crowds = new Map<string, Set<T>>();

  sizeOf(name: string): number {
    return this.#crowds.get(name)?.size ?? 0;
  }

  add(name: string, item: T): void {
    const crowd = this.#crowds.get(name) ?? new Set();
    this.#crowds.set(name, crowd.add(item));
  }

  delete(name: string, item: T): void {
    const crowd = this.#crowds.get(name);
    crowd?.delete(item);
    if (crowd?.size === 0) this.#crowds.delete(name);
  }

  oldestOf(name: string): T | undefined {
    const [oldest] = this.#crowds.get(name) ?? [];
    return oldest;
  }

  oldestOfMost(): T | undefined {
    let most: string | undefined;
    for (const [name, { size }] of this.#crowds) {
      if (most === undefined || size > this.sizeOf(most)) most = name;
    }
    return most === undefined ? undefined : this.oldestOf(most);
  }
}
