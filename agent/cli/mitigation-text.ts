import type { Mitigation } from "../control/contract.ts";
import {
  ago,
  ahead,
  bitRate,
  clockTime,
  counted,
  duration,
  harmless,
  octets,
  packetRate,
  secondsBetween,
} from "./plain.ts";
import { scopeText } from "./scope-text.ts";

/** How mitigations are told to people. */

/** More targets than these are only counted. */
const TARGETS_SHOWN = 3;

/** What the provider said longer ago says how long: never calmer than the truth. */
const FRESH_S = 30;

/** Where a mitigation stands, in one sentence. One for practice says so: nothing real is filtered. */
export function mitigationSentence(mitigation: Mitigation, nowMs: number): string {
  return `${mitigation.kind === "practice" ? "Practice: " : ""}${sentence(mitigation, nowMs)}`;
}

function sentence(mitigation: Mitigation, nowMs: number): string {
  const { provider, outcome, endedAt } = mitigation;
  const who = harmless(provider);
  const what = targetsText(mitigation);
  switch (mitigation.phase) {
    case "asking":
      return `Asking ${who} to filter traffic to ${what}${awaitingText(mitigation, nowMs)}.`;
    case "accepted":
      return `${who} is preparing to filter traffic to ${what}${asOf(mitigation, nowMs)}.`;
    case "filtering":
      return `${who} is filtering traffic to ${what}${droppedText(mitigation)}${asOf(mitigation, nowMs)}.`;
    case "attack-over":
      return `${who} says that the attack on ${what} is over${asOf(mitigation, nowMs)}.`;
    case "withdrawing":
      return `Telling ${who} to stop filtering traffic to ${what}${awaitingText(mitigation, nowMs)}.`;
    case "refused":
      return mitigation.acceptedAt === null
        ? `${who} refused to filter traffic to ${what}${wordsText(mitigation)}.`
        : `${who} no longer filters traffic to ${what}, and refused to do so again${wordsText(mitigation)}.`;
    case "ended": {
      const at = endedAt === null ? "" : ` at ${clockTime(endedAt, nowMs)}`;
      return `${ENDINGS[outcome ?? "withdrawn"](who, what)}${at}.`;
    }
  }
}

const ENDINGS: Readonly<
  Record<NonNullable<Mitigation["outcome"]>, (who: string, what: string) => string>
> = {
  withdrawn: (_who, what) => `The request for ${what} was withdrawn`,
  refused: (who, what) => `${who} refused to filter traffic to ${what}`,
  expired: (who, what) => `The help of ${who} for ${what} ran out`,
  terminated: (who, what) => `${who} ended its filtering of traffic to ${what}`,
  "provider-removed": (who, what) => `The request for ${what} ended when ${who} was removed`,
};

/** What was refused, in the provider's own words if it has any. */
export function refusalSentence({ provider, refusal }: Mitigation): string {
  const code = refusal === null ? "" : ` (${harmless(refusal.code)})`;
  return `${harmless(provider)} refused${code}${wordsOf(refusal)}`;
}

/** What can be done about a refusal. */
export function refusalHint({ refusal }: Mitigation): string | undefined {
  if (refusal === null) return undefined;
  if (refusal.retryAfterS !== null)
    return `It may be asked again in ${duration(refusal.retryAfterS)}.`;
  if (refusal.conflictCause !== null) {
    return "Withdraw the other request, or ask for other targets: mayday mitigation list";
  }
  return "Ask for other targets, or ask your provider what it filters for you.";
}

/** How what is granted goes on, in sentences; nothing where nothing is granted. */
export function renewalText(mitigation: Mitigation, nowMs: number): string {
  const { refusal, renewsAt, lifetimeLeftS } = mitigation;
  if (!isHeld(mitigation)) return "";
  if (isNotRenewed(mitigation)) {
    const left = lifetimeLeftS === null ? "" : `, and is over in ${duration(lifetimeLeftS)}`;
    return `It will not be renewed${left}${wordsText(mitigation)}.`;
  }
  if (renewsAt === null) return "";
  return refusal === null
    ? `Renews itself ${ahead(renewsAt, nowMs)}.`
    : `It was not renewed${wordsText(mitigation)}; it is asked for again ${ahead(renewsAt, nowMs)}.`;
}

/** Whether the provider helps, as far as it has told. */
function isHeld({ phase }: Mitigation): boolean {
  return phase === "accepted" || phase === "filtering" || phase === "attack-over";
}

function isOver({ phase }: Mitigation): boolean {
  return phase === "refused" || phase === "ended";
}

