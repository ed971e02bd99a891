/** What only the agent's store in SQLite does: its file, who may open it, and what damage does. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, test } from "node:test";
import Database from "better-sqlite3";
import type { StoredProvider } from "../../../agent/store/agent-store.ts";
import { StoreError } from "../../../agent/store/mitigation-store.ts";
import { SqliteAgentStore } from "../../../agent/store/sqlite/sqlite-agent-store.ts";
import { SqliteMitigationStore } from "../../../agent/store/sqlite/sqlite-mitigation-store.ts";
import { seeded } from "../../support/seeded.ts";
import {
  ACTIVITY,
  CERTIFIED,
  entry,
  FILTERING,
  PRACTICE,
  PROVIDER,
  REFUSED,
  TARGET,
} from "./agent-samples.ts";

const folder = mkdtempSync(join(tmpdir(), "mayday-agent-sqlite-"));
after(() => rmSync(folder, { recursive: true }));

/** A folder for one test alone. */
function place(name: string): {
  readonly path: string;
  readonly holds: (octets: Uint8Array) => string[];
} {
  const own = join(folder, name);
  mkdirSync(own);
  return {
    path: join(own, "agent.db"),
    holds: (octets) =>
      readdirSync(own).filter((file) =>
        readFileSync(join(own, file)).includes(Buffer.from(octets)),
      ),
  };
}

function withCode(code: string, words = /./): (error: unknown) => boolean {
  return (error) => error instanceof StoreError && error.code === code && words.test(error.message);
}

/** Changes a database that no store has open. */
function edit(path: string, sql: string): void {
  const database = new Database(path);
  database.pragma("ignore_check_constraints = ON");
  database.exec(sql);
  database.close();
}

/** A provider with a long key, which takes its share of a page. */
function withKey(id: string, key: Uint8Array, provider = PROVIDER): StoredProvider {
  return { ...provider, id, credential: { ...provider.credential, key } };
}

test("the file and what goes with it are for their owner alone", () => {
  const { path } = place("mode");
  const files = [path, `${path}-wal`];
  let store = new SqliteAgentStore(path);
  store.apply({ targets: [TARGET] });
  for (const file of files) assert.equal(statSync(file).mode & 0o777, 0o600, file);
  store.close();
  chmodSync(path, 0o644);
  store = new SqliteAgentStore(path);
  store.apply({ targets: [TARGET] });
  for (const file of files) assert.equal(statSync(file).mode & 0o777, 0o600, file);
  store.close();
});

test("a key that is removed is in no file any more, whatever the table of keys has been through", () => {
  const { path, holds } = place("erased");
  const chance = seeded(1);
  const keys = Array.from({ length: 60 }, (_, at) =>
    chance.bytes([32, 300, 900, 4096][at % 4] ?? 0),
  );
  const providers = keys.map((key, at) =>
    withKey(`p${at}`, key, at % 2 > 0 ? CERTIFIED : PROVIDER),
  );
  const store = new SqliteAgentStore(path);
  for (const provider of providers) store.apply({ providers: [provider], activities: [ACTIVITY] });
  for (const key of keys) assert.notDeepEqual(holds(key.subarray(0, 16)), [], "kept as it is");
  for (const [at, key] of keys.entries()) {
    if (at % 3 > 0) store.apply({ removeProviders: [`p${at}`] });
    else store.apply({ providers: [withKey(`p${at}`, Uint8Array.of(at))] });
    for (const part of [key.subarray(0, 16), key.subarray(-16)]) assert.deepEqual(holds(part), []);
  }
  store.close();
});

