import type { Session } from "../../agent/control/contract.ts";
import { home } from "../strings/home.ts";
import {
  ago,
  clockTime,
  duration,
  elapsedMinutes,
  instant,
  shortList,
  type Millis,
} from "./format.ts";
import { mainStep, otherStep, type Situation } from "./situation.ts";

/** A session that takes longer than this to come about has a problem. */
const JOINING_MS = 10_000;

/** Whether the provider answers, as far as anybody can know. */
export function isHealthy(session: Session): boolean {
  return session.state === "active" && session.heartbeat.missedInARow === 0;
}

/** How it stands with one provider of whom nothing is asked. `targets`: names that can be asked for. */
export function sessionSituation(
  session: Session,
  targets: readonly string[],
  now: Millis,
): Situation {
  if (isHealthy(session)) return ready(session, targets, now);
  return isTroubled(session, now) ? degraded(session, now) : joining(session, now);
}

/** Whether something is wrong with a session: it is neither well nor just beginning. */
export function isTroubled(session: Session, now: Millis): boolean {
  return !isHealthy(session) && !(session.state === "connecting" && isFresh(session, now));
}

function isFresh(session: Session, now: Millis): boolean {
  return session.fault === null && now - (instant(session.since) ?? now) < JOINING_MS;
}

function ready(session: Session, targets: readonly string[], now: Millis): Situation {
  const beat = heartbeatWords(session, now);
  if (session.kind === "practice") {
    return {
      state: "ready-practice",
      tone: "ok",
      practice: true,
      sentence: home.practice.sentence,
      details: [home.practice.detail(session.provider), beat],
      nextSteps: [mainStep("practise-help"), otherStep("set-up-real")],
      session,
    };
  }
  return {
    state: "ready",
    tone: "ok",
    practice: false,
    sentence: home.ready.sentence(session.provider),
    details: targets.length === 0 ? [beat] : [beat, home.ready.targets(shortList(targets))],
    nextSteps: [mainStep("get-help")],
    session,
  };
}

function heartbeatWords({ heartbeat }: Session, now: Millis): string {
  const last = instant(heartbeat.lastAt);
  return last === undefined ? home.ready.noHeartbeat : home.ready.lastHeartbeat(ago(last, now));
}

function joining(session: Session, now: Millis): Situation {
  return {
    state: "connecting",
    tone: "act",
    practice: session.kind === "practice",
    sentence: home.joining.sentence(session.provider),
    details: [home.joining.since(ago(instant(session.since) ?? now, now))],
    nextSteps: [otherStep("get-help-anyway")],
    session,
  };
}

function degraded(session: Session, now: Millis): Situation {
  return {
    state: "degraded",
    tone: session.state === "down" ? "bad" : "warn",
    practice: session.kind === "practice",
    sentence: troubleSentence(session, now),
    details: troubleDetails(session, now),
    nextSteps: [mainStep("diagnose", session.providerId), otherStep("get-help-anyway")],
    session,
  };
}

/** What is wrong with a session that is not healthy. */
export function troubleSentence(session: Session, now: Millis): string {
  const { provider, fault, heartbeat, state } = session;
  if (state === "active") return home.degraded.missed(provider, heartbeat.missedInARow);
  const byFault = fault === null ? undefined : home.degraded.faults[fault.code];
  if (byFault !== undefined) return byFault(provider);
  const since = instant(heartbeat.lastAt) ?? instant(session.since);
  return home.degraded.noAnswer(
    provider,
    since === undefined ? undefined : elapsedMinutes(since, now),
  );
}

/** What to look at. */
function troubleAdvice({ fault }: Session): string {
  return fault === null ? home.degraded.missedDetail : home.degraded.faultDetails[fault.code];
}

/**
 * What whoever waits for help of a troubled provider should do. Only a line that is full, or a restart, passes by
 * itself; a wrong key does not.
 */
export function waitingAdvice(session: Session): string[] {
  const { nothingNeeded, keepsTrying, callProvider } = home.asked;
  const advice = troubleAdvice(session);
  switch (session.fault?.code) {
    case undefined:
      return [nothingNeeded];
    case "silent":
    case "closed":
      return [advice, nothingNeeded];
    case "unreachable":
      return [advice, keepsTrying, callProvider];
    case "name-not-found":
    case "key-refused":
    case "not-dots":
    case "internal":
      return [advice, callProvider];
  }
}

function troubleDetails(session: Session, now: Millis): string[] {
  const { heartbeat, state } = session;
  const advice = troubleAdvice(session);
  const last = instant(heartbeat.lastAt);
  const since = instant(session.since);
  const when =
    last !== undefined
      ? [home.degraded.lastAnswer(clockTime(last), ago(last, now))]
      : since !== undefined
        ? [home.degraded.since(clockTime(since), ago(since, now))]
        : [];
  return [advice, ...when, ...(state === "down" ? [nextTryWords(session, now)] : [])];
}

function nextTryWords(session: Session, now: Millis): string {
  const next = instant(session.nextTryAt);
  return next === undefined || next <= now
    ? home.degraded.tryingNow
    : home.degraded.nextTry(duration((next - now) / 1000));
}
