import type BetterSqlite3 from "better-sqlite3";
import type { AgentChanges, StoredActivity, StoredRequest } from "../agent-store.ts";
import { isOver, isTimeToTrim, KEPT } from "../retention.ts";
import { recordOf } from "./agent-rows.ts";

/** Keeps changes in one transaction, and returns the activities with their ids. */
export type WriteChanges = (changes: Required<AgentChanges>) => StoredActivity[];

/** The statements that change the agent's database, prepared once. */
export function prepareWriter(database: BetterSqlite3.Database): WriteChanges {
  const writeProviders = prepareProviders(database);
  const writeTargets = prepareTargets(database);
  const writeRequests = prepareRequests(database);
  const writeActivities = prepareActivities(database);
  const writeMid = database.prepare<[string, string, number]>(
    "INSERT OR REPLACE INTO mid (server, cuid, last) VALUES (?, ?, ?)",
  );
  return database.transaction<WriteChanges>((changes) => {
    writeProviders(changes);
    writeTargets(changes);
    for (const { server, cuid, last } of changes.mids) writeMid.run(server, cuid, last);
    writeRequests(changes.requests);
    return writeActivities(changes.activities);
  });
}

type Changes = Required<AgentChanges>;

/** What is saved again keeps its place. */
function saveInto(table: "provider" | "target"): string {
  return `INSERT INTO ${table} (id, record) VALUES (?, ?)
    ON CONFLICT (id) DO UPDATE SET record = excluded.record`;
}

type CredentialRow = [provider: string, type: string, record: string, key: Uint8Array];

/**
 * The table of keys is emptied and written anew whenever a key changes or goes: SQLite overwrites a page that it gives
 * up, but not what it has moved from one page to another while the table grew.
 */
function prepareProviders(database: BetterSqlite3.Database): (changes: Changes) => void {
  const save = database.prepare<[string, string]>(saveInto("provider"));
  const remove = database.prepare<[string]>("DELETE FROM provider WHERE id = ?");
  const credentials = database
    .prepare<[], CredentialRow>("SELECT provider, type, record, key FROM credential")
    .raw();
  const clear = database.prepare("DELETE FROM credential");
  const add = database.prepare<CredentialRow>("INSERT INTO credential VALUES (?, ?, ?, ?)");
  return ({ providers, removeProviders }) => {
    if (providers.length === 0 && removeProviders.length === 0) return;
    const kept = new Map(credentials.all().map((row) => [row[0], row]));
    for (const id of removeProviders) {
      remove.run(id);
      kept.delete(id);
    }
    for (const provider of providers) {
      const { id, credential } = provider;
      save.run(id, recordOf.provider(provider));
      kept.set(id, [id, credential.type, recordOf.credential(credential), credential.key]);
    }
    clear.run();
    for (const row of kept.values()) add.run(...row);
  };
}

function prepareTargets(database: BetterSqlite3.Database): (changes: Changes) => void {
  const save = database.prepare<[string, string]>(saveInto("target"));
  const remove = database.prepare<[string]>("DELETE FROM target WHERE id = ?");
  return ({ targets, removeTargets }) => {
    for (const id of removeTargets) remove.run(id);
    for (const target of targets) save.run(target.id, recordOf.target(target));
  };
}

function prepareRequests(
  database: BetterSqlite3.Database,
): (requests: readonly StoredRequest[]) => void {
  // Not OR REPLACE, which would make room for a key that is taken by removing its owner.
  const save = database.prepare<[number, string | null, string, string]>(
    `INSERT INTO request (id, request_key, phase, record) VALUES (?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET
       request_key = excluded.request_key, phase = excluded.phase, record = excluded.record`,
  );
  const count = database
    .prepare<[], number>("SELECT count(*) FROM request WHERE phase IN ('ended', 'refused')")
    .pluck();
  const trim = database.prepare<[number]>(
    `DELETE FROM request WHERE id IN (
       SELECT id FROM request WHERE phase IN ('ended', 'refused')
       ORDER BY id DESC LIMIT -1 OFFSET ?)`,
  );
  return (requests) => {
    for (const request of requests) {
      save.run(request.id, request.requestKey, request.phase, recordOf.request(request));
    }
    if (!requests.some(isOver)) return;
    if (isTimeToTrim(count.get() ?? 0, KEPT.overRequests)) trim.run(KEPT.overRequests);
  };
}

function prepareActivities(
  database: BetterSqlite3.Database,
): (activities: Changes["activities"]) => StoredActivity[] {
  const add = database.prepare<[number, string]>(
    "INSERT INTO activity (at_ms, record) VALUES (?, ?)",
  );
  const oldest = database.prepare<[], number>("SELECT min(id) FROM activity").pluck();
  const trim = database.prepare<[number]>("DELETE FROM activity WHERE id <= ?");
  return (activities) => {
    const added = activities.map((activity) => {
      const { lastInsertRowid } = add.run(activity.atMs, recordOf.activity(activity));
      return { ...activity, id: Number(lastInsertRowid) };
    });
    const newest = added.at(-1)?.id;
    if (newest === undefined) return added;
    const count = newest - (oldest.get() ?? newest) + 1; // ids follow one another
    if (isTimeToTrim(count, KEPT.activities)) trim.run(newest - KEPT.activities);
    return added;
  };
}
