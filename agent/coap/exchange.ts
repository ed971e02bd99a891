import type { Millis } from "../net/ports.ts";
import type { TransmissionParameters } from "./types.ts";

/**
 * How one message of ours, that something is expected back for, is sent and sent again.
 *
 *     begin CON ──> retransmitting ──timer, none left──> over (give-up)
 *                     │  └─timer: send, twice the time─┐
 *                     │<───────────────────────────────┘
 *                     └─acknowledged──> waiting
 *     begin NON ──> queued ──turn: send──> repeating ──timer──> queued
 *     begin once ─> queued ──turn: send──> waiting
 *     any ──ended──> over
 */
export type ExchangeState =
  | { readonly tag: "retransmitting"; readonly timeoutMs: Millis; readonly left: number }
  | { readonly tag: "repeating" }
  | { readonly tag: "queued"; readonly once: boolean }
  | { readonly tag: "waiting" }
  | { readonly tag: "over" };

/** What happens to an exchange. */
export type ExchangeInput =
  | { readonly tag: "timer" }
  /** The session's pace allows one datagram; the next one is due after `intervalMs`. */
  | { readonly tag: "turn"; readonly intervalMs: Millis }
  /** An empty Acknowledgement: the peer has the message, its answer may take a while. [RFC 7252 §5.2.2] */
  | { readonly tag: "acknowledged" }
  /** Answered, reset, out of time or closed: nothing more is sent. */
  | { readonly tag: "ended" };

/** What the driver has to do. `arm` replaces the timer that was armed before; `enqueue` asks the pace for a turn. */
export type ExchangeEffect =
  | { readonly tag: "send" }
  | { readonly tag: "arm"; readonly ms: Millis }
  | { readonly tag: "enqueue" }
  | { readonly tag: "disarm" }
  | { readonly tag: "give-up" };

type Step = readonly [ExchangeState, readonly ExchangeEffect[]];

/** Sends a CON; `fraction`, from [0, 1), spreads the first timeout. [RFC 7252 §4.2] */
export function beginConfirmable(p: TransmissionParameters, fraction: number): Step {
  const timeoutMs = p.ackTimeoutMs * (1 + fraction * (p.ackRandomFactor - 1));
  return [
    { tag: "retransmitting", timeoutMs, left: p.maxRetransmit },
    [{ tag: "send" }, { tag: "arm", ms: timeoutMs }],
  ];
}

/** Sends a NON as soon as the pace allows, and, unless `once`, again until it is answered. [RFC 9132 §4.4] */
export function beginPaced(once: boolean): Step {
  return [{ tag: "queued", once }, [{ tag: "enqueue" }]];
}

/** The next state, and what follows from it. Pure and total. */
export function step(state: ExchangeState, input: ExchangeInput): Step {
  switch (input.tag) {
    case "timer":
      return onTimer(state);
    case "turn":
      if (state.tag !== "queued") return [state, []];
      if (state.once) return [{ tag: "waiting" }, [{ tag: "send" }]];
      return [{ tag: "repeating" }, [{ tag: "send" }, { tag: "arm", ms: input.intervalMs }]];
    case "acknowledged":
      return state.tag === "retransmitting"
        ? [{ tag: "waiting" }, [{ tag: "disarm" }]]
        : [state, []];
    case "ended":
      return state.tag === "over" ? [state, []] : [{ tag: "over" }, [{ tag: "disarm" }]];
  }
}

function onTimer(state: ExchangeState): Step {
  if (state.tag === "repeating") return beginPaced(false);
  if (state.tag !== "retransmitting") return [state, []];
  if (state.left === 0) return [{ tag: "over" }, [{ tag: "give-up" }]];
  const timeoutMs = state.timeoutMs * 2;
  return [
    { tag: "retransmitting", timeoutMs, left: state.left - 1 },
    [{ tag: "send" }, { tag: "arm", ms: timeoutMs }],
  ];
}
