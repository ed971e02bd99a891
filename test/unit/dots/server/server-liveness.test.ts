import assert from "node:assert/strict";
import { test } from "node:test";
import { MemoryMitigationStore } from "../../../../agent/store/memory-mitigation-store.ts";
import { decodeDots } from "../../../../agent/wire/cbor/dots-body.ts";
import { VirtualClock } from "../../../support/virtual-clock.ts";
import { BRANCH, CUID, makeWorld, MITIGATE, mitigation } from "./harness.ts";
import type { World } from "./harness.ts";

const SCOPE = { "target-prefix": ["203.0.113.0/24"], lifetime: 3600 } as const;
const ALL = [...MITIGATE, CUID];
const DROPPED = { bytes: 134_334_555n, bps: 43_344n, pkts: 333_334_444n, pps: 432_432n };

const PRECONFIGURED = { ...SCOPE, "trigger-mitigation": false };
/** All heartbeats missed, and a little. */
const SILENCE_MS = 30_000 * 16 + 61_000;

async function statusOf(world: World, mid: number): Promise<string | undefined> {
  const reply = await world.connect().reply({ method: "GET", path: mitigation(mid) });
  return reply.scope[0]?.status;
}

test("a preconfigured request waits, without mitigation-start [RFC 9132 §4.4.2]", async () => {
  const { connect, mitigator } = makeWorld();
  const peer = connect();
  await peer.reply({ scope: PRECONFIGURED });
  const { scope } = await peer.reply({ method: "GET" });
  assert.deepEqual(scope, [
    {
      mid: 1,
      lifetime: 3600,
      "target-prefix": ["203.0.113.0/24"],
      "trigger-mitigation": false,
      status: "attack-mitigation-signal-loss",
    },
  ]);
  assert.deepEqual(mitigator.calls, []);
});

test("a client that falls silent starts its preconfigured requests, which prevail [RFC 9132 §4.4.1.3] [RFC 9132 §4.7]", async () => {
  const world = makeWorld();
  const peer = world.connect();
  await peer.reply({ path: mitigation(1), scope: PRECONFIGURED });
  await peer.reply({ path: mitigation(2), scope: SCOPE });
  peer.answersHeartbeats = false;
  await world.clock.advance(SILENCE_MS);
  assert.deepEqual(world.mitigator.calls, ["start 2", "start 1", "stop 2"]);
  assert.equal(await statusOf(world, 1), "attack-mitigation-in-progress");
  await world.clock.advance(60_000);
  assert.equal(
    await statusOf(world, 1),
    "attack-mitigation-in-progress",
    "recovery stops nothing [RFC 9132 §4.4.4]",
  );
});

test("a client that sends, but answers no heartbeat, is not lost [RFC 9132 §4.7]", async () => {
  const { connect, clock, mitigator } = makeWorld();
  const peer = connect();
  await peer.reply({ scope: PRECONFIGURED });
  peer.answersHeartbeats = false;
  for (let minute = 0; minute < 12; minute += 1) {
    await clock.advance(60_000);
    assert.equal((await peer.reply({ method: "GET" })).code, "2.05");
  }
  assert.deepEqual(mitigator.calls, []);
});

test("a session closed in good order is no loss until the silence has lasted; a new session prevents it", async () => {
  const world = makeWorld();
  const first = world.connect();
  await first.reply({ scope: PRECONFIGURED });
  first.coap.close();
  await world.clock.advance(400_000);
  const second = world.connect();
  await world.clock.advance(400_000);
  assert.deepEqual(world.mitigator.calls, []);
  second.coap.close();
  await world.clock.advance(451_000);
  assert.deepEqual(world.mitigator.calls, ["start 1"]);
});

test("an immediate request withdraws an overlapping preconfigured one that runs: 7, then 8 [RFC 9132 §4.4.1.3]", async () => {
  const world = makeWorld();
  const peer = world.connect();
  await peer.reply({ scope: PRECONFIGURED });
  peer.coap.close();
  await world.clock.advance(451_000);
  const back = world.connect();
  await back.reply({ path: mitigation(2), scope: SCOPE });
  assert.equal(await statusOf(world, 1), "attack-mitigation-withdrawn");
  await world.clock.advance(21_000);
  assert.equal(await statusOf(world, 1), "attack-mitigation-signal-loss");
  assert.deepEqual(world.mitigator.calls, ["start 1", "start 2", "stop 1"]);
});

test("the server sends heartbeats of its own, and one right after a client's [RFC 9132 §4.7]", async () => {
  const { connect, clock } = makeWorld();
  const peer = connect();
  await clock.advance(95_000);
  assert.ok(peer.heartbeats.length >= 3);
  const last = peer.heartbeats.at(-1) ?? new Uint8Array();
  assert.deepEqual(decodeDots(last), {
    "ietf-dots-signal-channel:heartbeat": { "peer-hb-status": false },
  });
});

