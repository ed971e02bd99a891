import type BetterSqlite3 from "better-sqlite3";
import { z } from "zod";
import { StoreError } from "../mitigation-store.ts";
import type {
  MitigationStore,
  StoredMitigation,
  StoredMitigationKey,
} from "../mitigation-store.ts";
import { openDatabase, textOf } from "./open-database.ts";

const Digits = z.string().regex(/^\d{1,20}$/);
const Port = z.int().min(0).max(0xffff);

/** The form of a kept record; a row of another form is damage, not data. */
const Row = z.object({
  target: z.object({
    prefixes: z.array(z.string()),
    ports: z.array(z.object({ lower: Port, upper: Port })),
    protocols: z.array(z.int()),
    fqdns: z.array(z.string()),
    uris: z.array(z.object({ text: z.string(), host: z.string() })),
    aliases: z.array(z.string()),
  }),
  trigger: z.boolean(),
  state: z.enum(["armed", "active", "withdrawn", "terminating"]),
  status: z.literal([1, 2, 3, 4]).optional(),
  expiresAtMs: z.number().nullable(),
  startedAtS: z.number().optional(),
  terminatingMs: z.number().nonnegative(),
  dropped: z.object({ bytes: Digits, pkts: Digits, bps: Digits, pps: Digits }).optional(),
  attackStatus: z.enum(["under-attack", "attack-successfully-mitigated"]).optional(),
});

const Key = z.object({ client: z.string(), cuid: z.string(), mid: z.int(), record: z.string() });

/** The server's mitigations in an SQLite file. */
export class SqliteMitigationStore implements MitigationStore {
  readonly #database: BetterSqlite3.Database;
  readonly #save: BetterSqlite3.Statement<[string, string, number, string]>;
  readonly #remove: BetterSqlite3.Statement<[string, string, number]>;

  /** @throws {StoreError} the file cannot be opened, or holds something else. */
  constructor(path: string) {
    this.#database = openDatabase(path);
    this.#save = this.#database.prepare(
      "INSERT OR REPLACE INTO mitigation (client, cuid, mid, record) VALUES (?, ?, ?, ?)",
    );
    this.#remove = this.#database.prepare(
      "DELETE FROM mitigation WHERE client = ? AND cuid = ? AND mid = ?",
    );
  }

  load(): StoredMitigation[] {
    const rows = attempt("store/damaged", "cannot read the mitigations", () =>
      this.#database.prepare("SELECT * FROM mitigation ORDER BY client, cuid, mid").all(),
    );
    return rows.map(readRow);
  }

  save(mitigation: StoredMitigation): void {
    const { client, cuid, mid, ...record } = mitigation;
    attempt("store/write", "cannot keep a mitigation", () =>
      this.#save.run(client, cuid, mid, JSON.stringify(record)),
    );
  }

  remove({ client, cuid, mid }: StoredMitigationKey): void {
    attempt("store/write", "cannot remove a mitigation", () => this.#remove.run(client, cuid, mid));
  }

  close(): void {
    this.#database.close();
  }
}

function readRow(row: unknown): StoredMitigation {
  return attempt("store/damaged", "a kept mitigation cannot be read", () => {
    const { record, ...key } = Key.parse(row);
    return { ...key, ...Row.parse(JSON.parse(record)) };
  });
}

function attempt<T>(code: "store/damaged" | "store/write", what: string, act: () => T): T {
  try {
    return act();
  } catch (cause) {
    throw new StoreError(code, `${what}: ${textOf(cause)}`, { cause });
  }
}
