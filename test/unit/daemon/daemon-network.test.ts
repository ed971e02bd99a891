import assert from "node:assert/strict";
import { test } from "node:test";
import { CoapError } from "../../../agent/coap/error.ts";
import type { DotsClient } from "../../../agent/dots/client/client.ts";
import { MemorySessionStore } from "../../../agent/dtls/stored-session.ts";
import { openProviderSession } from "../../../agent/session/provider-session.ts";
import { daemonLab, DRAFT, MINUTE, SECOND } from "./daemon-lab.ts";

/** Requests while the network, or the server, is not what it should be. */

const ROUND_TRIP = 40;

test("asked while the server is down, sent once it is up", async () => {
  const lab = await daemonLab(1, { serving: false });
  const agent = lab.agent();
  await agent.call("provider.add", DRAFT);
  await lab.run(10 * SECOND);
  const asked = await agent.request(["203.0.113.7"]);
  assert.deepEqual([asked.phase, asked.awaiting?.what, asked.sentAt], ["asking", "session", null]);
  await lab.run(2 * MINUTE);
  assert.equal((await agent.show(asked.id)).phase, "asking");
  await lab.provider.start();
  await agent.reach(asked.id, "filtering", 2 * MINUTE);
  assert.deepEqual(lab.provider.mitigator.calls, ["start 1"]);
  await agent.close();
});

test("asking makes a session be tried at once", async () => {
  const lab = await daemonLab(2, { serving: false });
  const agent = lab.agent();
  await agent.call("provider.add", DRAFT);
  await lab.run(3 * MINUTE); // the waits between two tries have grown
  await lab.provider.start();
  const { id } = await agent.request(["203.0.113.7"]);
  await agent.reach(id, "accepted", 2 * SECOND);
  await agent.close();
});

for (const seed of [1, 2, 3]) {
  test(`half of all packets lost, seed ${seed}: asked, followed and withdrawn`, async () => {
    const lab = await daemonLab(seed, { path: { loss: 0.5 } });
    const agent = lab.agent();
    await agent.call("provider.add", DRAFT);
    const { id } = await agent.request(["203.0.113.7"]);
    await agent.reach(id, "filtering", 5 * MINUTE);
    await agent.call("mitigation.withdraw", { id });
    await agent.reach(id, "ended", 5 * MINUTE);
    await lab.run(MINUTE);
    assert.deepEqual(lab.provider.mitigator.mids, [], "nothing brought it back");
    await agent.close();
  });
}

for (const end of ["with a goodbye", "without a word"] as const) {
  test(`a server that ended ${end} and forgot everything is asked again`, async () => {
    const lab = await daemonLab(3);
    const agent = lab.agent();
    await agent.call("provider.add", DRAFT);
    const ids: string[] = [];
    for (const target of ["203.0.113.7", "203.0.113.8"]) {
      ids.push((await agent.request([target])).id);
    }
    for (const id of ids) await agent.reach(id, "filtering");
    if (end === "without a word") lab.link.cut();
    await lab.provider.stop({ forget: true });
    lab.link.mend();
    await lab.run(5 * SECOND);
    await lab.provider.start();
    for (const id of ids) {
      const back = (): boolean => agent.story(id).includes("asked-again");
      assert.ok(await lab.network.run({ until: back, limit: 10 * MINUTE }), "asked again");
      await agent.reach(id, "filtering");
    }
    assert.deepEqual(lab.provider.mitigator.mids, [1, 2]);
    assert.deepEqual(lab.provider.mitigator.calls, ["start 1", "start 2", "start 1", "start 2"]);
    await agent.close();
  });
}

test("what runs out while nobody can be reached is asked for again", async () => {
  const lab = await daemonLab(4);
  const agent = lab.agent();
  await agent.call("provider.add", DRAFT);
  const { id } = await agent.request(["203.0.113.7"], { lifetimeS: 120 });
  await agent.reach(id, "filtering");
  lab.link.cut();
  await agent.reach(id, "asking", 5 * MINUTE);
  assert.equal(agent.status.mitigations[0]?.lifetimeLeftS, null);
  lab.link.mend();
  await agent.reach(id, "filtering", 10 * MINUTE);
  assert.deepEqual(lab.provider.mitigator.mids, [1]);
  assert.equal(agent.story(id).filter((kind) => kind === "asked-again").length, 1);
  await agent.close();
});

