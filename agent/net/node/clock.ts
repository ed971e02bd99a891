import { performance } from "node:perf_hooks";
import type { Clock, Millis, Timer } from "../ports.ts";

/** The longest delay that `setTimeout` takes; above it, it fires at once. */
const LONGEST_MS = 0x7fff_ffff;

/**
 * One armed timer. `setTimeout` counts whole milliseconds from the loop's cached time and may fire up to
 * one early, and takes no delay over 2^31: on each wake-up it is armed again for what is left.
 */
class NodeTimer implements Timer {
  readonly #due: Millis;
  readonly #fire: () => void;
  #timeout: NodeJS.Timeout | undefined;
  #immediate: NodeJS.Immediate | undefined;

  constructor(delay: Millis, fire: () => void) {
    this.#due = performance.now() + delay;
    this.#fire = fire;
    if (delay > 0) this.#arm();
    else this.#immediate = setImmediate(fire);
  }

  #arm(): void {
    const left = this.#due - performance.now();
    this.#timeout = setTimeout(
      () => {
        if (performance.now() < this.#due) this.#arm();
        else this.#fire();
      },
      Math.min(Math.ceil(left), LONGEST_MS),
    );
  }

  cancel(): void {
    clearTimeout(this.#timeout);
    clearImmediate(this.#immediate);
  }
}

/** Real time. An armed timer keeps the process alive. */
export const nodeClock: Clock = {
  now: () => performance.now(),
  wallTime: () => Date.now(),
  after: (delay, fire) => new NodeTimer(delay, fire),
};
