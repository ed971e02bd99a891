import type { Activity } from "../control/contract.ts";
import type { NewActivity, StoredRefusal, StoredRequest } from "../store/agent-store.ts";
import type { Answer, EndedWhy, News } from "./request-state.ts";
import { unreachable } from "./request-steps.ts";

/** What happened to a request, in words for whoever looks after the shop, and in figures for an engineer. */

type Details = NewActivity["details"];

interface Telling {
  readonly kind: Activity["kind"];
  readonly severity: NewActivity["severity"];
  readonly text: string;
  readonly details?: Details;
}

/** The log's entry for a piece of news. */
export function activityOf(kept: StoredRequest, news: News, atMs: number): NewActivity {
  const { kind, severity, text, details = {} } = tellingOf(kept, news);
  return {
    atMs,
    kind,
    severity,
    text,
    provider: kept.provider,
    request: kept.id,
    details: { mid: kept.mid, ...details },
  };
}

/** Targets as a sentence holds them: as their user named them, at most three. */
export function targetsText(targets: readonly string[]): string {
  const rest = targets.length - 3;
  const shown = targets.slice(0, rest === 1 ? 4 : 3);
  if (rest > 1) return `${shown.join(", ")} and ${rest} more`;
  const last = shown.at(-1) ?? "";
  return shown.length < 2 ? last : `${shown.slice(0, -1).join(", ")} and ${last}`;
}

function tellingOf(kept: StoredRequest, news: News): Telling {
  const { provider } = kept;
  const targets = targetsText(kept.targets);
  switch (news.tag) {
    case "requested":
      return {
        kind: "mitigation-requested",
        severity: "info",
        text: `You asked ${provider} to protect ${targets}.`,
        details: { lifetimeS: kept.lifetimeS },
      };
    case "sent":
      return info("mitigation-sent", `The request for ${targets} is on its way to ${provider}.`);
    case "accepted":
      return acceptedTelling(kept, targets, news.answer);
    case "asked-again":
      return askedAgainTelling(kept, targets, news.why);
    case "filtering":
      return filteringTelling(kept, targets, news.exceeded);
    case "attack-over":
      return {
        kind: "mitigation-attack-over",
        severity: "good",
        text: `${provider} says that the attack on ${targets} is over.`,
        details: statusDetails(kept),
      };
    case "withdrawing":
      return info("mitigation-withdrawing", `You stopped the protection of ${targets}.`);
    default:
      return troubleTelling(kept, targets, news);
  }
}

function troubleTelling(
  kept: StoredRequest,
  targets: string,
  news: Extract<News, { readonly tag: "refused" | "unanswered" | "ran-out" | "ended" }>,
): Telling {
  const { provider } = kept;
  switch (news.tag) {
    case "refused":
      return refusedTelling(kept, targets, news);
    case "unanswered":
      return {
        kind: "mitigation-unanswered",
        severity: "warn",
        text:
          news.what === "request"
            ? `${provider} has not answered the request for ${targets} yet; it is sent again until it does.`
            : `${provider} has not confirmed yet that the protection of ${targets} is stopped; it is told again until it does.`,
        details: { reason: news.reason },
      };
    case "ran-out":
      return {
        kind: "mitigation-unanswered",
        severity: "bad",
        text: `The protection of ${targets} ran out, because ${provider} could not be reached; it is asked for again as soon as that is possible.`,
        details: { lifetimeS: kept.lifetimeS },
      };
    case "ended":
      return endedTelling(kept, targets, news.why);
    default:
      return unreachable(news);
  }
}

function acceptedTelling(
  { provider, acceptedAtMs, sentAtMs }: StoredRequest,
  targets: string,
  answer: Answer | undefined,
): Telling {
  const took =
    acceptedAtMs === null || sentAtMs === null ? {} : { tookMs: acceptedAtMs - sentAtMs };
  return {
    kind: "mitigation-accepted",
    severity: "good",
    text: `${provider} accepted to protect ${targets}.`,
    details: { ...took, ...answerDetails(answer) },
  };
}

function answerDetails(answer: Answer | undefined): Details {
  if (answer === undefined) return {};
  const { code, rttMs, transmissions, lifetimeS } = answer;
  return { code, rttMs: Math.round(rttMs * 10) / 10, transmissions, lifetimeS };
}

function askedAgainTelling(
  { provider }: StoredRequest,
  targets: string,
  why: "forgotten" | "ran-out",
): Telling {
  const text =
    why === "forgotten"
      ? `${provider} no longer knew of the request for ${targets}; it was asked again.`
      : `The protection of ${targets} had run out at ${provider}; it was asked for again.`;
  return { kind: "mitigation-asked-again", severity: "warn", text, details: { why } };
}

function filteringTelling(kept: StoredRequest, targets: string, exceeded: boolean): Telling {
  const { provider } = kept;
  const details = statusDetails(kept);
  const kind = "mitigation-filtering";
  if (!exceeded) {
    return { kind, severity: "good", text: `${provider} is filtering for ${targets}.`, details };
  }
  const text = `${provider} is filtering for ${targets}, but the attack is larger than it can take.`;
  return { kind, severity: "warn", text, details };
}

function refusedTelling(
  { provider }: StoredRequest,
  targets: string,
  { refusal, fate }: Extract<News, { readonly tag: "refused" }>,
): Telling {
  const words = refusal.words === null ? "" : `: ${refusal.words}`;
  const texts = {
    final: `${provider} refused to protect ${targets}${words}`,
    retried: `${provider} cannot protect ${targets} now; it is asked again later${words}`,
    "not-renewed": `${provider} will not go on protecting ${targets} once its time is over${words}`,
    dropped: `${provider} does not protect ${targets} any more, and refused to do so again${words}`,
  };
  return {
    kind: "mitigation-refused",
    severity: fate === "retried" ? "warn" : "bad",
    text: sentence(texts[fate]),
    details: refusalDetails(refusal),
  };
}

function refusalDetails({ code, conflictCause, retryAfterS }: StoredRefusal): Details {
  return {
    code,
    ...(conflictCause === null ? {} : { conflictCause }),
    ...(retryAfterS === null ? {} : { retryAfterS }),
  };
}

function endedTelling({ provider }: StoredRequest, targets: string, why: EndedWhy): Telling {
  const texts: Readonly<Record<EndedWhy, readonly [Telling["severity"], string]>> = {
    withdrawn: ["info", `${provider} has stopped protecting ${targets}.`],
    "never-sent": ["info", `The request for ${targets} is taken back; it never left this machine.`],
    "ran-out": [
      "warn",
      `${provider} never confirmed it, but the time for ${targets} is over there.`,
    ],
    "withdrawn-elsewhere": [
      "warn",
      `The protection of ${targets} was stopped from elsewhere, with this key.`,
    ],
    terminated: ["warn", `${provider} ended the protection of ${targets}.`],
    replaced: ["info", `A newer request to ${provider} took the place of the one for ${targets}.`],
    expired: ["warn", `The protection of ${targets} by ${provider} is over.`],
    "provider-removed": ["info", `${provider} was removed while ${targets} was being stopped.`],
  };
  const [severity, text] = texts[why];
  return { kind: "mitigation-ended", severity, text, details: { why } };
}

function statusDetails({ status }: StoredRequest): Details {
  return { status };
}

function info(kind: Telling["kind"], text: string): Telling {
  return { kind, severity: "info", text };
}

/** A provider's own words may end as they like. */
function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