test("after a restart mitigations go on where they were, with what remains of their lifetime", async () => {
  const store = new MemoryMitigationStore();
  const clock = new VirtualClock();
  const before = makeWorld({ store, clock });
  const peer = before.connect();
  await peer.reply({
    path: mitigation(1),
    scope: { ...SCOPE, "target-prefix": ["203.0.113.1/32"] },
  });
  await peer.reply({
    path: mitigation(2),
    scope: { ...SCOPE, "target-prefix": ["203.0.113.2/32"], lifetime: 30 },
  });
  await peer.reply({
    path: mitigation(3),
    scope: { ...SCOPE, "target-prefix": ["203.0.113.3/32"], lifetime: -1 },
  });
  await peer.reply({
    path: mitigation(4),
    scope: { ...PRECONFIGURED, "target-prefix": ["203.0.113.4/32"] },
  });
  await peer.reply({ method: "DELETE", path: mitigation(3) });
  before.mitigator.report(1, { status: 2 });
  before.mitigator.report(1, { dropped: DROPPED });
  await before.server.close();
  assert.equal(before.mitigator.calls.at(-1), "close");
  await clock.advance(60_000);

  const after = makeWorld({ store, clock });
  assert.deepEqual(after.mitigator.calls, ["start 1", "start 3"]);
  const resumed = [...after.mitigator.running.values()].map(({ resume }) => resume);
  assert.deepEqual(resumed, [{ status: 2, dropped: DROPPED }, { status: 1 }]);
  const { scope } = await after.connect().reply({ method: "GET", path: ALL });
  assert.deepEqual(
    scope.map(({ mid, status, lifetime }) => [mid, status, lifetime]),
    [
      [1, "attack-successfully-mitigated", 3540],
      [3, "dots-client-withdrawn-mitigation", 60],
      [4, "attack-mitigation-signal-loss", 3540],
    ],
  );
  assert.equal(scope[0]?.["mitigation-start"], String(Date.UTC(2030, 0, 1) / 1000));
});

test("the end of a silent session is no sign of the client: one absence is one loss [RFC 9132 §4.7]", async () => {
  const world = makeWorld();
  const peer = world.connect();
  await peer.reply({ scope: { ...PRECONFIGURED, lifetime: -1 } });
  peer.answersHeartbeats = false;
  await world.clock.advance(SILENCE_MS);
  world.mitigator.report(1, { status: 3 });
  await world.clock.advance(2_000_000);
  assert.deepEqual(world.mitigator.calls, ["start 1", "stop 1"]);
});

test("at session loss what another client has running goes first, until it is over [RFC 9132 §4.4.1.3]", async () => {
  const world = makeWorld();
  const readiness = { ...PRECONFIGURED, "target-prefix": ["203.0.113.7/32"] };
  const branch = world.connect("branch");
  await branch.reply({ path: mitigation(1), scope: readiness });
  const office = world.connect("office");
  const path = mitigation(2, "cuid=other");
  const theirs = { ...SCOPE, "target-prefix": ["203.0.113.0/28"] };
  assert.equal((await office.reply({ path, scope: theirs })).code, "2.01");
  branch.answersHeartbeats = false;
  await world.clock.advance(SILENCE_MS);
  assert.deepEqual(world.mitigator.calls, ["start 2"]);
  await office.reply({ method: "DELETE", path });
  await world.clock.advance(126_000);
  assert.deepEqual(world.mitigator.calls, ["start 2", "stop 2", "start 1"]);
});

test("a client that is back by then needs no mitigation begun", async () => {
  const world = makeWorld();
  const readiness = { ...PRECONFIGURED, "target-prefix": ["203.0.113.7/32"] };
  const branch = world.connect("branch");
  await branch.reply({ path: mitigation(1), scope: readiness });
  const office = world.connect("office");
  const path = mitigation(2, "cuid=other");
  await office.reply({ path, scope: { ...SCOPE, "target-prefix": ["203.0.113.0/28"] } });
  branch.answersHeartbeats = false;
  await world.clock.advance(SILENCE_MS);
  world.connect("branch");
  await office.reply({ method: "DELETE", path });
  await world.clock.advance(126_000);
  assert.deepEqual(world.mitigator.calls, ["start 2", "stop 2"]);
});

test("after a restart a client that does not come back is lost like any other", async () => {
  const store = new MemoryMitigationStore();
  const clock = new VirtualClock();
  const before = makeWorld({ store, clock });
  await before.connect().reply({ scope: PRECONFIGURED });
  await before.server.close();
  const after = makeWorld({ store, clock });
  await clock.advance(449_000);
  assert.deepEqual(after.mitigator.calls, []);
  await clock.advance(2_000);
  assert.deepEqual(after.mitigator.calls, ["start 1"]);
});

test("after a restart what a client may no longer have is dropped", async () => {
  const store = new MemoryMitigationStore();
  const before = makeWorld({ store });
  await before.connect().reply({ scope: SCOPE });
  await before.server.close();
  const narrowed = { ...BRANCH, prefixes: [] };
  assert.deepEqual(makeWorld({ store, clients: [narrowed] }).mitigator.calls, []);
  assert.deepEqual(store.load(), []);
});

test("a closed server leaves no timer behind", async () => {
  const { connect, server, clock } = makeWorld();
  const peer = connect();
  await peer.reply({ scope: SCOPE });
  await peer.observe({});
  await server.close();
  await clock.advance(200_000);
  assert.equal(clock.pending, 0);
});

test("a client that leaves sessions behind keeps the newest ones", async () => {
  const { connect, clock } = makeWorld({ policy: { maxSessionsPerClient: 2 } });
  const peers = [];
  for (let i = 0; i < 3; i += 1) {
    peers.push(connect());
    await clock.advance(1000);
  }
  const answers = await Promise.all(peers.map((peer) => peer.ask({ method: "GET" })));
  assert.deepEqual(
    answers.map((answer) => (answer === "no answer" ? answer : answer.code)),
    ["no answer", "4.04", "4.04"],
  );
});
