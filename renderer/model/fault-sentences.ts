import type { CallFault } from "../api/call-fault.ts";
import { faults } from "../strings/faults.ts";

/** A failed call in plain words: ours, then the agent's own and its hint where they say more. */
export function faultSentences({ reason, message, hint }: CallFault): string[] {
  const { words, quote } = faults[reason];
  const more = quote ? [message, hint ?? ""] : [];
  return [words, ...more.filter((text) => text.trim() !== "").map(sentence)];
}

/** What comes from the agent is a clause: a sentence begins and ends as one. */
function sentence(text: string): string {
  const trimmed = text.trim();
  const begun = trimmed.charAt(0).toLocaleUpperCase() + trimmed.slice(1);
  return /[.?!]$/.test(begun) ? begun : `${begun}.`;
}
