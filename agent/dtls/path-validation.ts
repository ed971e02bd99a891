import { sameAddress } from "../net/address.ts";
import type { Address, Millis } from "../net/ports.ts";
import { constantTimeEqual } from "./crypto/constant-time.ts";

/*
 * Where a session's peer is, as a machine. A record that authenticated and is the newest may come from a new address
 * because a NAT forgot a mapping, or because someone on the path sent a copy of it with a forged source: so nothing
 * but challenges goes to that address until one of them was answered from there, and no more octets of them than came
 * from there: a challenge that is due may have to wait until the peer says more. [RFC 9146 §6] [RFC 9853]
 *
 *              newest record from elsewhere: challenge
 *   settled ─────────────────────────────────────────▶ checking ─┐ timer: challenge again, later and later
 *      ▲                                                  │ ▲ └───┘
 *      │                                                  │ └─ newest record from a third address: challenge that one
 *      └──────────────────────────────────────────────────┘
 *        answered from there: moved │ its newest record is from the old address, it declines, or no answer: not moved
 */
export interface PathState {
  /** Where the peer has proved to be. */
  readonly current: Address;
  /** The one address that is looked into, if any. */
  readonly check: PathCheckState | undefined;
  readonly allowance: Allowance;
}

interface PathCheckState {
  readonly to: Address;
  /** Of every challenge so far: an answer may be late. */
  readonly cookies: readonly Uint8Array[];
  /** Challenges that were due so far, sent or not. */
  readonly rounds: number;
  /** Whether the latest was not sent for want of octets from there. */
  readonly owed: boolean;
  readonly timeoutMs: Millis;
}

/** Challenges that may be sent, as of a time. */
interface Allowance {
  readonly left: number;
  readonly at: Millis;
}

/**
 * `cookie` is a fresh one, for a challenge that may follow; `affordable`: whether as many octets came from the address in
 * question as a challenge has.
 */
export type PathInput =
  /** A record of the session authenticated. `rttMs` is what is known of the path, if anything. */
  | {
      readonly tag: "heard";
      readonly from: Address;
      readonly newest: boolean;
      readonly rttMs: Millis | undefined;
      readonly affordable: boolean;
      readonly now: Millis;
      readonly cookie: Uint8Array;
    }
  /** The peer answers a challenge; `here` unless it declines to be reached there. */
  | {
      readonly tag: "answer";
      readonly from: Address;
      readonly cookie: Uint8Array;
      readonly here: boolean;
    }
  | {
      readonly tag: "timer";
      readonly affordable: boolean;
      readonly now: Millis;
      readonly cookie: Uint8Array;
    };

export type PathEffect =
  | { readonly tag: "challenge"; readonly to: Address; readonly cookie: Uint8Array }
  | { readonly tag: "arm"; readonly delayMs: Millis }
  | { readonly tag: "disarm" }
  | { readonly tag: "moved"; readonly to: Address };

type Step = readonly [PathState, readonly PathEffect[]];

/** Challenges to one address: with 40 % loss each way four of five checks succeed, and the next record begins another. */
const MAX_CHALLENGES = 4;
/** Waited for an answer where the round trip is not known. */
const DEFAULT_TIMEOUT_MS: Millis = 1000;
/** The new path may be a longer one, and a host may be busy. */
const MIN_TIMEOUT_MS: Millis = 200;
/** Challenges in one go, to however many addresses; then one in so long a time. */
const MAX_ALLOWANCE = 8;
const ALLOWANCE_EACH_MS: Millis = 2000;

/** A session whose peer has proved to be at `current`. */
export function settledAt(current: Address, now: Millis): PathState {
  return { current, check: undefined, allowance: { left: MAX_ALLOWANCE, at: now } };
}

/** One step of the machine. Pure and total. */
export function stepPath(state: PathState, input: PathInput): Step {
  switch (input.tag) {
    case "heard":
      return input.newest ? onNewest(state, input) : [state, []];
    case "answer":
      return onAnswer(state, input);
    case "timer":
      return onTimer(state, input);
  }
}

function onNewest(state: PathState, input: PathInput & { tag: "heard" }): Step {
  const { current, check } = state;
  const { from, rttMs, affordable } = input;
  if (sameAddress(from, current)) return check ? settle(state) : [state, []];
  if (check && sameAddress(from, check.to)) {
    return check.owed && affordable ? challenge(state, check, input) : [state, []];
  }
  const timeoutMs = rttMs === undefined ? DEFAULT_TIMEOUT_MS : Math.max(3 * rttMs, MIN_TIMEOUT_MS);
  return round(state, { to: from, cookies: [], rounds: 0, owed: false, timeoutMs }, input);
}

function onAnswer(state: PathState, input: PathInput & { tag: "answer" }): Step {
  const { check } = state;
  const { from, cookie, here } = input;
  if (!check || !sameAddress(from, check.to)) return [state, []];
  if (!check.cookies.some((asked) => constantTimeEqual(asked, cookie))) return [state, []];
  const [settled, effects] = settle(state);
  if (!here) return [settled, effects];
  return [{ ...settled, current: from }, [...effects, { tag: "moved", to: from }]];
}

function onTimer(state: PathState, input: PathInput & { tag: "timer" }): Step {
  const { check } = state;
  if (!check) return [state, []];
  if (check.rounds >= MAX_CHALLENGES) return [{ ...state, check: undefined }, []];
  return round(state, { ...check, timeoutMs: 2 * check.timeoutMs }, input);
}

type Occasion = PathInput & { readonly tag: "heard" | "timer" };

/** A challenge is due: it goes, or waits for the peer to say more. */
function round(state: PathState, check: PathCheckState, occasion: Occasion): Step {
  const due = { ...check, rounds: check.rounds + 1 };
  if (occasion.affordable) return challenge(state, due, occasion);
  return [{ ...state, check: { ...due, owed: true } }, [{ tag: "arm", delayMs: due.timeoutMs }]];
}

/** Challenges an address, unless there were too many challenges lately: then things stay as they are. */
function challenge(state: PathState, check: PathCheckState, { now, cookie }: Occasion): Step {
  const { left, at } = state.allowance;
  const grown = Math.min(MAX_ALLOWANCE, left + (now - at) / ALLOWANCE_EACH_MS);
  if (grown < 1) return state.check === undefined ? [state, []] : settle(state);
  const { to, timeoutMs } = check;
  return [
    {
      ...state,
      check: { ...check, cookies: [...check.cookies, cookie], owed: false },
      allowance: { left: grown - 1, at: now },
    },
    [
      { tag: "challenge", to, cookie },
      { tag: "arm", delayMs: timeoutMs },
    ],
  ];
}

function settle(state: PathState): Step {
  return [{ ...state, check: undefined }, [{ tag: "disarm" }]];
}
