import type { Mitigation, Session } from "../../agent/control/contract.ts";
import { common } from "../strings/common.ts";
import { home } from "../strings/home.ts";
import {
  ago,
  bitRate,
  clockMinute,
  clockTime,
  duration,
  elapsed,
  instant,
  shortList,
  type Millis,
} from "./format.ts";
import { lifetimeLeftS, oldSince } from "./known.ts";
import { lastHeard } from "./last-heard.ts";
import type { LostWhy } from "./link-state.ts";
import { refusedSituation } from "./refusal.ts";
import { isHealthy, isTroubled, troubleSentence, waitingAdvice } from "./session-situation.ts";
import { mainStep, otherStep, type Situation } from "./situation.ts";

/** What else is known while a mitigation is looked at. `told`: when the status was. */
export interface MitigationContext {
  readonly session: Session | undefined;
  readonly told: Millis;
  readonly now: Millis;
  /** Why the agent cannot be heard. */
  readonly lost?: LostWhy | undefined;
  /** Whether the trouble of the session is said elsewhere. */
  readonly troubleTold?: boolean;
}

/** How it stands with one request. Calm words only while its provider answers. */
export function mitigationSituation(mitigation: Mitigation, context: MitigationContext): Situation {
  const { session } = context;
  const situation = bare(mitigation, context);
  return {
    ...situation,
    practice: mitigation.kind === "practice",
    sentence:
      mitigation.kind === "practice"
        ? common.practiceSentence(situation.sentence)
        : situation.sentence,
    mitigation,
    ...(session === undefined ? {} : { session }),
  };
}

type Bare = Omit<Situation, "practice">;

function bare(mitigation: Mitigation, context: MitigationContext): Bare {
  const past = lastHeard(mitigation, context);
  if (past !== undefined) return past;
  switch (mitigation.phase) {
    case "asking":
      return asked(mitigation, context);
    case "refused":
      return refusedSituation(mitigation, context);
    case "ended":
      return ended(mitigation);
    case "withdrawing":
      return stopping(mitigation, context.now);
    case "accepted":
    case "filtering":
    case "attack-over":
      return granted(mitigation, context);
  }
}

function targetsOf(mitigation: Mitigation): string {
  return shortList(mitigation.targets);
}

function forTargets(mitigation: Mitigation): string {
  return home.asked.targets(targetsOf(mitigation));
}

function asked(mitigation: Mitigation, { session, now, troubleTold }: MitigationContext): Bare {
  const { awaiting, provider } = mitigation;
  if (session !== undefined && isTroubled(session, now) && troubleTold !== true) {
    return askedInTrouble(mitigation, session, now);
  }
  const sentences = {
    session: home.asked.waiting(provider),
    answer: home.asked.sentence(provider),
    retry: home.asked.retry(provider),
  };
  return {
    state: "asked",
    tone: awaiting?.what === "session" ? "warn" : "act",
    sentence: sentences[awaiting?.what ?? "answer"],
    details: [
      forTargets(mitigation),
      awaitingWords(mitigation, now) ?? home.asked.justKept,
      ...(troubleTold === true ? [] : [home.asked.nothingNeeded]),
    ],
    nextSteps: [otherStep("cancel", mitigation.id)],
  };
}

/** The request waits for a provider with whom something is wrong. */
function askedInTrouble(mitigation: Mitigation, session: Session, now: Millis): Bare {
  return {
    state: "asked",
    tone: "warn",
    sentence: home.asked.kept(troubleSentence(session, now)),
    details: [
      forTargets(mitigation),
      awaitingWords(mitigation, now) ?? home.asked.justKept,
      ...waitingAdvice(session),
    ],
    nextSteps: [mainStep("diagnose", session.providerId), otherStep("cancel", mitigation.id)],
  };
}

/** What is waited for, and since when. */
export function awaitingWords({ awaiting }: Mitigation, now: Millis): string | undefined {
  const since = instant(awaiting?.since ?? null);
  if (awaiting === null || since === undefined) return undefined;
  return home.asked.awaiting[awaiting.what](clockTime(since), ago(since, now));
}

function stopping(mitigation: Mitigation, now: Millis): Bare {
  const waiting = awaitingWords(mitigation, now);
  return {
    state: "stopping",
    tone: "act",
    sentence: home.stopping.sentence(mitigation.provider),
    details: [
      forTargets(mitigation),
      ...(mitigation.filteringAt === null ? [] : [home.stopping.detail]),
      ...(waiting === undefined ? [] : [waiting]),
    ],
    nextSteps: [],
  };
}

