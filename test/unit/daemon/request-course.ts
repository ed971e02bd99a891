import assert from "node:assert/strict";
import { test } from "node:test";
import type { Newer, RequestInput } from "../../../agent/daemon/request-inputs.ts";
import { step } from "../../../agent/daemon/request-machine.ts";
import { newRequest, type RequestState } from "../../../agent/daemon/request-state.ts";
import type { StoredRefusal, StoredRequest } from "../../../agent/store/agent-store.ts";

/** Courses of a request's machine, as tables. */

export const WALL = Date.UTC(2030, 0, 1);

export const KEPT: StoredRequest = {
  id: 1,
  providerId: "p-1",
  provider: "My provider",
  kind: "provider",
  mid: 7,
  targets: ["203.0.113.7"],
  scope: { "target-prefix": ["203.0.113.7/32"] },
  lifetimeS: 600,
  requestKey: null,
  phase: "asking",
  status: null,
  expiresAtMs: null,
  requestedAtMs: WALL,
  sentAtMs: null,
  acceptedAtMs: null,
  filteringAtMs: null,
  endedAtMs: null,
  refusal: null,
  outcome: null,
};

export const NO: StoredRefusal = {
  code: "4.00",
  words: "no",
  conflictCause: null,
  retryAfterS: null,
};

export const UP: RequestInput = { tag: "up" };
export const DOWN: RequestInput = { tag: "down" };
export const LEFT: RequestInput = { tag: "left" };
export const SETTLED: RequestInput = { tag: "settled", stray: false };
export const STRAY: RequestInput = { tag: "settled", stray: true };
export const WITHDRAW: RequestInput = { tag: "withdraw" };
export const DUE: RequestInput = { tag: "due" };
export const REMOVED: RequestInput = { tag: "provider-removed" };

export const granted = (code = "2.01", lifetimeS = 600): RequestInput => ({
  tag: "granted",
  answer: { code, rttMs: 10, transmissions: 1, lifetimeS },
});
export const told = (
  status: 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8,
  since = 1e9,
  newer: Newer = "none",
): RequestInput => ({ tag: "told", since, status, lifetimeS: undefined, newer });
export const gone = (since = 1e9, newer: Newer = "none"): RequestInput => ({
  tag: "gone",
  since,
  newer,
});
export const refused = (final: boolean, more: object = {}): RequestInput => ({
  tag: "refused",
  refusal: { ...NO, ...(final ? {} : { code: "5.00", retryAfterS: 60 }), ...more },
  final,
  replaced: false,
});
export const deleted = (sentAt = 1e9): RequestInput => ({ tag: "deleted", sentAt });
export const unanswered: RequestInput = { tag: "unanswered", reason: "coap/timeout" };
export const deleteFailed: RequestInput = {
  tag: "delete-failed",
  reason: "coap/timeout",
  afterMs: undefined,
};

/** An input, at so many seconds; what comes without a time comes at the time before it. */
export type Course = readonly (RequestInput | readonly [number, RequestInput])[];

export interface Ran {
  readonly state: RequestState;
  /** The effects of the last input; news by their tags, in brackets. */
  readonly effects: readonly string[];
  /** All news, in order. */
  readonly news: readonly string[];
}

export function run(course: Course, from = newRequest(KEPT, { at: 0, wallMs: WALL })): Ran {
  let state = from;
  let seconds = 0;
  let effects: readonly string[] = [];
  const news: string[] = [];
  for (const entry of course) {
    const [at, input] = "tag" in entry ? [seconds, entry] : entry;
    seconds = at;
    const [next, following] = step(state, input, { at: at * 1000, wallMs: WALL + at * 1000 });
    state = next;
    effects = following.map((one) => one.tag);
    for (const one of following)
      if (one.tag === "save") news.push(...one.news.map(({ tag }) => tag));
  }
  return { state, effects, news };
}

export const GRANTED: Course = [UP, LEFT, SETTLED, granted()];
export const FILTERING: Course = [...GRANTED, told(2)];

/** What is expected after a course. */
export interface Case {
  readonly title: string;
  readonly course: Course;
  readonly phase: StoredRequest["phase"];
  readonly outcome?: StoredRequest["outcome"];
  /** Of the last input. */
  readonly effects?: readonly string[];
  readonly news?: readonly string[];
  readonly awaiting?: "session" | "answer" | "retry" | null;
  readonly check?: Partial<StoredRequest>;
}

/** One test for each case. */
export function testCases(cases: readonly Case[]): void {
  for (const { title, course, phase, outcome, effects, news, awaiting, check = {} } of cases) {
    test(title, () => {
      const ran = run(course);
      assert.equal(ran.state.kept.phase, phase);
      if (outcome !== undefined) assert.equal(ran.state.kept.outcome, outcome);
      if (effects !== undefined) assert.deepEqual(ran.effects, effects);
      if (news !== undefined) assert.deepEqual(ran.news, news);
      if (awaiting !== undefined) assert.equal(ran.state.awaiting?.what ?? null, awaiting);
      for (const [name, value] of Object.entries(check)) {
        assert.deepEqual(Reflect.get(ran.state.kept, name), value, name);
      }
    });
  }
}
