import assert from "node:assert/strict";
import { test } from "node:test";
import { statusCommand } from "../../../agent/cli/status-command.ts";
import { contract } from "../../../agent/control/contract.ts";
import { aMitigation, aSession, aStatus } from "../../support/control-samples.ts";
import { controlLab } from "./control-lab.ts";

const status = aStatus({
  sessions: [aSession({ state: "down", provider: "N\u{9b}1m" })],
  mitigations: [aMitigation()],
  ended: [aMitigation({ id: "m0", phase: "ended", outcome: "withdrawn", awaiting: null })],
});

test("status --json is the contract's answer and nothing else, whatever the state", async (t) => {
  const lab = await controlLab(t, { state: { status } });
  const { exit, out, err } = await lab.run(statusCommand, "status", "--json");
  assert.deepEqual([exit, err], [0, ""]);
  assert.match(out, /^[^\p{Cc}]*\n$/u);
  assert.deepEqual(contract.calls.agent.status.output.parse(JSON.parse(out)), status);
});

test("status is text for people, and a session that is down is no failure", async (t) => {
  const lab = await controlLab(t, { state: { status } });
  const { exit, out, err } = await lab.run(statusCommand, "status");
  assert.deepEqual([exit, err], [0, ""]);
  assert.match(out, /^No session with N�1m for 4 seconds\.\nAsking Northline/);
});

test("an agent that answers no call: exit 4 after 30 s", async (t) => {
  const lab = await controlLab(t);
  const release = lab.double.hold("agent.status");
  const running = lab.run(statusCommand, "status", "--json");
  await lab.called("agent.status");
  lab.clock.advanceNow(30_000);
  const { exit, out } = await running;
  assert.equal(exit, 4);
  assert.match(out, /"code":"agent-silent"/);
  release();
});

test("an agent that ends while it is asked: exit 6", async (t) => {
  const lab = await controlLab(t);
  const release = lab.double.hold("agent.status");
  const running = lab.run(statusCommand, "status");
  await lab.called("agent.status");
  await lab.close();
  const { exit, err } = await running;
  assert.equal(exit, 6);
  assert.match(err, /connection to the agent has ended/);
  release();
});

test("no agent: exit 6, and how to start it on that data directory", async (t) => {
  const lab = await controlLab(t);
  await lab.close();
  const { exit, out, err } = await lab.run(statusCommand, "status", "--json");
  assert.deepEqual([exit, err], [6, ""]);
  const { error } = JSON.parse(out) as { error: Record<string, string> };
  assert.equal(error["code"], "agent-not-running");
  assert.equal(error["hint"], "Start it with: mayday agent run");
  const elsewhere = await lab.run(statusCommand, "status", "--data-dir", "/tmp/it is");
  assert.match(elsewhere.err, /Start it with: mayday agent run --data-dir '\/tmp\/it is'\n/);
});
