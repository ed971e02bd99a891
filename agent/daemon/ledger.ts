import { ControlError } from "../control/control-error.ts";
import type { Clock, Millis, Timer } from "../net/ports.ts";
import type {
  AgentChanges,
  AgentStore,
  NewActivity,
  StoredActivity,
  StoredMid,
  StoredProvider,
  StoredRequest,
} from "../store/agent-store.ts";
import { StoreError } from "../store/mitigation-store.ts";
import type { Log } from "./log.ts";

/** Before what could not be kept is tried again. */
const AGAIN_MS: Millis = 5_000;

/** The log's entries that wait for a store that takes them; older ones are given up. */
const MOST_ACTIVITIES = 500;

/**
 * All changes go to the store through here. What a user asks for is kept or refused; what has happened has happened,
 * and is kept as soon as the store takes it: a full disk must not end a mitigation.
 */
export class Ledger {
  readonly #store: AgentStore;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #onLogged: (entry: StoredActivity) => void;
  #backlog = new Backlog();
  #timer: Timer | undefined;
  #closed = false;

  constructor(
    deps: { readonly store: AgentStore; readonly clock: Clock; readonly log: Log },
    onLogged: (entry: StoredActivity) => void,
  ) {
    this.#store = deps.store;
    this.#clock = deps.clock;
    this.#log = deps.log;
    this.#onLogged = onLogged;
  }

  /**
   * Keeps what a user asked for.
   * @throws {ControlError} `store-failed`: nothing of it is kept.
   */
  keep(changes: AgentChanges): void {
    this.#refuseClosed();
    try {
      this.#apply(changes);
    } catch (error) {
      throw this.#failed(error);
    }
  }

  /** Keeps what happened, now or later. */
  note(changes: AgentChanges): void {
    if (this.#closed) return;
    try {
      this.#apply(changes);
    } catch (error) {
      const code = error instanceof StoreError ? error.code : "internal";
      this.#backlog.add(changes);
      this.#log.error({ code, reason: String(error) }, "cannot be kept; tried again");
      this.#tryAgain();
    }
  }

  /** @throws {ControlError} `store-failed` */
  read<T>(look: (store: AgentStore) => T): T {
    this.#refuseClosed();
    try {
      return look(this.#store);
    } catch (error) {
      throw this.#failed(error);
    }
  }

  /** Keeps what still waits, if it can, and releases the store. */
  close(): void {
    if (this.#closed) return;
    this.note({});
    this.#closed = true;
    this.#timer?.cancel();
    this.#store.close();
  }

  #apply(changes: AgentChanges): void {
    const logged = this.#store.apply(this.#backlog.with(changes));
    this.#backlog = new Backlog();
    this.#timer?.cancel();
    this.#timer = undefined;
    for (const entry of logged) this.#onLogged(entry);
  }

  #tryAgain(): void {
    this.#timer ??= this.#clock.after(AGAIN_MS, () => {
      this.#timer = undefined;
      this.note({});
    });
  }

  #failed(error: unknown): unknown {
    if (!(error instanceof StoreError)) return error;
    this.#log.error({ code: error.code, reason: error.message }, "the store failed");
    return new ControlError({
      reason: "store-failed",
      message: "The agent's data cannot be read or written, so nothing was done.",
      hint: "Is the disk full, or is the data directory not writable? The agent's log says more.",
      cause: error,
    });
  }

  #refuseClosed(): void {
    if (!this.#closed) return;
    throw new ControlError({ reason: "stopping", message: "The agent is ending." });
  }
}

/** What happened and could not be kept yet: the latest of each thing. */
class Backlog {
  readonly #providers = new Map<string, StoredProvider>();
  readonly #requests = new Map<number, StoredRequest>();
  readonly #mids = new Map<string, StoredMid>();
  #activities: NewActivity[] = [];

  /** Only what can happen by itself: users' changes are kept at once or refused. */
  add({ providers = [], requests = [], mids = [], activities = [] }: AgentChanges): void {
    for (const provider of providers) this.#providers.set(provider.id, provider);
    for (const request of requests) this.#requests.set(request.id, request);
    for (const mid of mids) this.#mids.set(`${mid.server} ${mid.cuid}`, mid);
    this.#activities = [...this.#activities, ...activities].slice(-MOST_ACTIVITIES);
  }

  /** The changes, after all that waits. */
  with(changes: AgentChanges): AgentChanges {
    const all = new Backlog();
    all.add({
      providers: [...this.#providers.values()],
      requests: [...this.#requests.values()],
      mids: [...this.#mids.values()],
      activities: this.#activities,
    });
    all.add(changes);
    const removed = new Set(changes.removeProviders);
    return {
      ...changes,
      providers: [...all.#providers.values()].filter(({ id }) => !removed.has(id)),
      requests: [...all.#requests.values()],
      mids: [...all.#mids.values()],
      activities: all.#activities,
    };
  }
}
