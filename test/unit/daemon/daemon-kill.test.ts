import assert from "node:assert/strict";
import { test } from "node:test";
import { MemoryAgentStore } from "../../../agent/store/memory-agent-store.ts";
import { daemonLab, DRAFT, MINUTE, SECOND, type DaemonLab, type LabAgent } from "./daemon-lab.ts";
import { FaultyStore } from "./faulty-store.ts";

/** An agent that is killed at any step, and started again with what it had kept. */

const KEY = "key-of-the-request";

/** The life of a request up to its end. Each step may be the agent's last. */
async function live(lab: DaemonLab, agent: LabAgent): Promise<void> {
  await agent.call("provider.add", DRAFT);
  const { id } = await agent.request(["203.0.113.7"], { requestKey: KEY });
  await agent.reach(id, "filtering");
  lab.provider.mitigator.report(1, 3);
  await agent.reach(id, "attack-over");
  await agent.call("mitigation.withdraw", { id });
  await agent.reach(id, "ended");
}

/** Runs a life that ends after `step` changes; what the store holds then, and whether it got so far. */
async function killedAfter(step: number): Promise<{
  readonly lab: DaemonLab;
  readonly store: MemoryAgentStore;
  readonly isWhole: boolean;
}> {
  const lab = await daemonLab(1);
  const memory = new MemoryAgentStore();
  const store = new FaultyStore(memory);
  let killed = false;
  store.kept = (number) => {
    if (number !== step) return;
    killed = true;
    agent.kill();
  };
  // Whatever would be kept after the end is not.
  store.failing = () => killed;
  const agent = lab.agent({ store });
  const living = live(lab, agent).catch(() => undefined);
  await living;
  return { lab, store: memory.reopened(), isWhole: !killed };
}

test("killed after any change: what was acknowledged goes on, once", async (t) => {
  for (let step = 1; ; step += 1) {
    const { lab, store, isWhole } = await killedAfter(step);
    if (isWhole) {
      assert.ok(step > 8, "a life has more steps than that");
      break;
    }
    await t.test(`change ${step}`, async () => {
      const before = store.requests(10);
      const agent = lab.agent({ store });
      const [kept] = before;
      if (kept === undefined) {
        assert.ok(step <= 3, "kept before anything is sent");
        assert.deepEqual(lab.provider.mitigator.calls, []);
      } else if (kept.phase === "withdrawing" || kept.phase === "ended") {
        assert.equal((await agent.reach(String(kept.id), "ended")).outcome, "withdrawn");
        await lab.run(5 * SECOND);
        assert.deepEqual(lab.provider.mitigator.mids, []);
      } else {
        const again = await agent.request(["203.0.113.7"], { requestKey: KEY });
        assert.equal(again.id, String(kept.id), "the same request");
        await lab.run(10 * SECOND);
        assert.deepEqual(lab.provider.mitigator.mids, [kept.mid]);
        assert.equal(agent.status.mitigations.length, 1);
        await agent.call("mitigation.withdraw", { id: again.id });
        await agent.reach(again.id, "ended");
        await lab.run(5 * SECOND);
        assert.deepEqual(lab.provider.mitigator.mids, [], "withdrawn at the server too");
      }
      assert.ok(
        lab.provider.mitigator.calls.filter((call) => call.startsWith("start")).length <= 1,
      );
      await agent.close();
    });
  }
});

test("killed while the server forgets: asked again under the same mid", async () => {
  const lab = await daemonLab(2);
  const memory = new MemoryAgentStore();
  const agent = lab.agent({ store: memory });
  await agent.call("provider.add", DRAFT);
  const { id } = await agent.request(["203.0.113.7"]);
  await agent.reach(id, "filtering");
  agent.kill();
  await lab.provider.stop({ forget: true });
  await lab.run(SECOND);
  await lab.provider.start();
  const next = lab.agent({ store: memory.reopened() });
  await next.reach(id, "filtering");
  await lab.run(5 * SECOND);
  assert.deepEqual(lab.provider.mitigator.mids, [1]);
  assert.deepEqual(next.story(id), ["asked-again", "filtering"]);
  await next.close();
});

