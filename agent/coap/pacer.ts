import type { Clock, Millis, Timer } from "../net/ports.ts";
import { freshPace, paceSpent, paceWaitMs, type Pace } from "./pace.ts";

/** Lets NON datagrams go at the session's pace, first come, first served. [RFC 9132 §4.4] */
export class Pacer {
  readonly #clock: Clock;
  readonly #queue = new Set<{ readonly run: () => void }>();
  #intervalMs: Millis;
  #pace: Pace;
  #timer: Timer | undefined;

  constructor(clock: Clock, intervalMs: Millis) {
    this.#clock = clock;
    this.#intervalMs = intervalMs;
    this.#pace = freshPace(clock.now());
  }

  /** One datagram in this time, on average, from now on. */
  set intervalMs(ms: Millis) {
    this.#intervalMs = ms;
    if (this.#queue.size > 0) this.#arm(); // what waits may have less to wait for now
  }

  /** Counts a datagram that could not wait. */
  spend(): void {
    this.#pace = paceSpent(this.#pace, this.#clock.now(), this.#intervalMs);
  }

  /** Calls `run`, which sends one datagram, when its turn comes: at once, if nothing waits. */
  enqueue(run: () => void): Timer {
    const entry = { run };
    this.#queue.add(entry);
    if (this.#queue.size === 1) this.#serve();
    return { cancel: () => this.#cancel(entry) };
  }

  #cancel(entry: { readonly run: () => void }): void {
    this.#queue.delete(entry);
    if (this.#queue.size === 0) this.#timer?.cancel();
  }

  #serve(): void {
    for (const entry of this.#queue) {
      if (this.#waitMs() > 0) {
        this.#arm();
        return;
      }
      this.#queue.delete(entry);
      this.spend();
      entry.run();
    }
  }

  #arm(): void {
    this.#timer?.cancel();
    this.#timer = this.#clock.after(this.#waitMs(), () => this.#serve());
  }

  #waitMs(): Millis {
    return paceWaitMs(this.#pace, this.#clock.now(), this.#intervalMs);
  }
}
