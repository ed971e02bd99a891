import type { DatabaseForm } from "./open-database.ts";

/**
 * The history of the agent's database: entry N takes it from version N to N + 1 (`user_version`). Entries are never
 * changed once released: what an older version wrote must open for ever.
 *
 * What is looked for has a column; the rest is in `record`, as JSON in the form of agent-records.ts. The keys are in
 * a table of their own, since it is written anew whenever one of them is to be erased.
 *
 * 2: a credential may be a certificate. What is no secret of it goes into a record, with octets in Base64.
 */
export const AGENT_MIGRATIONS: readonly string[] = [
  `CREATE TABLE provider (
     place INTEGER PRIMARY KEY,
     id TEXT NOT NULL UNIQUE,
     record TEXT NOT NULL CHECK (json_valid(record))
   ) STRICT;
   CREATE TABLE credential (
     provider TEXT NOT NULL PRIMARY KEY,
     type TEXT NOT NULL,
     identity TEXT NOT NULL,
     key BLOB NOT NULL
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE target (
     place INTEGER PRIMARY KEY,
     id TEXT NOT NULL UNIQUE,
     record TEXT NOT NULL CHECK (json_valid(record))
   ) STRICT;
   CREATE TABLE request (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     request_key TEXT UNIQUE,
     phase TEXT NOT NULL,
     record TEXT NOT NULL CHECK (json_valid(record))
   ) STRICT;
   CREATE INDEX request_living ON request (id) WHERE phase NOT IN ('ended', 'refused');
   CREATE INDEX request_over ON request (id) WHERE phase IN ('ended', 'refused');
   CREATE TABLE mid (
     server TEXT NOT NULL,
     cuid TEXT NOT NULL,
     last INTEGER NOT NULL,
     PRIMARY KEY (server, cuid)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE activity (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     at_ms REAL NOT NULL,
     record TEXT NOT NULL CHECK (json_valid(record))
   ) STRICT`,
  `CREATE TABLE credential_with_record (
     provider TEXT NOT NULL PRIMARY KEY,
     type TEXT NOT NULL,
     record TEXT NOT NULL CHECK (json_valid(record)),
     key BLOB NOT NULL
   ) STRICT, WITHOUT ROWID;
   INSERT INTO credential_with_record
     SELECT provider, type, json_object('identity', identity), key FROM credential;
   DROP TABLE credential;
   ALTER TABLE credential_with_record RENAME TO credential`,
];

/** The agent's database. Little is written, and nothing that was acknowledged may be lost. */
export const AGENT_DATABASE: DatabaseForm = {
  holds: "the agent's data",
  applicationId: 0x4d61_7964, // "Mayd"
  migrations: AGENT_MIGRATIONS,
  synchronous: "FULL",
  secret: true,
};
