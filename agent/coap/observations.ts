import { isSuccess } from "../wire/coap/code.ts";
import type { Clock } from "../net/ports.ts";
import { isFresher, type Freshest } from "./observe-order.ts";
import { tokenKey } from "./message-layer.ts";
import type { CoapResponse } from "./types.ts";

/** Told of each notification that is fresher than all before it; `final` is the last one. */
export type OnNotification = (response: CoapResponse, about: { readonly final: boolean }) => void;

/** What became of a response with the token of an observation. */
export type Delivery =
  | { readonly tag: "unknown" }
  | { readonly tag: "stale" }
  | { readonly tag: "deliver"; readonly to: OnNotification; readonly final: boolean };

interface Observation {
  freshest: Freshest;
  readonly onNotification: OnNotification;
}

/** The resources of the peer that we observe, by token. [RFC 7641 §3] */
export class Observations {
  readonly #clock: Clock;
  readonly #byToken = new Map<string, Observation>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#byToken.size;
  }

  /** Begins with the answer to the registration, whose Observe value is `sequence`. */
  add(token: Uint8Array, sequence: number, onNotification: OnNotification): void {
    const freshest = { sequence, at: this.#clock.now() };
    this.#byToken.set(tokenKey(token), { freshest, onNotification });
  }

  /** Forgets an observation; says whether there was one. [RFC 7641 §3.6] */
  remove(token: Uint8Array): boolean {
    return this.#byToken.delete(tokenKey(token));
  }

  /**
   * Sorts a response in by its Observe value. One without, or an error, is the end of the observation.
   * [RFC 7641 §3.2] [RFC 7641 §3.4]
   */
  onResponse(token: Uint8Array, response: CoapResponse, sequence: number | undefined): Delivery {
    const observation = this.#byToken.get(tokenKey(token));
    if (observation === undefined) return { tag: "unknown" };
    const to = observation.onNotification;
    if (sequence === undefined || !isSuccess(response.code)) {
      this.remove(token);
      return { tag: "deliver", to, final: true };
    }
    const incoming = { sequence, at: this.#clock.now() };
    if (!isFresher(observation.freshest, incoming)) return { tag: "stale" };
    observation.freshest = incoming;
    return { tag: "deliver", to, final: false };
  }

  clear(): void {
    this.#byToken.clear();
  }
}
