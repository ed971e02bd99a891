import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { MessageChannel } from "node:worker_threads";
import type { ControlApi } from "../../agent/control/handlers.ts";
import { ControlError } from "../../agent/control/control-error.ts";
import { ControlListenError } from "../../agent/control/transport/listen-error.ts";
import { messagePortChannel } from "../../agent/control/transport/message-port.ts";
import { connectControl } from "../../agent/control/transport/socket-client.ts";
import { startAgent, type AgentOptions, type RunningAgent } from "../../agent/main.ts";
import { StoreError } from "../../agent/store/mitigation-store.ts";

const QUIET = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

function optionsIn(t: TestContext): AgentOptions {
  const dataDir = mkdtempSync(join(tmpdir(), "mayday-agent-"));
  t.after(() => rmSync(dataDir, { recursive: true, force: true }));
  return {
    dataDir,
    controlPath: join(dataDir, "control.sock"),
    console: "off",
    log: QUIET,
    practice: true,
  };
}

async function started(t: TestContext, options: AgentOptions): Promise<RunningAgent> {
  const agent = await startAgent(options);
  t.after(() => agent.close());
  return agent;
}

async function connected(t: TestContext, { controlPath }: RunningAgent): Promise<ControlApi> {
  const api = await connectControl(controlPath);
  t.after(() => api.close());
  return api;
}

/** Waits until the agent tells of it. */
function heard(api: ControlApi, kind: string): Promise<void> {
  return new Promise((resolve) => {
    const { stop } = api.on("activity.logged", (entry) => {
      if (entry.kind !== kind) return;
      stop();
      resolve();
    });
  });
}

test("keys are logged for whoever asks, and for nobody else", async (t) => {
  const lines: string[] = [];
  const agent = await started(t, { ...optionsIn(t), keyLog: (line) => lines.push(line) });
  const api = await connected(t, agent);
  const active = heard(api, "session-active");
  await api.call("provider.addPractice", {});
  await active;
  assert.match(lines[0] ?? "", /^CLIENT_RANDOM [0-9a-f]{64} [0-9a-f]{96}$/);
});

test("the whole way: practice provider, request, restart, withdrawal", async (t) => {
  const options = optionsIn(t);
  const agent = await started(t, options);
  const api = await connected(t, agent);
  const filtering = heard(api, "mitigation-filtering");
  const { prefixes } = await api.call("provider.addPractice", {});
  assert.ok(prefixes.includes("203.0.113.0/24"));
  const { id } = await api.call("mitigation.request", { targets: ["203.0.113.7:443"] });
  await filtering;
  assert.equal((await api.call("mitigation.show", { id })).phase, "filtering");
  const begun = performance.now();
  await agent.close();
  assert.ok(performance.now() - begun < 2000, "ends within 2 s");
  assert.ok(!existsSync(options.controlPath), "leaves no socket");

  const again = await started(t, options);
  const after = await connected(t, again);
  const ended = heard(after, "mitigation-ended");
  const [lives] = await after.call("mitigation.list", {});
  assert.equal(lives?.id, id);
  await after.call("mitigation.withdraw", { id });
  await ended;
  assert.equal((await after.call("mitigation.show", { id })).outcome, "withdrawn");
});

test("of two agents on one socket the second is told, and touches nothing", async (t) => {
  const options = optionsIn(t);
  const agent = await started(t, options);
  const second = startAgent({ ...options, dataDir: join(options.dataDir, "other") });
  await assert.rejects(
    second,
    (error) => error instanceof ControlListenError && error.code === "in-use",
  );
  const api = await connected(t, agent);
  assert.equal((await api.call("agent.status", {})).sessions.length, 0);
});

test("of two agents on one data directory too", async (t) => {
  const options = optionsIn(t);
  await started(t, options);
  const controlPath = join(options.dataDir, "second.sock");
  await assert.rejects(startAgent({ ...options, controlPath }), (error) => {
    return error instanceof ControlListenError && /data directory/.test(error.message);
  });
  assert.ok(!existsSync(controlPath), "its own socket is gone");
});

test("a damaged store keeps it from starting, and releases all", async (t) => {
  const options = optionsIn(t);
  writeFileSync(join(options.dataDir, "agent.db"), "this is no database".repeat(100));
  await assert.rejects(
    startAgent(options),
    (error) => error instanceof StoreError && error.code === "store/damaged",
  );
  assert.ok(!existsSync(options.controlPath));
});

test("the console is found again where it was", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "mayday-page-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const options = { ...optionsIn(t), console: { folder } };
  const agent = await started(t, options);
  assert.match(agent.consoleUrl ?? "", /^http:\/\/127\.0\.0\.1:\d+$/);
  const api = await connected(t, agent);
  const { url } = await api.call("console.link", {});
  const login = await fetch(url, { redirect: "manual" });
  assert.equal(login.status, 303);
  assert.ok(agent.loginLink().url.startsWith(agent.consoleUrl ?? "none"));
  await agent.close();
  const again = await started(t, options);
  assert.equal(again.consoleUrl, agent.consoleUrl);
});

test("without a console it says so", async (t) => {
  const agent = await started(t, optionsIn(t));
  assert.equal(agent.consoleUrl, undefined);
  assert.throws(() => agent.loginLink(), ControlError);
  const api = await connected(t, agent);
  await assert.rejects(api.call("console.link", {}), (error) => {
    return error instanceof ControlError && error.reason === "console-off";
  });
});

test("a console that cannot be had does not keep it from helping", async (t) => {
  const options = optionsIn(t);
  const agent = await started(t, { ...options, console: { port: -1, folder: options.dataDir } });
  assert.equal(agent.consoleUrl, undefined);
  assert.match(agent.warnings.join(), /goes on without it/);
  await connected(t, agent);
});

test("a window's channel is served with its right, and ended with the agent", async (t) => {
  const agent = await started(t, optionsIn(t));
  const { port1, port2 } = new MessageChannel();
  const ended = new Promise<void>((resolve) => {
    port1.once("close", resolve);
  });
  agent.attach(messagePortChannel(port2), "read");
  const answers: unknown[] = [];
  const asked = [
    { jsonrpc: "2.0", id: 1, method: "agent.status", params: {} },
    { jsonrpc: "2.0", id: 2, method: "provider.addPractice", params: {} },
  ];
  const both = new Promise<void>((resolve) => {
    port1.on("message", (text: string) => {
      answers.push(JSON.parse(text));
      if (answers.length === asked.length) resolve();
    });
  });
  for (const one of asked) port1.postMessage(JSON.stringify(one));
  await both;
  assert.match(JSON.stringify(answers), /"id":1,"result"/);
  assert.match(JSON.stringify(answers), /not-allowed/);
  await agent.close();
  await ended;
});

test("what it makes is for its user alone", async (t) => {
  const options = { ...optionsIn(t) };
  const agent = await started(t, options);
  const api = await connected(t, agent);
  await api.call("provider.addPractice", {});
  for (const name of readdirSync(options.dataDir)) {
    const { mode } = statSync(join(options.dataDir, name));
    assert.equal(mode & 0o077, 0, name);
  }
});
