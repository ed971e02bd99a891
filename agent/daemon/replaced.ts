import { leftOut } from "../scope/scope-relation.ts";
import type { StoredRequest, StoredScope } from "../store/agent-store.ts";
import type { Newer } from "./request-inputs.ts";
import type { RequestState } from "./request-state.ts";
import { targetsText } from "./request-words.ts";

/** More of what is lost helps nobody. */
const MOST_NAMED = 5;

/**
 * Which live requests to the same provider a new one for `scope` takes the place of, one sentence each: where two of
 * a client's mitigations overlap, the server keeps the newer one alone. [RFC 9132 §4.4.1.3]
 */
export function replacedBy(scope: StoredScope, live: readonly StoredRequest[]): readonly string[] {
  return live.flatMap(({ id, phase, scope: older, targets }) => {
    const lost = phase === "withdrawing" ? undefined : leftOut(older, scope);
    if (lost === undefined) return [];
    const named = lost.slice(0, MOST_NAMED);
    const more = lost.length > named.length ? [...named, "more"] : named;
    const also = more.length === 0 ? "" : `, which also covers ${inWords(more)}`;
    return [`This replaces your request ${id} for ${targetsText(targets)}${also}.`];
  });
}

/** What is known of those of `live`, all with one provider, that are newer than a request and overlap it. */
export function newerThan(older: StoredRequest, live: readonly RequestState[]): Newer {
  const fates = live.flatMap((state) => {
    const fate = state.kept.mid > older.mid ? fateOf(state) : "none";
    return fate === "none" || leftOut(older.scope, state.kept.scope) === undefined ? [] : [fate];
  });
  return fates.find((fate) => fate === "held") ?? fates[0] ?? "none";
}

/** What was accepted once has deleted what it overlaps, whatever became of it afterwards. */
function fateOf({ kept, putAt }: RequestState): Newer {
  if (kept.acceptedAtMs !== null) return "held";
  const isUnknown = kept.phase === "asking" && putAt !== undefined && kept.refusal === null;
  return isUnknown ? "asked" : "none";
}

function inWords(parts: readonly string[]): string {
  const last = parts.at(-1) ?? "";
  return parts.length < 2 ? last : `${parts.slice(0, -1).join(", ")} and ${last}`;
}
