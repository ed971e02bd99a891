import type { MitigationScope } from "../../wire/cbor/types.ts";
import { readScope, SCOPE_LISTS } from "../signal/scope.ts";
import type { MitigationWish, PutKind } from "../signal/scope.ts";

/** What this server asks of a mitigation request's body beyond the rules of `signal/scope.ts`. */

/** A body that cannot be accepted, in words: the diagnostic of a 4.00. */
export interface Fault {
  readonly tag: "fault";
  readonly message: string;
}

/** Checks a scope and brings it into canonical form. `maxEntries`: of any one list. [RFC 9132 §4.4.1.3] */
export function validateScope(
  scope: MitigationScope,
  kind: PutKind,
  maxEntries: number,
): MitigationWish | Fault {
  // Before anything is made of the entries: the limit bounds the work too.
  const overlong = SCOPE_LISTS.find((list) => (scope[list]?.length ?? 0) > maxEntries);
  if (overlong !== undefined) return fault(`${overlong} has more than ${maxEntries} entries`);
  const wish = readScope(scope, kind);
  if (typeof wish === "string") return fault(wish);
  if (wish.target.aliases.length > 0) {
    // An alias that its client did not make must be refused; without a data channel none can be made. [RFC 9132 §4.4.1.3]
    return fault("alias-name cannot be used: this server has no data channel, so no alias exists");
  }
  if (kind === "efficacy" && wish.attackStatus === undefined) {
    return fault("attack-status is missing: an efficacy update (If-Match) must have it");
  }
  return wish;
}

/** Whether the outcome of `validateScope` is a fault. */
export function isFault(outcome: MitigationWish | Fault): outcome is Fault {
  return "tag" in outcome;
}

function fault(message: string): Fault {
  return { tag: "fault", message };
}
