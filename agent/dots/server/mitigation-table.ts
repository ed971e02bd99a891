import type { Clock, Timer } from "../../net/ports.ts";
import type { MitigationStore } from "../../store/mitigation-store.ts";
import type { ClientDirectory } from "./clients.ts";
import type { Log } from "./log.ts";
import { isRunning, statusOf, step } from "./mitigation-machine.ts";
import type { Mitigation, MitigationEffect, MitigationInput } from "./mitigation-machine.ts";
import { idOf, orderOf } from "./mitigation-record.ts";
import type { MitigationRecord, RecordKey } from "./mitigation-record.ts";
import type { Mitigator } from "./mitigator.ts";
import type { ServerPolicy } from "./policy.ts";
import { RecordKeeper } from "./record-keeper.ts";
import type { RecordChange } from "./record-keeper.ts";
import { restoreMitigations } from "./restore-mitigations.ts";

/** Hears of one client's mitigations. `departed` is the last word on one that is gone. Must not throw. */
export type Watcher = (departed?: MitigationRecord) => void;

/** What the table works with. */
export interface TableParts {
  readonly clock: Clock;
  readonly mitigator: Mitigator;
  readonly store: MitigationStore;
  readonly policy: ServerPolicy;
  readonly log: Log;
}

/** What a client asked for that is to become a mitigation. */
export type NewRecord = Pick<MitigationRecord, "key" | "target" | "listedOctets">;

/** A step that one mitigation is to take. */
export type RecordStep = readonly [MitigationRecord, MitigationInput];

interface Entry {
  record: MitigationRecord;
  timer: Timer | undefined;
}

/** What is decided and has not happened yet. */
interface Change extends RecordChange {
  readonly entry: Entry;
}

/**
 * All mitigations of a server: drives the machine of each, and owns their timers. What a client asks for is kept in
 * the store before anything else of it happens; what happens by itself is kept as soon as the store can.
 */
export class MitigationTable {
  readonly #parts: TableParts;
  readonly #keeper: RecordKeeper;
  readonly #entries = new Map<string, Entry>();
  readonly #byClient = new Map<string, Set<Entry>>();
  readonly #watchers = new Map<string, Set<Watcher>>();
  #ticker: Timer | undefined;
  #closed = false;

  constructor(parts: TableParts) {
    this.#parts = parts;
    this.#keeper = new RecordKeeper(parts, (id) => this.#entries.get(id)?.record);
  }

