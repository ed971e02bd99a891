import { leftOut } from "../scope/scope-relation.ts";
import type { StoredRequest, StoredScope } from "../store/agent-store.ts";
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

function inWords(parts: readonly string[]): string {
  const last = parts.at(-1) ?? "";
  return parts.length < 2 ? last : `${parts.slice(0, -1).join(", ")} and ${last}`;
}
