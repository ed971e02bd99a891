import type { Millis } from "../../net/ports.ts";

/**
 * The heartbeat of one end of a session. [RFC 9132 §4.7]
 *
 *   stopped --start--> running: "due" every interval, the first one jittered
 *
 * Beside the timer runs a judgement of the peer, told by a `verdict` effect whenever it changes:
 *
 *   alive <--any answer-- unanswered <--traffic-- silent
 *     +--missing-hb-allowed missed--> unanswered --nothing heard at all--> silent
 *
 * The end decides what a verdict means: a client under attack keeps an unanswered session, a server ends
 * only a silent one.
 */

/** How an end beats. Defaults: [RFC 9132 Appendix C]. */
export interface HeartbeatConfig {
  readonly intervalMs: Millis;
  /** Consecutive heartbeats of ours without an answer that are borne. */
  readonly missingHbAllowed: number;
}

/** The recommended values. [RFC 9132 Appendix C] */
export const DEFAULT_HEARTBEAT: HeartbeatConfig = { intervalMs: 30_000, missingHbAllowed: 15 };

/** How the peer is judged. `unanswered`: it sends, but our heartbeats get no answer. */
export type Verdict = "alive" | "unanswered" | "silent";

/** What status reports say. `lastAt` is the clock's monotonic time of the last sign from the peer. */
export interface HeartbeatCounters {
  /** Heartbeats of ours. */
  readonly sent: number;
  /** Heartbeats of the peer. */
  readonly received: number;
  /** Heartbeats of ours that got no answer. */
  readonly missed: number;
  readonly lastAt: Millis | undefined;
}

export interface HeartbeatState {
  readonly config: HeartbeatConfig;
  /** A server may send its own right after it heard a client's. [RFC 9132 §4.7] */
  readonly followPeer: boolean;
  readonly running: boolean;
  readonly verdict: Verdict;
  readonly counters: HeartbeatCounters;
  /** Heartbeats of ours in a row that got no answer. */
  readonly missedInARow: number;
  readonly lastSentAt: Millis | undefined;
  /** When a heartbeat of the peer was last heard. */
  readonly peerHeardAt: Millis | undefined;
  /** The peer's last `peer-hb-status`: whether our heartbeats reach it. */
  readonly peerHearsUs: boolean | undefined;
}

/** `at` is the clock's monotonic time. */
export type HeartbeatInput =
  /** `jitter`, in [0, 1), places the first heartbeat within the first interval. */
  | { readonly tag: "start"; readonly at: Millis; readonly jitter: number }
  | { readonly tag: "configure"; readonly config: HeartbeatConfig }
  | { readonly tag: "due"; readonly at: Millis }
  /** One heartbeat now; the timer stays as it is. */
  | { readonly tag: "beat"; readonly at: Millis }
  | { readonly tag: "answered"; readonly at: Millis }
  /** `lastHeardAt`: when anything at all was last heard from the peer. */
  | { readonly tag: "unanswered"; readonly at: Millis; readonly lastHeardAt: Millis }
  | { readonly tag: "peer-heartbeat"; readonly at: Millis; readonly peerHbStatus: boolean }
  | { readonly tag: "stop" };

export type HeartbeatEffect =
  | { readonly tag: "send"; readonly peerHbStatus: boolean }
  /** Arms the one timer anew, in place of the one that runs. */
  | { readonly tag: "arm"; readonly delayMs: Millis }
  | { readonly tag: "disarm" }
  | { readonly tag: "verdict"; readonly verdict: Verdict };

type Step = readonly [HeartbeatState, readonly HeartbeatEffect[]];

/** An end that does not beat yet; it already takes note of the peer's heartbeats. */
export function initialHeartbeat(config: HeartbeatConfig, followPeer: boolean): HeartbeatState {
  return {
    config,
    followPeer,
    running: false,
    verdict: "alive",
    counters: { sent: 0, received: 0, missed: 0, lastAt: undefined },
    missedInARow: 0,
    lastSentAt: undefined,
    peerHeardAt: undefined,
    peerHearsUs: undefined,
  };
}

