import { MAX_UINT32 } from "./paths.ts";

/**
 * Mitigation identifiers. They only ever increase towards one server under one cuid, across restarts
 * too: the server tells the newer of two overlapping requests by its higher mid. [RFC 9132 §4.4.1.1]
 */

/** From here on the sequence starts again, once no attack is detected: 3/4 of (2^32 - 1). [RFC 9132 §4.4.1.1] */
export const MID_ROLLOVER = 3_221_225_471;

/** The first mid of a client that never asked before. 0 is left to the rollover, so that it can be told. */
const FIRST_MID = 1;

/**
 * The mid to use next. `rolledOver`: the sequence restarted at 0, so requests with preconfigured scopes
 * must be made anew. `exhausted`: the space is used up while an attack lasts, so none may be handed out.
 */
export type NextMid =
  | { readonly tag: "mid"; readonly mid: number; readonly rolledOver: boolean }
  | { readonly tag: "exhausted" };

/** The mid after `last`, which is to be kept before it is used: a crash may skip one, never repeat one. [RFC 9132 §4.4.1.1] */
export function nextMid(last: number | undefined, attackDetected: boolean): NextMid {
  if (last === undefined) return { tag: "mid", mid: FIRST_MID, rolledOver: false };
  if (last >= MID_ROLLOVER && !attackDetected) return { tag: "mid", mid: 0, rolledOver: true };
  if (last >= MAX_UINT32) return { tag: "exhausted" };
  return { tag: "mid", mid: last + 1, rolledOver: false };
}
