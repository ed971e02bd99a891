import assert from "node:assert/strict";
import { test } from "node:test";
import type { StoredRequest } from "../../../agent/store/agent-store.ts";
import { MemoryAgentStore } from "../../../agent/store/memory-agent-store.ts";
import { daemonLab, DRAFT, MINUTE, SECOND, type DaemonLab, type LabAgent } from "./daemon-lab.ts";
import { FaultyStore } from "./faulty-store.ts";

/** What a server holds under our name that no live request stands for. */

function unknown({ logged }: LabAgent): string[] {
  return logged.filter(({ kind }) => kind === "mitigation-unknown").map(({ text }) => text);
}

/** A store of an agent that withdrew its request with the mid 1. */
async function withdrawnOne(lab: DaemonLab, lifetimeS = 3600): Promise<MemoryAgentStore> {
  const store = new MemoryAgentStore();
  const agent = lab.agent({ store });
  await agent.call("provider.add", DRAFT);
  const { id } = await agent.request(["203.0.113.7"], { lifetimeS });
  await agent.reach(id, "filtering");
  await agent.call("mitigation.withdraw", { id });
  await agent.reach(id, "ended");
  await agent.close();
  return store.reopened();
}

/** Another agent with the same key, whose requests begin at the mid 1. */
async function another(lab: DaemonLab, ...targets: string[]): Promise<LabAgent> {
  const agent = lab.agent();
  await agent.call("provider.add", DRAFT);
  for (const target of targets)
    await agent.reach((await agent.request([target])).id, "filtering", 2 * MINUTE);
  return agent;
}

async function serverForgets(lab: DaemonLab): Promise<void> {
  await lab.provider.stop({ forget: true });
  await lab.provider.start();
}

test("a mid of ours that is somebody else's now is left alone", async () => {
  const lab = await daemonLab(1);
  const store = await withdrawnOne(lab);
  await serverForgets(lab);
  const other = await another(lab, "203.0.113.8");
  other.kill();
  const agent = lab.agent({ store });
  await lab.run(MINUTE);
  assert.deepEqual(lab.provider.mitigator.mids, [1]);
  assert.deepEqual(unknown(agent), [
    "My provider holds a mitigation under your name that this agent did not ask for; it is left alone.",
  ]);
  await agent.close();
});

test("so is the same once what was withdrawn cannot last any more", async () => {
  const lab = await daemonLab(2);
  const store = await withdrawnOne(lab, 60);
  await lab.run(10 * MINUTE);
  const other = await another(lab, "203.0.113.7");
  other.kill();
  const agent = lab.agent({ store });
  await lab.run(MINUTE);
  assert.deepEqual(lab.provider.mitigator.mids, [1]);
  assert.equal(unknown(agent).length, 1);
  await agent.close();
});

test("what was withdrawn and is back goes again, also after its provider was removed and added", async () => {
  const lab = await daemonLab(3);
  const store = await withdrawnOne(lab);
  const remover = lab.agent({ store });
  await remover.call("provider.remove", { provider: DRAFT.name });
  await remover.close();
  const echo = await another(lab, "203.0.113.7"); // stands for a late copy of the request
  echo.kill();
  const agent = lab.agent({ store: store.reopened() });
  await agent.call("provider.add", { ...DRAFT, name: "Another name" });
  await lab.run(10 * SECOND);
  assert.deepEqual(lab.provider.mitigator.mids, []);
  assert.deepEqual(unknown(agent), []);
  await agent.close();
});

test("a withdrawal that a removed provider never heard of is made up for when it is added again", async () => {
  const lab = await daemonLab(4);
  const agent = lab.agent();
  await agent.call("provider.add", DRAFT);
  const { id } = await agent.request(["203.0.113.7"]);
  await agent.reach(id, "filtering");
  lab.link.cut();
  await agent.call("mitigation.withdraw", { id });
  await agent.call("provider.remove", { provider: DRAFT.name });
  lab.link.mend();
  await agent.call("provider.add", DRAFT);
  await lab.run(MINUTE);
  assert.deepEqual(lab.provider.mitigator.mids, []);
  await agent.close();
});

test("what is left alone is told once, whatever the session does", async () => {
  const lab = await daemonLab(5);
  const other = await another(lab, "203.0.113.7", "203.0.113.8");
  other.kill();
  const agent = await another(lab);
  await lab.run(30 * SECOND);
  for (let times = 0; times < 3; times += 1) {
    await lab.provider.stop({ forget: false });
    await lab.run(SECOND);
    await lab.provider.start();
    await lab.run(3 * MINUTE);
  }
  assert.ok(agent.logged.filter(({ kind }) => kind === "session-active").length > 1);
  assert.deepEqual(unknown(agent), [
    "My provider holds 2 mitigations under your name that this agent did not ask for; they are left alone.",
  ]);
  await agent.close();
});

test("what is known of a stranger is not looked up again with each listing", async () => {
  const lab = await daemonLab(6);
  const memory = await withdrawnOne(lab);
  const [kept] = memory.requests(1);
  assert.ok(kept !== undefined);
  memory.apply({ requests: [{ ...kept, outcome: "terminated" }] });
  const other = await another(lab, "203.0.113.7");
  other.kill();
  let looked = 0;
  class WatchedStore extends FaultyStore {
    override requests(limit: number): readonly StoredRequest[] {
      looked += 1;
      return super.requests(limit);
    }
  }
  const store = new WatchedStore(memory);
  const agent = lab.agent({ store });
  await lab.run(MINUTE);
  const before = looked;
  for (let times = 0; times < 5; times += 1) {
    await lab.provider.stop({ forget: false });
    await lab.run(SECOND);
    await lab.provider.start();
    await lab.run(3 * MINUTE);
  }
  assert.equal(looked, before);
  assert.deepEqual(unknown(agent), []);
  await agent.close();
});
