import type { Mitigation } from "../../agent/control/contract.ts";
import { home } from "../strings/home.ts";
import { clockTime, duration, instant, type Millis } from "./format.ts";
import { mainStep, otherStep, type Situation } from "./situation.ts";

/** Words of the provider that are longer than this stand below the sentence. */
const LONGEST_TITLE = 90;

/** A request that the provider turned down: its own words, ours, and what can be done. */
export function refusedSituation(
  mitigation: Mitigation,
  { now }: { readonly now: Millis },
): Omit<Situation, "practice"> {
  const words = mitigation.refusal?.words ?? "";
  const long = words.length > LONGEST_TITLE;
  return {
    state: "refused",
    tone: "bad",
    sentence: home.refused.sentence(
      mitigation.provider,
      words === "" || long ? undefined : quiet(words),
    ),
    details: [
      ...(long ? [home.refused.quote(words)] : []),
      ...generalWords(mitigation),
      ...whenWords(mitigation, now),
      advice(mitigation),
    ],
    nextSteps: [mainStep("choose-other-targets"), otherStep("put-aside", mitigation.id)],
  };
}

/** The provider's sentence without the full stop that would end ours. */
function quiet(words: string): string {
  return words.trim().replace(/[.!]+$/, "");
}

/** Ours beside the provider's own: none where ours only say that there was a no, which its words explain better. */
function generalWords(mitigation: Mitigation): string[] {
  const { refusal } = mitigation;
  const plain = plainRefusal(mitigation);
  const says = (refusal?.words ?? "") !== "";
  const vague = plain === home.refused.byCode["4.00"] || plain === home.refused.otherCode;
  return says && vague ? [] : [plain];
}

/** Why, in words that do not need the protocol. */
export function plainRefusal({ refusal }: Mitigation): string {
  const { byCode, byConflict, otherCode } = home.refused;
  const byCause = wordsOf(byConflict, refusal?.conflictCause ?? "");
  return byCause ?? wordsOf(byCode, refusal?.code ?? "") ?? otherCode;
}

/** Codes and causes come from a peer: any text, such as the name of something that every object has. */
function wordsOf(words: Readonly<Record<string, string>>, code: string): string | undefined {
  return Object.hasOwn(words, code) ? words[code] : undefined;
}

function whenWords({ refusal, endedAt }: Mitigation, now: Millis): string[] {
  const at = instant(endedAt);
  const told = at === undefined ? [] : [home.refused.at(clockTime(at))];
  if (at === undefined || refusal === null || refusal.retryAfterS === null) return told;
  const left = refusal.retryAfterS - (now - at) / 1000;
  return [...told, left > 0 ? home.refused.retryAfter(duration(left)) : home.refused.retryNow];
}

/** A fault of the server passes; a no to these targets stays one. */
function advice({ refusal }: Mitigation): string {
  return refusal?.code.startsWith("5.") === true ? home.refused.adviceLater : home.refused.advice;
}
