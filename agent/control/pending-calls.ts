/** One call whose answer has not come. */
export interface PendingCall {
  resolve(result: unknown): void;
  reject(error: Error): void;
  progress(value: unknown): void;
}

/** The calls of a client that wait for their answers. */
export class PendingCalls {
  readonly #calls = new Map<number, PendingCall>();
  #lastId = 0;

  /** A number that no call of this client had before. */
  nextId(): number {
    this.#lastId += 1;
    return this.#lastId;
  }

  /** Waits for the answer to `id`. */
  add(id: number, call: PendingCall): void {
    this.#calls.set(id, call);
  }

  /** The call that an answer is for, which waits no more. */
  take(id: unknown): PendingCall | undefined {
    const call = this.get(id);
    if (typeof id === "number") this.#calls.delete(id);
    return call;
  }

  /** The call that a peer names. */
  get(id: unknown): PendingCall | undefined {
    return typeof id === "number" ? this.#calls.get(id) : undefined;
  }

  /** None of them will be answered. */
  rejectAll(why: Error): void {
    const calls = [...this.#calls.values()];
    this.#calls.clear();
    for (const call of calls) call.reject(why);
  }
}
