import type { Owner } from "./server-process.ts";

/** Owns what several tests of a suite use: what is made in `before` ends with `after(() => owner.done())`. */
export class SuiteOwner implements Owner {
  readonly #ends: (() => Promise<void>)[] = [];

  after(end: () => Promise<void>): void {
    this.#ends.push(end);
  }

  /** Ends everything, the last one first. One that fails keeps none of the others. */
  async done(): Promise<void> {
    const faults: unknown[] = [];
    for (const end of this.#ends.splice(0).toReversed()) {
      await end().catch((fault: unknown) => faults.push(fault));
    }
    if (faults.length > 0) throw new AggregateError(faults, "not everything could be ended");
  }
}
