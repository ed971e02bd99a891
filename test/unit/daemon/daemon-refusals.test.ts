import assert from "node:assert/strict";
import { test } from "node:test";
import type { DotsClient } from "../../../agent/dots/client/client.ts";
import type { SignalResult } from "../../../agent/dots/client/signal-result.ts";
import { openProviderSession } from "../../../agent/session/provider-session.ts";
import { MemoryAgentStore } from "../../../agent/store/memory-agent-store.ts";
import { daemonLab, DRAFT, MINUTE, SECOND } from "./daemon-lab.ts";
import { FaultyStore } from "./faulty-store.ts";

/** A provider that says no to what it had granted, and one that fails for a while. */

for (const end of ["with a goodbye", "without a word"] as const) {
  test(`a server that ended ${end}, forgot and now refuses is not said to filter`, async () => {
    const lab = await daemonLab(1);
    const agent = lab.agent();
    await agent.call("provider.add", DRAFT);
    const { id } = await agent.request(["203.0.113.7"], { lifetimeS: 604_800 });
    await agent.reach(id, "filtering");
    if (end === "without a word") lab.link.cut();
    await lab.provider.stop({ forget: true });
    lab.link.mend();
    await lab.run(5 * SECOND);
    lab.provider.prefixes = ["198.51.100.0/24"];
    await lab.provider.start();
    const isRefused = (): boolean => agent.story(id).includes("refused");
    assert.ok(await lab.network.run({ until: isRefused, limit: 10 * MINUTE }), "refused");
    const over = await agent.reach(id, "refused", 5 * SECOND);
    assert.equal(over.outcome, "refused");
    assert.equal(over.refusal?.code, "4.00");
    assert.equal(over.status, null);
    assert.deepEqual(agent.status.mitigations, []);
    await agent.close();
  });
}

test("thirty that are refused at once are all looked for within seconds", async () => {
  const lab = await daemonLab(7);
  const agent = lab.agent();
  await agent.call("provider.add", DRAFT);
  for (let i = 0; i < 30; i += 1) await agent.request([`203.0.113.${i}`]);
  const isFiltering = (): boolean =>
    agent.status.mitigations.every(({ phase }) => phase === "filtering");
  assert.ok(await lab.network.run({ until: isFiltering, limit: MINUTE }));
  await lab.provider.stop({ forget: true });
  lab.provider.prefixes = ["198.51.100.0/24"];
  await lab.provider.start();
  const isRefused = (): boolean => agent.logged.some(({ kind }) => kind === "mitigation-refused");
  assert.ok(await lab.network.run({ until: isRefused, limit: 10 * MINUTE }), "refused");
  const isOver = (): boolean => agent.status.mitigations.length === 0;
  assert.ok(await lab.network.run({ until: isOver, limit: 10 * SECOND }), "all over");
  await agent.close();
});

test("refused for good and still held: help goes on to its end, and says that it is the end", async () => {
  const lab = await daemonLab(2);
  const answers = failing("4.03", 1);
  const agent = lab.agent({ openSession: answers.openSession });
  await agent.call("provider.add", DRAFT);
  const { id } = await agent.request(["203.0.113.7"], { lifetimeS: 600 });
  await agent.reach(id, "filtering");
  answers.begin();
  await lab.run(6 * MINUTE);
  const held = await agent.show(id);
  assert.equal(held.phase, "filtering");
  assert.equal(held.refusal?.code, "4.03");
  assert.deepEqual([held.renewsAt, held.awaiting], [null, null]);
  const over = await agent.reach(id, "ended", 5 * MINUTE);
  assert.equal(over.outcome, "expired");
  await agent.close();
});

for (const code of ["5.00", "5.03", "5.04", "4.29"]) {
  test(`${code} is told once and outlived`, async () => {
    const lab = await daemonLab(3);
    const answers = failing(code, 3);
    answers.begin();
    const agent = lab.agent({ openSession: answers.openSession });
    await agent.call("provider.add", DRAFT);
    const { id } = await agent.request(["203.0.113.7"]);
    await lab.run(30 * SECOND);
    const waiting = await agent.show(id);
    assert.equal(waiting.phase, "asking");
    assert.equal(waiting.awaiting?.what, "retry");
    assert.equal(waiting.refusal?.retryAfterS, 60);
    const filtering = await agent.reach(id, "filtering", 5 * MINUTE);
    assert.equal(filtering.refusal, null);
    assert.deepEqual(agent.story(id), ["requested", "sent", "refused", "accepted", "filtering"]);
    await agent.close();
  });
}

