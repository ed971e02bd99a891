import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import type { Mitigator, MitigatorPlugin } from "../../../agent/dots/server/mitigator.ts";
import { DEFAULT_POLICY } from "../../../agent/dots/server/policy.ts";
import { parsePrefix } from "../../../agent/dots/signal/prefix.ts";
import { SetupError } from "../../../agent/host/setup-error.ts";
import { nodeWorld } from "../../../agent/net/node/world.ts";
import { NetError } from "../../../agent/net/ports.ts";
import { StoreError } from "../../../agent/store/mitigation-store.ts";
import { runServer } from "../../../agent/provider/run-server.ts";
import type { ServerConfig } from "../../../agent/provider/server-config.ts";
import { SqliteMitigationStore } from "../../../agent/store/sqlite/sqlite-mitigation-store.ts";

const folder = mkdtempSync(join(tmpdir(), "mayday-run-"));
after(() => rmSync(folder, { recursive: true }));
const QUIET = { debug() {}, info() {}, warn() {}, error() {} };

/** A configuration with one client and one mitigation already kept, and what its mitigator was told. */
function scene(name: string): { config: (port: number) => ServerConfig; calls: string[] } {
  const statePath = join(folder, name);
  const store = new SqliteMitigationStore(statePath);
  const lists = { ports: [], protocols: [], fqdns: [], uris: [], aliases: [] };
  const target = { ...lists, prefixes: ["203.0.113.0/28"] };
  const kept = { client: "branch", cuid: "c", mid: 1, target, trigger: true } as const;
  store.apply([{ ...kept, state: "active", expiresAtMs: null, terminatingMs: 1 }], []);
  store.close();
  const calls: string[] = [];
  const mitigator: Mitigator = {
    start: () => calls.push("start"),
    update: () => calls.push("update"),
    stop: () => calls.push("stop"),
    close: () => calls.push("close"),
  };
  const plugin: MitigatorPlugin = { name: "noted", check: () => [], create: () => mitigator };
  const prefix = parsePrefix("203.0.113.0/28");
  assert.ok(typeof prefix !== "string");
  const client = { name: "branch", prefixes: [prefix], names: [] };
  const config = (port: number): ServerConfig => ({
    path: "/etc/mayday/server.json",
    udp: { family: 4, host: "127.0.0.1", port },
    clients: [{ client, psk: { identity: "branch", key: Uint8Array.of(1, 2, 3) } }],
    own: { certificates: undefined, rawKey: undefined },
    dtls: { connectionId: true, resumptionMs: 0, maxDatagram: undefined },
    mitigator: { plugin, options: {} },
    statePath,
    policy: DEFAULT_POLICY,
    warnings: [],
  });
  return { config, calls };
}

test("a server that cannot bind leaves state and mitigations of the running one alone", async () => {
  const { config, calls } = scene("bind.db");
  const running = await runServer(config(0), nodeWorld(), QUIET);
  await assert.rejects(runServer(config(running.udp.port), nodeWorld(), QUIET), NetError);
  assert.deepEqual(calls, ["start"]);
  await running.close();
  assert.deepEqual(calls, ["start", "close"]);
});

test("a server whose state another one holds starts nothing and gives its port back", async () => {
  const { config, calls } = scene("held.db");
  const running = await runServer(config(0), nodeWorld(), QUIET);
  await assert.rejects(
    runServer(config(0), nodeWorld(), QUIET),
    (error) =>
      error instanceof StoreError &&
      error.code === "store/in-use" &&
      /another process is using it/.test(error.message),
  );
  assert.ok(!calls.slice(1).includes("start"));
  await running.close();
  await (await runServer(config(running.udp.port), nodeWorld(), QUIET)).close();
});

writeFileSync(join(folder, "text.db"), "no database at all\n".repeat(100));
const NO_DATABASES = [
  ["is in no folder", "none/x.db"],
  ["is a folder", "."],
  ["holds something else", "text.db"],
] as const;

for (const [what, file] of NO_DATABASES) {
  test(`a state that ${what} is a fault of the configuration, with its path in the file`, async () => {
    const { config, calls } = scene("good.db");
    await assert.rejects(
      runServer({ ...config(0), statePath: join(folder, file) }, nodeWorld(), QUIET),
      (error) =>
        error instanceof SetupError &&
        error.code === "config" &&
        error.message.startsWith("/etc/mayday/server.json cannot be used:\n  state: "),
    );
    assert.ok(!calls.includes("start"));
  });
}
