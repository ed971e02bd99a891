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
  /** When the client was last found lost. */
  #lostAt: Millis = Number.POSITIVE_INFINITY;

  /** `lastHeardAt`: the latest sign on any session of now. `onLost` is called once for each silence. */
  constructor(clock: Clock, allowedMs: Millis, lastHeardAt: () => Millis, onLost: () => void) {
    this.#clock = clock;
    this.#allowedMs = allowedMs;
    this.#lastHeardAt = lastHeardAt;
    this.#onLost = onLost;
    this.#since = clock.now();
    this.#arm(this.#since);
  }

  /** Whether nothing was heard since the client was found lost. */
  get isLost(): boolean {
    return this.#last() < this.#lostAt && this.#lostAt !== Number.POSITIVE_INFINITY;
  }

  /** A sign of the client that no session will tell of: one began, or is over. */
  heard(at: Millis): void {
    this.#since = Math.max(this.#since, at);
  }

  stop(): void {
    this.#timer?.cancel();
  }

  #last(): Millis {
    return Math.max(this.#since, this.#lastHeardAt());
  }

  #arm(from: Millis): void {
    const delay = from + this.#allowedMs - this.#clock.now();
    this.#timer = this.#clock.after(delay, () => this.#check());
  }

  /** Whatever is heard after a loss is heard for longer than until the next look, so none comes too late. */
  #check(): void {
    const now = this.#clock.now();
    const last = this.#last();
    if (now - last < this.#allowedMs) return this.#arm(last);
    const isKnown = this.isLost;
    this.#arm(now);
    if (isKnown) return;
    this.#lostAt = now;
    this.#onLost();
  }
}