test("a silence is told once, and the request stays", async () => {
  const lab = await daemonLab(5);
  const agent = lab.agent();
  await agent.call("provider.add", DRAFT);
  await lab.run(SECOND);
  lab.link.cut();
  const { id } = await agent.request(["203.0.113.7"]);
  await lab.run(2 * MINUTE);
  const asking = await agent.show(id);
  assert.equal(asking.phase, "asking");
  assert.ok(asking.awaiting !== null);
  assert.deepEqual(agent.story(id), ["requested", "sent", "unanswered"]);
  lab.link.mend();
  await agent.reach(id, "filtering", 2 * MINUTE);
  await agent.close();
});

test("withdrawn while nobody can be reached: told until the server has it", async () => {
  const lab = await daemonLab(6);
  const agent = lab.agent();
  await agent.call("provider.add", DRAFT);
  const { id } = await agent.request(["203.0.113.7"]);
  await agent.reach(id, "filtering");
  lab.link.cut();
  await agent.call("mitigation.withdraw", { id });
  await lab.run(20 * MINUTE);
  assert.equal((await agent.show(id)).phase, "withdrawing");
  assert.deepEqual(lab.provider.mitigator.mids, [1]);
  lab.link.mend();
  // The server has ended the session meanwhile: a new one takes minutes. [RFC 9132 §4.7]
  const ended = await agent.reach(id, "ended", 8 * MINUTE);
  assert.equal(ended.outcome, "withdrawn");
  await lab.run(5 * SECOND);
  assert.deepEqual(lab.provider.mitigator.mids, []);
  await agent.close();
});

test("withdrawn and never confirmed: over once its time is surely over", async () => {
  const lab = await daemonLab(7);
  const agent = lab.agent();
  await agent.call("provider.add", DRAFT);
  const { id } = await agent.request(["203.0.113.7"], { lifetimeS: 120 });
  await agent.reach(id, "filtering");
  lab.link.cut();
  await agent.call("mitigation.withdraw", { id });
  await lab.run(2 * MINUTE);
  assert.equal((await agent.show(id)).phase, "withdrawing");
  assert.equal((await agent.reach(id, "ended", 3 * MINUTE)).outcome, "withdrawn");
  await agent.close();
});

test("withdrawn before it ever left: over at once, and nothing is sent", async () => {
  const lab = await daemonLab(8, { serving: false });
  const agent = lab.agent();
  await agent.call("provider.add", DRAFT);
  const { id } = await agent.request(["203.0.113.7"]);
  const ended = await agent.call("mitigation.withdraw", { id });
  assert.deepEqual([ended.phase, ended.outcome, ended.sentAt], ["ended", "withdrawn", null]);
  await lab.provider.start();
  await lab.run(2 * MINUTE);
  assert.deepEqual(lab.provider.mitigator.calls, []);
  await agent.close();
});

test("a server that answers no GET is sent requests all the same", async () => {
  const lab = await daemonLab(9);
  const agent = lab.agent({
    openSession: (deps, provider, listener) =>
      openProviderSession(deps, provider, {
        ...listener,
        down: () => listener.down(),
        changed: () => listener.changed(),
        up: (client) => listener.up(withoutGet(client)),
      }),
  });
  await agent.call("provider.add", DRAFT);
  const { id } = await agent.request(["203.0.113.7"], { lifetimeS: 120 });
  await agent.reach(id, "accepted");
  await lab.run(10 * MINUTE);
  assert.equal((await agent.show(id)).phase, "accepted", "renewed, though never shown");
  await agent.call("mitigation.withdraw", { id });
  await agent.reach(id, "ended");
  await agent.close();
});

