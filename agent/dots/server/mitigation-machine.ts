import type { Millis } from "../../net/ports.ts";
import type { Dropped, MitigatorStatus } from "./mitigator.ts";

/**
 * The life of one mitigation at the server, as a pure machine. [RFC 9132 §4.4.1.3] [RFC 9132 §4.4.4]
 *
 *   trigger-mitigation true:   active --DELETE--> terminating --period over--> terminated --> removed
 *                              active <--PUT again-- terminating
 *   trigger-mitigation false:  armed --session lost--> active --attack stopped, told 4 times--> armed
 *                              active --immediate request overlaps--> withdrawn --told 4 times--> armed
 *   any, at the end of its lifetime, or overridden by a newer request: removed
 *
 * `expiresAt` is the one deadline: of the lifetime, of the terminating period, of the terminated record.
 */

/** Where a mitigation is. */
export type MitigationState =
  | { readonly tag: "armed" }
  | { readonly tag: "active"; readonly status: MitigatorStatus; readonly told: number }
  | { readonly tag: "withdrawn"; readonly told: number }
  /** `status` is what it returns to when the client asks again. */
  | { readonly tag: "terminating"; readonly status: MitigatorStatus }
  | { readonly tag: "terminated" }
  /** Gone; `status` is the last word for whoever was watching. */
  | { readonly tag: "removed"; readonly status: 6 | 7 };

export interface Mitigation {
  readonly state: MitigationState;
  readonly trigger: boolean;
  /** On the monotonic clock; undefined is never. */
  readonly expiresAt: Millis | undefined;
  /** When mitigation began, in seconds since the Unix epoch. */
  readonly startedAtS: number | undefined;
  /** How long the next terminating period lasts. */
  readonly terminatingMs: Millis;
  readonly dropped?: Dropped;
  readonly attackStatus?: "under-attack" | "attack-successfully-mitigated";
}

/** What the operator decides about the times. */
export interface MachineLimits {
  readonly maxTerminatingMs: Millis;
  readonly terminatedMs: Millis;
}

export type MitigationInput =
  /** The client sent the request again; `expiresAt: "keep"` when it named no lifetime. */
  | {
      readonly tag: "refresh";
      readonly expiresAt: Millis | undefined | "keep";
      readonly attackStatus?: "under-attack" | "attack-successfully-mitigated";
    }
  | { readonly tag: "report"; readonly status?: MitigatorStatus; readonly dropped?: Dropped }
  /** The client withdrew it. */
  | { readonly tag: "withdraw"; readonly at: Millis }
  /** A newer request of the same client took its place. */
  | { readonly tag: "override" }
  /** The server withdraws it for good. */
  | { readonly tag: "expel" }
  /** An immediate request overlaps this preconfigured one. */
  | { readonly tag: "deactivate" }
  | { readonly tag: "session-lost"; readonly wallS: number }
  /** A periodic notification is due. */
  | { readonly tag: "notice" }
  /** A timer fired. */
  | { readonly tag: "due"; readonly at: Millis };

export type MitigationEffect =
  | { readonly tag: "start" }
  | { readonly tag: "update" }
  | { readonly tag: "stop" }
  | { readonly tag: "save" }
  | { readonly tag: "forget" }
  | { readonly tag: "notify" };

type Step = readonly [Mitigation, readonly MitigationEffect[]];

/** How often status 3 or 7 of a preconfigured request is sent before it is armed again. [RFC 9132 §4.4.2 Table 3] */
const TIMES_TOLD = 4;

const START: MitigationEffect = { tag: "start" };
const UPDATE: MitigationEffect = { tag: "update" };
const STOP: MitigationEffect = { tag: "stop" };
const SAVE: MitigationEffect = { tag: "save" };
const FORGET: MitigationEffect = { tag: "forget" };
const NOTIFY: MitigationEffect = { tag: "notify" };

/** A new mitigation and what its acceptance entails. */
export function created(options: {
  readonly trigger: boolean;
  readonly expiresAt: Millis | undefined;
  readonly wallS: number;
  readonly terminatingMs: Millis;
  readonly attackStatus?: "under-attack" | "attack-successfully-mitigated";
}): Step {
  const { trigger, wallS, ...kept } = options;
  const mitigation: Mitigation = {
    ...kept,
    trigger,
    state: { tag: "armed" },
    startedAtS: undefined,
  };
  return trigger ? activate(mitigation, wallS) : [mitigation, [SAVE, NOTIFY]];
}

/** The status that the client is told, by the numbers of the registry. [RFC 9132 §10.6.2] */
export function statusOf(mitigation: Mitigation): 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 {
  const { state } = mitigation;
  switch (state.tag) {
    case "armed":
      return 8;
    case "active":
      return state.status;
    case "withdrawn":
      return 7;
    case "terminating":
      return 5;
    case "terminated":
      return 6;
    case "removed":
      return state.status;
    default:
      return unreachable(state);
  }
}

/** Whether the mitigator is at work for it. */
export function isRunning(mitigation: Mitigation): boolean {
  return mitigation.state.tag === "active" || mitigation.state.tag === "terminating";
}

/** Whether the client still has this request; a terminated one is only shown. */
export function isHeld(mitigation: Mitigation): boolean {
  return mitigation.state.tag !== "terminated" && mitigation.state.tag !== "removed";
}

/** The terminating period after a client asked again within one. [RFC 9132 §4.4.4] */
export function doubled(terminatingMs: Millis, limits: MachineLimits): Millis {
  return Math.min(terminatingMs * 2, Math.max(limits.maxTerminatingMs, terminatingMs));
}

