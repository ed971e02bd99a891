import assert from "node:assert/strict";
import { test } from "node:test";
import { Code } from "../../../agent/wire/coap/code.ts";
import { seeded } from "../../support/seeded.ts";
import { joined, NOTHING, request, scripted, settled, type Joined } from "./endpoints.ts";

const PUT = request("PUT", "x", "body");
const NON = { reliability: "non", timeoutMs: 60_000 } as const;
const URGENT = { ...NON, urgent: true } as const;
const RTT_BEFORE_MS = 20;

/** Two sessions that measured 20 ms, on a path that has become another one since. */
function changedPath(rttMs: number, loss: number, seed: number): Joined {
  const chance = seeded(seed);
  const fate = (): readonly number[] => {
    const delayMs = (rttMs / 2) * (1 + 0.1 * chance.fraction());
    return chance.fraction() < loss ? [] : [delayMs];
  };
  const serve = () => ({ code: Code.Changed, options: [], payload: NOTHING });
  return joined({ b: { serve } }, { rttMs: RTT_BEFORE_MS, fate });
}

/** Asks `count` times, each when the one before is over; what was sent and how long it took. */
async function ask(path: Joined, count: number): Promise<{ sent: number; tookMs: number }> {
  const before = path.sent("a").length;
  const startedAt = path.clock.now();
  for (let i = 0; i < count; i += 1) {
    const outcome = settled(path.a.request(PUT, URGENT));
    while (outcome.value === undefined && outcome.error === undefined) await path.clock.advance(5);
  }
  return { sent: path.sent("a").length - before, tookMs: path.clock.now() - startedAt };
}

for (const rttMs of [20, 200, 1000, 2000]) {
  for (const loss of [0, 0.25]) {
    const name = `a path that went from ${RTT_BEFORE_MS} to ${rttMs} ms, ${loss * 100} % loss`;
    test(`${name}: five requests later one datagram a round trip at most [RFC 9132 §4.4]`, async () => {
      let sent = 0;
      let roundTrips = 0;
      for (let seed = 1; seed <= 4; seed += 1) {
        const path = changedPath(rttMs, loss, seed);
        await ask(path, 5);
        const later = await ask(path, 8);
        sent += later.sent;
        roundTrips += later.tookMs / rttMs;
      }
      assert.ok(sent <= roundTrips, `${sent} datagrams in ${roundTrips} round trips`);
    });
  }
}

test("on a short path with half of all datagrams lost each way a request is answered in 2 s, mostly", async () => {
  const took: number[] = [];
  for (let seed = 1; seed <= 30; seed += 1) {
    const path = changedPath(RTT_BEFORE_MS, 0.5, seed);
    for (let i = 0; i < 5; i += 1) took.push((await ask(path, 1)).tookMs);
  }
  const late = took.filter((ms) => ms > 2000).length;
  assert.ok(late <= took.length / 10, `${late} of ${took.length} took longer`);
});

test("a second answer shows that the round trip is longer; a copy of the first does not [RFC 6298 §3]", async () => {
  const peer = scripted({}, { rttMs: RTT_BEFORE_MS });
  const outcome = settled(peer.session.request(PUT, NON));
  await peer.clock.advance(200); // sent at 0, 100 and 200
  const token = peer.sent()[0]?.token ?? NOTHING;
  const answer = (messageId: number): void =>
    peer.send({ type: "non", code: Code.Changed, token, messageId });
  answer(900);
  await peer.clock.advance(300);
  assert.equal(outcome.value?.transmissions, 3);
  answer(900);
  await peer.clock.advance(0);
  assert.equal(peer.session.rttMs, RTT_BEFORE_MS);
  answer(901);
  await peer.clock.advance(0);
  assert.equal(peer.session.rttMs, (7 * RTT_BEFORE_MS + 300) / 8);
});

test("an answer that comes after its request was given up counts the same", async () => {
  const peer = scripted({}, { rttMs: RTT_BEFORE_MS });
  settled(peer.session.request(PUT, { ...NON, timeoutMs: 50 }));
  await peer.clock.advance(100);
  const token = peer.sent()[0]?.token ?? NOTHING;
  peer.send({ type: "non", code: Code.Changed, token, messageId: 900 });
  await peer.clock.advance(0);
  assert.equal(peer.session.rttMs, (7 * RTT_BEFORE_MS + 100) / 8);
});

for (const [name, how, most] of [
  ["that can wait", NON, 3],
  ["that are urgent", URGENT, 3 + 16],
] as const) {
  test(`30 requests a second ${name}, unanswered, on a path of 1 s: one datagram a second [RFC 9132 §4.4]`, async () => {
    const peer = scripted({}, { rttMs: 1000, fate: () => [] });
    for (let second = 0; second < 60; second += 1) {
      for (let i = 0; i < 30; i += 1)
        settled(peer.session.request(PUT, { ...how, timeoutMs: 900 }));
      await peer.clock.advance(1000);
    }
    const { length } = peer.sent();
    assert.ok(length <= most + 60, `${length} datagrams in 60 round trips`);
    assert.ok(length >= 55, `${length} datagrams in 60 round trips`);
    assert.equal(peer.clock.pending, 0);
  });
}

test("an urgent request goes ahead of requests that wait; they make up for it [RFC 9132 §4.4]", async () => {
  const peer = scripted({}, { rttMs: 1000 });
  const get = request("GET", "x");
  for (let i = 0; i < 5; i += 1) settled(peer.session.request(get, { ...NON, once: true }));
  settled(peer.session.request(PUT, { ...URGENT, once: true }));
  await peer.clock.advance(10_000);
  assert.deepEqual(
    peer.sent().map(({ code, at }) => [code, at]),
    [
      [Code.GET, 0],
      [Code.GET, 0],
      [Code.GET, 0],
      [Code.PUT, 0],
      [Code.GET, 2000],
      [Code.GET, 3000],
    ],
  );
});

test("the repetition of an urgent request waits its turn", async () => {
  const peer = scripted({}, { rttMs: 1000 });
  settled(peer.session.request(PUT, URGENT));
  await peer.clock.advance(2999);
  const get = request("GET", "x");
  for (let i = 0; i < 6; i += 1) settled(peer.session.request(get, { ...NON, once: true }));
  await peer.clock.advance(4001);
  const { GET, PUT: again } = Code;
  assert.deepEqual(
    peer.sent().map(({ code }) => code),
    [again, GET, GET, GET, GET, GET, GET, again],
  );
});
