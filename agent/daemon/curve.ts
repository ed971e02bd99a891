import type { Millis } from "../net/ports.ts";

/** One point of what was dropped. `atMs` is wall time. */
export interface Point {
  readonly atMs: Millis;
  readonly bps: number;
  readonly pps: number;
}

const LEAST_APART_MS: Millis = 5_000;
const LONGEST_MS: Millis = 30 * 60_000;

/** The most points there can be. */
export const MOST_POINTS = LONGEST_MS / LEAST_APART_MS;

/** What a provider dropped for one mitigation, over the last half hour. */
export class Curve {
  #points: Point[] = [];
  #lastAt = Number.NEGATIVE_INFINITY;

  /** The points, oldest first. */
  get points(): readonly Point[] {
    return this.#points;
  }

  /** Takes a point, unless the one before is too near. `at` is monotonic: wall time may jump. */
  add(at: Millis, point: Point): void {
    if (at - this.#lastAt < LEAST_APART_MS) return;
    this.#lastAt = at;
    this.#points.push(point);
    if (this.#points.length > MOST_POINTS) this.#points.shift();
  }
}