/** One step: pure and total. Inputs that mean nothing in a state leave it as it is. */
export function step(mitigation: Mitigation, input: MitigationInput, limits: MachineLimits): Step {
  if (mitigation.state.tag === "removed") return [mitigation, []];
  switch (input.tag) {
    case "refresh":
      return onRefresh(mitigation, input, limits);
    case "report":
      return onReport(mitigation, input);
    case "withdraw":
      return onWithdraw(mitigation, input.at);
    case "override":
      return remove(mitigation, 6);
    case "expel":
      return remove(mitigation, 7);
    case "deactivate":
      return onDeactivate(mitigation);
    case "session-lost":
      return onSessionLost(mitigation, input.wallS);
    case "notice":
      return onNotice(mitigation);
    case "due":
      return onDue(mitigation, input.at, limits);
    default:
      return unreachable(input);
  }
}

function activate(mitigation: Mitigation, wallS: number): Step {
  const { dropped: _, ...rest } = mitigation; // counters are of this activation [RFC 9132 §4.4.2]
  const next: Mitigation = {
    ...rest,
    state: { tag: "active", status: 1, told: 0 },
    startedAtS: wallS,
  };
  return [next, [SAVE, START, NOTIFY]];
}

function onRefresh(
  mitigation: Mitigation,
  input: Extract<MitigationInput, { tag: "refresh" }>,
  limits: MachineLimits,
): Step {
  const { state } = mitigation;
  if (state.tag === "terminated") return [mitigation, []];
  const { attackStatus } = input;
  const next: Mitigation = {
    ...mitigation,
    expiresAt: input.expiresAt === "keep" ? mitigation.expiresAt : input.expiresAt,
    ...(attackStatus === undefined ? {} : { attackStatus }),
  };
  if (state.tag === "active") return [next, [SAVE, UPDATE]];
  if (state.tag !== "terminating") return [next, [SAVE]];
  const again: Mitigation = {
    ...next,
    state: { tag: "active", status: state.status, told: 0 },
    terminatingMs: doubled(mitigation.terminatingMs, limits),
  };
  return [again, [SAVE, UPDATE, NOTIFY]];
}

function onReport(
  mitigation: Mitigation,
  input: Extract<MitigationInput, { tag: "report" }>,
): Step {
  const { state } = mitigation;
  if (state.tag !== "active" && state.tag !== "terminating") return [mitigation, []];
  const { dropped, status = state.status } = input;
  const counted = dropped === undefined ? mitigation : { ...mitigation, dropped };
  if (status === state.status) return [counted, []];
  if (state.tag === "terminating") return [{ ...counted, state: { ...state, status } }, [SAVE]];
  return [{ ...counted, state: { tag: "active", status, told: 1 } }, [SAVE, NOTIFY]];
}

/** Only what is being mitigated has something to wind down slowly. [RFC 9132 §4.4.4] */
function onWithdraw(mitigation: Mitigation, at: Millis): Step {
  const { state, terminatingMs } = mitigation;
  switch (state.tag) {
    case "active": {
      const ending: MitigationState = { tag: "terminating", status: state.status };
      return [{ ...mitigation, state: ending, expiresAt: at + terminatingMs }, [SAVE, NOTIFY]];
    }
    case "armed":
    case "withdrawn":
      return remove(mitigation, 6);
    case "terminating":
    case "terminated":
    case "removed":
      return [mitigation, []];
    default:
      return unreachable(state);
  }
}

function onDeactivate(mitigation: Mitigation): Step {
  if (mitigation.trigger || mitigation.state.tag !== "active") return [mitigation, []];
  return [{ ...mitigation, state: { tag: "withdrawn", told: 1 } }, [SAVE, STOP, NOTIFY]];
}

function onSessionLost(mitigation: Mitigation, wallS: number): Step {
  const { state } = mitigation;
  const waiting = state.tag === "armed" || state.tag === "withdrawn";
  return waiting ? activate(mitigation, wallS) : [mitigation, []];
}

function onNotice(mitigation: Mitigation): Step {
  const { state } = mitigation;
  if (state.tag === "withdrawn") {
    if (state.told >= TIMES_TOLD) return arm(mitigation, []);
    return [{ ...mitigation, state: { ...state, told: state.told + 1 } }, [NOTIFY]];
  }
  if (state.tag === "active" && !mitigation.trigger && state.status === 3) {
    if (state.told >= TIMES_TOLD) return arm(mitigation, [STOP]);
    return [{ ...mitigation, state: { ...state, told: state.told + 1 } }, [NOTIFY]];
  }
  return [mitigation, isRunning(mitigation) ? [NOTIFY] : []];
}

function arm(mitigation: Mitigation, effects: readonly MitigationEffect[]): Step {
  const { dropped: _, ...rest } = mitigation;
  const next: Mitigation = { ...rest, state: { tag: "armed" }, startedAtS: undefined };
  return [next, [SAVE, ...effects, NOTIFY]];
}

function onDue(mitigation: Mitigation, at: Millis, limits: MachineLimits): Step {
  if (mitigation.expiresAt === undefined || at < mitigation.expiresAt) return [mitigation, []];
  if (mitigation.state.tag !== "terminating") return remove(mitigation, 6);
  const next: Mitigation = {
    ...mitigation,
    state: { tag: "terminated" },
    expiresAt: at + limits.terminatedMs,
  };
  return [next, [FORGET, STOP, NOTIFY]];
}

function remove(mitigation: Mitigation, status: 6 | 7): Step {
  const stop = isRunning(mitigation) ? [STOP] : [];
  return [{ ...mitigation, state: { tag: "removed", status } }, [FORGET, ...stop, NOTIFY]];
}

function unreachable(value: never): never {
  throw new Error(`no such case: ${JSON.stringify(value)}`);
}
