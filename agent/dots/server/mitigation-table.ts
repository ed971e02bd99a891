import type { Clock, Timer } from "../../net/ports.ts";
import type { MitigationStore } from "../../store/mitigation-store.ts";
import type { ClientDirectory } from "./clients.ts";
import { refusalOf } from "./authorize.ts";
import type { Log } from "./log.ts";
import { isRunning, statusOf, step } from "./mitigation-machine.ts";
import type { Mitigation, MitigationEffect, MitigationInput } from "./mitigation-machine.ts";
import { idOf, orderOf, restored, storedOf } from "./mitigation-record.ts";
import type { MitigationRecord, RecordKey } from "./mitigation-record.ts";
import type { Mitigator } from "./mitigator.ts";
import type { ServerPolicy } from "./policy.ts";
import { doOverlap } from "./target.ts";
import type { Target } from "./target.ts";

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

interface Entry {
  record: MitigationRecord;
  timer: Timer | undefined;
}

/**
 * All mitigations of a server: drives the machine of each, and owns their timers. Every change is kept in
 * the store before anything else of it happens.
 */
export class MitigationTable {
  readonly #parts: TableParts;
  readonly #entries = new Map<string, Entry>();
  readonly #byClient = new Map<string, Set<Entry>>();
  readonly #watchers = new Map<string, Set<Watcher>>();
  #ticker: Timer | undefined;
  #closed = false;

  constructor(parts: TableParts) {
    this.#parts = parts;
  }