/** Whether the provider has refused for good to go on once the lifetime is over. */
function isNotRenewed(mitigation: Mitigation): boolean {
  const { refusal } = mitigation;
  return isHeld(mitigation) && refusal !== null && refusal.retryAfterS === null;
}

/** One mitigation with everything that is known, a line each. */
export function mitigationDetails(mitigation: Mitigation, nowMs: number): string {
  const { id, mid, kind, scope, status, statusText, lifetimeS, lifetimeLeftS } = mitigation;
  const { dropped, refusal } = mitigation;
  const isStatusShown = status !== null && !isOver(mitigation);
  const time = (instant: string | null): string | undefined =>
    instant === null ? undefined : clockTime(instant, nowMs);
  const left = lifetimeLeftS === null ? "" : `, ${duration(lifetimeLeftS)} left`;
  const rows: readonly (readonly [string, string | undefined])[] = [
    ["id", harmless(id)],
    ["provider", harmless(mitigation.provider) + (kind === "practice" ? " (filters nothing)" : "")],
    ["targets", targetsOf(mitigation).join(", ")],
    ["asked for", harmless(scopeText(scope))],
    ["mid", `${mid}`],
    ["status", isStatusShown ? `${status} ${harmless(statusText ?? "")}` : undefined],
    ["lifetime", `${duration(lifetimeS)}${left}`],
    ["renews itself", renewsText(mitigation, nowMs)],
    ["refusal", refusal === null ? undefined : `${harmless(refusal.code)}${wordsOf(refusal)}`],
    ["dropped", dropped === null ? undefined : droppedRow(mitigation, dropped)],
    ["last word", mitigation.toldAt === null ? undefined : ago(mitigation.toldAt, nowMs)],
    ["requested", time(mitigation.requestedAt)],
    ["sent", time(mitigation.sentAt)],
    ["accepted", time(mitigation.acceptedAt)],
    ["filtering", time(mitigation.filteringAt)],
    ["ended", time(mitigation.endedAt)],
  ];
  const lines = rows.flatMap(([name, value]) =>
    value === undefined ? [] : [`  ${name.padEnd(14)} ${value}\n`],
  );
  return `${mitigationSentence(mitigation, nowMs)}\n${lines.join("")}`;
}

/** As the user named them. */
export function targetsText(mitigation: Mitigation): string {
  const targets = targetsOf(mitigation);
  const shown = targets.slice(0, TARGETS_SHOWN).join(", ");
  const more = targets.length - TARGETS_SHOWN;
  return more > 0 ? `${shown} and ${more} more` : shown;
}

function targetsOf({ targets }: Mitigation): string[] {
  return targets.map(harmless);
}

function droppedText({ dropped }: Mitigation): string {
  return dropped === null ? "" : `; ${bitRate(dropped.bps)} dropped`;
}

/** How old the provider's last word is, once that matters. */
function asOf({ toldAt }: Mitigation, nowMs: number): string {
  const isOld = toldAt !== null && secondsBetween(toldAt, nowMs) > FRESH_S;
  return isOld ? `, as of ${ago(toldAt, nowMs)}` : "";
}

function renewsText(mitigation: Mitigation, nowMs: number): string | undefined {
  if (isNotRenewed(mitigation)) return "it will not be renewed";
  const { renewsAt } = mitigation;
  return renewsAt === null ? undefined : ahead(renewsAt, nowMs);
}

/** Of what is over there is no "now". */
function droppedRow(
  mitigation: Mitigation,
  { bps, pps, bytes, pkts }: NonNullable<Mitigation["dropped"]>,
): string {
  const total = `${octets(bytes)} and ${counted(pkts, "packet")} in all`;
  return isOver(mitigation) ? total : `${bitRate(bps)} and ${packetRate(pps)} now; ${total}`;
}

const AWAITED: Readonly<Record<NonNullable<Mitigation["awaiting"]>["what"], string>> = {
  session: "there is no session with it",
  answer: "it has not answered",
  retry: "it is to be asked again later",
};

function awaitingText(mitigation: Mitigation, nowMs: number): string {
  const { awaiting } = mitigation;
  if (awaiting === null) return "";
  const forS = secondsBetween(awaiting.since, nowMs);
  const words = awaiting.what === "retry" ? wordsText(mitigation) : "";
  return `${words}; ${AWAITED[awaiting.what]}${forS < 1 ? "" : `, for ${duration(forS)} now`}`;
}

function wordsText({ refusal }: Mitigation): string {
  return wordsOf(refusal);
}

function wordsOf(refusal: Mitigation["refusal"]): string {
  const words = refusal?.words ?? refusal?.conflictCause?.replaceAll("-", " ");
  return words === undefined || words === "" ? "" : `: ${harmless(words)}`;
}