test("an agent that was away longer than the lifetime asks again, and says so", async () => {
  const lab = await daemonLab(3);
  const memory = new MemoryAgentStore();
  const agent = lab.agent({ store: memory });
  await agent.call("provider.add", DRAFT);
  const { id } = await agent.request(["203.0.113.7"], { lifetimeS: 60 });
  await agent.reach(id, "filtering");
  await agent.close();
  await lab.run(5 * MINUTE);
  assert.deepEqual(lab.provider.mitigator.mids, [], "it ran out");
  const next = lab.agent({ store: memory.reopened() });
  await next.reach(id, "filtering");
  assert.deepEqual(next.story(id), ["unanswered", "asked-again", "filtering"]);
  await next.close();
});

test("mids go on where they were, also for a provider that was removed and added again", async () => {
  const lab = await daemonLab(4);
  const memory = new MemoryAgentStore();
  const agent = lab.agent({ store: memory });
  await agent.call("provider.add", DRAFT);
  const { id } = await agent.request(["203.0.113.7"]);
  await agent.reach(id, "accepted");
  await agent.call("mitigation.withdraw", { id });
  await agent.reach(id, "ended");
  await agent.call("provider.remove", { provider: DRAFT.name });
  await agent.close();
  const next = lab.agent({ store: memory.reopened() });
  await next.call("provider.add", DRAFT);
  assert.equal((await next.request(["203.0.113.8"])).mid, 2);
  await next.close();
});

test("what somebody else asked for with our key is told once, left alone, and its mid not used", async () => {
  const lab = await daemonLab(5);
  const first = lab.agent();
  await first.call("provider.add", DRAFT);
  for (const target of ["203.0.113.7", "203.0.113.8"]) {
    await first.reach((await first.request([target])).id, "accepted");
  }
  first.kill();
  const other = lab.agent(); // an empty store: it knows of nothing
  await other.call("provider.add", DRAFT);
  await lab.run(30 * SECOND);
  const told = other.logged.filter(({ kind }) => kind === "mitigation-unknown");
  assert.equal(told.length, 1);
  assert.match(told[0]?.text ?? "", /2 mitigations/);
  assert.deepEqual(lab.provider.mitigator.mids, [1, 2]);
  const asked = await other.request(["203.0.113.9"]);
  assert.equal(asked.mid, 3);
  await other.reach(asked.id, "filtering");
  await lab.run(2 * MINUTE);
  assert.equal(other.logged.filter(({ kind }) => kind === "mitigation-unknown").length, 1);
  await other.close();
});

test("a withdrawn request that is back at the server is withdrawn again", async () => {
  const lab = await daemonLab(6);
  const memory = new MemoryAgentStore();
  const agent = lab.agent({ store: memory });
  await agent.call("provider.add", DRAFT);
  const { id } = await agent.request(["203.0.113.7"]);
  await agent.reach(id, "filtering");
  await agent.call("mitigation.withdraw", { id });
  await agent.reach(id, "ended");
  await agent.close();
  await lab.run(30 * SECOND);
  const echo = lab.agent(); // stands for a late copy of the request: the same key, the same mid
  await echo.call("provider.add", DRAFT);
  await echo.reach((await echo.request(["203.0.113.7"])).id, "filtering");
  echo.kill();
  assert.deepEqual(lab.provider.mitigator.mids, [1]);
  const next = lab.agent({ store: memory.reopened() });
  await lab.run(10 * SECOND);
  assert.deepEqual(lab.provider.mitigator.mids, []);
  assert.deepEqual(
    next.logged.filter(({ kind }) => kind === "mitigation-unknown"),
    [],
  );
  await next.close();
});
