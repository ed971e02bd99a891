import type { Mitigation, Session, Status } from "../../agent/control/contract.ts";
import { home } from "../strings/home.ts";
import { ago, clockTime, instant, shortList, type Millis } from "./format.ts";
import type { Known } from "./known.ts";
import type { LinkState } from "./link-state.ts";
import { mitigationSituation } from "./mitigation-situation.ts";
import { isHealthy, sessionSituation } from "./session-situation.ts";
import { mainStep, otherStep, type Situation, type StateName } from "./situation.ts";

/** Everything that Home's state is made of. */
export interface HomeFacts {
  readonly link: LinkState;
  /** Undefined until the agent has told. */
  readonly status: Known<Status> | undefined;
  /** Names of targets. */
  readonly targets: readonly string[];
  /** Mitigations whose end the user has taken note of, by id. */
  readonly putAside: ReadonlySet<string>;
  readonly now: Millis;
}

/** What Home says: the worst truth, and the others behind it. */
export interface HomeState extends Situation {
  readonly others: readonly Situation[];
}

/** For how long an end is news: one that nobody here wanted for longer. */
const WITHDRAWN_IS_NEWS_MS = 10 * 60_000;
const BAD_END_IS_NEWS_MS = 60 * 60_000;

/** Until then a refusal comes before what runs: it answers what somebody has just asked. */
const REFUSAL_IS_FRESH_MS = 2 * 60_000;

/** What somebody asked for comes first, then what is wrong besides, then what is well. */
const RANK: Readonly<Record<StateName, number>> = {
  "no-agent": 0,
  "signed-out": 0,
  "other-version": 0,
  "not-set-up": 0,
  asked: 3,
  stopping: 4,
  accepted: 5,
  filtering: 6,
  "attack-over": 7,
  refused: 8,
  degraded: 9,
  ended: 10,
  connecting: 11,
  ready: 12,
  "ready-practice": 13,
};
const FRESH_REFUSAL = 1;
const UNHEARD_REQUEST = 2;

/** The one state of Home. Pure: the same facts, the same words. */
export function homeState(facts: HomeFacts): HomeState {
  const alone = withoutAgent(facts) ?? withoutStatus(facts);
  if (alone !== undefined) return { ...alone, others: [] };
  const { now } = facts;
  const [worst, ...others] = situationsOf(facts).toSorted(
    (a, b) => rankOf(a, now) - rankOf(b, now),
  );
  return { ...withHelp(worst ?? NOT_SET_UP, others), others };
}

/** Help of a provider that is ready is never a lesser step than looking at what is wrong with another. */
function withHelp(worst: Situation, others: readonly Situation[]): Situation {
  const helpful: readonly StateName[] = ["degraded", "asked", "accepted", "filtering"];
  if (!helpful.includes(worst.state) || others.every(({ state }) => state !== "ready")) {
    return worst;
  }
  const rest = worst.nextSteps
    .filter(({ action }) => action !== "get-help-anyway")
    .map((step) => ({ ...step, primary: false }));
  return { ...worst, nextSteps: [mainStep("get-help"), ...rest] };
}

function withoutAgent({ link, now }: HomeFacts): Situation | undefined {
  if (link.tag !== "lost") return undefined;
  if (link.why === "signed-out") {
    return plain("signed-out", home.signedOut.sentence, [home.signedOut.detail]);
  }
  if (link.why === "other-version") {
    const { sentence, detail } = home.otherVersion;
    return { ...plain("other-version", sentence, [detail]), nextSteps: [mainStep("reload")] };
  }
  return plain("no-agent", home.noAgent.sentence, [
    home.noAgent.since(clockTime(link.since), ago(link.since, now)),
    home.noAgent.retry,
    home.noAgent.goesOn,
  ]);
}

function plain(state: StateName, sentence: string, details: readonly string[]): Situation {
  return { state, tone: "bad", practice: false, sentence, details, nextSteps: [] };
}

