import { NetError } from "../ports.ts";
import type { Clock, Millis, Timer } from "../ports.ts";
import { EventQueue } from "./event-queue.ts";

/** So many events without time moving on: something re-arms itself with no delay for ever. */
const MOST_AT_ONE_INSTANT = 300_000;

/** Time that moves only when it is told to, straight to the next event. Starts at 0. */
export class VirtualClock implements Clock {
  readonly #queue = new EventQueue();
  readonly #epoch: Millis;
  #now: Millis = 0;
  #atThisInstant = 0;

  /** @param epoch the wall-clock time of instant 0 */
  constructor(epoch: Millis) {
    this.#epoch = epoch;
  }

  /** Timers armed and packets under way. */
  get pending(): number {
    return this.#queue.size;
  }

  now(): Millis {
    return this.#now;
  }

  wallTime(): Millis {
    return this.#epoch + this.#now;
  }

  after(delay: Millis, fire: () => void): Timer {
    return this.at(delay > 0 ? this.#now + delay : this.#now, fire);
  }

  /** Calls `fire` at an instant that has not passed. */
  at(instant: Millis, fire: () => void): Timer {
    return this.#queue.add(Math.max(instant, this.#now), fire);
  }

  /**
   * Moves to the next event and lets it happen, if it comes no later than `end`; otherwise moves to `end`.
   * @returns whether an event happened
   * @throws {NetError} `net/other` when time would stand still for ever; and whatever the event throws
   */
  step(end: Millis): boolean {
    const next = this.#queue.nextAt();
    if (next === undefined || next > end) {
      if (Number.isFinite(end)) this.#now = Math.max(this.#now, end);
      return false;
    }
    this.#count(next);
    this.#now = next;
    this.#queue.take()?.fire();
    return true;
  }

  #count(next: Millis): void {
    this.#atThisInstant = next > this.#now ? 0 : this.#atThisInstant + 1;
    if (this.#atThisInstant < MOST_AT_ONE_INSTANT) return;
    throw new NetError("net/other", `virtual time stands still at ${this.#now} ms`);
  }
}