test("a renewal that fails for now says when it is asked for again, never a time that is over", async () => {
  const lab = await daemonLab(4);
  const answers = failing("5.00", 2);
  const agent = lab.agent({ openSession: answers.openSession });
  await agent.call("provider.add", DRAFT);
  const { id } = await agent.request(["203.0.113.7"], { lifetimeS: 600 });
  await agent.reach(id, "filtering");
  answers.begin();
  let isFailed = false;
  for (let second = 0; second < 500; second += 1) {
    await lab.run(SECOND);
    const { renewsAt, phase, refusal } = await agent.show(id);
    assert.equal(phase, "filtering");
    if (renewsAt !== null) assert.ok(Date.parse(renewsAt) >= lab.network.clock.wallTime());
    if (refusal !== null) isFailed = true;
  }
  assert.ok(isFailed);
  assert.equal((await agent.show(id)).refusal, null, "renewed in the end");
  await agent.close();
});

test("a renewal without an answer says when it is asked for again, never a time that is over", async () => {
  const lab = await daemonLab(5);
  const agent = lab.agent();
  await agent.call("provider.add", DRAFT);
  const { id } = await agent.request(["203.0.113.7"], { lifetimeS: 120 });
  await agent.reach(id, "filtering");
  await lab.run(55 * SECOND);
  lab.link.cut();
  for (let second = 0; second < 90; second += 1) {
    await lab.run(SECOND);
    const { renewsAt } = await agent.show(id);
    if (renewsAt !== null) assert.ok(Date.parse(renewsAt) >= lab.network.clock.wallTime());
  }
  await agent.close();
});

test("sent while nothing could be kept, then killed: withdrawn at the server after all", async () => {
  const lab = await daemonLab(6);
  const memory = new MemoryAgentStore();
  const store = new FaultyStore(memory);
  const first = lab.agent({ store });
  await first.call("provider.add", DRAFT);
  await lab.run(SECOND);
  // The request itself is kept; that it leaves, a moment later, is not.
  store.kept = (_number, { requests = [] }) => {
    if (requests.length > 0) store.failing = () => true;
  };
  const { id } = await first.request(["203.0.113.7"]);
  await first.reach(id, "filtering");
  first.kill();
  assert.equal(memory.request(1)?.sentAtMs, null);
  lab.link.cut();
  const second = lab.agent({ store: memory });
  assert.equal((await second.call("mitigation.withdraw", { id })).phase, "withdrawing");
  lab.link.mend();
  const ended = await second.reach(id, "ended", 8 * MINUTE);
  assert.equal(ended.outcome, "withdrawn");
  await lab.run(5 * SECOND);
  assert.deepEqual(lab.provider.mitigator.mids, []);
  await second.close();
});

interface Failing {
  readonly openSession: typeof openProviderSession;
  /** From now on. */
  begin(): void;
}

/** Sessions on which some requests for mitigation are answered with `code`, and do not reach the provider. */
function failing(code: string, times: number): Failing {
  let left = 0;
  const refusal: SignalResult = { code, accepted: false, rttMs: 1, transmissions: 1 };
  const wrapped = (client: DotsClient): DotsClient =>
    new Proxy(client, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== "function") return value;
        const call = value.bind(target) as (...given: unknown[]) => unknown;
        if (name !== "requestMitigation") return call;
        return (...given: unknown[]) => (left-- > 0 ? Promise.resolve(refusal) : call(...given));
      },
    });
  return {
    begin: () => void (left = times),
    openSession: (deps, provider, listener) =>
      openProviderSession(deps, provider, {
        early: (client) => listener.early?.(wrapped(client)),
        down: () => listener.down(),
        changed: () => listener.changed(),
        up: (client) => listener.up(wrapped(client)),
      }),
  };
}
