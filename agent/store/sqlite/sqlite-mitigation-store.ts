import type BetterSqlite3 from "better-sqlite3";
import { z } from "zod";
import { nameOf, StoreError } from "../mitigation-store.ts";
import type {
  MitigationStore,
  StoredMitigation,
  StoredMitigationKey,
} from "../mitigation-store.ts";
import { attempt, textOf } from "./attempt.ts";
import { MITIGATION_DATABASE } from "./migrations.ts";
import { openDatabase } from "./open-database.ts";

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

/** The server's mitigations in an SQLite file, which no other process can use meanwhile. */
export class SqliteMitigationStore implements MitigationStore {
  readonly #database: BetterSqlite3.Database;
  readonly #apply: Apply;

  /** @throws {StoreError} the file cannot be opened, is in use, or holds something else. */
  constructor(path: string) {
    this.#database = openDatabase(path, MITIGATION_DATABASE);
    try {
      this.#apply = prepareApply(this.#database);
    } catch (cause) {
      this.#database.close();
      const message = `${path} holds no mitigations: ${textOf(cause)}`;
      throw new StoreError("store/damaged", message, { cause });
    }
  }

  load(): StoredMitigation[] {
    const rows = attempt("store/damaged", "cannot read the mitigations", () =>
      this.#database.prepare("SELECT * FROM mitigation ORDER BY client, cuid, mid").all(),
    );
    return rows.map(readRow);
  }

  apply(saves: readonly StoredMitigation[], removes: readonly StoredMitigationKey[]): void {
    attempt("store/write", "cannot keep what changed", () => this.#apply(saves, removes));
  }

  close(): void {
    this.#database.close();
  }
}

type Apply = MitigationStore["apply"];

/** Prepared once; every call is one transaction. */
function prepareApply(database: BetterSqlite3.Database): Apply {
  const save = database.prepare<[string, string, number, string]>(
    "INSERT OR REPLACE INTO mitigation (client, cuid, mid, record) VALUES (?, ?, ?, ?)",
  );
  const remove = database.prepare<[string, string, number]>(
    "DELETE FROM mitigation WHERE client = ? AND cuid = ? AND mid = ?",
  );
  return database.transaction<Apply>((saves, removes) => {
    for (const { client, cuid, mid } of removes) remove.run(client, cuid, mid);
    for (const { client, cuid, mid, ...record } of saves) {
      save.run(client, cuid, mid, JSON.stringify(record));
    }
  });
}

function readRow(row: unknown): StoredMitigation {
  const { record, ...key } = attempt("store/damaged", "a row without a key", () => Key.parse(row));
  return attempt("store/damaged", `${nameOf(key)} cannot be read`, () => ({
    ...key,
    ...Row.parse(JSON.parse(record)),
  }));
}
