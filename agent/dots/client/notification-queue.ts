import type { CoapResponse } from "../../coap/types.ts";
import { asError } from "./as-error.ts";
import type { SignalResult } from "./signal-result.ts";

/** What an observation tells: each notification, or that one could not be read. */
export interface Observer {
  /** `final`: the server ended the observation with this one. [RFC 7641 §3.2] */
  notification(result: SignalResult, final: boolean): void;
  /** A notification that is no DOTS answer, or could not be fetched whole. */
  unreadable(error: Error): void;
}

interface Waiting {
  readonly response: CoapResponse;
  readonly final: boolean;
}

/**
 * Reads notifications one after another, because reading one may take requests of its own. Of those that come
 * meanwhile only the latest is kept: it is the state that counts, and a peer must not pile up work. [RFC 7641 §1.3]
 */
export class NotificationQueue {
  readonly #read: (response: CoapResponse) => Promise<SignalResult>;
  readonly #observer: Observer;
  #waiting: Waiting | undefined;
  /** Held at first, until the registration's own answer was handed over. */
  #busy = true;

  constructor(read: (response: CoapResponse) => Promise<SignalResult>, observer: Observer) {
    this.#read = read;
    this.#observer = observer;
  }

  push(response: CoapResponse, final: boolean): void {
    this.#waiting = { response, final };
    if (!this.#busy) void this.#run();
  }

  /** Begins to hand over. */
  release(): void {
    void this.#run();
  }

  async #run(): Promise<void> {
    this.#busy = true;
    for (let next = this.#take(); next !== undefined; next = this.#take()) {
      const outcome = await this.#read(next.response).catch(asError);
      if (outcome instanceof Error) this.#observer.unreadable(outcome);
      else this.#observer.notification(outcome, next.final);
    }
    this.#busy = false;
  }

  #take(): Waiting | undefined {
    const next = this.#waiting;
    this.#waiting = undefined;
    return next;
  }
}
