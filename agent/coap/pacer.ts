import type { Clock, Millis, Timer } from "../net/ports.ts";
import { freshPace, paceAnswered, paceSpent, paceWaitMs, type Pace } from "./pace.ts";

interface Entry {
  readonly run: () => void;
  readonly urgent: boolean;
}

/**
 * Lets NON datagrams go at the session's pace, first come, first served; urgent ones run ahead of the others, and the
 * others make up for it. [RFC 9132 §4.4]
 */
export class Pacer {
  readonly #clock: Clock;
  readonly #urgent = new Set<Entry>();
  readonly #others = new Set<Entry>();
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
    this.#arm(); // what waits may have less to wait for now
  }

  /** A datagram sent once was answered after `tookMs`. */
  answered(tookMs: Millis): void {
    this.#pace = paceAnswered(this.#pace, this.#clock.now(), this.#intervalMs, tookMs);
    this.#arm();
  }

  /** Calls `run`, which sends one datagram, when its turn comes: at once, if it need not wait. */
  enqueue(run: () => void, urgent = false): Timer {
    const entry = { run, urgent };
    const queue = urgent ? this.#urgent : this.#others;
    queue.add(entry);
    if (this.#next() === entry) this.#serve();
    return { cancel: () => this.#cancel(queue, entry) };
  }

  #cancel(queue: Set<Entry>, entry: Entry): void {
    if (queue.delete(entry)) this.#arm();
  }

  #next(): Entry | undefined {
    for (const entry of this.#urgent) return entry;
    for (const entry of this.#others) return entry;
    return undefined;
  }

  #serve(): void {
    for (let entry = this.#next(); entry !== undefined; entry = this.#next()) {
      if (this.#waitMs(entry) > 0) break;
      (entry.urgent ? this.#urgent : this.#others).delete(entry);
      this.#pace = paceSpent(this.#pace, this.#clock.now(), this.#intervalMs);
      entry.run();
    }
    this.#arm();
  }

  #arm(): void {
    this.#timer?.cancel();
    const entry = this.#next();
    if (entry === undefined) return;
    this.#timer = this.#clock.after(this.#waitMs(entry), () => this.#serve());
  }

  #waitMs({ urgent }: Entry): Millis {
    return paceWaitMs(this.#pace, this.#clock.now(), this.#intervalMs, urgent);
  }
}
