import { CoapError } from "../coap/error.ts";

interface Waiting {
  readonly go: () => void;
  readonly fail: (error: CoapError) => void;
}

/**
 * Lets a few exchanges at once into a session, first come, first served: a session has room for so many only, and an
 * agent that comes back with a hundred requests must not be told "busy" for most of them.
 */
export class Gate {
  readonly #waiting: Waiting[] = [];
  #free: number;
  #closed = false;

  /** @param room how many at once */
  constructor(room: number) {
    this.#free = room;
  }

  /** Rejects with `coap/closed` when the gate is closed before its turn comes. */
  async through<T>(act: () => Promise<T>): Promise<T> {
    await this.#turn();
    try {
      return await act();
    } finally {
      this.#free += 1;
      this.#next();
    }
  }

  /** Lets nobody through any more. Idempotent. */
  close(): void {
    this.#closed = true;
    for (const { fail } of this.#waiting.splice(0)) fail(closed());
  }

  #turn(): Promise<void> {
    if (this.#closed) return Promise.reject(closed());
    return new Promise((resolve, reject) => {
      this.#waiting.push({ go: resolve, fail: reject });
      this.#next();
    });
  }

  #next(): void {
    if (this.#free === 0) return;
    const next = this.#waiting.shift();
    if (next === undefined) return;
    this.#free -= 1;
    next.go();
  }
}

function closed(): CoapError {
  return new CoapError("coap/closed", "the session is gone");
}
