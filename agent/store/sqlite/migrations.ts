import type { DatabaseForm } from "./open-database.ts";

/**
 * The database's history: entry N takes it from version N to N + 1 (`user_version`). Entries are never
 * changed once released: what an older version wrote must open for ever.
 */
export const MIGRATIONS: readonly string[] = [
  `CREATE TABLE mitigation (
     client TEXT NOT NULL,
     cuid TEXT NOT NULL,
     mid INTEGER NOT NULL,
     record TEXT NOT NULL CHECK (json_valid(record)),
     PRIMARY KEY (client, cuid, mid)
   ) STRICT, WITHOUT ROWID`,
];

/** The server's database. The first of them were given no `application_id`, so none is. */
export const MITIGATION_DATABASE: DatabaseForm = {
  holds: "the server's mitigations",
  applicationId: 0,
  migrations: MIGRATIONS,
  synchronous: "NORMAL",
  secret: false,
};
