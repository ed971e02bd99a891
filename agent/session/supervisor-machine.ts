import type { Millis } from "../net/ports.ts";
import type { SessionFault } from "./session-fault.ts";
import { LEAST_BETWEEN_MS, waitAfterEnd, waitAfterFailure, waitBeside } from "./retry-wait.ts";

/**
 * Keeps a session with one server up: when to try, what to give up, what to hold on to. [RFC 9132 §4.7]
 *
 *             due, kick                up, answered (held)
 *     down ---------------> connecting -------------------> active <-- answered (held) -- down
 *       ^                    |   ^                           |  | ^
 *       |                    |   |        missed twice,      |  | | answered,
 *       '------ failed ------'   |        unanswered         |  v | up (swapped)
 *                                |                           | degraded
 *                                |                           |  |
 *     down <-- if too soon --- silent (held), lost <---------'--'
 *
 *     any --close--> closed
 *
 * While degraded, a new session is tried beside the one in use, which stays in use until the new one stands. The same
 * when a person's request is late, at once: behind a NAT that gave us another port nothing else tells us so soon. That
 * is no bad session yet, so it stays active until the try has failed.
 *
 * A server that fell silent may still hear us: on a line that an attack saturates nothing comes in, but requests get
 * out. So its session is held, and beats on, until a new one stands or its path is closed: a client under attack MUST
 * NOT take it for terminated, and nobody can tell an attack from a dead server. [RFC 9132 §4.7]
 */
export type SupervisorState =
  /** A try is under way; no session answers. `held`: a silent one is kept meanwhile. */
  | { readonly tag: "connecting"; readonly memory: Memory; readonly held: boolean }
  /** `beside`: a try is under way all the same, since a request is late. */
  | { readonly tag: "active"; readonly memory: Memory; readonly beside?: true }
  /** `next`: when to try for a new session; missing while a try is under way. */
  | { readonly tag: "degraded"; readonly memory: Memory; readonly next: Millis | undefined }
  /** Waiting until `next` to try. */
  | {
      readonly tag: "down";
      readonly memory: Memory;
      readonly held: boolean;
      readonly next: Millis;
    }
  | { readonly tag: "closed" };

/** What is remembered from one state to the next. Times are the clock's monotonic time. */
export interface Memory {
  /** Tries in a row that failed. */
  readonly failures: number;
  /** Sessions, and tries given up, in a row that did not last. */
  readonly fleeting: number;
  /** When the last try began. */
  readonly triedAt: Millis;
  /** When the last session came to stand; missing before the first one. */
  readonly upAt: Millis | undefined;
  /** No try on our own account before this. */
  readonly notBefore: Millis;
  readonly kickedAt: Millis | undefined;
}

/** `at` is the clock's monotonic time; `jitter` is in [0, 1). */
export type SupervisorInput =
  /** The time to try has come; begins everything, too. */
  | { readonly tag: "due"; readonly at: Millis }
  /** A person asks now. */
  | { readonly tag: "kick"; readonly at: Millis }
  /** The try has made a session. */
  | { readonly tag: "up"; readonly at: Millis }
  | {
      readonly tag: "failed";
      readonly at: Millis;
      readonly fault: SessionFault;
      readonly jitter: number;
    }
  /** A person's request on the session in use has waited long for its answer. */
  | { readonly tag: "late"; readonly at: Millis }
  /** A heartbeat, or a person's request, on the session in use was answered. */
  | { readonly tag: "answered" }
  /** One was not; so many in a row by now. */
  | { readonly tag: "missed"; readonly at: Millis; readonly inARow: number }
  /** Another request on the session in use got no answer. */
  | { readonly tag: "unanswered"; readonly at: Millis }
  /** All heartbeats that may be missed are, and nothing else was heard. */
  | { readonly tag: "silent"; readonly at: Millis }
  /** The session in use is over. `orderly`: the server said goodbye. */
  | {
      readonly tag: "lost";
      readonly at: Millis;
      readonly orderly: boolean;
      readonly jitter: number;
    }
  | { readonly tag: "close" };

