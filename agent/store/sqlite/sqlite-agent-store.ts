import type BetterSqlite3 from "better-sqlite3";
import { checkedChanges } from "../agent-records.ts";
import type {
  AgentChanges,
  AgentState,
  AgentStore,
  StoredActivity,
  StoredRequest,
} from "../agent-store.ts";
import { StoreError } from "../mitigation-store.ts";
import { AGENT_DATABASE } from "./agent-migrations.ts";
import { prepareReader } from "./agent-reader.ts";
import type { AgentReader } from "./agent-reader.ts";
import { prepareWriter } from "./agent-writer.ts";
import type { WriteChanges } from "./agent-writer.ts";
import { attempt, textOf } from "./attempt.ts";
import { openDatabase } from "./open-database.ts";

/**
 * What the agent keeps, in an SQLite file that no other process can use meanwhile. What `apply` has kept survives a
 * loss of power; a key that was removed is overwritten in the file, and gone from what goes with it.
 */
export class SqliteAgentStore implements AgentStore {
  readonly #database: BetterSqlite3.Database;
  readonly #prepared: AgentReader & { readonly write: WriteChanges };
  /** Whether the write-ahead log may hold a key that was removed or replaced. */
  #hasOldKeys = true;

  /**
   * @throws {StoreError} `store/in-use`: another process has it open; `store/version`: a later version wrote it;
   * `store/damaged`: it holds something else; `store/unavailable`: this path or this runtime cannot hold it.
   */
  constructor(path: string) {
    this.#database = openDatabase(path, AGENT_DATABASE);
    try {
      this.#prepared = {
        ...prepareReader(this.#database),
        write: prepareWriter(this.#database),
      };
    } catch (cause) {
      this.#database.close();
      const message = `${path} does not hold ${AGENT_DATABASE.holds}: ${textOf(cause)}`;
      throw new StoreError("store/damaged", message, { cause });
    }
    this.#eraseOldKeys(); // an earlier run may have ended between a removal and this
  }

  load(): AgentState {
    return this.#opened().load();
  }

  apply(changes: AgentChanges): readonly StoredActivity[] {
    const { write } = this.#opened();
    const checked = checkedChanges(changes);
    if (checked.providers.length > 0 || checked.removeProviders.length > 0) this.#hasOldKeys = true;
    const activities = attempt("store/write", "cannot keep what changed", () => write(checked));
    this.#eraseOldKeys();
    return activities;
  }

  requests(limit: number): readonly StoredRequest[] {
    return this.#opened().requests(limit);
  }

  request(id: number): StoredRequest | undefined {
    return this.#opened().request(id);
  }

  requestByKey(requestKey: string): StoredRequest | undefined {
    return this.#opened().requestByKey(requestKey);
  }

  activities(limit: number, before?: number): readonly StoredActivity[] {
    return this.#opened().activities(limit, before);
  }

  close(): void {
    if (!this.#database.open) return;
    this.#eraseOldKeys();
    this.#database.close();
  }

  #opened(): AgentReader & { readonly write: WriteChanges } {
    if (!this.#database.open) throw new StoreError("store/unavailable", "the store is closed");
    return this.#prepared;
  }

  /**
   * Empties the write-ahead log, which still has the pages as they were. What was to be kept is kept already: where
   * this fails (a full disk), the next change tries it again.
   */
  #eraseOldKeys(): void {
    if (!this.#hasOldKeys) return;
    try {
      const isBusy = this.#database.pragma("wal_checkpoint(TRUNCATE)", { simple: true });
      this.#hasOldKeys = isBusy !== 0;
    } catch {
      this.#hasOldKeys = true;
    }
  }
}
