import type { Clock, Millis, Timer } from "../net/ports.ts";
import type { HandshakeFailure } from "./handshake.ts";
import type { DtlsParameters } from "./parameters.ts";

/** What anyone can have sent, and by which the handshake would be over: it counts if nothing comes after it. */
export type Suspicion =
  /** An alert in the clear. */
  | { readonly tag: "alert"; readonly description: number }
  /** A message in the clear that cannot be, and what came of it. */
  | { readonly tag: "fault"; readonly failure: HandshakeFailure };

/** Why a handshake is given up. */
export type Impatience =
  | Suspicion
  /** Its time is over. */
  | { readonly tag: "late" }
  /** The peer fell silent when it was shown the proof. */
  | { readonly tag: "silent" };

/** Round trips that the true answer may take, where that is longer than the time that is given anyway. */
const GRACE_ROUND_TRIPS = 2;

/** What a handshake is waited for, and how long. It ends with the handshake. */
export class HandshakePatience {
  readonly #clock: Clock;
  readonly #parameters: DtlsParameters;
  readonly #giveUp: (why: Impatience) => void;
  readonly #deadline: Timer;
  #suspicion: Timer | undefined;
  #verdict: Timer | undefined;

  constructor(
    deps: { readonly clock: Clock; readonly parameters: DtlsParameters },
    giveUp: (why: Impatience) => void,
  ) {
    this.#clock = deps.clock;
    this.#parameters = deps.parameters;
    this.#giveUp = giveUp;
    this.#deadline = this.#after(deps.parameters.handshakeTimeoutMs, { tag: "late" });
  }

  /** The first suspicion stands until the handshake goes on, or its grace is over. */
  suspect(suspicion: Suspicion, rttMs: Millis = 0): void {
    const graceMs = Math.max(this.#parameters.alertGraceMs, GRACE_ROUND_TRIPS * rttMs);
    this.#suspicion ??= this.#after(graceMs, suspicion);
  }

  /** The handshake goes on: what would have ended it was forged. */
  trust(): void {
    this.#suspicion?.cancel();
    this.#suspicion = undefined;
  }

  /** The proof has just gone out, on a path that has lost nothing so far. */
  awaitVerdict(): void {
    const { proofPatienceMs } = this.#parameters;
    if (!Number.isFinite(proofPatienceMs)) return;
    this.#verdict ??= this.#after(proofPatienceMs, { tag: "silent" });
  }

  /** The handshake is over. */
  stop(): void {
    for (const timer of [this.#deadline, this.#suspicion, this.#verdict]) timer?.cancel();
  }

  #after(delay: Millis, why: Impatience): Timer {
    return this.#clock.after(delay, () => this.#giveUp(why));
  }
}