function withoutStatus({ status }: HomeFacts): Situation | undefined {
  if (status !== undefined) return undefined;
  return {
    ...plain("connecting", home.connecting.sentence, [home.connecting.detail]),
    tone: "idle",
  };
}

const NOT_SET_UP: Situation = {
  state: "not-set-up",
  tone: "idle",
  practice: false,
  sentence: home.notSetUp.sentence,
  details: [home.notSetUp.detail],
  nextSteps: [mainStep("find-provider"), otherStep("try-practice")],
};

function situationsOf(facts: HomeFacts): Situation[] {
  const { status, now } = facts;
  if (status === undefined) return [];
  const { sessions, mitigations } = status.value;
  const context = (mitigation: Mitigation) => ({
    session: sessions.find((session) => session.provider === mitigation.provider),
    told: status.at,
    now,
  });
  const spokenOf = new Set<string>();
  const requests = [...mitigations, ...newsOf(facts)].map((one) => {
    const { session, ...rest } = context(one);
    const troubleTold = session !== undefined && spokenOf.has(session.providerId);
    const situation = mitigationSituation(one, { session, ...rest, troubleTold });
    if (session !== undefined && speaksOf(session, situation)) spokenOf.add(session.providerId);
    return situation;
  });
  return [...requests, ...sessionSituations(facts, sessions, spokenOf)];
}

/** Whether a request's situation says how it stands with its provider: nobody has to be told twice. */
function speaksOf(session: Session, { state }: Situation): boolean {
  if (state === "ended") return false;
  return isHealthy(session) || state === "asked" || state === "degraded";
}

/** Sessions of which no request speaks. All that are ready share one sentence. */
function sessionSituations(
  { targets, now }: HomeFacts,
  sessions: readonly Session[],
  spokenOf: ReadonlySet<string>,
): Situation[] {
  const all = sessions
    .filter(({ providerId }) => !spokenOf.has(providerId))
    .map((session) => sessionSituation(session, targets, now));
  const ready = all.filter(({ state }) => state === "ready");
  const [first] = ready;
  if (first === undefined || ready.length === 1) return all;
  const names = ready.flatMap(({ session }) => session?.provider ?? []);
  const together = { ...first, sentence: home.ready.sentenceMany(shortList(names)) };
  return [together, ...all.filter(({ state }) => state !== "ready")];
}

/** Ends that the user should still learn of: fresh, not put aside, and not overtaken by a newer request. */
function newsOf({ status, putAside, now }: HomeFacts): Mitigation[] {
  if (status === undefined) return [];
  const { mitigations, ended } = status.value;
  const overtaken = (one: Mitigation): boolean =>
    [...mitigations, ...ended].some(
      (other) => other.provider === one.provider && other.requestedAt > one.requestedAt,
    );
  return ended.filter((one) => {
    const age = now - (instant(one.endedAt) ?? 0);
    const limit = one.outcome === "withdrawn" ? WITHDRAWN_IS_NEWS_MS : BAD_END_IS_NEWS_MS;
    return age < limit && !putAside.has(one.id) && !overtaken(one);
  });
}

/** Practice never hides what is real and wrong, and a practice run is shown before what is real and well. */
function rankOf(situation: Situation, now: Millis): number {
  const { state, practice, mitigation } = situation;
  const calm = RANK[state] >= RANK.connecting;
  const group = practice ? (mitigation === undefined ? 3 : 1) : calm ? 2 : 0;
  return group * 100 + rankInGroup(situation, now);
}

function rankInGroup({ state, mitigation }: Situation, now: Millis): number {
  if (state === "degraded" && mitigation !== undefined) return UNHEARD_REQUEST;
  const age = now - (instant(mitigation?.endedAt ?? null) ?? 0);
  return state === "refused" && age < REFUSAL_IS_FRESH_MS ? FRESH_REFUSAL : RANK[state];
}
