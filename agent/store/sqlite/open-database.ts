import {
  accessSync,
  chmodSync,
  closeSync,
  constants,
  existsSync,
  openSync,
  statSync,
} from "node:fs";
import { createRequire } from "node:module";
import process from "node:process";
import type BetterSqlite3 from "better-sqlite3";
import { StoreError } from "../mitigation-store.ts";
import { textOf } from "./attempt.ts";

/** The Node-API level that the database's native part is built for; below it loading ends the process. */
const NEEDED_NAPI = 10;

/** What tells one store's database from another's, and how it is kept. */
export interface DatabaseForm {
  /** What it holds, for people: `the agent's data`. */
  readonly holds: string;
  /** SQLite's `application_id`; 0 is borne by every database that was given none. */
  readonly applicationId: number;
  /** Entry N takes it from version N to N + 1. */
  readonly migrations: readonly string[];
  /** FULL: what is kept survives a loss of power. NORMAL: it survives the end of the process. */
  readonly synchronous: "FULL" | "NORMAL";
  /** Whether there are keys in it: the file is taken from others than its owner, and what is deleted is overwritten. */
  readonly secret: boolean;
}

/**
 * Opens a database file, making it with mode 0600 if there is none, and brings it to this version's form. It is
 * locked until it is closed: two processes that keep their state in one file would undo each other's.
 * @throws {StoreError}
 */
export function openDatabase(path: string, form: DatabaseForm): BetterSqlite3.Database {
  const Database = loadDriver();
  let database: BetterSqlite3.Database | undefined;
  try {
    if (path !== ":memory:") makePrivate(path, form.secret);
    database = new Database(path);
    database.pragma("busy_timeout = 2000"); // the process before us may just be ending
    database.pragma("locking_mode = EXCLUSIVE");
    identify(database, path, form); // before anything of it is changed
    // In WAL a commit survives the end of the process; NORMAL leaves it to the system when it reaches the disk.
    database.pragma("journal_mode = WAL");
    database.pragma(`synchronous = ${form.synchronous}`);
    if (form.synchronous === "FULL") database.pragma("fullfsync = ON"); // else macOS leaves it to the drive
    if (form.secret) database.pragma("secure_delete = ON");
    migrate(database, form);
    return database;
  } catch (cause) {
    database?.close();
    throw openingFault(path, cause);
  }
}

function openingFault(path: string, cause: unknown): StoreError {
  if (cause instanceof StoreError) return cause;
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  if (code.startsWith("SQLITE_BUSY")) {
    return new StoreError("store/in-use", `cannot open ${path}: another process is using it`, {
      cause,
    });
  }
  // SQLITE_ERROR: what a migration takes up is not there.
  const isDamage = /^SQLITE_(?:NOTADB$|CORRUPT|ERROR$)/.test(code);
  const kind = isDamage ? "store/damaged" : "store/unavailable";
  return new StoreError(kind, `cannot open ${path}: ${textOf(cause)}`, { cause });
}

/**
 * SQLite itself would make the file 0644, and what goes with it takes after it. A file that is there is not opened:
 * whoever closes one gives up every lock that the process has on it, also SQLite's.
 */
function makePrivate(path: string, secret: boolean): void {
  if (!existsSync(path)) return closeSync(openSync(path, "a", 0o600));
  accessSync(path, constants.R_OK | constants.W_OK); // SQLite would be content to read
  if (!secret) return;
  for (const file of [path, `${path}-wal`]) {
    const mode = statSync(file, { throwIfNoEntry: false })?.mode ?? 0;
    if ((mode & 0o077) !== 0) chmodSync(file, 0o600);
  }
}

/** Loaded only when a database is wanted, so that a runtime without the native part runs all else. */
function loadDriver(): typeof BetterSqlite3 {
  if (!(Number(process.versions["napi"]) >= NEEDED_NAPI)) {
    throw new StoreError(
      "store/unavailable",
      `a database needs a Node with Node-API ${NEEDED_NAPI} (22.14 or later); this is ${process.version}`,
    );
  }
  try {
    const driver: unknown = createRequire(import.meta.url)("better-sqlite3");
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the package's own types describe what require gives
    return driver as typeof BetterSqlite3;
  } catch (error) {
    throw new StoreError("store/unavailable", `a database needs better-sqlite3: ${textOf(error)}`);
  }
}

function versionOf(database: BetterSqlite3.Database): number {
  return Number(database.pragma("user_version", { simple: true }));
}

/** @throws {StoreError} it is another program's database, or a later version's. */
function identify(database: BetterSqlite3.Database, path: string, form: DatabaseForm): void {
  const version = versionOf(database);
  const id = Number(database.pragma("application_id", { simple: true }));
  const isNew = id === 0 && version === 0 && isEmpty(database);
  if (version < 0 || (id !== form.applicationId && !isNew)) {
    throw new StoreError("store/damaged", `${path} is a database, but not of ${form.holds}`);
  }
  if (version > form.migrations.length) {
    throw new StoreError("store/version", `${path} was written by a later version (${version})`);
  }
}

function isEmpty(database: BetterSqlite3.Database): boolean {
  return database.prepare("SELECT 1 FROM sqlite_schema LIMIT 1").get() === undefined;
}

function migrate(database: BetterSqlite3.Database, form: DatabaseForm): void {
  const { applicationId, migrations } = form;
  const missing = migrations.slice(versionOf(database));
  if (missing.length === 0) return;
  database.transaction(() => {
    for (const migration of missing) database.exec(migration);
    database.pragma(`application_id = ${applicationId}`);
    database.pragma(`user_version = ${migrations.length}`);
  })();
}
