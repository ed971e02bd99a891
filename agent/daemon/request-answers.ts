import type { Millis } from "../net/ports.ts";
import type { StoredRefusal, StoredRequest } from "../store/agent-store.ts";
import type { Newer, ProviderInput } from "./request-inputs.ts";
import {
  isForGood,
  isGranted,
  type Answer,
  type Moment,
  type News,
  type RequestState,
  type StatusCode,
} from "./request-state.ts";
import {
  asking,
  ended,
  heard,
  KEEP,
  LET_GO,
  saved,
  unreachable,
  UNWATCH,
  waiting,
  wallOf,
  WATCH,
  type Step,
} from "./request-steps.ts";

/** What the provider says of a request that is wanted, as steps of its machine. [RFC 9132 §4.4] */

/** How long a server that has granted something, and never shown it, is not asked again. */
const UNSEEN_MS = 60_000;

/** How much earlier than by our clock a server may find that a lifetime is over. */
const EARLY_MS = 2_000;

/** One step for what came from the provider. */
export function onProvider(state: RequestState, input: ProviderInput, now: Moment): Step {
  switch (input.tag) {
    case "granted":
      return onGranted(state, input.answer, now);
    case "refused":
      return onRefused(state, input, now);
    case "unanswered":
      return onUnanswered(state, input.reason, now);
    case "told":
      return onTold(state, input, now);
    case "gone":
      return onGone(state, input, now);
    default:
      return unreachable(input);
  }
}

function onGranted(state: RequestState, answer: Answer, now: Moment): Step {
  const { kept } = state;
  const expiresAt = endOf(answer.lifetimeS, now);
  const next: RequestState = {
    ...heard(state),
    grantedAt: now.at,
    expiresAt,
    renewing: true,
    askedAgain: false,
  };
  const anew = !isGranted(kept) || wasForgotten(kept, answer);
  const change: Partial<StoredRequest> = {
    expiresAtMs: wallOf(expiresAt, now),
    refusal: null,
    ...(anew ? { phase: "accepted", status: null } : {}),
    acceptedAtMs: kept.acceptedAtMs ?? now.wallMs,
  };
  const [then, effects] = saved(next, change, anew ? [newsOfGrant(state, answer)] : []);
  return [then, [...effects, WATCH]];
}

/** A 2.01 for what was granted before tells that the server had it no longer. [RFC 9132 §4.4.1.3] */
function wasForgotten({ acceptedAtMs }: StoredRequest, { code }: Answer): boolean {
  return code === "2.01" && acceptedAtMs !== null;
}

function newsOfGrant({ kept, askedAgain }: RequestState, answer: Answer): News {
  if (askedAgain || !wasForgotten(kept, answer)) return { tag: "accepted", answer };
  return { tag: "asked-again", why: isGranted(kept) ? "forgotten" : "ran-out" };
}

function onRefused(
  state: RequestState,
  { refusal, final, replaced }: Extract<ProviderInput, { readonly tag: "refused" }>,
  now: Moment,
): Step {
  const { kept } = state;
  if (replaced) return ended(heard(state), "replaced", now);
  const told = sameRefusal(kept.refusal, refusal);
  const news = (fate: "retried" | "not-renewed"): News[] =>
    told ? [] : [{ tag: "refused", refusal, fate }];
  if (!final) {
    const next = waiting({ ...state, silent: false, renewing: true }, "retry", now);
    return stillThere(saved(next, { refusal }, news("retried")));
  }
  if (!isGranted(kept)) return turnedDown(heard(state), refusal, "final", now);
  const next: RequestState = { ...heard(state), renewing: false };
  return stillThere(saved(next, { refusal }, news("not-renewed")));
}

/** The end of a request that the provider will not take. */
function turnedDown(
  state: RequestState,
  refusal: StoredRefusal,
  fate: "final" | "dropped",
  now: Moment,
): Step {
  const over = { phase: "refused", outcome: "refused", endedAtMs: now.wallMs, refusal } as const;
  const [then, effects] = saved({ ...state, awaiting: null }, { ...over, status: null }, [
    { tag: "refused", refusal, fate },
  ]);
  return [then, [...effects, LET_GO, UNWATCH]];
}

/**
 * A server that did not renew what was granted may have lost it as well: on a new session nobody has looked yet, and
 * "it is filtered for" must not be shown on the word of the session before.
 */
function stillThere([state, effects]: Step): Step {
  return [state, isGranted(state.kept) ? [...effects, WATCH] : effects];
}

/** What passes is told of once, however the server's words for it change from one try to the next. */
function sameRefusal(a: StoredRefusal | null, b: StoredRefusal): boolean {
  if (a?.code !== b.code || a.conflictCause !== b.conflictCause) return false;
  return isForGood(a) ? isForGood(b) && a.words === b.words : !isForGood(b);
}

/** Told once a silence, not once a try. */
function onUnanswered(state: RequestState, reason: string, now: Moment): Step {
  const next = waiting({ ...state, silent: true }, "answer", now);
  const news: News = { tag: "unanswered", reason, what: "request" };
  return stillThere([next, state.silent ? [] : [{ tag: "save", news: [news] }]]);
}

function onTold(
  state: RequestState,
  { since, status, lifetimeS, newer }: Extract<ProviderInput, { readonly tag: "told" }>,
  now: Moment,
): Step {
  return status === 5 || status === 6 || status === 7
    ? onOver(state, { since, status, newer }, now)
    : onShown(state, status, lifetimeS, now);
}

