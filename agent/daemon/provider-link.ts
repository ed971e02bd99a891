import { CoapError } from "../coap/error.ts";
import type { DotsClient } from "../dots/client/client.ts";
import type { SignalResult } from "../dots/client/signal-result.ts";
import type { Clock } from "../net/ports.ts";
import type { MitigationScope } from "../wire/cbor/types.ts";
import { Gate } from "./gate.ts";
import { StatusWatch, type WatchListener } from "./status-watch.ts";

/** PUTs and DELETEs at once: the session has room for 32 exchanges, and status and heartbeats need some too. */
const ROOM = 20;

/** What a PUT tells of its own course. */
export interface PutCourse {
  /** Whether it is still wanted now that its turn has come. */
  wanted(): boolean;
  left(): void;
  /** `stray`: a copy of it may still be on its way. */
  settled(stray: boolean): void;
}

/** One session with one provider as its requests use it: from the moment it stands until it is replaced or lost. */
export class ProviderLink {
  readonly #client: DotsClient;
  readonly #gate = new Gate(ROOM);
  readonly #watch: StatusWatch;
  #ended = false;

  constructor(clock: Clock, client: DotsClient, listener: WatchListener) {
    this.#client = client;
    this.#watch = new StatusWatch(clock, client, listener);
  }

  get cuid(): string {
    return this.#client.cuid;
  }

  /** Whether it is this client's. */
  isOf(client: DotsClient): boolean {
    return this.#client === client;
  }

  /** Whether nothing that still comes from it counts. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Asks for a mitigation, or refreshes it, when there is room. */
  async put(mid: number, scope: MitigationScope, course: PutCourse): Promise<SignalResult> {
    return this.#gate.through(async () => {
      if (!course.wanted()) throw new CoapError("coap/closed", "not wanted any more");
      course.left();
      let stray = true;
      try {
        const result = await this.#client.requestMitigation(mid, scope);
        stray = result.transmissions > 1;
        return result;
      } finally {
        course.settled(stray);
      }
    });
  }

  /** Withdraws a mitigation, when there is room; `onSent` is called as it leaves. */
  async withdraw(mid: number, onSent: () => void): Promise<SignalResult> {
    return this.#gate.through(() => {
      onSent();
      return this.#client.withdraw(mid);
    });
  }

  /** Follows a mitigation's status. Idempotent. */
  watch(mid: number): void {
    this.#watch.add(mid);
  }

  unwatch(mid: number): void {
    this.#watch.remove(mid);
  }

  /** Asks what the server has of ours. */
  ask(): void {
    void this.#watch.ask();
  }

  /** Idempotent. The session itself is its owner's to close. */
  end(): void {
    this.#ended = true;
    this.#gate.close();
    this.#watch.end();
  }
}
