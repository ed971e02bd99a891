import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, test } from "node:test";
import Database from "better-sqlite3";
import { MemoryMitigationStore } from "../../../agent/store/memory-mitigation-store.ts";
import { StoreError } from "../../../agent/store/mitigation-store.ts";
import type { StoredMitigation } from "../../../agent/store/mitigation-store.ts";
import { SqliteMitigationStore } from "../../../agent/store/sqlite/sqlite-mitigation-store.ts";

const folder = mkdtempSync(join(tmpdir(), "mayday-store-"));
after(() => rmSync(folder, { recursive: true }));

const TARGET = {
  prefixes: ["203.0.113.7/32"],
  ports: [{ lower: 443, upper: 443 }],
  protocols: [6],
  fqdns: ["www.example.com"],
  uris: [{ text: "https://www.example.com/", host: "www.example.com" }],
  aliases: [],
};

const FULL: StoredMitigation = {
  client: "branch",
  cuid: "dz6pHjaADkaFTbjr0JGBpw",
  mid: 4_294_967_295,
  target: TARGET,
  trigger: true,
  state: "active",
  status: 2,
  expiresAtMs: 1_893_459_600_000,
  startedAtS: 1_893_456_000,
  terminatingMs: 240_000,
  dropped: { bytes: "18446744073709551615", pkts: "2", bps: "3", pps: "4" },
  attackStatus: "under-attack",
};

const ARMED: StoredMitigation = {
  client: "branch",
  cuid: "dz6pHjaADkaFTbjr0JGBpw",
  mid: 0,
  target: TARGET,
  trigger: false,
  state: "armed",
  expiresAtMs: null,
  terminatingMs: 120_000,
};

/** What `JSON.stringify` does to absent members is no difference. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value)) as unknown;
}

const STORES = [
  ["memory", () => new MemoryMitigationStore()],
  ["sqlite", () => new SqliteMitigationStore(join(folder, "contract.db"))],
] as const;

for (const [name, open] of STORES) {
  test(`${name}: keeps, replaces, orders and removes`, () => {
    const store = open();
    store.apply([FULL, { ...ARMED, client: "aaa" }, ARMED], []);
    store.apply([{ ...FULL, status: 3 }], [FULL]);
    assert.deepEqual(
      plain(store.load()),
      plain([{ ...ARMED, client: "aaa" }, ARMED, { ...FULL, status: 3 }]),
    );
    store.apply([], [FULL, { ...ARMED, client: "aaa" }]);
    store.apply([], [FULL]);
    assert.deepEqual(plain(store.load()), plain([ARMED]));
    store.close();
    store.close();
  });
}

/** Keeps `FULL` in a process that ends without closing its store. */
function keepAndCrash(path: string): void {
  const module = import.meta.resolve("../../../agent/store/sqlite/sqlite-mitigation-store.ts");
  const script = `
    const { SqliteMitigationStore } = await import(${JSON.stringify(module)});
    new SqliteMitigationStore(${JSON.stringify(path)}).apply([${JSON.stringify(FULL)}], []);
    process.kill(process.pid, "SIGKILL");`;
  const { signal, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", script]);
  assert.equal(signal, "SIGKILL", String(stderr));
}

test("sqlite: what was kept is there for the next process, also without a close", () => {
  const path = join(folder, "crash.db");
  keepAndCrash(path);
  const next = new SqliteMitigationStore(path);
  assert.deepEqual(plain(next.load()), plain([FULL]));
  next.close();
});

test("sqlite: the file and what goes with it are for their owner alone", () => {
  const path = join(folder, "mode.db");
  const store = new SqliteMitigationStore(path);
  store.apply([FULL], []);
  for (const file of [path, `${path}-wal`]) assert.equal(statSync(file).mode & 0o777, 0o600, file);
  store.close();
});

test("a database made by version 1 opens for ever", () => {
  const path = join(folder, "golden.db");
  copyFileSync(join(import.meta.dirname, "golden", "version-1.db"), path);
  const store = new SqliteMitigationStore(path);
  assert.deepEqual(plain(store.load()), plain([ARMED, FULL]));
  store.close();
});

function withCode(code: string): (error: unknown) => boolean {
  return (error) => error instanceof StoreError && error.code === code;
}

test("a database of a later version is refused, and left as it is", () => {
  const path = join(folder, "later.db");
  const database = new Database(path);
  database.pragma("user_version = 999");
  database.close();
  assert.throws(() => new SqliteMitigationStore(path), withCode("store/version"));
  const again = new Database(path);
  assert.equal(again.pragma("user_version", { simple: true }), 999);
  again.close();
});

test("a file that is no database is refused", () => {
  const path = join(folder, "text.db");
  writeFileSync(
    path,
    "this is not a database, but long enough to be looked at as if it were one. ".repeat(20),
  );
  assert.throws(() => new SqliteMitigationStore(path), withCode("store/damaged"));
});

test("a folder that is not there is named", () => {
  const path = join(folder, "missing", "server.db");
  assert.throws(() => new SqliteMitigationStore(path), /cannot open .*missing/);
});

test("a record of another form is damage, not data", () => {
  const path = join(folder, "damaged.db");
  new SqliteMitigationStore(path).close();
  const database = new Database(path);
  database
    .prepare("INSERT INTO mitigation VALUES ('branch', 'x', 1, '{\"state\":\"none\"}')")
    .run();
  database.close();
  const store = new SqliteMitigationStore(path);
  assert.throws(() => store.load(), withCode("store/damaged"));
  assert.throws(() => store.load(), /the mitigation 1 of "branch" \(cuid "x"\)/);
  store.close();
});

test("a store that was closed says so instead of forgetting silently", () => {
  const store = new SqliteMitigationStore(":memory:");
  store.close();
  assert.throws(() => store.apply([FULL], []), withCode("store/write"));
});

test("a database of our version without our table is damage, and is let go of", () => {
  const path = join(folder, "foreign.db");
  const database = new Database(path);
  database.pragma("user_version = 1");
  database.close();
  assert.throws(() => new SqliteMitigationStore(path), withCode("store/damaged"));
  const again = new Database(path, { timeout: 0 });
  again.exec("CREATE TABLE proof (that TEXT)"); // fails while somebody else holds the file
  again.close();
});

test("what is applied together is kept together, or not at all", () => {
  const path = join(folder, "together.db");
  const store = new SqliteMitigationStore(path);
  store.apply([FULL], []);
  const unkept = { ...ARMED, mid: 0.5 }; // no integer: the second row of the transaction fails
  assert.throws(() => store.apply([{ ...ARMED, mid: 7 }, unkept], [FULL]), withCode("store/write"));
  assert.deepEqual(plain(store.load()), plain([FULL]));
  store.close();
});

test("a file that another store holds is refused, and says so", () => {
  const path = join(folder, "held.db");
  const store = new SqliteMitigationStore(path);
  assert.throws(() => new SqliteMitigationStore(path), withCode("store/in-use"));
  assert.throws(() => new SqliteMitigationStore(path), /another process is using it/);
  store.close();
  new SqliteMitigationStore(path).close();
});
