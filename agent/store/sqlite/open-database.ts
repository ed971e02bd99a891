import { closeSync, openSync } from "node:fs";
import { createRequire } from "node:module";
import process from "node:process";
import type BetterSqlite3 from "better-sqlite3";
import { StoreError } from "../mitigation-store.ts";
import { MIGRATIONS } from "./migrations.ts";

/** The Node-API level that the database's native part is built for; below it loading ends the process. */
const NEEDED_NAPI = 10;

/**
 * Opens a database file, making it with mode 0600 if there is none, and brings it to this version's form. It is
 * locked until it is closed: two servers that keep their state in one file would undo each other's.
 * @throws {StoreError}
 */
export function openDatabase(path: string): BetterSqlite3.Database {
  const Database = loadDriver();
  let database: BetterSqlite3.Database | undefined;
  try {
    if (path !== ":memory:") closeSync(openSync(path, "a", 0o600)); // SQLite itself would make it 0644
    database = new Database(path);
    database.pragma("busy_timeout = 2000"); // the server before us may just be ending
    database.pragma("locking_mode = EXCLUSIVE");
    // In WAL a commit survives the end of the process; NORMAL leaves it to the system when it reaches the disk.
    database.pragma("journal_mode = WAL");
    database.pragma("synchronous = NORMAL");
    migrate(database, path);
    return database;
  } catch (cause) {
    database?.close();
    if (cause instanceof StoreError) throw cause;
    const what = isBusy(cause) ? "another process is using it" : textOf(cause);
    throw new StoreError("store/unavailable", `cannot open ${path}: ${what}`, { cause });
  }
}

function isBusy(cause: unknown): boolean {
  return cause instanceof Error && "code" in cause && cause.code === "SQLITE_BUSY";
}

/** The words of anything thrown. */
export function textOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

/** Loaded only when a database is wanted, so that a runtime without the native part runs all else. */
function loadDriver(): typeof BetterSqlite3 {
  if (!(Number(process.versions["napi"]) >= NEEDED_NAPI)) {
    throw new StoreError(
      "store/unavailable",
      `a database needs a Node with Node-API ${NEEDED_NAPI} (22.14 or later); this is ${process.version}`,
    );
  }
  const driver: unknown = createRequire(import.meta.url)("better-sqlite3");
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the package's own types describe what require gives
  return driver as typeof BetterSqlite3;
}

function migrate(database: BetterSqlite3.Database, path: string): void {
  const at = Number(database.pragma("user_version", { simple: true }));
  if (at > MIGRATIONS.length) {
    throw new StoreError("store/version", `${path} was written by a later version (${at})`);
  }
  database.transaction(() => {
    for (const migration of MIGRATIONS.slice(at)) database.exec(migration);
    database.pragma(`user_version = ${MIGRATIONS.length}`);
  })();
}
