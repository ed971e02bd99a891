import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as afterMicrotasks } from "node:timers/promises";
import type { Address, Millis } from "../../../agent/net/ports.ts";
import { ask, gaps, leftAfter, MINUTE, NAME, SERVER, sessionLab } from "./session-lab.ts";

const HEARTBEAT_MS = 30_000;

test("a session stands, beats at once, and shows what it is", async () => {
  const lab = await sessionLab(1);
  const watched = lab.open();
  assert.equal(watched.session.view.state, "connecting");
  assert.ok(await lab.reach(watched, "active", 1000));
  await lab.network.run({ for: 100 });
  const { view } = watched.session;
  const { heartbeat, sinceMs, rttMs, ...rest } = view;
  const { security } = lab.provider.accepted[0] ?? {};
  assert.deepEqual(rest, {
    state: "active",
    server: `coaps://${NAME}:4646`,
    address: "198.51.100.1:4646",
    security: {
      version: "DTLS1.2",
      cipher: security?.cipher,
      resumed: false,
      connectionId: security?.connectionId,
    },
    fault: null,
    nextTryAtMs: null,
  });
  assert.ok(rttMs !== null && rttMs >= 40 && rttMs < 60, `${rttMs}`);
  assert.equal(heartbeat.sent, 1);
  assert.equal(heartbeat.missed, 0);
  assert.deepEqual(
    heartbeat.recent.map((beat) => beat.rttMs),
    [40],
  );
  const stoodAt = watched.states.find(({ state }) => state === "active")?.at ?? 0;
  assert.equal(sinceMs, lab.clientHost.clock.wallTime() - (lab.network.clock.now() - stoodAt));
  assert.equal(heartbeat.recent[0]?.atMs, sinceMs);
  assert.deepEqual(watched.told, ["up"]);
  assert.equal(watched.session.client, watched.clients[0]);
  assert.equal(await ask(lab, watched.session.client), "2.01");
  assert.equal(await leftAfter(lab, watched), 0);
});

test("then it beats at its interval, and keeps the last sixty", async () => {
  const lab = await sessionLab(2);
  const watched = lab.open({ heartbeat: { intervalMs: 15_000, missingHbAllowed: 3 } });
  await lab.network.run({ for: 30 * MINUTE });
  const { sent, received, missed, recent, intervalS, lastAt } = watched.session.view.heartbeat;
  assert.equal(intervalS, 15);
  assert.ok(sent >= 120 && sent <= 122, `${sent} in half an hour`);
  assert.ok(received >= 55, `${received} of the server`);
  assert.equal(missed, 0);
  assert.equal(recent.length, 60);
  assert.deepEqual(new Set(gaps(recent.map(({ atMs }) => atMs))), new Set([15_000]));
  assert.ok(lab.clientHost.clock.wallTime() - (lastAt ?? 0) <= 15_000);
  assert.deepEqual(watched.told, ["up"]);
  assert.equal(await leftAfter(lab, watched), 0);
});

test("a server that is down at first is tried after 2 s, then ever more slowly, until it serves", async () => {
  const lab = await sessionLab(3, { serving: false });
  const watched = lab.open();
  const { sinceMs } = watched.session.view;
  await lab.network.run({ for: 3 * MINUTE });
  assert.deepEqual(watched.told, []);
  assert.equal(watched.session.view.sinceMs, sinceMs, "the trouble is as old as ever");
  const waits = gaps(lab.hellos).slice(0, 5);
  for (const [i, least] of [2000, 4000, 8000, 16_000, 32_000].entries()) {
    const wait = waits[i] ?? 0;
    assert.ok(wait >= least && wait <= least * 1.5 + 100, `wait ${i}: ${wait} ms`);
  }
  await lab.reach(watched, "down", MINUTE);
  const { fault, nextTryAtMs } = watched.session.view;
  assert.deepEqual(fault, {
    code: "unreachable",
    message: "nobody answers: tried 198.51.100.1:4646 (UDP): nobody listens there",
  });
  const inMs = (nextTryAtMs ?? 0) - lab.clientHost.clock.wallTime();
  assert.ok(inMs > 0 && inMs <= MINUTE, `next try in ${inMs} ms`);
  await lab.provider.start();
  assert.ok(await lab.reach(watched, "active", 61_000));
  assert.equal(watched.session.view.fault, null);
  assert.deepEqual(watched.told, ["up"]);
  assert.equal(await leftAfter(lab, watched), 0);
});

test("a kick tries at once", async () => {
  const lab = await sessionLab(4, { serving: false });
  const watched = lab.open();
  await lab.network.run({ for: 3 * MINUTE });
  await lab.reach(watched, "down", MINUTE);
  await lab.provider.start();
  watched.session.kick();
  assert.ok(await lab.reach(watched, "active", 500));
  assert.equal(await leftAfter(lab, watched), 0);
});