/** What the provider granted, as long as it can be heard; otherwise, what was last heard. */
function granted(mitigation: Mitigation, context: MitigationContext): Bare {
  const { session, now } = context;
  if (session !== undefined && !isHealthy(session)) {
    return context.troubleTold === true
      ? alsoUnheard(mitigation)
      : unheard(mitigation, session, now);
  }
  const stop = otherStep("stop", mitigation.id);
  if (mitigation.phase === "filtering") {
    return {
      state: "filtering",
      tone: "act",
      sentence: filteringSentence(mitigation),
      details: filteringDetails(mitigation, context),
      nextSteps: [stop],
    };
  }
  if (mitigation.phase === "attack-over") {
    return {
      state: "attack-over",
      tone: "ok",
      sentence: home.attackOver.sentence(mitigation.provider),
      details: [home.attackOver.detail(targetsOf(mitigation)), renewalWords(mitigation, context)],
      nextSteps: [{ ...stop, primary: true }],
    };
  }
  const accepted = instant(mitigation.acceptedAt) ?? context.told;
  return {
    state: "accepted",
    tone: "act",
    sentence: home.accepted.sentence(mitigation.provider),
    details: [
      forTargets(mitigation),
      home.accepted.detail(ago(accepted, now)),
      renewalWords(mitigation, context),
    ],
    nextSteps: [stop],
  };
}

function unheard(mitigation: Mitigation, session: Session, now: Millis): Bare {
  return {
    state: "degraded",
    tone: "warn",
    sentence: troubleSentence(session, now),
    details: [lastKnown(mitigation), ...waitingAdvice(session)],
    nextSteps: [mainStep("diagnose", session.providerId), otherStep("stop", mitigation.id)],
  };
}

/** One more request to a provider whose trouble is told already. */
function alsoUnheard(mitigation: Mitigation): Bare {
  return {
    state: "degraded",
    tone: "warn",
    sentence: lastKnown(mitigation),
    details: [],
    nextSteps: [otherStep("stop", mitigation.id)],
  };
}

function lastKnown(mitigation: Mitigation): string {
  const told = instant(mitigation.toldAt) ?? instant(mitigation.acceptedAt);
  const targets = targetsOf(mitigation);
  if (told === undefined) return home.filtering.notTold(targets);
  const words =
    mitigation.phase === "accepted" ? home.filtering.lastAccepted : home.filtering.lastKnown;
  return words(clockTime(told), targets);
}

function filteringSentence(mitigation: Mitigation): string {
  const targets = targetsOf(mitigation);
  return mitigation.kind === "practice"
    ? home.filtering.practice(targets)
    : home.filtering.sentence(mitigation.provider, targets);
}

function filteringDetails(mitigation: Mitigation, context: MitigationContext): string[] {
  const since = instant(mitigation.filteringAt);
  return [
    droppedWords(mitigation, context.now),
    ...(since === undefined ? [] : [home.filtering.since(elapsed(since, context.now))]),
    renewalWords(mitigation, context),
  ];
}

function droppedWords(mitigation: Mitigation, now: Millis): string {
  if (mitigation.dropped === null) return home.filtering.noNumbers;
  const rate = bitRate(mitigation.dropped.bps);
  const old = oldSince(mitigation, now);
  if (old !== undefined) return home.filtering.droppedThen(rate, ago(old, now));
  return mitigation.kind === "practice"
    ? home.filtering.droppedPractice(rate)
    : home.filtering.dropped(rate);
}

/** When it renews itself; how long it lasts, where that is not known. */
function renewalWords(mitigation: Mitigation, { told, now }: MitigationContext): string {
  const renews = instant(mitigation.renewsAt);
  if (renews !== undefined) {
    return renews <= now
      ? home.filtering.renewsNow
      : home.filtering.renews(duration((renews - now) / 1000));
  }
  const left = lifetimeLeftS(mitigation, told, now) ?? mitigation.lifetimeS;
  return home.filtering.ends(duration(left));
}

function ended(mitigation: Mitigation): Bare {
  const at = clockMinute(instant(mitigation.endedAt) ?? instant(mitigation.requestedAt) ?? 0);
  return {
    state: "ended",
    tone: mitigation.outcome === "withdrawn" ? "ok" : "warn",
    sentence: endedSentence(mitigation, at),
    details: endedDetails(mitigation),
    nextSteps: [mainStep("get-help-again"), otherStep("put-aside", mitigation.id)],
  };
}

function endedSentence(mitigation: Mitigation, at: string): string {
  switch (mitigation.outcome) {
    case "expired":
      return home.ended.expired(at);
    case "terminated":
      return home.ended.terminated(mitigation.provider, at);
    case "provider-removed":
      return home.ended.removed(at);
    case "refused":
    case "withdrawn":
    case null:
      return mitigation.filteringAt === null
        ? home.ended.neverStarted(at)
        : home.ended.withdrawn(at);
  }
}

function endedDetails(mitigation: Mitigation): string[] {
  const targets = targetsOf(mitigation);
  const from = instant(mitigation.filteringAt);
  const to = instant(mitigation.endedAt);
  return [
    mitigation.outcome === "withdrawn" ? home.ended.byYou(targets) : home.ended.was(targets),
    ...(mitigation.outcome === "provider-removed" ? [home.ended.removedDetail] : []),
    ...(from === undefined || to === undefined ? [] : [home.ended.lasted(elapsed(from, to))]),
  ];
}
