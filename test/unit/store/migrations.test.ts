/** Databases open for ever: what a version wrote, and what took it there, stays as it was. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { AGENT_MIGRATIONS } from "../../../agent/store/sqlite/agent-migrations.ts";
import { MIGRATIONS } from "../../../agent/store/sqlite/migrations.ts";
import { SqliteAgentStore } from "../../../agent/store/sqlite/sqlite-agent-store.ts";
import {
  ACTIVITY,
  asking,
  CERTIFIED,
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
  agent: [
    "353b4acb1de2087fd8a8cb73e35f2d375e356969c4e8a090f41c68579c64cfb4",
    "7d47c065bd8c25cc41d0df8a7a1a97ca47652deb28501768175be781f1301282",
  ],
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

/** Version 2 may have a provider with a certificate. */
const GOLDEN = [
  ["agent-v1.db", [PROVIDER, PRACTICE]],
  ["agent-v2.db", [PROVIDER, PRACTICE, CERTIFIED]],
] as const;

for (const [file, providers] of GOLDEN) {
  test(`${file}, which an earlier version may have made, opens for ever`, () => {
    const path = join(folder, file);
    copyFileSync(join(import.meta.dirname, "golden", file), path);
    let store = new SqliteAgentStore(path);
    store.close();
    store = new SqliteAgentStore(path); // what was migrated is as if it had been made so
    assert.deepEqual(store.load(), {
      providers,
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
}

test("an old key is not left behind by a migration", () => {
  const path = join(folder, "migrated.db");
  copyFileSync(join(import.meta.dirname, "golden", "agent-v1.db"), path);
  const store = new SqliteAgentStore(path);
  store.apply({ removeProviders: [PROVIDER.id, PRACTICE.id] });
  store.close();
  const kept = readFileSync(path);
  assert.ok(!kept.includes(Buffer.from(PROVIDER.credential.key)));
});