/**
 * `peer-hb-status`: whether a heartbeat of the peer was heard in the last two intervals. False until the
 * first one is heard, which makes the peer send one at once instead of an interval later. [RFC 9132 §4.7]
 */
export function peerHbStatus(state: HeartbeatState, at: Millis): boolean {
  return state.peerHeardAt !== undefined && at - state.peerHeardAt <= 2 * state.config.intervalMs;
}

/** One step of the machine: pure and total. */
export function step(state: HeartbeatState, input: HeartbeatInput): Step {
  switch (input.tag) {
    case "start":
      return start(state, input.jitter);
    case "configure": // takes hold with the next heartbeat: the one that is armed stays
      return [{ ...state, config: input.config }, []];
    case "due":
      return state.running ? sendAndArm(state, input.at) : [state, []];
    case "beat":
      return send(state, input.at);
    case "answered":
      return judged({ ...heard(state, input.at), missedInARow: 0 }, input.at, input.at);
    case "unanswered":
      return judged(missed(state), input.at, input.lastHeardAt);
    case "peer-heartbeat":
      return onPeerHeartbeat({ ...state, peerHearsUs: input.peerHbStatus }, input.at);
    case "stop":
      return [{ ...state, running: false }, [{ tag: "disarm" }]];
    default:
      return unreachable(input);
  }
}

/** Sessions that begin together, after an outage, must not beat together. */
function start(state: HeartbeatState, jitter: number): Step {
  if (state.running) return [state, []];
  const delayMs = state.config.intervalMs * jitter;
  return [{ ...state, running: true }, [{ tag: "arm", delayMs }]];
}

function send(state: HeartbeatState, at: Millis): Step {
  const counters = { ...state.counters, sent: state.counters.sent + 1 };
  const effect: HeartbeatEffect = { tag: "send", peerHbStatus: peerHbStatus(state, at) };
  return [{ ...state, counters, lastSentAt: at }, [effect]];
}

/** As `send`, and the next one is due an interval from now. */
function sendAndArm(state: HeartbeatState, at: Millis): Step {
  const [next, effects] = send(state, at);
  return [next, [...effects, { tag: "arm", delayMs: state.config.intervalMs }]];
}

function onPeerHeartbeat(state: HeartbeatState, at: Millis): Step {
  const counters = { ...state.counters, received: state.counters.received + 1 };
  const [next, effects] = judged({ ...heard({ ...state, counters }, at), peerHeardAt: at }, at, at);
  if (!mayFollow(next, at)) return [next, effects];
  const [sent, more] = sendAndArm(next, at);
  return [sent, [...effects, ...more]];
}

/** At most twice an interval: a peer that floods heartbeats must not make us flood it. */
function mayFollow(state: HeartbeatState, at: Millis): boolean {
  if (!state.followPeer || !state.running) return false;
  return state.lastSentAt === undefined || at - state.lastSentAt >= state.config.intervalMs / 2;
}

function heard(state: HeartbeatState, at: Millis): HeartbeatState {
  return { ...state, counters: { ...state.counters, lastAt: at } };
}

function missed(state: HeartbeatState): HeartbeatState {
  const counters = { ...state.counters, missed: state.counters.missed + 1 };
  return { ...state, counters, missedInARow: state.missedInARow + 1 };
}

/** Tells a verdict that changed. [RFC 9132 §4.7] */
function judged(state: HeartbeatState, at: Millis, lastHeardAt: Millis): Step {
  const verdict = judge(state, at - lastHeardAt);
  if (verdict === state.verdict) return [state, []];
  return [{ ...state, verdict }, [{ tag: "verdict", verdict }]];
}

function judge(state: HeartbeatState, silentMs: Millis): Verdict {
  const { intervalMs, missingHbAllowed } = state.config;
  if (state.missedInARow < missingHbAllowed) return "alive";
  return silentMs >= intervalMs * missingHbAllowed ? "silent" : "unanswered";
}

function unreachable(input: never): never {
  throw new Error(`no such input: ${JSON.stringify(input)}`);
}
