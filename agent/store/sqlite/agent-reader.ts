import type BetterSqlite3 from "better-sqlite3";
import type { AgentStore } from "../agent-store.ts";
import { readActivity, readMid, readProvider, readRequest, readTarget } from "./agent-rows.ts";
import { attempt } from "./attempt.ts";

/** What is asked of the agent's database. Every method throws `StoreError` with `store/damaged`. */
export type AgentReader = Pick<
  AgentStore,
  "load" | "requests" | "request" | "requestByKey" | "activities"
>;

const REQUEST = "SELECT id, request_key AS requestKey, phase, record FROM request";

/** The statements that read the agent's database, prepared once. */
export function prepareReader(database: BetterSqlite3.Database): AgentReader {
  const newest = database.prepare<[number]>(`${REQUEST} ORDER BY id DESC LIMIT ?`);
  const byId = database.prepare<[number]>(`${REQUEST} WHERE id = ?`);
  const byKey = database.prepare<[string]>(`${REQUEST} WHERE request_key = ?`);
  const activities = database.prepare<[number, number]>(
    `SELECT id, at_ms AS atMs, record FROM activity WHERE id < ? ORDER BY id DESC LIMIT ?`,
  );
  return {
    load: prepareLoad(database),
    requests: (limit) =>
      attempt(DAMAGED, READ_REQUESTS, () => newest.all(rows(limit)).map(readRequest)),
    request: (id) => attempt(DAMAGED, READ_REQUESTS, () => ifThere(byId.get(id), readRequest)),
    requestByKey: (requestKey) =>
      attempt(DAMAGED, READ_REQUESTS, () => ifThere(byKey.get(requestKey), readRequest)),
    activities: (limit, before = Infinity) =>
      attempt(DAMAGED, "cannot read the log", () =>
        activities.all(before, rows(limit)).map(readActivity),
      ),
  };
}

const DAMAGED = "store/damaged";
const READ_REQUESTS = "cannot read the requests";

function prepareLoad(database: BetterSqlite3.Database): AgentReader["load"] {
  const providers = database.prepare(
    `SELECT id, provider.record, type, credential.record AS credentialRecord, key FROM provider
     LEFT JOIN credential ON credential.provider = provider.id ORDER BY place`,
  );
  const targets = database.prepare("SELECT id, record FROM target ORDER BY place");
  const living = database.prepare(`${REQUEST} WHERE phase NOT IN ('ended', 'refused') ORDER BY id`);
  const mids = database.prepare("SELECT server, cuid, last FROM mid ORDER BY server, cuid");
  const lastRequestId = database
    .prepare<[], number>("SELECT seq FROM sqlite_sequence WHERE name = 'request'")
    .pluck();
  return () =>
    attempt(DAMAGED, "cannot read what the agent kept", () => ({
      providers: providers.all().map(readProvider),
      targets: targets.all().map(readTarget),
      requests: living.all().map(readRequest),
      mids: mids.all().map(readMid),
      lastRequestId: lastRequestId.get() ?? 0,
    }));
}

/** A limit as SQLite takes it, to which a negative one is none. */
function rows(limit: number): number {
  return limit > 0 ? Math.min(Math.trunc(limit), Number.MAX_SAFE_INTEGER) : 0;
}

function ifThere<T>(row: unknown, readRow: (row: unknown) => T): T | undefined {
  return row === undefined ? undefined : readRow(row);
}
