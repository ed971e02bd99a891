import { isSuccess } from "../wire/coap/code.ts";
import type { Clock } from "../net/ports.ts";
import { CoapError } from "./error.ts";
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
  readonly #limit: number;
  readonly #byToken = new Map<string, Observation>();
  /** Registrations under way. */
  readonly #reserved = new Set<string>();

  constructor(clock: Clock, limit: number) {
    this.#clock = clock;
    this.#limit = limit;
  }

  get size(): number {
    return this.#byToken.size;
  }

  /** Keeps a place for a registration that is about to be sent. @throws {CoapError} `coap/busy`: there is none left */
  reserve(token: Uint8Array): void {
    if (this.#byToken.size + this.#reserved.size >= this.#limit) {
      throw new CoapError("coap/busy", `${this.#limit} observations are under way`);
    }
    this.#reserved.add(tokenKey(token));
  }

  /** Gives the place back, unless it was taken by `add`. */
  release(token: Uint8Array): void {
    this.#reserved.delete(tokenKey(token));
  }

  /** Begins with the answer to the registration, whose Observe value is `sequence`. */
  add(token: Uint8Array, sequence: number, onNotification: OnNotification): void {
    const freshest = { sequence, at: this.#clock.now() };
    this.#reserved.delete(tokenKey(token));
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
    this.#reserved.clear();
  }
}
