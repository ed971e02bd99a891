import type { Millis } from "../net/ports.ts";
import type { StoredRequest } from "../store/agent-store.ts";
import type { RequestEffect } from "./request-inputs.ts";
import type { EndedWhy, Moment, News, RequestState } from "./request-state.ts";

/** What the steps of a request's life are made of. */

export type Step = readonly [RequestState, readonly RequestEffect[]];

export const KEEP: RequestEffect = { tag: "keep" };
export const LET_GO: RequestEffect = { tag: "let-go" };
export const WATCH: RequestEffect = { tag: "watch" };
export const UNWATCH: RequestEffect = { tag: "unwatch" };
export const DELETE: RequestEffect = { tag: "delete" };

/** With a change of what is kept. */
export function saved(
  state: RequestState,
  change: Partial<StoredRequest>,
  news: readonly News[],
): Step {
  return [{ ...state, kept: { ...state.kept, ...change } }, [{ tag: "save", news }]];
}

/** The provider spoke. */
export function heard(state: RequestState): RequestState {
  return { ...state, silent: false, awaiting: null };
}

/** Waits, since whenever it began to wait for the same. */
export function waiting(
  state: RequestState,
  what: "session" | "answer" | "retry",
  now: Moment,
): RequestState {
  const same = state.awaiting?.what === what;
  return same ? state : { ...state, awaiting: { what, sinceMs: now.wallMs } };
}

/** Help is over, though it is still wanted. */
export function asking(state: RequestState, news: News): Step {
  const change = { phase: "asking", status: null, expiresAtMs: null } as const;
  return saved({ ...state, expiresAt: undefined }, change, [news]);
}

/** The end, whoever made it. */
export function ended(state: RequestState, why: EndedWhy, now: Moment): Step {
  const change = { phase: "ended", outcome: OUTCOMES[why], endedAtMs: now.wallMs } as const;
  const [then, effects] = saved({ ...state, awaiting: null }, change, [{ tag: "ended", why }]);
  return [then, [...effects, LET_GO, UNWATCH]];
}

const OUTCOMES: Readonly<Record<EndedWhy, NonNullable<StoredRequest["outcome"]>>> = {
  withdrawn: "withdrawn",
  "never-sent": "withdrawn",
  "ran-out": "withdrawn",
  "withdrawn-elsewhere": "withdrawn",
  terminated: "terminated",
  replaced: "terminated",
  expired: "expired",
  "provider-removed": "provider-removed",
};

/** The wall clock's time at `at`; null: never, or not known. */
export function wallOf(at: Millis | undefined, now: Moment): number | null {
  if (at === undefined || !Number.isFinite(at)) return null;
  return Math.round(now.wallMs + (at - now.at));
}

/** For the end of a switch over all cases. */
export function unreachable(value: never): never {
  throw new Error(`no such case: ${JSON.stringify(value)}`);
}
