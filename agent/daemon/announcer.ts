import type { EventName, EventPayload, Status } from "../control/contract.ts";
import type { EventSource } from "../control/handlers.ts";
import type { Clock, Millis, Timer } from "../net/ports.ts";
import type { Log } from "./log.ts";

type Listener = Parameters<EventSource["subscribe"]>[0];

/** Between two statuses: a screen need not be newer, and many changes come at once. */
const STATUS_EVERY_MS: Millis = 250;

/** Tells whoever listens: the log's entries at once, the status soon after it changed. */
export class Announcer implements EventSource {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #status: () => Status;
  readonly #listeners = new Set<Listener>();
  #timer: Timer | undefined;
  #toldAt = Number.NEGATIVE_INFINITY;
  #closed = false;

  constructor(clock: Clock, log: Log, status: () => Status) {
    this.#clock = clock;
    this.#log = log;
    this.#status = status;
  }

  subscribe(listener: Listener): { stop(): void } {
    const own: Listener = (name, payload) => listener(name, payload); // one entry a subscription
    this.#listeners.add(own);
    return { stop: () => void this.#listeners.delete(own) };
  }

  first<Name extends EventName>(name: Name): EventPayload<Name> | undefined;
  first(name: EventName): Status | undefined {
    return name === "agent.changed" ? this.#status() : undefined;
  }

  /** Something of the status changed. */
  changed(): void {
    if (this.#timer !== undefined || this.#closed) return;
    const wait = Math.max(0, this.#toldAt + STATUS_EVERY_MS - this.#clock.now());
    this.#timer = this.#clock.after(wait, () => this.#tell());
  }

  /** The log has a new entry. */
  logged(entry: EventPayload<"activity.logged">): void {
    this.#each("activity.logged", entry);
  }

  /** Tells what is still to tell, then nothing any more. */
  close(): void {
    if (this.#timer !== undefined) this.#tell();
    this.#closed = true;
    this.#listeners.clear();
  }

  #tell(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#toldAt = this.#clock.now();
    if (this.#listeners.size > 0) this.#each("agent.changed", this.#status());
  }

  /** One listener's fault is not the others'. */
  #each<Name extends EventName>(name: Name, payload: EventPayload<Name>): void {
    for (const listener of this.#listeners) {
      try {
        listener(name, payload);
      } catch (error) {
        this.#log.error({ event: name, reason: String(error) }, "a listener failed");
      }
    }
  }
}
