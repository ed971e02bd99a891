import type { Millis } from "../net/ports.ts";
import { onProvider } from "./request-answers.ts";
import type { RequestInput } from "./request-inputs.ts";
import { isGranted, isOver, type Moment, type News, type RequestState } from "./request-state.ts";
import {
  asking,
  DELETE,
  ended,
  KEEP,
  LET_GO,
  saved,
  UNWATCH,
  waiting,
  wallOf,
  type Step,
} from "./request-steps.ts";

/**
 * The life of one request for mitigation, as a pure machine. The PUTs themselves (again and again until answered, and
 * before the lifetime ends) are the keeper's of `dots/client`; here is what they come to. [RFC 9132 §4.4]
 *
 *   asking ──granted, or seen at the server──> accepted <──> filtering <──> attack-over
 *     │ ^                                      └──────────────── held ────────────────┘
 *     │ └───────────────── its time ran out, or the server forgot it ──────┤
 *     ├──refused──> refused                                                │
 *     │                 terminated, withdrawn elsewhere, not renewed ──────┼──> ended
 *     └────────────────────────────withdraw──> withdrawing <───────────────┘
 *                                                  └──2.02, or its time is surely over──> ended
 *
 * Withdrawing what never left this machine ends it at once. A PUT that is under way beside a DELETE may arrive after it
 * and bring the mitigation back: then the DELETE goes again once nothing is under way any more.
 */

/** How much longer than we asked for a mitigation may last at the server: PUTs on their way, clocks that differ. */
const SLACK_MS = 60_000;

/** How long a copy of a PUT may be on its way after the last one was sent. */
const STRAY_MS = 5_000;

/** Between two DELETEs without an answer: the first wait, doubled each time, and the longest. */
const DELETE_AGAIN_MS = 3_000;
const LONGEST_DELETE_WAIT_MS = 60_000;

/** One step: pure and total. Inputs that mean nothing in a state leave it as it is. */
export function step(state: RequestState, input: RequestInput, now: Moment): Step {
  if (isOver(state.kept)) return [state, []];
  switch (input.tag) {
    case "up":
      return onUp(state, now);
    case "down":
      return onDown(state, now);
    case "left":
      return onLeft(state, now);
    case "settled":
      return onSettled(state, input.stray, now);
    case "withdraw":
      return onWithdraw(state, now);
    case "deleted":
      return onDeleted(state, input.sentAt, now);
    case "delete-failed":
      return onDeleteFailed(state, input, now);
    case "due":
      return onDue(state, now);
    case "provider-removed":
      return ended(state, "provider-removed", now);
    default:
      return state.kept.phase === "withdrawing" ? [state, []] : onProvider(state, input, now);
  }
}

/** When `due` is to come, on the monotonic clock. */
export function dueAt({
  kept,
  expiresAt,
  surelyOverAt,
  deleteAt,
}: RequestState): Millis | undefined {
  const times =
    kept.phase === "withdrawing" ? [surelyOverAt, deleteAt] : isGranted(kept) ? [expiresAt] : [];
  const next = Math.min(...times.map((time) => time ?? Number.POSITIVE_INFINITY));
  return Number.isFinite(next) ? next : undefined;
}

function onUp(state: RequestState, now: Moment): Step {
  const next: RequestState = {
    ...state,
    connected: true,
    deleteAgain: false,
    deleteAt: undefined,
    deleteFailures: 0,
  };
  if (state.kept.phase === "withdrawing") return [waiting(next, "answer", now), [DELETE]];
  const held = isGranted(state.kept);
  return [held ? { ...next, awaiting: null } : waiting(next, "answer", now), [KEEP]];
}

function onDown(state: RequestState, now: Moment): Step {
  const next: RequestState = { ...state, connected: false, deleteAt: undefined };
  return [waiting(next, "session", now), [LET_GO, UNWATCH]];
}

/** That it leaves is kept before it does, if it can be: what left must be withdrawn at the server. */
function onLeft(state: RequestState, now: Moment): Step {
  const next: RequestState = { ...state, puts: state.puts + 1, putAt: now.at };
  if (state.kept.sentAtMs !== null) return [next, []];
  return saved(next, { sentAtMs: now.wallMs }, [{ tag: "sent" }]);
}

