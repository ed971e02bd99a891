import type { Clock, Millis } from "../net/ports.ts";

/** Less than this is the two clocks' own unevenness. */
const SET_MS: Millis = 1000;

/**
 * Tells instants of monotonic time in wall time, as milliseconds since the Unix epoch. When the wall clock is set,
 * the past moves with it; otherwise an instant is the same whenever it is asked for.
 */
export class WallTime {
  readonly #clock: Clock;
  #offset: Millis;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#offset = this.#offsetNow();
  }

  /** The wall time of an instant of monotonic time. */
  of(at: Millis): Millis {
    const offset = this.#offsetNow();
    if (Math.abs(offset - this.#offset) > SET_MS) this.#offset = offset;
    return Math.round(at + this.#offset);
  }

  #offsetNow(): Millis {
    return this.#clock.wallTime() - this.#clock.now();
  }
}
