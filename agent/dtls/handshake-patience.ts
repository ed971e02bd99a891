import type { Clock, Millis, Timer } from "../net/ports.ts";
import type { DtlsParameters } from "./parameters.ts";

/** Why a handshake is given up. */
export type Impatience =
  /** Its time is over. */
  | { readonly tag: "late" }
  /** The peer fell silent when it was shown the proof. */
  | { readonly tag: "silent" }
  /** An alert in the clear came, and nothing after it. */
  | { readonly tag: "alert"; readonly description: number };

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

  /** Anyone can send an alert in the clear, so it only counts if the handshake does not go on after it. */
  suspect(description: number): void {
    this.#suspicion ??= this.#after(this.#parameters.alertGraceMs, { tag: "alert", description });
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
