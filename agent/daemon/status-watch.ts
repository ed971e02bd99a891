import type { DotsClient, Observation } from "../dots/client/client.ts";
import type { SignalResult } from "../dots/client/signal-result.ts";
import type { Clock, Millis, Timer } from "../net/ports.ts";
import { toldBy, type Told } from "./told.ts";

/** What a watch tells. */
export interface WatchListener {
  told(told: Told): void;
  /** The server does not have it. */
  gone(mid: number, since: Millis): void;
  /** All that the server has of ours. */
  listed(all: readonly Told[], since: Millis): void;
  /** A question got no answer. */
  failed(error: unknown): void;
}

interface Watched {
  /** `polled`: the server tells nothing by itself. */
  state: "registering" | "observed" | "polled";
  observation: Observation | undefined;
  /** Whether observing it has been tried on this session. */
  tried: boolean;
  heardAt: Millis;
}

/** Observations of one session: a server may allow few, and each costs it work. */
const MOST_OBSERVED = 6;

/** Between two questions after what is not observed. */
const POLL_MS: Millis = 15_000;

/** An observation that told nothing for so long is asked after: a notification may be lost, a server may forget. */
const QUIET_MS: Millis = 45_000;

/**
 * Follows mitigations on one session: by observing them as far as the server lets us, otherwise by one question for
 * all of them now and then. [RFC 9132 §4.4.2.1]
 */
export class StatusWatch {
  readonly #clock: Clock;
  readonly #client: DotsClient;
  readonly #listener: WatchListener;
  readonly #watched = new Map<number, Watched>();
  #timer: Timer | undefined;
  #asking = false;
  #ended = false;

  constructor(clock: Clock, client: DotsClient, listener: WatchListener) {
    this.#clock = clock;
    this.#client = client;
    this.#listener = listener;
  }

  /** Follows a mitigation that the server has. Idempotent. */
  add(mid: number): void {
    if (this.#ended || this.#watched.has(mid)) return;
    const heardAt = this.#clock.now();
    this.#watched.set(mid, { state: "polled", observation: undefined, tried: false, heardAt });
    this.#observeMore();
    this.#arm();
  }

  /** Follows it no longer. */
  remove(mid: number): void {
    const watched = this.#watched.get(mid);
    this.#watched.delete(mid);
    cancel(watched);
    this.#observeMore();
  }

  /** Asks now for all that the server has of ours. */
  async ask(): Promise<void> {
    if (this.#asking || this.#ended) return;
    this.#asking = true;
    const since = this.#clock.now();
    try {
      const all = toldBy(await this.#client.getMitigations(), since);
      if (all !== undefined && !this.#ended) this.#list(all, since);
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#asking = false;
    }
  }

  /** The session is over. Idempotent. */
  end(): void {
    this.#ended = true;
    this.#timer?.cancel();
    this.#watched.clear(); // the session takes the observations with it
  }

  #observeMore(): void {
    if (this.#ended) return;
    let room = MOST_OBSERVED;
    for (const { state } of this.#watched.values()) if (state !== "polled") room -= 1;
    for (const [mid, watched] of this.#watched) {
      if (room <= 0) return;
      if (watched.tried) continue;
      room -= 1;
      void this.#observe(mid, watched);
    }
  }

  async #observe(mid: number, watched: Watched): Promise<void> {
    watched.tried = true;
    watched.state = "registering";
    const since = this.#clock.now();
    try {
      const observation = await this.#client.observe(
        { mid },
        {
          notification: (result, final) => this.#notified(mid, watched, result, final),
          unreadable: (error) => this.#fail(error),
        },
      );
      if (this.#watched.get(mid) !== watched) return cancel({ ...watched, observation });
      watched.state = observation.established ? "observed" : "polled";
      watched.observation = observation.established ? observation : undefined;
      this.#read(mid, watched, observation.first, since);
    } catch (error) {
      watched.state = "polled";
      this.#fail(error);
    }
  }

  #notified(mid: number, watched: Watched, result: SignalResult, final: boolean): void {
    if (this.#watched.get(mid) !== watched) return;
    if (final) {
      watched.state = "polled";
      watched.observation = undefined;
    }
    this.#read(mid, watched, result, this.#clock.now());
  }

  #read(mid: number, watched: Watched, result: SignalResult, since: Millis): void {
    const all = toldBy(result, since);
    if (all === undefined) return;
    watched.heardAt = this.#clock.now();
    const told = all.find((one) => one.mid === mid);
    if (told === undefined) this.#listener.gone(mid, since);
    else this.#listener.told(told);
  }

  #list(all: readonly Told[], since: Millis): void {
    for (const watched of this.#watched.values()) watched.heardAt = this.#clock.now();
    this.#listener.listed(all, since);
  }

  #fail(error: unknown): void {
    if (!this.#ended) this.#listener.failed(error);
  }

  #arm(): void {
    if (this.#timer !== undefined || this.#ended) return;
    this.#timer = this.#clock.after(POLL_MS, () => {
      this.#timer = undefined;
      if (this.#watched.size === 0) return;
      if (this.#isDue()) void this.ask();
      this.#arm();
    });
  }

  #isDue(): boolean {
    const quietSince = this.#clock.now() - QUIET_MS;
    return [...this.#watched.values()].some(
      ({ state, heardAt }) => state === "polled" || heardAt < quietSince,
    );
  }
}

/** The server learns of it sooner or later: from a Reset to its next notification, if not from this. */
function cancel(watched: Watched | undefined): void {
  watched?.observation?.cancel().catch(() => undefined);
}
