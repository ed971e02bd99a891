import { retryAfterS } from "../dots/client/keep-mitigation.ts";
import type { SignalResult } from "../dots/client/signal-result.ts";
import type { StoredRefusal } from "../store/agent-store.ts";

/** What a provider says when it says no. [RFC 9132 §4.4.1.3] */

/** More of a provider's words than this is no help to anybody. */
const MOST_WORDS = 300;

/** What of a refusal is kept. */
export function refusalOf(result: SignalResult): StoredRefusal {
  return {
    code: result.code,
    words: wordsOf(result.diagnostic),
    conflictCause: conflictOf(result)?.["conflict-cause"] ?? null,
    retryAfterS: retryAfterS(result) ?? null,
  };
}

/** Whether a newer request of our own is named as what is in the way. [RFC 9132 §4.4.1.3] */
export function isReplaced(result: SignalResult, mid: number): boolean {
  const newer = conflictOf(result)?.["conflict-scope"]?.mid;
  return result.code === "4.09" && newer !== undefined && newer > mid;
}

function conflictOf(result: SignalResult) {
  const scope = result.payload?.["ietf-dots-signal-channel:mitigation-scope"]?.scope[0];
  return scope?.["conflict-information"];
}

function wordsOf(text: string | undefined): string | null {
  if (text === undefined || text === "") return null;
  return text.length > MOST_WORDS ? `${text.slice(0, MOST_WORDS)}…` : text;
}