test("kicks by the hundred are one try a second", async () => {
  const lab = await sessionLab(5, { serving: false });
  const watched = lab.open();
  await lab.network.run({ for: 1000 });
  const before = lab.hellos.length;
  for (let i = 0; i < 100; i += 1) {
    watched.session.kick();
    await lab.network.run({ for: 50 });
  }
  const tries = lab.hellos.length - before;
  assert.ok(tries >= 4 && tries <= 6, `${tries} tries in five seconds`);
  assert.equal(await leftAfter(lab, watched), 0);
});

test("a server that was killed and restarted gets a new session beside the old one, then in its place", async () => {
  const lab = await sessionLab(6);
  const watched = lab.open();
  await lab.reach(watched, "active", 1000);
  await lab.network.run({ for: 20 * MINUTE });
  const before = watched.session.view.heartbeat;
  lab.provider.kill();
  await lab.provider.start();
  const killedAt = lab.network.clock.now();
  assert.ok(await lab.network.run({ until: () => watched.told.length > 1, limit: 5 * MINUTE }));
  const took = lab.network.clock.now() - killedAt;
  assert.ok(took <= 4 * HEARTBEAT_MS, `swapped after ${took} ms`);
  assert.deepEqual(watched.told, ["up", "up"], "never without a client");
  await lab.network.run({ for: MINUTE });
  assert.deepEqual(
    watched.states.map(({ state }) => state),
    ["connecting", "active", "degraded", "active"],
  );
  const after = watched.session.view.heartbeat;
  assert.ok(after.sent > before.sent && after.missed === 2 && after.missedInARow === 0);
  const [old] = watched.clients;
  assert.ok(old !== undefined && old !== watched.session.client);
  await assert.rejects(lab.network.settle(old.heartbeat(), 1000), { code: "coap/closed" });
  assert.equal(await ask(lab, watched.session.client), "2.01");
  assert.equal(await leftAfter(lab, watched), 0);
});

test("a request that goes unanswered finds a restarted server at once", async () => {
  const lab = await sessionLab(7);
  const watched = lab.open();
  await lab.reach(watched, "active", 1000);
  lab.provider.kill();
  await lab.provider.start();
  watched.session.unanswered();
  assert.equal(watched.session.view.state, "degraded");
  assert.ok(await lab.network.run({ until: () => watched.told.length > 1, limit: 1000 }));
  assert.equal(watched.session.view.state, "active");
  assert.equal(await leftAfter(lab, watched), 0);
});

test("a request that goes unanswered costs a session nothing that answers heartbeats", async () => {
  const lab = await sessionLab(8);
  const watched = lab.open();
  await lab.reach(watched, "active", 1000);
  await lab.network.run({ for: 1000 });
  watched.session.unanswered();
  assert.equal(watched.session.view.state, "degraded");
  assert.ok(await lab.reach(watched, "active", 50), "the answer to one heartbeat is enough");
  await lab.network.run({ for: MINUTE });
  assert.deepEqual(watched.told, ["up"]);
  assert.equal(watched.session.client, watched.clients[0]);
  assert.equal(lab.provider.accepted.length, 1, "the new session was given up");
  assert.equal(await leftAfter(lab, watched), 0);
});

test("a server that says goodbye is left for 2 s, and a restart of it for a minute", async () => {
  const lab = await sessionLab(12);
  const watched = lab.open();
  await lab.reach(watched, "active", 1000);
  await lab.network.run({ for: MINUTE });
  lab.provider.stop();
  assert.ok(await lab.reach(watched, "down", 1000));
  assert.deepEqual(watched.told, ["up", "down"]);
  assert.equal(watched.session.client, undefined);
  const { fault, address, security, nextTryAtMs } = watched.session.view;
  assert.deepEqual(fault, { code: "closed", message: "the server ended the session" });
  assert.deepEqual([address, security], [null, null]);
  const inMs = (nextTryAtMs ?? 0) - lab.clientHost.clock.wallTime();
  assert.ok(inMs >= 2000 && inMs <= 3000, `next try in ${inMs} ms`);
  await lab.network.run({ for: 10_000 });
  assert.equal(watched.session.view.fault?.code, "unreachable");
  await lab.provider.start();
  assert.ok(await lab.reach(watched, "active", 91_000));
  assert.deepEqual(watched.told, ["up", "down", "up"]);
  assert.equal(await leftAfter(lab, watched), 0);
});

test("a server that accepts and says goodbye for ever is not run against", async () => {
  const lab = await sessionLab(13);
  const watched = lab.open();
  let seen = 0;
  const until = (): boolean => {
    for (const session of lab.provider.accepted.slice(seen)) session.close();
    seen = lab.provider.accepted.length;
    return false;
  };
  await lab.network.run({ until, limit: 30 * MINUTE });
  assert.ok(seen > 10 && seen < 45, `${seen} sessions in half an hour`);
  assert.equal(await leftAfter(lab, watched), 0);
});