  /** Takes up what an earlier run left, all of it or nothing; see `restoreMitigations`. @throws {StoreError} */
  load(clients: ClientDirectory): void {
    for (const record of restoreMitigations(this.#parts, clients)) this.#resume(record);
  }

  get(key: RecordKey): MitigationRecord | undefined {
    return this.#entries.get(idOf(key))?.record;
  }

  /** The mitigations of one cuid of a client, by mid. */
  of(client: string, cuid: string): MitigationRecord[] {
    return this.#ofClient(client)
      .filter(({ key }) => key.cuid === cuid)
      .toSorted((a, b) => a.key.mid - b.key.mid);
  }

  all(): MitigationRecord[] {
    return [...this.#entries.values()].map((entry) => entry.record);
  }

  /** How many mitigations a client has, of all its cuids. */
  count(client: string): number {
    return this.#byClient.get(client)?.size ?? 0;
  }

  /** What the mitigations of one cuid, without `except`, take at most in a list. */
  listedOctets(client: string, cuid: string, except: readonly MitigationRecord[] = []): number {
    const leaving = new Set(except.map(({ id }) => id));
    return this.of(client, cuid)
      .filter(({ id }) => !leaving.has(id))
      .reduce((octets, record) => octets + record.listedOctets, 0);
  }

  /** Whether any other client than this one has mitigations under this cuid. */
  isUsedByOthers(cuid: string, client: string): boolean {
    for (const { record } of this.#entries.values()) {
      if (record.key.cuid === cuid && record.key.client !== client) return true;
    }
    return false;
  }

  /**
   * Adds what `created` made and takes `others` along, each at most once.
   * @throws {StoreError} it could not be kept; then nothing has changed.
   */
  add(
    made: NewRecord,
    [mitigation, effects]: readonly [Mitigation, readonly MitigationEffect[]],
    others: readonly RecordStep[] = [],
  ): MitigationRecord {
    const record: MitigationRecord = { ...made, id: idOf(made.key), mitigation };
    const entry: Entry = { record, timer: undefined };
    const changes = [{ entry, next: record, effects }, ...this.#plan(others)];
    this.#keeper.keep(changes);
    this.#carryOut(changes);
    return record;
  }

  /** One step of one mitigation. @throws {StoreError} it could not be kept; then nothing has changed. */
  step(record: MitigationRecord, input: MitigationInput): MitigationRecord {
    const changes = this.#plan([[record, input]]);
    this.#keeper.keep(changes);
    this.#carryOut(changes);
    return changes[0]?.next ?? record;
  }

  /** Steps that nobody waits for, in this order, each of another mitigation: they happen even if the store fails. */
  stepAnyway(steps: readonly RecordStep[]): void {
    const changes = this.#plan(steps);
    this.#keeper.keepAnyway(changes);
    this.#carryOut(changes);
  }

  /** Hears of every change of a client's mitigations, and of the passing of time while there are any. */
  watch(client: string, cuid: string, watcher: Watcher): () => void {
    const key = watchKey(client, cuid);
    const watchers = this.#watchers.get(key) ?? new Set();
    this.#watchers.set(key, watchers.add(watcher));
    this.#tick();
    return () => {
      const wasThere = watchers.delete(watcher);
      if (wasThere && watchers.size === 0) this.#watchers.delete(key);
    };
  }

  /** Keeps everything as it stands and lets go of it. The store is closed by its owner. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#ticker?.cancel();
    for (const { timer } of this.#entries.values()) timer?.cancel();
    this.#keeper.close(this.all());
    this.#watchers.clear();
    this.#parts.mitigator.close();
  }

  #ofClient(client: string): MitigationRecord[] {
    return [...(this.#byClient.get(client) ?? [])].map((entry) => entry.record);
  }

  #insert(entry: Entry): void {
    const { id, key } = entry.record;
    const former = this.#entries.get(id);
    if (former !== undefined) this.#delete(former);
    this.#entries.set(id, entry);
    this.#byClient.set(key.client, (this.#byClient.get(key.client) ?? new Set()).add(entry));
  }

  #delete(entry: Entry): void {
    const { id, key } = entry.record;
    entry.timer?.cancel();
    this.#entries.delete(id);
    const own = this.#byClient.get(key.client);
    own?.delete(entry);
    if (own?.size === 0) this.#byClient.delete(key.client);
  }

  #resume(record: MitigationRecord): void {
    const entry: Entry = { record, timer: undefined };
    this.#insert(entry);
    if (isRunning(record.mitigation)) this.#start(record, true);
    this.#arm(entry);
    this.#tick();
  }

  #plan(steps: readonly RecordStep[]): Change[] {
    if (this.#closed) return [];
    return steps.flatMap(([{ id }, input]) => {
      const entry = this.#entries.get(id);
      if (entry === undefined) return [];
      const [mitigation, effects] = step(entry.record.mitigation, input, this.#parts.policy);
      return { entry, next: { ...entry.record, mitigation }, effects };
    });
  }

  #carryOut(changes: readonly Change[]): void {
    for (const change of changes) this.#change(change);
    this.#tick();
  }

  #change({ entry, next, effects }: Change): void {
    const before = statusOf(entry.record.mitigation);
    const isNew = this.#entries.get(next.id) !== entry;
    entry.record = next;
    const gone = next.mitigation.state.tag === "removed";
    if (gone) this.#delete(entry);
    else if (isNew) this.#insert(entry);
    this.#arm(entry);
    const status = statusOf(next.mitigation);
    if (status !== before || isNew) this.#parts.log.info({ ...next.key, status }, "mitigation");
    for (const { tag } of effects) this.#act(next, tag, gone);
  }

  #act(record: MitigationRecord, effect: MitigationEffect["tag"], gone: boolean): void {
    switch (effect) {
      case "start":
        return this.#start(record, false);
      case "update":
        return this.#order(record, (mitigator) => mitigator.update(orderOf(record, false)));
      case "stop":
        return this.#order(record, (mitigator) => mitigator.stop(record.id));
      case "notify":
        return this.#notify(record, gone);
      case "save":
      case "forget":
        return undefined; // done already
      default:
        return effect satisfies never;
    }
  }

  #start(record: MitigationRecord, resumed: boolean): void {
    this.#order(record, (mitigator) =>
      mitigator.start(orderOf(record, resumed), (news) =>
        this.stepAnyway([[record, { tag: "report", ...news }]]),
      ),
    );
  }

  /** A plugin that throws must not take a session, or the server, with it. */
  #order(record: MitigationRecord, act: (mitigator: Mitigator) => void): void {
    try {
      act(this.#parts.mitigator);
    } catch (error) {
      this.#parts.log.error({ ...record.key, reason: String(error) }, "the mitigator failed");
    }
  }

  #arm(entry: Entry): void {
    entry.timer?.cancel();
    entry.timer = undefined;
    const { expiresAt, state } = entry.record.mitigation;
    if (expiresAt === undefined || state.tag === "removed") return;
    const delay = Math.min(expiresAt - this.#parts.clock.now(), MAX_TIMER_MS);
    // A long lifetime takes several timers: the step comes back here, whatever it did.
    entry.timer = this.#parts.clock.after(delay, () =>
      this.stepAnyway([[entry.record, { tag: "due", at: this.#parts.clock.now() }]]),
    );
  }

  /** Periodic notices go on while there is something to tell. */
  #tick(): void {
    if (this.#ticker !== undefined || this.#closed) return;
    if (!this.all().some(({ mitigation }) => isTold(mitigation))) return;
    this.#ticker = this.#parts.clock.after(this.#parts.policy.notifyIntervalMs, () => {
      this.#ticker = undefined;
      this.stepAnyway(this.all().map((record) => [record, { tag: "notice" }]));
    });
  }

  #notify(record: MitigationRecord, gone: boolean): void {
    const watchers = this.#watchers.get(watchKey(record.key.client, record.key.cuid)) ?? [];
    for (const watcher of watchers) watcher(gone ? record : undefined);
  }
}

/** Timers longer than this overflow on some runtimes. */
const MAX_TIMER_MS = 3_600_000;

/** The wall clock in whole seconds. */
export function wallSeconds(clock: Clock): number {
  return Math.floor(clock.wallTime() / 1000);
}

function isTold({ state }: Mitigation): boolean {
  return state.tag !== "armed";
}

function watchKey(client: string, cuid: string): string {
  return JSON.stringify([client, cuid]);
}
