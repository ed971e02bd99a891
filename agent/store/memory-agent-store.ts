import { checkedChanges } from "./agent-records.ts";
import type {
  AgentChanges,
  AgentState,
  AgentStore,
  StoredActivity,
  StoredMid,
  StoredProvider,
  StoredRequest,
  StoredTarget,
} from "./agent-store.ts";
import { StoreError } from "./mitigation-store.ts";
import { isOver, isTimeToTrim, KEPT } from "./retention.ts";

/** What outlives a `MemoryAgentStore`, as a file outlives the store that has it open. */
interface Kept {
  readonly providers: Map<string, StoredProvider>;
  readonly targets: Map<string, StoredTarget>;
  readonly mids: Map<string, StoredMid>;
  requests: ReadonlyMap<number, StoredRequest>;
  /** Oldest first. */
  activities: readonly StoredActivity[];
  lastRequestId: number;
  lastActivityId: number;
}

/** An agent's store that lives as long as the process: for tests and simulations. */
export class MemoryAgentStore implements AgentStore {
  readonly #kept: Kept;
  #isOpen = true;

  constructor() {
    this.#kept = {
      providers: new Map(),
      targets: new Map(),
      mids: new Map(),
      requests: new Map(),
      activities: [],
      lastRequestId: 0,
      lastActivityId: 0,
    };
  }

  /** What the agent finds that starts after this store's has ended, in whatever way: this one is closed. */
  reopened(): MemoryAgentStore {
    this.close();
    const next = new MemoryAgentStore();
    Object.assign(next.#kept, this.#kept);
    return next;
  }

  load(): AgentState {
    const { providers, targets, requests, mids, lastRequestId } = this.#opened();
    return structuredClone({
      providers: [...providers.values()],
      targets: [...targets.values()],
      requests: newestFirst(requests)
        .filter((request) => !isOver(request))
        .toReversed(),
      mids: [...mids.values()].toSorted(
        (a, b) => compare(a.server, b.server) || compare(a.cuid, b.cuid),
      ),
      lastRequestId,
    });
  }

  apply(changes: AgentChanges): readonly StoredActivity[] {
    const kept = this.#opened();
    const checked = checkedChanges(changes);
    kept.requests = trimmed(withRequests(kept.requests, checked.requests)); // the one that may throw
    kept.lastRequestId = Math.max(kept.lastRequestId, ...checked.requests.map(({ id }) => id));
    for (const id of checked.removeProviders) kept.providers.delete(id);
    for (const provider of checked.providers) kept.providers.set(provider.id, provider);
    for (const id of checked.removeTargets) kept.targets.delete(id);
    for (const target of checked.targets) kept.targets.set(target.id, target);
    for (const mid of checked.mids) kept.mids.set(JSON.stringify([mid.server, mid.cuid]), mid);
    const added = checked.activities.map((activity) => ({
      ...activity,
      id: ++kept.lastActivityId,
    }));
    const activities = [...kept.activities, ...added];
    kept.activities = isTimeToTrim(activities.length, KEPT.activities)
      ? activities.slice(-KEPT.activities)
      : activities;
    return structuredClone(added);
  }

  requests(limit: number): readonly StoredRequest[] {
    return structuredClone(newestFirst(this.#opened().requests).slice(0, Math.max(0, limit)));
  }

  request(id: number): StoredRequest | undefined {
    return structuredClone(this.#opened().requests.get(id));
  }

  requestByKey(requestKey: string): StoredRequest | undefined {
    return structuredClone(byKey(this.#opened().requests, requestKey));
  }

  activities(limit: number, before = Infinity): readonly StoredActivity[] {
    const older = this.#opened().activities.filter(({ id }) => id < before);
    return structuredClone(older.toReversed().slice(0, Math.max(0, limit)));
  }

  close(): void {
    this.#isOpen = false;
  }

  #opened(): Kept {
    if (!this.#isOpen) throw new StoreError("store/unavailable", "the store is closed");
    return this.#kept;
  }
}

type Requests = ReadonlyMap<number, StoredRequest>;

/** @throws {StoreError} two requests would have one key. */
function withRequests(requests: Requests, saved: readonly StoredRequest[]): Requests {
  const next = new Map(requests);
  for (const request of saved) {
    const other = request.requestKey === null ? undefined : byKey(next, request.requestKey);
    if (other !== undefined && other.id !== request.id) {
      throw new StoreError("store/write", `the request ${other.id} has the same key`);
    }
    next.set(request.id, request);
  }
  return next;
}

function trimmed(requests: Requests): Requests {
  const over = newestFirst(requests).filter(isOver);
  if (!isTimeToTrim(over.length, KEPT.overRequests)) return requests;
  const next = new Map(requests);
  for (const { id } of over.slice(KEPT.overRequests)) next.delete(id);
  return next;
}

function byKey(requests: Requests, requestKey: string): StoredRequest | undefined {
  return [...requests.values()].find((request) => request.requestKey === requestKey);
}

function newestFirst(requests: Requests): StoredRequest[] {
  return [...requests.values()].toSorted((a, b) => b.id - a.id);
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