function onSettled(state: RequestState, stray: boolean, now: Moment): Step {
  const puts = Math.max(0, state.puts - 1);
  const strayUntil = stray ? now.at + STRAY_MS : state.strayUntil;
  const next: RequestState = { ...state, puts, strayUntil };
  if (!next.deleteAgain || puts > 0 || !next.connected) return [next, []];
  return [{ ...next, deleteAgain: false, deleteAt: Math.max(now.at, strayUntil ?? now.at) }, []];
}

function onWithdraw(state: RequestState, now: Moment): Step {
  const { kept, connected, putAt } = state;
  if (kept.phase === "withdrawing") return [state, []];
  if (putAt === undefined) return ended(state, "never-sent", now);
  const surelyOverAt = surelyOver(state, now);
  const next = waiting({ ...state, surelyOverAt }, connected ? "answer" : "session", now);
  const change = { phase: "withdrawing", expiresAtMs: wallOf(surelyOverAt, now) } as const;
  const [then, effects] = saved({ ...next, silent: false }, change, [{ tag: "withdrawing" }]);
  return [then, [...effects, LET_GO, UNWATCH, ...(connected ? [DELETE] : [])]];
}

/** When the server holds it no longer, whatever it heard of us. */
function surelyOver({ kept, expiresAt, putAt }: RequestState, now: Moment): Millis {
  const asked = (putAt ?? now.at) + kept.lifetimeS * 1000;
  return Math.max(asked, expiresAt ?? asked) + SLACK_MS;
}

function onDeleted(state: RequestState, sentAt: Millis, now: Moment): Step {
  const { kept, puts, strayUntil } = state;
  if (kept.phase !== "withdrawing") return [state, []];
  const next: RequestState = { ...state, deleteFailures: 0, silent: false };
  if (puts > 0) return [{ ...next, deleteAgain: true }, []];
  if (strayUntil === undefined || sentAt >= strayUntil) return ended(next, "withdrawn", now);
  return [{ ...next, deleteAt: Math.max(now.at, strayUntil) }, []];
}

function onDeleteFailed(
  state: RequestState,
  { reason, afterMs }: Extract<RequestInput, { readonly tag: "delete-failed" }>,
  now: Moment,
): Step {
  if (state.kept.phase !== "withdrawing" || !state.connected) return [state, []];
  const usual = Math.min(DELETE_AGAIN_MS * 2 ** state.deleteFailures, LONGEST_DELETE_WAIT_MS);
  const next: RequestState = {
    ...waiting(state, "answer", now),
    deleteAt: now.at + Math.max(afterMs ?? 0, usual),
    deleteFailures: state.deleteFailures + 1,
    silent: true,
  };
  if (state.silent) return [next, []];
  const news: News = { tag: "unanswered", reason, what: "withdrawal" };
  return [next, [{ tag: "save", news: [news] }]];
}

function onDue(state: RequestState, now: Moment): Step {
  const { kept, expiresAt, surelyOverAt, deleteAt, connected } = state;
  if (kept.phase === "withdrawing") {
    if (isPast(surelyOverAt, now)) return ended(state, "ran-out", now);
    if (!isPast(deleteAt, now)) return [state, []];
    return [{ ...state, deleteAt: undefined }, connected ? [DELETE] : []];
  }
  if (!isGranted(kept) || !isPast(expiresAt, now)) return [state, []];
  if (!state.renewing) return ended(state, "expired", now);
  // What renews it goes on trying; until it succeeds nobody helps.
  return asking(waiting(state, awaitedNow(state), now), { tag: "ran-out" });
}

function awaitedNow({ connected, awaiting }: RequestState): "session" | "answer" | "retry" {
  if (!connected) return "session";
  return awaiting?.what === "retry" ? "retry" : "answer";
}

function isPast(at: Millis | undefined, now: Moment): boolean {
  return at !== undefined && now.at >= at;
}