export type SupervisorEffect =
  /** Begin a try. `again`: there was a session before; `beside`: one is in use. */
  | { readonly tag: "try"; readonly again: boolean; readonly beside: boolean }
  /** End the try that is under way, whatever it has come to. */
  | { readonly tag: "abandon" }
  /** Arms the one timer anew, in place of the one that runs. */
  | { readonly tag: "arm"; readonly delayMs: Millis }
  | { readonly tag: "disarm" }
  /** Put the new session to use, and end the one before it. */
  | { readonly tag: "adopt" }
  /** Send a heartbeat on the session in use, to find out. */
  | { readonly tag: "probe" }
  /** The session in use is no more. */
  | { readonly tag: "drop" }
  /** Release everything. */
  | { readonly tag: "end" };

type Step = readonly [SupervisorState, readonly SupervisorEffect[]];

/** So many heartbeats in a row without an answer are more than chance on an ordinary line. */
const MISSED_ALLOWED = 1;

/** What held so long was good: what follows is counted afresh. */
const LASTING_MS: Millis = 600_000;

/** A person may ask so often. */
const KICK_EVERY_MS: Millis = 1000;

/** Nothing tried yet: the first `due` begins. */
export const INITIAL_SUPERVISOR: SupervisorState = {
  tag: "down",
  memory: {
    failures: 0,
    fleeting: 0,
    triedAt: 0,
    upAt: undefined,
    notBefore: 0,
    kickedAt: undefined,
  },
  held: false,
  next: 0,
};

/** One step of the machine: pure and total. */
// oxlint-disable-next-line complexity -- one case for each input
export function step(state: SupervisorState, input: SupervisorInput): Step {
  if (state.tag === "closed") return [state, []];
  switch (input.tag) {
    case "due":
      return due(state, input.at);
    case "kick":
      return kicked(state, input.at);
    case "late":
      return late(state, input.at);
    case "up":
      return up(state, input.at);
    case "failed":
      return failed(state, input);
    case "answered":
      return answered(state);
    case "missed":
      return missed(state, input.at, input.inARow);
    case "unanswered":
      return degrade(state, input.at, [{ tag: "probe" }]);
    case "silent":
      return silent(state, input.at);
    case "lost":
      return lost(state, input);
    case "close":
      return [{ tag: "closed" }, [{ tag: "end" }]];
    default:
      return unreachable(input);
  }
}

type Open = Exclude<SupervisorState, { readonly tag: "closed" }>;
type Waiting = Extract<Open, { readonly next: Millis | undefined }>;

function isWaiting(state: Open): state is Waiting {
  return state.tag === "down" || (state.tag === "degraded" && state.next !== undefined);
}

function isTrying(state: Open): boolean {
  if (state.tag === "active") return state.beside === true;
  return state.tag === "connecting" || (state.tag === "degraded" && state.next === undefined);
}

/** Whether there is a session, good or bad. */
function hasSession(state: Open): boolean {
  return state.tag === "active" || state.tag === "degraded" || state.held;
}

function due(state: Open, at: Millis): Step {
  return isWaiting(state) ? begin(state, state.memory, at) : [state, []];
}

/** Begins a try, beside the session in use if there is one. */
function begin(state: Open, memory: Memory, at: Millis): Step {
  const tried = { ...memory, triedAt: at };
  const effects = trying(state);
  if (state.tag === "active" || state.tag === "degraded") {
    return [{ tag: "degraded", memory: tried, next: undefined }, effects];
  }
  return [{ tag: "connecting", memory: tried, held: state.held }, effects];
}

function trying(state: Open): readonly SupervisorEffect[] {
  const [again, beside] = [state.memory.upAt !== undefined, hasSession(state)];
  return [{ tag: "disarm" }, { tag: "try", again, beside }];
}

/** What the RFC limits is what a client does by itself; a person who asks is heard. */
function kicked(state: Open, at: Millis): Step {
  if (isTooSoon(state, at) || !isWaiting(state)) return [state, []];
  return begin(state, { ...state.memory, failures: 0, kickedAt: at }, at);
}

/** As `kicked`: a person waits. */
function late(state: Open, at: Millis): Step {
  if (state.tag !== "active") return kicked(state, at);
  if (isTooSoon(state, at) || isTrying(state)) return [state, []];
  const memory = { ...weighed(state.memory, at), triedAt: at, kickedAt: at };
  return [{ tag: "active", memory, beside: true }, trying(state)];
}

function isTooSoon({ memory }: Open, at: Millis): boolean {
  return memory.kickedAt !== undefined && at - memory.kickedAt < KICK_EVERY_MS;
}

