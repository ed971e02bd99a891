import type { Clock, Timer } from "../../net/ports.ts";
import type { MitigationStore, StoredMitigation } from "../../store/mitigation-store.ts";
import type { Log } from "./log.ts";
import type { MitigationEffect } from "./mitigation-machine.ts";
import { storedOf } from "./mitigation-record.ts";
import type { MitigationRecord, RecordKey } from "./mitigation-record.ts";

/** A change of one mitigation, as far as keeping it goes. */
export interface RecordChange {
  readonly next: MitigationRecord;
  readonly effects: readonly MitigationEffect[];
}

/** What the keeper works with. */
export interface KeeperParts {
  readonly clock: Clock;
  readonly store: MitigationStore;
  readonly log: Log;
}

/** Until what could not be kept is tried again. */
const RETRY_MS = 1_000;

/**
 * Keeps changes of mitigations in the store. What a client waits for is refused when it cannot be kept; what nobody
 * waits for happens all the same, and the store owes it: a full disk must not veto protection.
 */
export class RecordKeeper {
  readonly #parts: KeeperParts;
  readonly #current: (id: string) => MitigationRecord | undefined;
  /** What the store does not know yet, by id. */
  readonly #owed = new Map<string, RecordKey>();
  #retry: Timer | undefined;

  /** `current`: a mitigation as it is now, if it is still there. */
  constructor(parts: KeeperParts, current: (id: string) => MitigationRecord | undefined) {
    this.#parts = parts;
    this.#current = current;
  }

  /** Keeps all of it or nothing. @throws {StoreError} nothing. */
  keep(changes: readonly RecordChange[]): void {
    const kept = changes.filter(({ effects }) => effects.some(isForStore));
    if (kept.length === 0) return;
    this.#write(kept.map(({ next }) => ({ key: next.key, record: next })));
    for (const { next } of kept) this.#owed.delete(next.id);
  }

  /** Keeps it now, or as soon as the store can. */
  keepAnyway(changes: readonly RecordChange[]): void {
    try {
      this.keep(changes);
    } catch (error) {
      const kept = changes.filter(({ effects }) => effects.some(isForStore));
      for (const { next } of kept) {
        this.#owed.set(next.id, next.key);
        const reason = String(error);
        this.#parts.log.error({ ...next.key, reason }, "a change could not be kept yet");
      }
      this.#tryLater();
    }
  }

  /** Keeps these as they stand, and what is owed. For the end: what fails now is lost, and logged. */
  close(records: readonly MitigationRecord[]): void {
    this.#retry?.cancel();
    const all = records.map((record) => ({ key: record.key, record }));
    try {
      this.#write([...this.#debts(), ...all]);
    } catch (error) {
      this.#parts.log.error({ reason: String(error) }, "the mitigations were not kept at the end");
    }
  }

  #tryLater(): void {
    this.#retry ??= this.#parts.clock.after(RETRY_MS, () => {
      this.#retry = undefined;
      try {
        this.#write(this.#debts());
        this.#owed.clear();
        this.#parts.log.info({}, "what could not be kept is kept now");
      } catch (error) {
        this.#parts.log.debug({ reason: String(error) }, "still not kept");
        this.#tryLater();
      }
    });
  }

  #debts(): Entry[] {
    return [...this.#owed].map(([id, key]) => ({ key, record: this.#current(id) }));
  }

  #write(entries: readonly Entry[]): void {
    const { clock, store } = this.#parts;
    const moment = { now: clock.now(), wall: clock.wallTime() };
    const saves: StoredMitigation[] = [];
    const removes: RecordKey[] = [];
    for (const { key, record } of entries) {
      const stored = record === undefined ? undefined : storedOf(record, moment);
      if (stored === undefined) removes.push(key);
      else saves.push(stored);
    }
    if (entries.length > 0) store.apply(saves, removes);
  }
}

interface Entry {
  readonly key: RecordKey;
  readonly record: MitigationRecord | undefined;
}

function isForStore({ tag }: MitigationEffect): boolean {
  return tag === "save" || tag === "forget";
}
