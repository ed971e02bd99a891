import type { Millis } from "../../net/ports.ts";

/**
 * Keeps one mitigation alive: asks for it, asks again before its lifetime ends, and again after a loss,
 * until it is told to stop or the server refuses. [RFC 9132 §4.4.1.3]
 *
 *   idle --start--> asking --granted--> kept --timer--> asking ...
 *                     |  ^
 *      no answer,     v  | timer
 *      busy server  waiting
 *                     asking --refused--> ended      any --stop--> ended
 */

/** When to refresh, as a share of the granted lifetime: late enough to be rare, early enough to fail often. */
const REFRESH_AT = 0.5;

/** No refresh is nearer than this to the last answer, however short the lifetime. */
const SHORTEST_WAIT_MS = 1_000;

/** After an unanswered request, as a share of the lifetime that is left. */
const RETRY_SHARE = 0.125;

/** After an unanswered request, when no lifetime is left or known. */
const RETRY_MS = 3_000;

/** The longest wait after an unanswered request. */
const LONGEST_RETRY_MS = 60_000;

export type KeeperState =
  | { readonly tag: "idle" }
  | { readonly tag: "asking"; readonly expiresAt: Millis | undefined }
  /** Granted. `expiresAt` is missing when it is without end. */
  | { readonly tag: "kept"; readonly expiresAt: Millis | undefined }
  | { readonly tag: "waiting"; readonly expiresAt: Millis | undefined }
  | { readonly tag: "ended" };

/** `at` is the clock's monotonic time. */
export type KeeperInput =
  | { readonly tag: "start" }
  | { readonly tag: "timer" }
  /** 2.01 or 2.04; `lifetimeS` as granted, -1 is without end. */
  | { readonly tag: "granted"; readonly at: Millis; readonly lifetimeS: number }
  /** 4.xx or 5.xx; `retryAfterS` when the same may be answered otherwise later. */
  | { readonly tag: "refused"; readonly at: Millis; readonly retryAfterS: number | undefined }
  /** No answer, or none that could be read. */
  | { readonly tag: "unanswered"; readonly at: Millis }
  | { readonly tag: "stop" };

export type KeeperEffect =
  | { readonly tag: "ask" }
  | { readonly tag: "arm"; readonly delayMs: Millis }
  | { readonly tag: "disarm" };

type Step = readonly [KeeperState, readonly KeeperEffect[]];

/** One step of the machine: pure and total. */
export function step(state: KeeperState, input: KeeperInput): Step {
  if (state.tag === "ended") return [state, []];
  switch (input.tag) {
    case "start":
      return state.tag === "idle" ? ask(undefined) : [state, []];
    case "timer":
      return state.tag === "kept" || state.tag === "waiting" ? ask(state.expiresAt) : [state, []];
    case "stop":
      return [{ tag: "ended" }, [{ tag: "disarm" }]];
    default:
      return state.tag === "asking" ? answered(state.expiresAt, input) : [state, []];
  }
}

function answered(
  expiresAt: Millis | undefined,
  input: Exclude<KeeperInput, { readonly tag: "start" | "timer" | "stop" }>,
): Step {
  switch (input.tag) {
    case "granted":
      return granted(input.at, input.lifetimeS);
    case "refused":
      return refused(expiresAt, input.at, input.retryAfterS);
    case "unanswered":
      return unanswered(expiresAt, input.at);
    default:
      return unreachable(input);
  }
}

function ask(expiresAt: Millis | undefined): Step {
  return [{ tag: "asking", expiresAt }, [{ tag: "ask" }]];
}

function granted(at: Millis, lifetimeS: number): Step {
  if (lifetimeS < 0) return [{ tag: "kept", expiresAt: undefined }, []];
  const lifetimeMs = lifetimeS * 1000;
  const delayMs = Math.max(lifetimeMs * REFRESH_AT, SHORTEST_WAIT_MS);
  return [{ tag: "kept", expiresAt: at + lifetimeMs }, [{ tag: "arm", delayMs }]];
}

/**
 * A refusal that passes is waited out: any 5.xx, 4.29, and 4.09 with `retry-timer`, which forbids the same request
 * before. Any other refusal is final: repeating it would get the same answer.
 */
function refused(expiresAt: Millis | undefined, at: Millis, afterS: number | undefined): Step {
  if (afterS === undefined) return [{ tag: "ended" }, [{ tag: "disarm" }]];
  const delayMs = Math.max(afterS * 1000, SHORTEST_WAIT_MS);
  return [{ tag: "waiting", expiresAt: stillAhead(expiresAt, at) }, [{ tag: "arm", delayMs }]];
}

/** The nearer the end, the sooner again; after the end at a steady pace. */
function unanswered(expiresAt: Millis | undefined, at: Millis): Step {
  const ahead = stillAhead(expiresAt, at);
  const share = ahead === undefined ? RETRY_MS : (ahead - at) * RETRY_SHARE;
  const delayMs = Math.min(Math.max(share, SHORTEST_WAIT_MS), LONGEST_RETRY_MS);
  return [{ tag: "waiting", expiresAt: ahead }, [{ tag: "arm", delayMs }]];
}

function stillAhead(expiresAt: Millis | undefined, at: Millis): Millis | undefined {
  return expiresAt !== undefined && expiresAt > at ? expiresAt : undefined;
}

function unreachable(input: never): never {
  throw new Error(`no such input: ${JSON.stringify(input)}`);
}
