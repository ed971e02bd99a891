/** Sequence numbers further than this behind the newest are refused. At least 32, better 64. [RFC 6347 §4.1.2.6] */
const WINDOW = 128;

/**
 * Which record sequence numbers of one epoch have been seen. [RFC 6347 §4.1.2.6]
 * A slot holds the last number that fell on it, so no shifting is needed however far a number jumps.
 */
export class ReplayWindow {
  readonly #slots = new Float64Array(WINDOW).fill(-1);
  #newest = -1;

  /** Whether a record with this number may be new. Call before the record is authenticated. */
  mayBeNew(sequence: number): boolean {
    return sequence > this.#newest - WINDOW && this.#slots[sequence % WINDOW] !== sequence;
  }

  /**
   * Notes a number. Only for records that have been authenticated, or a forger could move the window.
   * @returns whether it is newer than all before it
   */
  note(sequence: number): boolean {
    this.#slots[sequence % WINDOW] = sequence;
    if (sequence <= this.#newest) return false;
    this.#newest = sequence;
    return true;
  }
}