function up(state: Open, at: Millis): Step {
  if (!isTrying(state)) return [state, []];
  const { memory } = state;
  const fresh = { ...memory, failures: 0, fleeting: memory.fleeting + 1, upAt: at, notBefore: at };
  return [{ tag: "active", memory: fresh }, [{ tag: "adopt" }]];
}

function failed(
  state: Open,
  { at, fault, jitter }: Extract<SupervisorInput, { readonly tag: "failed" }>,
): Step {
  if (!isTrying(state)) return [state, []];
  const hadSession = state.memory.upAt !== undefined;
  const failures = state.memory.failures + 1;
  const notBefore = hadSession ? at + LEAST_BETWEEN_MS : at;
  const memory = { ...state.memory, failures, notBefore };
  const next = at + waitAfterFailure({ fault, failures, hadSession }, jitter);
  return state.tag === "connecting"
    ? wait({ tag: "down", memory, held: state.held, next }, at)
    : wait({ tag: "degraded", memory, next }, at);
}

/** It answers again: the new session is not needed. [RFC 9132 §4.7] */
function answered(state: Open): Step {
  if (!hasSession(state)) return [state, []];
  const { memory } = state;
  if (state.tag === "active") {
    return isTrying(state) ? [{ tag: "active", memory }, [{ tag: "abandon" }]] : [state, []];
  }
  if (!isTrying(state)) return [{ tag: "active", memory }, [{ tag: "disarm" }]];
  const abandoned = { ...memory, fleeting: memory.fleeting + 1 };
  return [{ tag: "active", memory: abandoned }, [{ tag: "abandon" }]];
}

function missed(state: Open, at: Millis, inARow: number): Step {
  return inARow > MISSED_ALLOWED ? degrade(state, at, []) : [state, []];
}

function degrade(state: Open, at: Millis, effects: readonly SupervisorEffect[]): Step {
  if (state.tag !== "active") return [state, []];
  const memory = weighed(state.memory, at);
  if (isTrying(state)) return [{ tag: "degraded", memory, next: undefined }, effects];
  const next = Math.max(at, memory.notBefore, lastChange(memory) + waitBeside(memory.fleeting));
  const [degraded, more] =
    next <= at ? begin(state, memory, at) : wait({ tag: "degraded", memory, next }, at);
  return [degraded, [...more, ...effects]];
}

/** The session in use is as good as dead; the next try comes as soon as it may. */
function silent(state: Open, at: Millis): Step {
  if (state.tag !== "active" && state.tag !== "degraded") return [state, []];
  const memory = state.tag === "active" ? weighed(state.memory, at) : state.memory;
  if (isTrying(state)) return [{ tag: "connecting", memory, held: true }, []];
  return waitOrBegin({ tag: "down", memory, held: true, next: memory.notBefore }, at);
}

/**
 * A session that lasted is replaced at once; one that the server ended in order, or that did not last, after a
 * moment: it would go round in circles.
 */
function lost(
  state: Open,
  { at, orderly, jitter }: Extract<SupervisorInput, { readonly tag: "lost" }>,
): Step {
  if (!hasSession(state)) return [state, []];
  const drop: SupervisorEffect = { tag: "drop" };
  const memory = weighed(state.memory, at);
  if (isTrying(state)) return [{ tag: "connecting", memory, held: false }, [drop]];
  const calm = orderly || memory.fleeting > 0;
  const soon = Math.max(at + (calm ? waitAfterEnd(memory.fleeting, jitter) : 0), memory.notBefore);
  const next = isWaiting(state) ? Math.min(state.next ?? soon, soon) : soon;
  const [after, effects] = waitOrBegin({ tag: "down", memory, held: false, next }, at);
  return [after, [drop, ...effects]];
}

/** The memory of a session that goes bad or away: what lasted wipes out what did not before. */
function weighed(memory: Memory, at: Millis): Memory {
  return at - lastChange(memory) >= LASTING_MS ? { ...memory, fleeting: 0 } : memory;
}

function lastChange({ triedAt, upAt }: Memory): Millis {
  return Math.max(triedAt, upAt ?? triedAt);
}

function waitOrBegin(state: Extract<Open, { readonly tag: "down" }>, at: Millis): Step {
  return state.next <= at ? begin(state, state.memory, at) : wait(state, at);
}

function wait(state: Waiting & { readonly next: Millis }, at: Millis): Step {
  return [state, [{ tag: "arm", delayMs: state.next - at }]];
}

function unreachable(input: never): never {
  throw new Error(`no such input: ${JSON.stringify(input)}`);
}