/** A client whose questions about mitigations get no answer. */
function withoutGet(client: DotsClient): DotsClient {
  const mute = (): Promise<never> => Promise.reject(new CoapError("coap/timeout", "no answer"));
  return new Proxy(client, {
    get: (target, name) => {
      if (name === "getMitigations" || name === "observe") return mute;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
}

test("a hundred requests over one session, all of them followed", async () => {
  const lab = await daemonLab(10);
  const agent = lab.agent();
  await agent.call("provider.add", DRAFT);
  const targets = Array.from({ length: 100 }, (_, i) => `203.0.113.${i}`);
  for (const target of targets) await agent.request([target]);
  const refusal = await agent.refusal("mitigation.request", {
    targets: ["203.0.113.200"],
    lifetimeS: 3600,
  });
  assert.equal(refusal.reason, "too-many");
  const all = (): boolean => agent.status.mitigations.every(({ phase }) => phase === "filtering");
  assert.ok(await lab.network.run({ until: all, limit: 2 * MINUTE }), "all filtering");
  assert.equal(lab.provider.mitigator.mids.length, 100);
  await agent.close();
});

test("a request without an answer puts the session in doubt before its heartbeats do", async () => {
  const lab = await daemonLab(11);
  const agent = lab.agent();
  await agent.call("provider.add", DRAFT);
  await lab.run(SECOND);
  assert.equal(agent.status.sessions[0]?.state, "active");
  lab.link.cut();
  await agent.request(["203.0.113.7"]);
  await lab.run(12 * SECOND);
  assert.equal(agent.status.sessions[0]?.state, "degraded");
  await agent.close();
});

test("withdrawn while it waits for its turn: never sent", async () => {
  const lab = await daemonLab(12);
  const agent = lab.agent();
  await agent.call("provider.add", DRAFT);
  await lab.run(SECOND);
  lab.link.cut();
  const asked = [];
  for (let i = 0; i < 30; i += 1) asked.push(await agent.request([`203.0.113.${i}`]));
  await lab.run(SECOND);
  const last = asked.at(-1)?.id ?? "";
  assert.equal((await agent.show(last)).sentAt, null, "others are before it");
  assert.equal((await agent.call("mitigation.withdraw", { id: last })).phase, "ended");
  lab.link.mend();
  const isFiltering = (): boolean =>
    agent.status.mitigations.every(({ phase }) => phase === "filtering");
  assert.ok(await lab.network.run({ until: isFiltering, limit: 5 * MINUTE }));
  assert.ok(!lab.provider.mitigator.calls.includes("start 30"));
  assert.equal(lab.provider.mitigator.mids.length, 29);
  await agent.close();
});

test("withdrawn at any moment, on a line that loses and reorders: gone for good", async () => {
  for (let seed = 1; seed <= 12; seed += 1) {
    const path = { loss: 0.4, delayMs: 60, jitterMs: 300 };
    const lab = await daemonLab(seed, { path });
    const agent = lab.agent();
    await agent.call("provider.add", DRAFT);
    const isActive = (): boolean => agent.status.sessions[0]?.state === "active";
    await lab.network.run({ until: isActive, limit: 2 * MINUTE });
    const { id } = await agent.request(["203.0.113.7"]);
    await lab.run(seed * 130);
    await agent.call("mitigation.withdraw", { id });
    await agent.reach(id, "ended", 10 * MINUTE);
    await lab.run(30 * SECOND);
    assert.deepEqual(lab.provider.mitigator.mids, [], `seed ${seed}`);
    await agent.close();
  }
});

test("behind a NAT that gave it another port, a request is accepted in under 3 s", async () => {
  const lab = await daemonLab(7, { serving: false });
  lab.provider.connectionId = false;
  await lab.provider.start();
  const agent = lab.agent({ sessions: new MemorySessionStore() });
  await agent.call("provider.add", DRAFT);
  await lab.run(10 * MINUTE);
  lab.rebind();
  const { id } = await agent.request(["203.0.113.7"]);
  await agent.reach(id, "accepted", 3 * SECOND);
  lab.rebind();
  await lab.run(SECOND); // whoever asks is heard once a second
  await agent.call("mitigation.withdraw", { id });
  const isOver = (): boolean => lab.provider.mitigator.mids.length === 0;
  assert.ok(await lab.network.run({ until: isOver, limit: 3 * SECOND }), "so is a withdrawal");
  await agent.reach(id, "ended");
  const alarms = agent.logged.filter(({ severity }) => severity === "warn" || severity === "bad");
  assert.deepEqual(alarms, [], "nobody is alarmed");
  assert.equal(agent.status.sessions[0]?.security?.resumed, true);
  await lab.run(MINUTE);
  assert.deepEqual(lab.provider.mitigator.mids, []);
  await agent.close();
});

test("what waits for the first session goes along with the end of its handshake", async () => {
  const lab = await daemonLab(2);
  const agent = lab.agent();
  await agent.call("provider.add", DRAFT);
  const from = lab.network.clock.now();
  const { id } = await agent.request(["203.0.113.7"]);
  await agent.reach(id, "accepted");
  assert.equal(
    lab.network.clock.now() - from,
    3 * ROUND_TRIP,
    "a cookie, a flight, and the answer",
  );
  assert.deepEqual(agent.story(id), ["requested", "sent", "accepted"]);
  assert.equal(agent.status.sessions[0]?.state, "active");
  await agent.reach(id, "filtering");
  await agent.close();
});

for (const session of ["a session that stands", "the session after a dead one"] as const) {
  test(`what a newer request replaces is not asked again, on ${session}`, async () => {
    const lab = await daemonLab(8, { serving: false });
    lab.provider.connectionId = false;
    await lab.provider.start();
    const agent = lab.agent({ sessions: new MemorySessionStore() });
    await agent.call("provider.add", DRAFT);
    const older = await agent.request(["203.0.113.7:443"]);
    await agent.reach(older.id, "filtering");
    if (session !== "a session that stands") lab.rebind();
    const newer = await agent.request(["203.0.113.7:8443"]);
    await agent.reach(newer.id, "filtering", 3 * SECOND);
    await lab.run(MINUTE);
    assert.deepEqual(agent.story(older.id), [
      "requested",
      "sent",
      "accepted",
      "filtering",
      "ended",
    ]);
    const end = agent.logged.find(({ kind }) => kind === "mitigation-ended");
    assert.deepEqual([end?.details["why"], end?.severity], ["replaced", "info"]);
    assert.deepEqual(agent.story(newer.id), ["requested", "sent", "accepted", "filtering"]);
    assert.deepEqual(lab.provider.mitigator.calls, ["start 1", "start 2", "stop 1"]);
    await agent.close();
  });
}

test("nor where much is lost or late, whatever comes first", async () => {
  for (let seed = 1; seed <= 16; seed += 1) {
    const path = { loss: 0.4, delayMs: 60, jitterMs: 300 };
    const lab = await daemonLab(seed, { path });
    const agent = lab.agent();
    await agent.call("provider.add", DRAFT);
    const isActive = (): boolean => agent.status.sessions[0]?.state === "active";
    await lab.network.run({ until: isActive, limit: 2 * MINUTE });
    const older = await agent.request(["203.0.113.7:443"]);
    await lab.run(seed * 130);
    const newer = await agent.request(["203.0.113.7:8443"]);
    await agent.reach(newer.id, "filtering", 5 * MINUTE);
    await agent.reach(older.id, "ended", 5 * MINUTE);
    const wrong = agent.story(older.id).filter((kind) => /asked-again|refused/.test(kind));
    assert.deepEqual(wrong, [], `seed ${seed}`);
    assert.deepEqual(lab.provider.mitigator.mids, [2], `seed ${seed}`);
    await agent.close();
  }
});

test("a newer request that is refused takes nothing's place", async () => {
  const lab = await daemonLab(9);
  const agent = lab.agent();
  await agent.call("provider.add", DRAFT);
  const older = await agent.request(["203.0.113.7"]);
  await agent.reach(older.id, "filtering");
  const newer = await agent.request(["203.0.113.7", "198.51.100.9"]); // not this customer's
  await agent.reach(newer.id, "refused");
  await lab.provider.stop({ forget: true });
  await lab.provider.start();
  const again = (): boolean => agent.story(older.id).includes("asked-again");
  assert.ok(await lab.network.run({ until: again, limit: 10 * MINUTE }), "asked again");
  await agent.close();
});