test("a key that an ended process had removed without erasing it is erased by the next one", () => {
  const { path, holds } = place("unerased");
  const key = seeded(2).bytes(32);
  const first = new SqliteAgentStore(path);
  first.apply({ providers: [withKey("p1", key)] });
  first.close();
  const module = import.meta.resolve("better-sqlite3");
  const script = `
    const { default: Database } = await import(${JSON.stringify(module)});
    const database = new Database(${JSON.stringify(path)});
    database.pragma("locking_mode = EXCLUSIVE");
    database.pragma("secure_delete = ON");
    database.exec("DELETE FROM provider; DELETE FROM credential");
    process.kill(process.pid, "SIGKILL");`;
  const { signal, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", script]);
  assert.equal(signal, "SIGKILL", String(stderr));
  assert.deepEqual(holds(key), ["agent.db"]);
  const next = new SqliteAgentStore(path);
  assert.deepEqual(next.load().providers, []);
  assert.deepEqual(holds(key), []);
  next.close();
});

/** What another process gets that opens the store: "open", or the code of its fault. */
function openElsewhere(path: string): string {
  const module = import.meta.resolve("../../../agent/store/sqlite/sqlite-agent-store.ts");
  const script = `
    const { SqliteAgentStore } = await import(${JSON.stringify(module)});
    try {
      new SqliteAgentStore(${JSON.stringify(path)}).close();
      console.log("open");
    } catch (error) {
      console.log(error.code);
    }`;
  const { stdout } = spawnSync(process.execPath, ["--input-type=module", "-e", script]);
  return String(stdout).trim();
}

test("a second agent is refused within two seconds, and told that there is a first", () => {
  const { path } = place("held");
  const store = new SqliteAgentStore(path);
  const began = performance.now();
  assert.throws(
    () => new SqliteAgentStore(path),
    withCode("store/in-use", /agent\.db: another process is using it/),
  );
  assert.ok(performance.now() - began < 3000);
  // The refusal must not have given up the first one's lock, which is the process's.
  assert.equal(openElsewhere(path), "store/in-use");
  store.apply({ targets: [TARGET] });
  store.close();
  assert.equal(openElsewhere(path), "open");
});

test("neither store takes the other's database, nor changes it", () => {
  const { path } = place("other");
  const server = `${path}.server`;
  new SqliteAgentStore(path).close();
  new SqliteMitigationStore(server).close();
  const before = [readFileSync(path), readFileSync(server)];
  assert.throws(
    () => new SqliteMitigationStore(path),
    withCode("store/damaged", /agent\.db is a database, but not of the server's mitigations/),
  );
  assert.throws(
    () => new SqliteAgentStore(server),
    withCode("store/damaged", /server is a database, but not of the agent's data/),
  );
  assert.deepEqual([readFileSync(path), readFileSync(server)], before);
});

const LATER = "PRAGMA application_id = 0x4d617964; PRAGMA user_version = 3";

const UNUSABLE: readonly (readonly [
  what: string,
  make: (path: string) => void,
  code: string,
  words: RegExp,
])[] = [
  [
    "text",
    (path) => writeFileSync(path, "no database\n".repeat(99)),
    "store/damaged",
    /not a data/,
  ],
  ["a later version's database", (path) => edit(path, LATER), "store/version", /version \(3\)/],
  ["somebody's database", (path) => edit(path, "CREATE TABLE t (x)"), "store/damaged", /not of/],
  [
    "a version below 0",
    (path) => edit(path, "PRAGMA user_version = -1"),
    "store/damaged",
    /not of/,
  ],
  ["a folder", (path) => mkdirSync(path), "store/unavailable", /cannot open .*agent\.db/],
  [
    "a database without its tables",
    (path) => edit(path, "PRAGMA application_id = 0x4d617964; PRAGMA user_version = 2"),
    "store/damaged",
    /agent\.db does not hold the agent's data: no such table/,
  ],
  [
    "an older version's database without its tables",
    (path) => edit(path, "PRAGMA application_id = 0x4d617964; PRAGMA user_version = 1"),
    "store/damaged",
    /cannot open .*agent\.db: no such table/,
  ],
  [
    "half a database",
    (path) => {
      new SqliteAgentStore(path).close();
      truncateSync(path, 6000);
    },
    "store/damaged",
    /malformed/,
  ],
];

for (const [what, make, code, words] of UNUSABLE) {
  test(`${what} is refused, and let go of`, () => {
    const { path } = place(what);
    make(path);
    assert.throws(() => new SqliteAgentStore(path), withCode(code, words));
    rmSync(path, { recursive: true });
    new SqliteAgentStore(path).close();
  });
}

test("an empty file is a new database", () => {
  const { path } = place("empty");
  writeFileSync(path, "");
  const store = new SqliteAgentStore(path);
  store.apply({ requests: [FILTERING] });
  store.close();
});

test("a folder that cannot be is named", () => {
  const { path } = place("no-folder");
  writeFileSync(path, "");
  const below = join(path, "agent.db");
  assert.throws(
    () => new SqliteAgentStore(below),
    withCode("store/unavailable", /agent\.db\/agent/),
  );
});

test("a runtime that cannot load a database is told so before it tries", (context) => {
  const napi = Object.getOwnPropertyDescriptor(process.versions, "napi") ?? {};
  context.after(() => void Object.defineProperty(process.versions, "napi", napi));
  for (const value of ["9", undefined]) {
    Object.defineProperty(process.versions, "napi", { ...napi, value });
    assert.throws(
      () => new SqliteAgentStore(":memory:"),
      withCode("store/unavailable", /needs a Node with Node-API 10/),
    );
  }
});

const FULL = {
  providers: [PROVIDER, PRACTICE, CERTIFIED],
  targets: [TARGET],
  requests: [REFUSED, FILTERING],
  mids: [{ server: "dots.example.net:4646", cuid: "c", last: 7 }],
  activities: [entry(1), entry(2), entry(3)],
};

const DAMAGE: readonly (readonly [sql: string, named: RegExp])[] = [
  ["UPDATE provider SET record = '{' WHERE id = 'p0'", /the provider "p0" cannot be read/],
  [
    "UPDATE provider SET record = '[]' WHERE id = 'p1'",
    /the provider "p1" cannot be read: Invalid/,
  ],
  ["DELETE FROM credential WHERE provider = 'p1'", /the provider "p1" .*credential\.type/],
  [
    "UPDATE credential SET type = 'x' WHERE provider = 'p1'",
    /the provider "p1" .*credential\.type/,
  ],
  [
    "UPDATE credential SET record = '{}' WHERE provider = 'p2'",
    /the provider "p2" .*credential\.chain/,
  ],
  [
    "UPDATE credential SET record = json_set(record, '$.cas[0]', '%') WHERE provider = 'p2'",
    /the provider "p2" .*cas\.0/,
  ],
  ["UPDATE target SET record = '{}'", /the target "t1" cannot be read: name: .*; typed: /],
  ["UPDATE request SET record = '{}' WHERE id = 7", /the request 7 cannot be read: providerId/],
  ["UPDATE request SET phase = 'x' WHERE id = 7", /the request 7 cannot be read: phase/],
  ["UPDATE mid SET last = -1", /the mid of "dots\.example\.net:4646" cannot be read: last/],
];

for (const [number, [sql, named]] of DAMAGE.entries()) {
  test(`damage is named: ${sql}`, () => {
    const { path } = place(`damage-${number}`);
    const store = new SqliteAgentStore(path);
    store.apply(FULL);
    store.close();
    edit(path, sql);
    const next = new SqliteAgentStore(path);
    assert.throws(() => next.load(), withCode("store/damaged", named));
    next.close();
  });
}

test("a damaged request that is over is named when it is asked for, and keeps no agent from starting", () => {
  const { path } = place("damage-over");
  const store = new SqliteAgentStore(path);
  store.apply(FULL);
  store.close();
  edit(path, "UPDATE request SET record = '{}' WHERE id = 3");
  const next = new SqliteAgentStore(path);
  assert.deepEqual(next.load().requests, [FILTERING]);
  assert.throws(() => next.requests(10), withCode("store/damaged", /the request 3/));
  assert.throws(() => next.request(3), withCode("store/damaged", /the request 3/));
  next.close();
});

test("damaged entries of the log keep their places, and the others their words", () => {
  const { path } = place("damage-log");
  const store = new SqliteAgentStore(path);
  store.apply(FULL);
  store.close();
  edit(path, "UPDATE activity SET record = '{' WHERE id = 2");
  edit(path, "UPDATE activity SET at_ms = 9e999 WHERE id = 3");
  const next = new SqliteAgentStore(path);
  const [third, second, first] = next.activities(10);
  assert.deepEqual(first, { ...entry(1), id: 1 });
  assert.deepEqual(second, {
    id: 2,
    atMs: ACTIVITY.atMs,
    kind: "unreadable",
    severity: "warn",
    provider: null,
    request: null,
    text: "This entry of the log is damaged and cannot be read.",
    details: {},
  });
  assert.deepEqual(third, { ...second, id: 3, atMs: 0 });
  assert.equal(next.apply({ activities: [entry(4)] })[0]?.id, 4);
  next.close();
});
