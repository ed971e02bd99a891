import type { Mitigation } from "../control/contract.ts";
import { EXIT, type CliFault } from "./exit.ts";
import { refusalHint, refusalSentence } from "./mitigation-text.ts";
import { harmless } from "./plain.ts";

/** What a mitigation amounts to for whoever waits: go on, all is well, or how the command fails. */
export type Verdict = "wait" | "done" | CliFault;

/** For a request: the provider filters, or refused. One that accepted and tells no more has accepted. */
export function requestVerdict(mitigation: Mitigation, isLate: boolean): Verdict {
  switch (mitigation.phase) {
    case "filtering":
    case "attack-over":
      return "done";
    case "accepted":
      return isLate ? "done" : "wait";
    case "asking":
      if (!isLate) return "wait";
      return mitigation.refusal === null ? unanswered(mitigation, "asking") : refused(mitigation);
    case "withdrawing":
      return isLate ? endedFault(mitigation) : "wait";
    case "refused":
      return refused(mitigation);
    case "ended":
      return endedFault(mitigation);
  }
}

/** For a withdrawal: it has ended, whatever the reason. */
export function withdrawalVerdict(mitigation: Mitigation, isLate: boolean): Verdict {
  if (mitigation.phase === "ended" || mitigation.phase === "refused") return "done";
  return isLate ? unanswered(mitigation, "telling it") : "wait";
}

function unanswered({ id, provider, awaiting }: Mitigation, doing: string): CliFault {
  const who = harmless(provider);
  const message =
    awaiting?.what === "session"
      ? `there is no session with ${who} yet`
      : `${who} has not answered yet`;
  const hint = `The agent goes on ${doing}: mayday mitigation show ${harmless(id)}`;
  return { exit: EXIT.unreachable, code: "unanswered", message, hint };
}

function refused(mitigation: Mitigation): CliFault {
  const message = refusalSentence(mitigation);
  return { exit: EXIT.refused, code: "server/refused", message, hint: refusalHint(mitigation) };
}

/** It came to its end while it was waited for. */
function endedFault(mitigation: Mitigation): CliFault {
  const who = harmless(mitigation.provider);
  switch (mitigation.outcome) {
    case "refused":
      return refused(mitigation);
    case "terminated":
      return { exit: EXIT.refused, code: "terminated", message: `${who} has ended it` };
    case "expired":
      return { exit: EXIT.unreachable, code: "expired", message: "it ran out unrenewed" };
    case "provider-removed":
      return { exit: EXIT.fault, code: "provider-removed", message: `${who} has been removed` };
    case "withdrawn":
    case null:
      return { exit: EXIT.fault, code: "withdrawn", message: "it has been withdrawn meanwhile" };
  }
}