function onShown(
  state: RequestState,
  status: 1 | 2 | 3 | 4 | 8,
  lifetimeS: number | undefined,
  now: Moment,
): Step {
  const { kept } = state;
  // The answer to what is under way says better whether it is new there.
  if (!isGranted(kept) && state.puts > 0) return [state, []];
  const expiresAt = lifetimeS === undefined ? state.expiresAt : endOf(lifetimeS, now);
  const next: RequestState = { ...shown(state), expiresAt };
  const phase = phaseOf(status);
  const watch = isGranted(kept) ? [] : [WATCH];
  if (kept.status === status && kept.phase === phase) return [next, watch];
  const change: Partial<StoredRequest> = {
    phase,
    status,
    expiresAtMs: wallOf(expiresAt, now),
    acceptedAtMs: kept.acceptedAtMs ?? now.wallMs,
    filteringAtMs: kept.filteringAtMs ?? (phase === "filtering" ? now.wallMs : null),
  };
  const [then, effects] = saved(next, change, newsOfStatus(kept, phase, status));
  return [then, [...effects, ...watch]];
}

/** That it is there does not end the wait for when it may be asked for again. */
function shown(state: RequestState): RequestState {
  const { awaiting } = state;
  return awaiting?.what === "retry" ? { ...state, silent: false } : heard(state);
}

function phaseOf(status: 1 | 2 | 3 | 4 | 8): "accepted" | "filtering" | "attack-over" {
  if (status === 3) return "attack-over";
  return status === 1 || status === 8 ? "accepted" : "filtering";
}

function newsOfStatus(
  kept: StoredRequest,
  phase: "accepted" | "filtering" | "attack-over",
  status: StatusCode,
): News[] {
  if (phase === "filtering") {
    const exceeded = status === 4;
    const known = kept.phase === phase && exceeded === (kept.status === 4);
    return known ? [] : [{ tag: "filtering", exceeded }];
  }
  if (phase === "attack-over") return kept.phase === phase ? [] : [{ tag: "attack-over" }];
  return isGranted(kept) ? [] : [{ tag: "accepted", answer: undefined }];
}

/** The server says that it is over, or ending (5), though nobody here withdrew it. [RFC 9132 §4.4.2 Table 3] */
function onOver(
  state: RequestState,
  { since, status, newer }: { since: Millis; status: 5 | 6 | 7; newer: Newer },
  now: Moment,
): Step {
  if (!isNews(state, since)) return [state, []];
  if (status === 5) return ended(state, "withdrawn-elsewhere", now);
  if (newer !== "none") return onNewer(state, newer, now);
  if (status === 7 || !isDue(state, now)) return ended(state, "terminated", now);
  return state.renewing ? askAgain(state, "ran-out") : ended(state, "expired", now);
}

/** Whether its time is over, as far as two clocks agree. */
function isDue({ expiresAt }: RequestState, now: Moment): boolean {
  return expiresAt !== undefined && now.at >= expiresAt - EARLY_MS;
}

/**
 * Forgotten by a server that lost its state, most likely: help is still wanted. One that never shows what it grants is
 * not asked again and again for that. What it has refused to renew is over, and nobody says any more that it helps.
 */
function onGone(
  state: RequestState,
  { since, newer }: Extract<ProviderInput, { readonly tag: "gone" }>,
  now: Moment,
): Step {
  const { kept, grantedAt, renewing } = state;
  if (!isNews(state, since)) return [state, []];
  if (newer !== "none") return onNewer(state, newer, now);
  if (!renewing) return onDropped(state, now);
  const seen = kept.status !== null || grantedAt === undefined || now.at - grantedAt >= UNSEEN_MS;
  return seen ? askAgain(state, "forgotten") : [state, []];
}

/**
 * It is over there, and a newer request of ours is why, or may be: the server that takes the newer one deletes this one.
 * What became of the newer one its answer tells, and then this one is looked for again. [RFC 9132 §4.4.1.3]
 */
function onNewer(state: RequestState, newer: "asked" | "held", now: Moment): Step {
  return newer === "held" ? ended(state, "replaced", now) : [state, []];
}

function onDropped(state: RequestState, now: Moment): Step {
  const { refusal } = state.kept;
  if (isDue(state, now)) return ended(state, "expired", now);
  if (refusal === null) return ended(state, "terminated", now);
  return turnedDown(state, refusal, "dropped", now);
}

/** Whether a word about the end is newer than what we know, and nothing is under way that brings it back. */
function isNews({ kept, puts, grantedAt }: RequestState, since: Millis): boolean {
  return isGranted(kept) && puts === 0 && (grantedAt === undefined || since >= grantedAt);
}

/** At once, but where the server has named a time: then whatever keeps it asks at that time. */
function askAgain(state: RequestState, why: "forgotten" | "ran-out"): Step {
  const [then, effects] = asking({ ...state, askedAgain: true }, { tag: "asked-again", why });
  const isFree = then.connected && then.awaiting?.what !== "retry";
  return [then, [...effects, UNWATCH, ...(isFree ? [KEEP] : [])]];
}

/** -1 is without end. [RFC 9132 §4.4.1.1] */
function endOf(lifetimeS: number, now: Moment): Millis {
  return lifetimeS < 0 ? Number.POSITIVE_INFINITY : now.at + lifetimeS * 1000;
}
