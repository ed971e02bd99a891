import type { Millis } from "../../agent/net/ports.ts";

/**
 * How the agent's process is kept running, as a pure machine.
 *
 *     starting --ready--> running --stop--> stopping --ended--> stopped
 *        |                   |
 *        +-------ended-------+--> waiting --timer--> starting
 */

/** Where the agent's process stands. `failures`: how often in a row it ended soon. */
export type HostState =
  | { readonly tag: "starting"; readonly failures: number }
  | { readonly tag: "running"; readonly failures: number; readonly since: Millis }
  /** It ended and is started again soon. `fault`: what it said, for a person. */
  | { readonly tag: "waiting"; readonly failures: number; readonly fault: string | undefined }
  | { readonly tag: "stopping" }
  | { readonly tag: "stopped" };

export type HostInput =
  /** The process answers. */
  | { readonly tag: "ready"; readonly now: Millis }
  /** The process is gone. */
  | { readonly tag: "ended"; readonly now: Millis; readonly fault: string | undefined }
  | { readonly tag: "timer" }
  | { readonly tag: "stop" };

export type HostEffect =
  | { readonly tag: "fork" }
  /** Asks the process to end in good order. */
  | { readonly tag: "end" }
  | { readonly tag: "kill" }
  /** The one timer, in place of any other; undefined: none. */
  | { readonly tag: "arm"; readonly ms: Millis | undefined };

/** A start that says nothing for so long has failed. */
export const START_MS: Millis = 20_000;
/** Saying goodbye to servers takes up to 2 s. */
export const END_MS: Millis = 2500;
/** Who ran for so long did not fail at once: the next start comes soon again. */
const LASTED_MS: Millis = 60_000;
const DELAYS: readonly Millis[] = [500, 1000, 2000, 5000, 10_000, 30_000];

/** A process is to be started at once. */
export const HOST_START: HostState = { tag: "starting", failures: 0 };
/** What goes with it. */
export const HOST_START_EFFECTS: readonly HostEffect[] = [
  { tag: "fork" },
  { tag: "arm", ms: START_MS },
];

/** How long to wait before the start that follows so many failures in a row. */
export function delayAfter(failures: number): Millis {
  return DELAYS[Math.min(Math.max(failures, 1), DELAYS.length) - 1] ?? 0;
}

/** One step. */
export function step(
  state: HostState,
  input: HostInput,
): readonly [HostState, readonly HostEffect[]] {
  switch (input.tag) {
    case "ready":
      return onReady(state, input.now);
    case "ended":
      return onEnded(state, input.now, input.fault);
    case "timer":
      return onTimer(state);
    case "stop":
      return onStop(state);
  }
}

function onReady(state: HostState, now: Millis): readonly [HostState, readonly HostEffect[]] {
  if (state.tag !== "starting") return [state, []];
  const { failures } = state;
  return [{ tag: "running", failures, since: now }, [{ tag: "arm", ms: undefined }]];
}

function onEnded(
  state: HostState,
  now: Millis,
  fault: string | undefined,
): readonly [HostState, readonly HostEffect[]] {
  switch (state.tag) {
    case "starting":
      return waiting(state.failures + 1, fault);
    case "running":
      return waiting(now - state.since >= LASTED_MS ? 1 : state.failures + 1, fault);
    case "stopping":
      return [{ tag: "stopped" }, [{ tag: "arm", ms: undefined }]];
    case "waiting":
    case "stopped":
      return [state, []];
  }
}

function waiting(
  failures: number,
  fault: string | undefined,
): readonly [HostState, readonly HostEffect[]] {
  return [{ tag: "waiting", failures, fault }, [{ tag: "arm", ms: delayAfter(failures) }]];
}

function onTimer(state: HostState): readonly [HostState, readonly HostEffect[]] {
  switch (state.tag) {
    case "waiting":
      return [{ tag: "starting", failures: state.failures }, HOST_START_EFFECTS];
    case "starting": // it hangs; that it is gone is told next
    case "stopping":
      return [state, [{ tag: "kill" }]];
    case "running":
    case "stopped":
      return [state, []];
  }
}

function onStop(state: HostState): readonly [HostState, readonly HostEffect[]] {
  switch (state.tag) {
    case "starting":
    case "running":
      return [{ tag: "stopping" }, [{ tag: "end" }, { tag: "arm", ms: END_MS }]];
    case "waiting":
      return [{ tag: "stopped" }, [{ tag: "arm", ms: undefined }]];
    case "stopping":
    case "stopped":
      return [state, []];
  }
}
