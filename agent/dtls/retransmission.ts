import type { Millis } from "../net/ports.ts";
import type { DtlsParameters } from "./parameters.ts";

/*
 * The sending half of a handshake, as a machine. [RFC 6347 §4.2.4] Its timers are ours: docs/decisions/0012.
 *
 *            flight(awaits an answer)                flight(final)
 *   idle ───────────────────────────▶ waiting ──────────────────────▶ final ── too late ──▶ idle
 *                                     │  ▲ │ ▲ ◀────── rides ───────── │ ▲
 *                         timer: send │  │ │ │ flight(awaits)          │ │ peer repeats: send
 *                                     └──┘ └─┘                         └─┘
 *   waiting ── answered ──▶ idle
 *
 * The driver answers every `send` with `sent` and what it came to: when the next one may follow depends on that. The
 * machine knows neither what a flight holds nor how it travels: those are the driver's and the handshake's.
 */
export type RetransmissionState = { readonly tag: "idle" } | Waiting | Final;

/** What is known of the latest sending. */
interface Sent {
  readonly sentAt: Millis;
  /** What a peer repeats sooner than this after a sending was under way by then: it says nothing about it. */
  readonly deafMs: Millis;
  /** Before this nothing is repeated, or the rate would be exceeded. */
  readonly quietUntil: Millis;
}

interface Waiting extends Sent {
  readonly tag: "waiting";
  /** How long the first repetition waits. */
  readonly patienceMs: Millis;
  /** When this flight was first sent. */
  readonly begunAt: Millis;
  readonly sends: number;
  /** It is a final one, and not repeated of itself any more from then on. */
  readonly finalFrom?: Millis;
}

interface Final extends Sent {
  readonly tag: "final";
  /** A peer that repeats itself after this is not answered any more. */
  readonly until: Millis;
}

export type RetransmissionInput =
  /** The handshake made a new flight; `final` when no answer to it is awaited. `rttMs`: the round trip, if known. */
  | {
      readonly tag: "flight";
      readonly final: boolean;
      readonly rttMs: Millis | undefined;
      readonly now: Millis;
    }
  /** What was sent came to so many octets, headers of UDP and IP included. */
  | { readonly tag: "sent"; readonly octets: number; readonly now: Millis }
  | { readonly tag: "timer"; readonly now: Millis }
  /** The peer sent again what it had sent before: our flight did not reach it. */
  | { readonly tag: "peer-repeats"; readonly now: Millis }
  /** Data rides with our final flight: both are repeated until the peer answers. */
  | { readonly tag: "rides"; readonly rttMs: Millis | undefined; readonly now: Millis }
  /** The peer has answered the flight; a final one may still be asked for. */
  | { readonly tag: "answered" };

export type RetransmissionEffect =
  | { readonly tag: "send" }
  /** Replaces the timer that was armed before. */
  | { readonly tag: "arm"; readonly delayMs: Millis }
  | { readonly tag: "disarm" };

type Step = readonly [RetransmissionState, readonly RetransmissionEffect[]];

export const INITIAL_RETRANSMISSION: RetransmissionState = { tag: "idle" };

/** Twice TCP's MSL: at least so long a peer that lacks our last flight is answered. [RFC 6347 §4.2.4] [RFC 793 §3.3] */
const FINAL_FLIGHT_MS: Millis = 240_000;

/** One step of the machine. Pure and total. */
export function stepRetransmission(
  state: RetransmissionState,
  input: RetransmissionInput,
  parameters: DtlsParameters,
): Step {
  switch (input.tag) {
    case "flight":
      return input.final ? beginFinal(input, parameters) : begin(state, input, parameters);
    case "sent":
      return onSent(state, input.octets, input.now, parameters);
    case "timer":
      return onTimer(state, input.now);
    case "rides":
      return onRides(state, input, parameters);
    case "peer-repeats":
      return onPeerRepeats(state, input.now);
    case "answered":
      return state.tag === "waiting" ? [INITIAL_RETRANSMISSION, [{ tag: "disarm" }]] : [state, []];
  }
}

/**
 * A new flight goes at once: it is progress. Where no round trip is known, half a timeout stands for it. The flight's
 * repetitions wait for what the flights before it have used up, too.
 */