  /**
   * Takes up what an earlier run left: mitigations go on, those of clients that are no longer served, or
   * whose targets they may no longer protect, end.
   * @throws {StoreError}
   */
  load(clients: ClientDirectory): void {
    const { store, log } = this.#parts;
    for (const stored of store.load()) {
      const moment = this.#moment();
      const record = restored(stored, moment);
      if ((record.mitigation.expiresAt ?? Number.POSITIVE_INFINITY) <= moment.now) {
        log.info({ ...record.key }, "a mitigation expired while the server was down");
        store.remove(record.key);
        continue;
      }
      const client = clients.byName(record.key.client);
      const refusal = client === undefined ? "no such client" : refusalOf(client, record.target);
      if (refusal === undefined) {
        this.#resume(record);
      } else {
        log.warn(
          { ...record.key, reason: refusal },
          "a mitigation is dropped: not allowed any more",
        );
        store.remove(record.key);
      }
    }
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

  /** Whether any other client than this one has mitigations under this cuid. */
  isUsedByOthers(cuid: string, client: string): boolean {
    for (const { record } of this.#entries.values()) {
      if (record.key.cuid === cuid && record.key.client !== client) return true;
    }
    return false;
  }

  /** Adds what `created` made. @throws {StoreError} it could not be kept; then nothing has changed. */
  add(
    key: RecordKey,
    target: Target,
    [mitigation, effects]: readonly [Mitigation, readonly MitigationEffect[]],
  ): MitigationRecord {
    const record: MitigationRecord = { key, id: idOf(key), target, mitigation };
    const entry: Entry = { record, timer: undefined };
    this.#carryOut(entry, record, effects);
    return record;
  }

  /** One step of one mitigation. @throws {StoreError} it could not be kept; then nothing has changed. */
  step(record: MitigationRecord, input: MitigationInput): MitigationRecord {
    const entry = this.#entries.get(record.id);
    if (entry === undefined || this.#closed) return record;
    const [mitigation, effects] = step(entry.record.mitigation, input, this.#parts.policy);
    const next: MitigationRecord = { ...entry.record, mitigation };
    this.#carryOut(entry, next, effects);
    return next;
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

  /**
   * The client is gone: its preconfigured requests take effect, and prevail over immediate ones that
   * overlap them. [RFC 9132 §4.4.1.3]
   */
  sessionLost(client: string): void {
    const own = this.#ofClient(client);
    const waiting = own.filter(({ mitigation }) => !mitigation.trigger && !isRunning(mitigation));
    for (const record of waiting) {
      const yielding = own.filter(
        (other) => other.mitigation.trigger && doOverlap(other.target, record.target),
      );
      for (const other of yielding) this.#guarded(other, { tag: "expel" });
      this.#guarded(record, { tag: "session-lost", wallS: wallSeconds(this.#parts.clock) });
    }
    if (waiting.length > 0) {
      this.#parts.log.warn({ client, requests: waiting.length }, "session lost: mitigation begins");
    }
  }

  /** Keeps everything as it stands and lets go of it. The store is closed by its owner. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#ticker?.cancel();
    for (const { record, timer } of this.#entries.values()) {
      timer?.cancel();
      try {
        this.#save(record);
      } catch (error) {
        this.#parts.log.error({ ...record.key, reason: String(error) }, "not kept at the end");
      }
    }
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

  /** The store first: what fails there must not have happened anywhere else. */
  #carryOut(entry: Entry, next: MitigationRecord, effects: readonly MitigationEffect[]): void {
    for (const { tag } of effects) {
      if (tag === "save") this.#save(next);
      else if (tag === "forget") this.#parts.store.remove(next.key);
    }
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
    this.#tick();
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
        this.#guarded(record, { tag: "report", ...news }),
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

  /** For steps that nobody waits for: a failing store is logged, and the step is lost. */
  #guarded(record: MitigationRecord, input: MitigationInput): void {
    try {
      this.step(record, input);
    } catch (error) {
      this.#parts.log.error({ ...record.key, reason: String(error) }, "a change could not be kept");
    }
  }

  #save(record: MitigationRecord): void {
    const stored = storedOf(record, this.#moment());
    if (stored !== undefined) this.#parts.store.save(stored);
  }

  #arm(entry: Entry): void {
    entry.timer?.cancel();
    entry.timer = undefined;
    const { expiresAt, state } = entry.record.mitigation;
    if (expiresAt === undefined || state.tag === "removed") return;
    const delay = Math.min(expiresAt - this.#parts.clock.now(), MAX_TIMER_MS);
    entry.timer = this.#parts.clock.after(delay, () => {
      this.#guarded(entry.record, { tag: "due", at: this.#parts.clock.now() });
      // A long lifetime takes several timers; a failed store takes another try.
      if (this.#entries.get(entry.record.id) === entry) this.#armAgain(entry);
    });
  }

  #armAgain(entry: Entry): void {
    const { expiresAt } = entry.record.mitigation;
    if (this.#closed || expiresAt === undefined) return;
    if (expiresAt > this.#parts.clock.now()) return this.#arm(entry);
    entry.timer = this.#parts.clock.after(RETRY_MS, () => this.#arm(entry));
  }

  /** Periodic notices go on while there is something to tell. */
  #tick(): void {
    if (this.#ticker !== undefined || this.#closed) return;
    if (!this.all().some(({ mitigation }) => isTold(mitigation))) return;
    this.#ticker = this.#parts.clock.after(this.#parts.policy.notifyIntervalMs, () => {
      this.#ticker = undefined;
      for (const record of this.all()) this.#guarded(record, { tag: "notice" });
      this.#tick();
    });
  }

  #notify(record: MitigationRecord, gone: boolean): void {
    const watchers = this.#watchers.get(watchKey(record.key.client, record.key.cuid)) ?? [];
    for (const watcher of watchers) watcher(gone ? record : undefined);
  }

  #moment(): { readonly now: number; readonly wall: number } {
    return { now: this.#parts.clock.now(), wall: this.#parts.clock.wallTime() };
  }
}

/** Timers longer than this overflow on some runtimes. */
const MAX_TIMER_MS = 3_600_000;

/** Until a change that could not be kept is tried again. */
const RETRY_MS = 1_000;

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
