/** Databases open for ever: what a version wrote, and what took it there, stays as it was. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { AGENT_MIGRATIONS } from "../../../agent/store/sqlite/agent-migrations.ts";
import { MIGRATIONS } from "../../../agent/store/sqlite/migrations.ts";
import { SqliteAgentStore } from "../../../agent/store/sqlite/sqlite-agent-store.ts";
import {
  ACTIVITY,
  asking,
  entry,
  FILTERING,
  PRACTICE,
  PROVIDER,
  REFUSED,
  TARGET,
} from "./agent-samples.ts";

const folder = mkdtempSync(join(tmpdir(), "mayday-migrations-"));
after(() => rmSync(folder, { recursive: true }));

/** SHA-256 of every migration that was released, in order. Lines are added here, and none is changed. */
const RELEASED = {
  server: ["b8b054dc711d81b80ad301b1f77f06be74a920902d0ebceeb303eae7e16ac198"],
  agent: ["353b4acb1de2087fd8a8cb73e35f2d375e356969c4e8a090f41c68579c64cfb4"],
};

for (const [whose, migrations] of [
  ["server", MIGRATIONS],
  ["agent", AGENT_MIGRATIONS],
] as const) {
  test(`the ${whose}'s migrations are only ever added to`, () => {
    const hashes = migrations.map((sql) => createHash("sha256").update(sql).digest("hex"));
    assert.deepEqual(hashes, RELEASED[whose]);
  });
}

test("an agent's database made by version 1 opens for ever", () => {
  const path = join(folder, "golden.db");
  copyFileSync(join(import.meta.dirname, "golden", "agent-v1.db"), path);
  const store = new SqliteAgentStore(path);
  assert.deepEqual(store.load(), {
    providers: [PROVIDER, PRACTICE],
    targets: [TARGET],
    requests: [FILTERING, asking(9)],
    mids: [
      {
        server: "dots.example.net:4646",
        cuid: "dz6pHjaADkaFTbjr0JGBpw",
        last: 4_294_967_295,
      },
    ],
    lastRequestId: 9,
  });
  assert.deepEqual(store.requests(10), [asking(9), FILTERING, REFUSED]);
  assert.deepEqual(store.activities(10), [
    { ...ACTIVITY, id: 2 },
    { ...entry(1), id: 1 },
  ]);
  assert.equal(store.apply({ activities: [entry(3)] })[0]?.id, 3);
  store.close();
});