function begin(
  state: RetransmissionState,
  { rttMs, now }: RetransmissionInput & { tag: "flight" },
  p: DtlsParameters,
): Step {
  const patienceMs = patience(rttMs, p);
  const quietUntil = state.tag === "idle" ? now : state.quietUntil;
  const sent = { sentAt: now, deafMs: rttMs ?? p.initialTimeoutMs / 2, quietUntil };
  return [{ tag: "waiting", patienceMs, begunAt: now, sends: 1, ...sent }, [{ tag: "send" }]];
}

/** Repeated only when the peer repeats itself, which keeps to a rate of its own: no debt of ours must delay that. */
function beginFinal(
  { rttMs, now }: RetransmissionInput & { tag: "flight" },
  p: DtlsParameters,
): Step {
  const sent = { sentAt: now, deafMs: rttMs ?? p.initialTimeoutMs / 2, quietUntil: now };
  return [
    { tag: "final", until: now + FINAL_FLIGHT_MS, ...sent },
    [{ tag: "disarm" }, { tag: "send" }],
  ];
}

/** The next repetition follows from the `sent` that the rider itself leads to. */
function onRides(
  state: RetransmissionState,
  { rttMs, now }: RetransmissionInput & { tag: "rides" },
  p: DtlsParameters,
): Step {
  if (state.tag !== "final") return [state, []];
  const { sentAt, deafMs, quietUntil } = state;
  const patienceMs = patience(rttMs, p);
  const sent = { sentAt, deafMs, quietUntil };
  const finalFrom = now + p.handshakeTimeoutMs;
  return [{ tag: "waiting", patienceMs, begunAt: now, sends: 1, finalFrom, ...sent }, []];
}

/** Pays for what was sent, and says when the next repetition is due. */
function onSent(state: RetransmissionState, octets: number, now: Millis, p: DtlsParameters): Step {
  if (state.tag === "idle") return [state, []];
  const quietUntil = Math.max(state.quietUntil, now) + octets * p.msPerOctet;
  const next = { ...state, quietUntil };
  if (next.tag === "final") return [next, []];
  const dueAt = next.sentAt + timeoutMs(next, p);
  return [next, [{ tag: "arm", delayMs: Math.max(dueAt, quietUntil) - now }]];
}

function patience(rttMs: Millis | undefined, p: DtlsParameters): Millis {
  return rttMs === undefined ? p.initialTimeoutMs : p.timeoutRoundTrips * rttMs;
}

function onTimer(state: RetransmissionState, now: Millis): Step {
  if (state.tag !== "waiting") return [state, []];
  const { finalFrom, sentAt, deafMs, quietUntil } = state;
  if (finalFrom === undefined || now < finalFrom) return again(state, now);
  return [{ tag: "final", until: now + FINAL_FLIGHT_MS, sentAt, deafMs, quietUntil }, []];
}

/**
 * The first repetition waits until an answer is overdue. The next ones do not wait for a round trip each: by then the
 * path loses, and several copies under way are the way through.
 */
function timeoutMs({ sends, patienceMs, sentAt, begunAt }: Waiting, p: DtlsParameters): Millis {
  if (sends === 1) return patienceMs;
  const grown = Math.min(p.maxTimeoutMs, p.backOff * (sentAt - begunAt));
  return Math.max(p.initialTimeoutMs, grown);
}

/**
 * A repetition by the peer is answered at once [RFC 6347 §4.2.4], unless it was under way when we sent last. A flight
 * is several records, and the network duplicates: so one answer serves them all, and two ends can never drive each
 * other into a storm.
 */
function onPeerRepeats(state: RetransmissionState, now: Millis): Step {
  if (state.tag === "idle" || now < heedsFrom(state)) return [state, []];
  if (state.tag === "final" && now >= state.until) return [INITIAL_RETRANSMISSION, []];
  return again(state, now);
}

function heedsFrom({ sentAt, deafMs, quietUntil }: Sent): Millis {
  return Math.max(sentAt + deafMs, quietUntil);
}

function again(state: Waiting | Final, now: Millis): Step {
  if (state.tag === "final") return [{ ...state, sentAt: now }, [{ tag: "send" }]];
  return [{ ...state, sentAt: now, sends: state.sends + 1 }, [{ tag: "send" }]];
}
