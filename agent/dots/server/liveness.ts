import type { Clock, Millis, Timer } from "../../net/ports.ts";

/**
 * Tells when a client as a whole is lost: nothing at all heard from it, on any session, for as long as it takes to
 * miss every heartbeat. The orderly end of a session is no loss in itself (a client may come back on
 * another), so what counts is silence; after a restart of the server it is counted from there. [RFC 9132 §4.7]
 */
export class Liveness {
  readonly #clock: Clock;
  readonly #allowedMs: Millis;
  readonly #lastHeardAt: () => Millis;
  readonly #onLost: () => void;
  #timer: Timer | undefined;
  #since: Millis;

  /** `lastHeardAt`: the latest sign on any session of now. `onLost` is called once for each silence. */
  constructor(clock: Clock, allowedMs: Millis, lastHeardAt: () => Millis, onLost: () => void) {
    this.#clock = clock;
    this.#allowedMs = allowedMs;
    this.#lastHeardAt = lastHeardAt;
    this.#onLost = onLost;
    this.#since = clock.now();
    this.#arm();
  }

  /** Something was heard now: a session began or ended. */
  heard(): void {
    this.#since = this.#clock.now();
    if (this.#timer === undefined) this.#arm();
  }

  stop(): void {
    this.#timer?.cancel();
  }

  #arm(): void {
    const last = Math.max(this.#since, this.#lastHeardAt());
    const delay = last + this.#allowedMs - this.#clock.now();
    this.#timer = this.#clock.after(delay, () => this.#check());
  }

  #check(): void {
    this.#timer = undefined;
    const last = Math.max(this.#since, this.#lastHeardAt());
    if (this.#clock.now() - last < this.#allowedMs) this.#arm();
    else this.#onLost();
  }
}
