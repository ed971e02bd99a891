import { setImmediate as afterMicrotasks } from "node:timers/promises";
import type { Clock, Millis, Timer } from "../../agent/net/ports.ts";

interface Armed {
  readonly at: Millis;
  readonly order: number;
  readonly fire: () => void;
}

/** A clock that stands still until a test moves it. */
export class VirtualClock implements Clock {
  readonly #wallStart: Millis;
  readonly #timers = new Set<Armed>();
  #now: Millis = 0;
  #order = 0;

  /** `wallStart` is what `wallTime` says at the start, in milliseconds since the Unix epoch. */
  constructor(wallStart: Millis = Date.UTC(2030, 0, 1)) {
    this.#wallStart = wallStart;
  }

  /** Timers that are armed: what a closed session must not leave behind. */
  get pending(): number {
    return this.#timers.size;
  }

  now(): Millis {
    return this.#now;
  }

  wallTime(): Millis {
    return this.#wallStart + this.#now;
  }

  after(delay: Millis, fire: () => void): Timer {
    this.#order += 1;
    const armed: Armed = { at: this.#now + Math.max(0, delay), order: this.#order, fire };
    this.#timers.add(armed);
    return { cancel: () => void this.#timers.delete(armed) };
  }

  /**
   * Lets `ms` pass: fires what falls due, in order, at its own moment, and lets promises settle before the first
   * timer and after each. Timers armed on the way count too.
   */
  async advance(ms: Millis): Promise<void> {
    const until = this.#now + ms;
    await afterMicrotasks();
    for (let next = this.#next(until); next !== undefined; next = this.#next(until)) {
      this.#timers.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.fire();
      await afterMicrotasks();
    }
    this.#now = until;
  }

  /** As `advance`, at once and without letting promises settle in between. */
  advanceNow(ms: Millis): void {
    const until = this.#now + ms;
    for (let next = this.#next(until); next !== undefined; next = this.#next(until)) {
      this.#timers.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.fire();
    }
    this.#now = until;
  }

  #next(until: Millis): Armed | undefined {
    let first: Armed | undefined;
    for (const armed of this.#timers) {
      if (armed.at > until) continue;
      if (
        first === undefined ||
        armed.at < first.at ||
        (armed.at === first.at && armed.order < first.order)
      ) {
        first = armed;
      }
    }
    return first;
  }
}
