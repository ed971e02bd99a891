import type {
  AgentChanges,
  AgentState,
  AgentStore,
  StoredActivity,
  StoredRequest,
} from "../../../agent/store/agent-store.ts";
import { StoreError } from "../../../agent/store/mitigation-store.ts";

/** A store that tells of every change, and fails where a test wants it to. */
export class FaultyStore implements AgentStore {
  /** How many changes were kept or refused so far. */
  applied = 0;
  /** Whether the change with this number (from 1) fails. */
  failing: (number: number) => boolean = () => false;
  /** Called after a change was kept, with its number. */
  kept: (number: number, changes: AgentChanges) => void = () => {};
  readonly #store: AgentStore;

  constructor(store: AgentStore) {
    this.#store = store;
  }

  load(): AgentState {
    return this.#store.load();
  }

  apply(changes: AgentChanges): readonly StoredActivity[] {
    this.applied += 1;
    const number = this.applied;
    if (this.failing(number)) throw new StoreError("store/write", "the disk is full");
    const activities = this.#store.apply(changes);
    this.kept(number, changes);
    return activities;
  }

  requests(limit: number): readonly StoredRequest[] {
    return this.#store.requests(limit);
  }

  request(id: number): StoredRequest | undefined {
    return this.#store.request(id);
  }

  requestByKey(requestKey: string): StoredRequest | undefined {
    return this.#store.requestByKey(requestKey);
  }

  activities(limit: number, before?: number): readonly StoredActivity[] {
    return this.#store.activities(limit, before);
  }

  close(): void {
    this.#store.close();
  }
}