test("a wrong key is told as such, without the key, and seldom tried again", async () => {
  const lab = await sessionLab(14);
  const key = new TextEncoder().encode("not the key at all");
  const watched = lab.open({ credential: { type: "psk", identity: "branch", key } });
  assert.ok(await lab.reach(watched, "down", 10_000));
  assert.deepEqual(watched.session.view.fault, {
    code: "key-refused",
    message: "the server refused this key (identity branch)",
  });
  assert.ok(!JSON.stringify(watched.session.view).includes("not the key"));
  await lab.network.run({ for: 60 * MINUTE });
  assert.ok(lab.hellos.length <= 18, `${lab.hellos.length} tries in an hour`);
  assert.ok(Math.max(...gaps(lab.hellos)) <= 5 * MINUTE + 30_000);
  assert.equal(watched.early.length, 1, "no request is risked once it is known");
  assert.ok(!watched.told.includes("up"));
  assert.equal(await leftAfter(lab, watched), 0);
});

test("a name that is not found is told as such, and found once it exists", async () => {
  const lab = await sessionLab(16);
  lab.names.delete(NAME);
  const watched = lab.open();
  assert.ok(await lab.reach(watched, "down", 10));
  assert.deepEqual(watched.session.view.fault, {
    code: "name-not-found",
    message: `no address was found for the name ${NAME}`,
  });
  lab.names.set(NAME, [SERVER]);
  assert.ok(await lab.reach(watched, "active", 23_000));
  assert.equal(await leftAfter(lab, watched), 0);
});

test("a server that moves to another address is found there", async () => {
  const lab = await sessionLab(17);
  const elsewhere: Address = { family: 4, host: "198.51.100.99", port: 4646 };
  lab.names.set(NAME, [elsewhere]);
  const watched = lab.open();
  await lab.network.run({ for: 10_000 });
  lab.names.set(NAME, [SERVER]);
  assert.ok(await lab.reach(watched, "active", 2 * MINUTE));
  assert.equal(await leftAfter(lab, watched), 0);
});

test("the address that worked is tried first, and alone [RFC 9132 §4.3]", async () => {
  const lab = await sessionLab(24);
  lab.names.set(NAME, [{ ...SERVER, host: "198.51.100.99" }, SERVER]);
  const watched = lab.open();
  await lab.reach(watched, "active", 1000);
  lab.provider.kill();
  await lab.provider.start();
  watched.session.unanswered();
  assert.ok(await lab.network.run({ until: () => watched.told.length > 1, limit: 1000 }));
  assert.deepEqual(lab.tried, ["198.51.100.99:4646", "198.51.100.1:4646", "198.51.100.1:4646"]);
  assert.equal(await leftAfter(lab, watched), 0);
});

test("an address that failed is tried after one that did not [RFC 9132 §4.3]", async () => {
  const lab = await sessionLab(25);
  const shut = { ...SERVER, port: 9 };
  lab.names.set(NAME, [shut]);
  const watched = lab.open();
  await lab.reach(watched, "down", 1000);
  lab.names.set(NAME, [shut, SERVER]);
  assert.ok(await lab.reach(watched, "active", 5000));
  assert.deepEqual(lab.tried, ["198.51.100.1:9", "198.51.100.1:4646"]);
  assert.equal(await leftAfter(lab, watched), 0);
});

test("a goodbye that comes with the session itself is not missed", async () => {
  const lab = await sessionLab(26, { turns: 2 });
  lab.provider.onAccept = (session) => session.close();
  const watched = lab.open();
  await afterMicrotasks();
  await lab.network.run({ for: 200 }); // two turns from the session to the goodbye: nobody has it yet
  await afterMicrotasks();
  await lab.network.run({ for: 100 });
  assert.deepEqual(watched.told, ["up", "down"]);
  assert.deepEqual(
    [watched.session.view.state, watched.session.view.fault?.code],
    ["down", "closed"],
  );
  assert.equal(await leftAfter(lab, watched), 0);
});

test("the wall clock may be set: instants stay where they belong", async () => {
  const lab = await sessionLab(18);
  const { clock } = lab.clientHost;
  let setBy = -50 * 365 * 24 * 60 * MINUTE; // a router that boots in 1976
  const jumpy = {
    now: () => clock.now(),
    wallTime: () => clock.wallTime() + setBy,
    after: (delay: Millis, fire: () => void) => clock.after(delay, fire),
  };
  const { random, datagrams, streams } = lab.clientHost;
  const watched = lab.open({}, { world: { clock: jumpy, random, datagrams, streams } });
  await lab.network.run({ for: 10 * MINUTE });
  const before = watched.session.view;
  const jump = -setBy;
  setBy = 0;
  const { sinceMs, heartbeat } = watched.session.view;
  assert.equal(sinceMs, before.sinceMs + jump);
  assert.equal(heartbeat.lastAt, (before.heartbeat.lastAt ?? 0) + jump);
  assert.deepEqual(
    heartbeat.recent,
    before.heartbeat.recent.map(({ atMs, rttMs }) => ({ atMs: atMs + jump, rttMs })),
  );
  lab.provider.stop();
  await lab.reach(watched, "down", 1000);
  const { nextTryAtMs } = watched.session.view;
  setBy = 24 * 60 * MINUTE;
  assert.equal(watched.session.view.nextTryAtMs, (nextTryAtMs ?? 0) + 24 * 60 * MINUTE);
  assert.equal(await leftAfter(lab, watched), 0);
});
