import type { CallOutput } from "../control/contract.ts";
import type { NewActivity, StoredProvider, StoredRequest } from "../store/agent-store.ts";
import { instantOrNull } from "./instant.ts";
import { targetsText } from "./request-words.ts";

/** What a provider that is removed was not told. */

export type Removal = CallOutput<"provider.remove">;

/** What stays behind at a provider that never confirmed these withdrawals. */
export function removalOf(withdrawing: readonly StoredRequest[]): Removal {
  if (withdrawing.length === 0) return { left: null };
  const ends = withdrawing.map(({ expiresAtMs }) => expiresAtMs);
  const known = ends.filter((end) => end !== null);
  const until = known.length < ends.length ? null : Math.max(...known);
  const targets = [...new Set(withdrawing.flatMap((request) => request.targets))];
  return { left: { targets, until: instantOrNull(until) } };
}

/** What the log says of a removal beside its time. */
export function removalNews(
  { name }: Pick<StoredProvider, "name">,
  { left }: Removal,
): Pick<NewActivity, "severity" | "text" | "details"> {
  const removed = `${name} was removed.`;
  if (left === null) return { severity: "info", text: removed, details: {} };
  const targets = targetsText(left.targets);
  return {
    severity: "warn",
    text: `${removed} It may go on filtering for ${targets} until the time for that is over, since it was not told to stop.`,
    details: { leftUntil: left.until },
  };
}
