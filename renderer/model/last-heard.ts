import type { Mitigation } from "../../agent/control/contract.ts";
import { home } from "../strings/home.ts";
import { clockMinute, instant, shortList, type Millis } from "./format.ts";
import type { LostWhy } from "./link-state.ts";
import type { Situation } from "./situation.ts";

/**
 * A request that was alive when the agent was last heard, told as the past: nothing can be done about it from here.
 * Undefined while the agent is heard, and for what is over, which stays as it was.
 */
export function lastHeard(
  mitigation: Mitigation,
  { told, lost }: { readonly told: Millis; readonly lost?: LostWhy | undefined },
): Omit<Situation, "practice"> | undefined {
  const words = pastWords(mitigation);
  if (lost === undefined || words === undefined) return undefined;
  return {
    state: lost,
    tone: "warn",
    sentence: words(
      clockMinute(heardAt(mitigation) ?? told),
      mitigation.provider,
      shortList(mitigation.targets),
    ),
    details: [sinceThen(mitigation, lost)],
    nextSteps: [],
  };
}

type PastWords = (time: string, provider: string, targets: string) => string;

function pastWords({ phase, kind }: Mitigation): PastWords | undefined {
  const words = home.lastHeard;
  switch (phase) {
    case "asking":
      return words.asking;
    case "accepted":
      return words.accepted;
    case "filtering":
      return kind === "practice" ? words.practice : words.filtering;
    case "attack-over":
      return words.attackOver;
    case "withdrawing":
      return words.withdrawing;
    case "ended":
    case "refused":
      return undefined;
  }
}

/** What the provider granted is as old as its own last word; what it did not answer, as the agent's. */
function heardAt({ phase, toldAt, acceptedAt }: Mitigation): Millis | undefined {
  if (phase === "asking" || phase === "withdrawing") return undefined;
  return instant(toldAt) ?? instant(acceptedAt);
}

/** An agent that has only turned this page away goes on renewing. */
function sinceThen({ phase }: Mitigation, lost: LostWhy): string {
  const { notSent, notRenewed, notShown } = home.lastHeard;
  if (lost !== "no-agent") return notShown;
  return phase === "asking" || phase === "withdrawing" ? notSent : notRenewed;
}
