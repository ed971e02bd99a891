import type { Millis } from "../net/ports.ts";
import type { DtlsParameters } from "./parameters.ts";

/*
 * The sending half of a handshake, as a machine. [RFC 6347 §4.2.4]
 *
 *            flight(awaits an answer)                flight(final)
 *   idle ───────────────────────────▶ waiting ──────────────────────▶ final
 *                                     │  ▲ │ ▲                         │ ▲
 *                         timer: send │  │ │ │ flight(awaits)          │ │ peer repeats: send
 *                                     └──┘ └─┘                         └─┘
 *   waiting / final ── answered ──▶ idle
 *
 * It knows neither what a flight holds nor how it travels: those are the driver's and the handshake's.
 */
export type RetransmissionState =
  | { readonly tag: "idle" }
  | {
      readonly tag: "waiting";
      readonly timeoutMs: Millis;
      readonly sentAt: Millis;
      readonly sends: number;
    }
  | { readonly tag: "final"; readonly sentAt: Millis };

export type RetransmissionInput =
  /** The handshake made a new flight; `final` when no answer to it is awaited. */
  | { readonly tag: "flight"; readonly final: boolean; readonly now: Millis }
  | { readonly tag: "timer"; readonly now: Millis }
  /** The peer sent again what it had sent before: our flight did not reach it. */
  | { readonly tag: "peer-repeats"; readonly now: Millis }
  /** Nothing needs repeating any more: the peer has shown that it has our flight. */
  | { readonly tag: "answered" };

export type RetransmissionEffect =
  | { readonly tag: "send" }
  | { readonly tag: "arm"; readonly delayMs: Millis }
  | { readonly tag: "disarm" };

type Step = readonly [RetransmissionState, readonly RetransmissionEffect[]];

export const INITIAL_RETRANSMISSION: RetransmissionState = { tag: "idle" };

/** One step of the machine. Pure and total. */
export function stepRetransmission(
  state: RetransmissionState,
  input: RetransmissionInput,
  parameters: DtlsParameters,
): Step {
  switch (input.tag) {
    case "flight":
      return begin(input.final, input.now, parameters);
    case "timer":
      return state.tag === "waiting" ? onTimer(state, input.now, parameters) : [state, []];
    case "peer-repeats":
      return onPeerRepeats(state, input.now, parameters);
    case "answered":
      return [INITIAL_RETRANSMISSION, [{ tag: "disarm" }]];
  }
}

function begin(final: boolean, now: Millis, parameters: DtlsParameters): Step {
  if (final) return [{ tag: "final", sentAt: now }, [{ tag: "disarm" }, { tag: "send" }]];
  const timeoutMs = parameters.initialTimeoutMs;
  return [
    { tag: "waiting", timeoutMs, sentAt: now, sends: 1 },
    [{ tag: "send" }, { tag: "arm", delayMs: timeoutMs }],
  ];
}

function onTimer(
  state: RetransmissionState & { tag: "waiting" },
  now: Millis,
  parameters: DtlsParameters,
): Step {
  const timeoutMs = Math.min(state.timeoutMs * parameters.timeoutGrowth, parameters.maxTimeoutMs);
  return [
    { tag: "waiting", timeoutMs, sentAt: now, sends: state.sends + 1 },
    [{ tag: "send" }, { tag: "arm", delayMs: timeoutMs }],
  ];
}

/**
 * A repetition by the peer is answered at once [RFC 6347 §4.2.4], but a flight is several records and
 * the network duplicates: within half of the first timeout one answer serves them all, so that two
 * ends can never drive each other into a storm.
 */
function onPeerRepeats(state: RetransmissionState, now: Millis, parameters: DtlsParameters): Step {
  if (state.tag === "idle") return [state, []];
  if (now - state.sentAt < parameters.initialTimeoutMs / 2) return [state, []];
  if (state.tag === "final") return [{ ...state, sentAt: now }, [{ tag: "send" }]];
  return [
    { ...state, sentAt: now, sends: state.sends + 1 },
    [{ tag: "send" }, { tag: "arm", delayMs: state.timeoutMs }],
  ];
}
