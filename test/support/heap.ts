/** How much memory a piece of code takes. */

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

// Asked of V8 here, so that the tests need no flag on the command line.
setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

/** How often the code is measured; the middle counts. */
const ROUNDS = 3;

/** Runs that let the compiler and its caches settle before anything is measured. */
const WARM_UP = 20;

/** Growth of memory, in octets: the V8 heap, and what lies outside it (array buffers, external strings). */
export interface HeapGrowth {
  /** Everything allocated by one call, freed or not: no collection runs in between unless the call is very large. */
  readonly allocated: number;
  /** What is still there after a collection, while the call's result (or error) is held. */
  readonly retained: number;
}

/** Measures one call of `fn`. What it throws is held like a result, not passed on. */
export function heapGrowth(fn: () => unknown): HeapGrowth {
  for (let i = 0; i < WARM_UP; i += 1) resultOf(fn);
  const rounds = Array.from({ length: ROUNDS }, () => measure(fn));
  return {
    allocated: middle(rounds.map(({ allocated }) => allocated)),
    retained: middle(rounds.map(({ retained }) => retained)),
  };
}

function middle(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}

function measure(fn: () => unknown): HeapGrowth {
  const held: unknown[] = [undefined];
  const before = afterCollection();
  held[0] = resultOf(fn);
  const during = octetsInUse();
  const after = afterCollection();
  assertHeld(held);
  return { allocated: during - before, retained: after - before };
}

/** Collects until nothing more comes free: one collection leaves what it has just found out to be dead. */
function afterCollection(): number {
  let least = Infinity;
  for (;;) {
    collectGarbage();
    const now = octetsInUse();
    if (now >= least) return now;
    least = now;
  }
}

function resultOf(fn: () => unknown): unknown {
  try {
    return fn();
  } catch (error) {
    return error;
  }
}

function octetsInUse(): number {
  const { heapUsed, external } = process.memoryUsage(); // array buffers are part of external
  return heapUsed + external;
}

/** Keeps the result reachable up to here, whatever the optimiser thinks of it. */
function assertHeld(held: readonly unknown[]): void {
  if (held.length !== 1) throw new Error("the result was lost");
}
