import { MAX_UINT32 } from "./paths.ts";

/**
 * Mitigation identifiers. They only ever increase towards one server under one cuid, across restarts
 * too: the server tells the newer of two overlapping requests by its higher mid. [RFC 9132 §4.4.1.1]
 */

/** From here on the sequence starts again, once no attack is detected: 3/4 of (2^32 - 1). [RFC 9132 §4.4.1.1] */
export const MID_ROLLOVER = 3_221_225_471;

/** The first mid of a client that never asked before. 0 is left to the rollover, so that it can be told. */
const FIRST_MID = 1;

/** Where the last mid used is kept, per server and cuid. */
export interface MidStore {
  /** The last mid that was handed out, or nothing if there was none. */
  load(): number | undefined;
  /** Returns only when the value would survive a crash. */
  save(mid: number): void;
}

/**
 * The mid to use next. `rolledOver`: the sequence restarted at 0, so requests with preconfigured scopes
 * must be made anew. `exhausted`: the space is used up while an attack lasts, so none may be handed out.
 */
export type NextMid =
  | { readonly tag: "mid"; readonly mid: number; readonly rolledOver: boolean }
  | { readonly tag: "exhausted" };

/** The mid after `last`. [RFC 9132 §4.4.1.1] */
export function nextMid(last: number | undefined, attackDetected: boolean): NextMid {
  if (last === undefined) return { tag: "mid", mid: FIRST_MID, rolledOver: false };
  if (last >= MID_ROLLOVER && !attackDetected) return { tag: "mid", mid: 0, rolledOver: true };
  if (last >= MAX_UINT32) return { tag: "exhausted" };
  return { tag: "mid", mid: last + 1, rolledOver: false };
}

/** Hands out mids, each saved before it is handed out: a crash may skip one, never repeat one. */
export class MidSequence {
  readonly #store: MidStore;

  constructor(store: MidStore) {
    this.#store = store;
  }

  next(attackDetected: boolean): NextMid {
    const next = nextMid(this.#store.load(), attackDetected);
    if (next.tag === "mid") this.#store.save(next.mid);
    return next;
  }

  /** Takes note of a mid that the server is known to hold, so that the next one is higher. */
  atLeast(mid: number): void {
    const last = this.#store.load();
    if (last === undefined || last < mid) this.#store.save(mid);
  }
}
