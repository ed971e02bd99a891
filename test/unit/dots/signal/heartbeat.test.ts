import assert from "node:assert/strict";
import { test } from "node:test";
import {
  DEFAULT_HEARTBEAT,
  initialHeartbeat,
  peerHbStatus,
  step,
  type HeartbeatEffect,
  type HeartbeatInput,
  type HeartbeatState,
} from "../../../../agent/dots/signal/heartbeat.ts";

const CONFIG = { intervalMs: 30_000, missingHbAllowed: 3 };

function run(
  inputs: readonly HeartbeatInput[],
  from = initialHeartbeat(CONFIG, false),
): { state: HeartbeatState; effects: HeartbeatEffect[] } {
  let state = from;
  const effects: HeartbeatEffect[] = [];
  for (const input of inputs) {
    const [next, more] = step(state, input);
    state = next;
    effects.push(...more);
  }
  return { state, effects };
}

const START: HeartbeatInput = { tag: "start", at: 0, jitter: 0.5 };
const peer = (at: number, status = true): HeartbeatInput => ({
  tag: "peer-heartbeat",
  at,
  peerHbStatus: status,
});
const miss = (at: number, lastHeardAt: number): HeartbeatInput => ({
  tag: "unanswered",
  at,
  lastHeardAt,
});

test("the defaults [RFC 9132 Appendix C]", () => {
  assert.deepEqual(DEFAULT_HEARTBEAT, { intervalMs: 30_000, missingHbAllowed: 15 });
});

test("the first heartbeat is placed within the first interval", () => {
  assert.deepEqual(run([START]).effects, [{ tag: "arm", delayMs: 15_000 }]);
});

test("each heartbeat is followed by the next after one interval", () => {
  const { state, effects } = run([START, { tag: "due", at: 15_000 }]);
  assert.deepEqual(effects.slice(1), [
    { tag: "send", peerHbStatus: false },
    { tag: "arm", delayMs: 30_000 },
  ]);
  assert.equal(state.counters.sent, 1);
});

const statuses = [
  { name: "false before the first heartbeat of the peer", heard: undefined, at: 5, status: false },
  { name: "true right after one", heard: 1_000, at: 1_000, status: true },
  { name: "true two intervals after one", heard: 1_000, at: 61_000, status: true },
  { name: "false beyond two intervals", heard: 1_000, at: 61_001, status: false },
];

for (const { name, heard, at, status } of statuses) {
  test(`peer-hb-status is ${name} [RFC 9132 §4.7]`, () => {
    const { state } = run(heard === undefined ? [] : [peer(heard)]);
    assert.equal(peerHbStatus(state, at), status);
    const [, effects] = step(state, { tag: "beat", at });
    assert.deepEqual(effects, [{ tag: "send", peerHbStatus: status }]);
  });
}

test("answers of any kind of request count, heartbeats of the peer are counted apart", () => {
  const { state } = run([
    START,
    { tag: "due", at: 10 },
    { tag: "answered", at: 12 },
    peer(20),
    { tag: "due", at: 40 },
    miss(70, 20),
  ]);
  assert.deepEqual(state.counters, { sent: 2, received: 1, missed: 1, lastAt: 20 });
});

test("missing-hb-allowed misses in a row make the peer unanswered while it is heard, once [RFC 9132 §4.7]", () => {
  const { state, effects } = run([miss(1, 0), miss(2, 1), miss(3, 2), miss(4, 3)]);
  assert.deepEqual(effects, [{ tag: "verdict", verdict: "unanswered" }]);
  assert.equal(state.verdict, "unanswered");
});

test("a peer that sends nothing at all for that long is silent [RFC 9132 §4.7]", () => {
  const { effects } = run([miss(30_000, 0), miss(60_000, 0), miss(90_000, 0)]);
  assert.deepEqual(effects, [{ tag: "verdict", verdict: "silent" }]);
});

test("an answer in between starts the count anew", () => {
  const { effects } = run([
    miss(1, 0),
    miss(2, 0),
    { tag: "answered", at: 3 },
    miss(4, 3),
    miss(5, 3),
  ]);
  assert.deepEqual(effects, []);
});

test("a silent peer that sends is unanswered, one that answers is alive", () => {
  const silent = run([miss(30_000, 0), miss(60_000, 0), miss(90_000, 0)]).state;
  const { effects } = run([peer(95_000), { tag: "answered", at: 96_000 }], silent);
  assert.deepEqual(effects, [
    { tag: "verdict", verdict: "unanswered" },
    { tag: "verdict", verdict: "alive" },
  ]);
});

test("a server beats right after it hears a client, at most twice an interval [RFC 9132 §4.7]", () => {
  const server = initialHeartbeat(CONFIG, true);
  const { state, effects } = run(
    [START, peer(1_000), peer(1_100), peer(15_999), peer(16_000)],
    server,
  );
  const sent = effects.filter((effect) => effect.tag === "send");
  assert.deepEqual(sent, [
    { tag: "send", peerHbStatus: true },
    { tag: "send", peerHbStatus: true },
  ]);
  assert.equal(state.counters.sent, 2);
});

test("a client never beats because of a server's heartbeat", () => {
  assert.deepEqual(run([START, peer(1_000)]).effects.length, 1);
});

test("what the peer says of our heartbeats is kept", () => {
  assert.equal(run([]).state.peerHearsUs, undefined);
  assert.equal(run([peer(1, false)]).state.peerHearsUs, false);
});

test("a stopped end sends nothing more, and a second start changes nothing", () => {
  const { effects } = run([START, START, { tag: "stop" }, { tag: "due", at: 9 }, peer(10)]);
  assert.deepEqual(
    effects.map(({ tag }) => tag),
    ["arm", "disarm"],
  );
});

test("a new configuration holds from the next heartbeat on", () => {
  const config = { intervalMs: 15_000, missingHbAllowed: 5 };
  const { effects } = run([START, { tag: "configure", config }, { tag: "due", at: 15_000 }]);
  assert.deepEqual(effects.at(-1), { tag: "arm", delayMs: 15_000 });
});
