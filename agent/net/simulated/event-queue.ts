import type { Millis, Timer } from "../ports.ts";

/** Below this many entries, cancelled ones are left to come up by themselves. */
const SMALLEST_SWEEP = 1024;

/** Something that happens at an instant; events of one instant happen in the order they were added. */
export class QueuedEvent implements Timer {
  readonly at: Millis;
  readonly order: number;
  #fire: (() => void) | undefined;
  readonly #dropped: () => void;

  constructor(at: Millis, order: number, fire: () => void, dropped: () => void) {
    this.at = at;
    this.order = order;
    this.#fire = fire;
    this.#dropped = dropped;
  }

  get pending(): boolean {
    return this.#fire !== undefined;
  }

  fire(): void {
    const fire = this.#fire;
    this.#fire = undefined;
    fire?.();
  }

  cancel(): void {
    if (this.#fire === undefined) return;
    this.#fire = undefined;
    this.#dropped();
  }
}

/**
 * Events in order of time: a binary heap. A cancelled event lets go of its function at once and keeps its
 * place until it comes up, or until more than half of the places are such and all are swept.
 */
export class EventQueue {
  #heap: QueuedEvent[] = [];
  #added = 0;
  #cancelled = 0;
  readonly #onCancel = (): void => {
    this.#cancelled++;
    if (this.#heap.length >= SMALLEST_SWEEP && this.#cancelled * 2 > this.#heap.length)
      this.#sweep();
  };

  /** Events that will still happen. */
  get size(): number {
    return this.#heap.length - this.#cancelled;
  }

  add(at: Millis, fire: () => void): QueuedEvent {
    const event = new QueuedEvent(at, this.#added++, fire, this.#onCancel);
    this.#heap.push(event);
    this.#rise(this.#heap.length - 1);
    return event;
  }

  /** The time of the next event; undefined when there is none. */
  nextAt(): Millis | undefined {
    return this.#next()?.at;
  }

  /** Takes out the next event. */
  take(): QueuedEvent | undefined {
    const event = this.#next();
    if (event !== undefined) this.#removeTop();
    return event;
  }

  #next(): QueuedEvent | undefined {
    for (;;) {
      const top = this.#heap[0];
      if (top === undefined || top.pending) return top;
      this.#removeTop();
      this.#cancelled--;
    }
  }

  #removeTop(): void {
    const last = this.#heap.pop();
    if (last === undefined || this.#heap.length === 0) return;
    this.#heap[0] = last;
    this.#sink(0);
  }

  #sweep(): void {
    this.#heap = this.#heap.filter((event) => event.pending);
    this.#cancelled = 0;
    for (let at = (this.#heap.length >> 1) - 1; at >= 0; at--) this.#sink(at);
  }

  /** Moves the event at `from` up to its place; those it passes move down. */
  #rise(from: number): void {
    const heap = this.#heap;
    const event = heap[from];
    if (event === undefined) return;
    let at = from;
    while (at > 0) {
      const parent = heap[(at - 1) >> 1];
      if (parent === undefined || !earlier(event, parent)) break;
      heap[at] = parent;
      at = (at - 1) >> 1;
    }
    heap[at] = event;
  }

  /** Moves the event at `from` down to its place; those it passes move up. */
  #sink(from: number): void {
    const heap = this.#heap;
    const event = heap[from];
    if (event === undefined) return;
    let at = from;
    for (;;) {
      const left = heap[2 * at + 1];
      if (left === undefined) break;
      const right = heap[2 * at + 2];
      const rightFirst = right !== undefined && earlier(right, left);
      const child = rightFirst ? right : left;
      if (!earlier(child, event)) break;
      heap[at] = child;
      at = 2 * at + (rightFirst ? 2 : 1);
    }
    heap[at] = event;
  }
}

function earlier(one: QueuedEvent, other: QueuedEvent): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order);
}
