import assert from "node:assert/strict";
import { test } from "node:test";
import { MemoryAgentStore } from "../../../agent/store/memory-agent-store.ts";
import { daemonLab, DRAFT, MINUTE, SECOND } from "./daemon-lab.ts";
import { FaultyStore } from "./faulty-store.ts";

/** A store that cannot keep what it is given. */

test("what cannot be kept is refused, and nothing of it is done", async () => {
  const lab = await daemonLab(1);
  const store = new FaultyStore(new MemoryAgentStore());
  const agent = lab.agent({ store });
  await agent.call("provider.add", DRAFT);
  const { id } = await agent.request(["203.0.113.7"]);
  await agent.reach(id, "filtering");
  store.failing = () => true;
  const refusals = [
    await agent.refusal("provider.add", { ...DRAFT, name: "Another", server: "192.0.2.1" }),
    await agent.refusal("provider.remove", { provider: DRAFT.name }),
    await agent.refusal("target.add", { name: "Shop", target: "203.0.113.8" }),
    await agent.refusal("mitigation.request", { targets: ["203.0.113.9"], lifetimeS: 3600 }),
    await agent.refusal("mitigation.withdraw", { id }),
  ];
  assert.deepEqual(
    refusals.map(({ reason }) => reason),
    ["store-failed", "provider-in-use", "store-failed", "store-failed", "store-failed"],
  );
  await lab.run(10 * SECOND);
  assert.deepEqual(lab.provider.mitigator.calls, ["start 1"]);
  assert.equal((await agent.show(id)).phase, "filtering");
  assert.equal(agent.status.sessions.length, 1);
  store.failing = () => false;
  await agent.call("mitigation.withdraw", { id });
  await agent.reach(id, "ended");
  assert.equal((await agent.request(["203.0.113.9"])).mid, 2, "no mid was used up");
  await agent.close();
});

test("what the provider says counts though it cannot be kept, and is kept later", async () => {
  const lab = await daemonLab(2);
  const memory = new MemoryAgentStore();
  const store = new FaultyStore(memory);
  const agent = lab.agent({ store });
  await agent.call("provider.add", DRAFT);
  await lab.run(SECOND);
  const { id } = await agent.request(["203.0.113.7"]);
  store.failing = () => true;
  await agent.reach(id, "filtering");
  assert.equal(memory.request(1)?.phase, "asking");
  store.failing = () => false;
  await lab.run(10 * SECOND);
  assert.equal(memory.request(1)?.phase, "filtering");
  assert.deepEqual(agent.story(id), ["requested", "sent", "accepted", "filtering"]);
  await agent.close();
});

test("any one change that fails, of all in a life: the agent goes on", async (t) => {
  for (let failing = 1; failing <= 12; failing += 1) {
    await t.test(`change ${failing}`, async () => {
      const lab = await daemonLab(3);
      const store = new FaultyStore(new MemoryAgentStore());
      store.failing = (number) => number === failing;
      const agent = lab.agent({ store });
      const insist = async <T>(act: () => Promise<T>): Promise<T> => act().catch(act);
      await insist(() => agent.call("provider.add", DRAFT));
      const { id } = await insist(() => agent.request(["203.0.113.7"]));
      await agent.reach(id, "filtering");
      await insist(() => agent.call("mitigation.withdraw", { id }));
      await agent.reach(id, "ended");
      await lab.run(MINUTE);
      assert.deepEqual(lab.provider.mitigator.mids, []);
      assert.deepEqual(agent.story(id).slice(0, 2), ["requested", "sent"]);
      await agent.close();
    });
  }
});
