import assert from "node:assert/strict";
import { test } from "node:test";
import { Code } from "../../../agent/wire/coap/code.ts";
import { findUint, OptionNumber, uintOption } from "../../../agent/wire/coap/options.ts";
import { CoapError } from "../../../agent/coap/error.ts";
import type { Observation } from "../../../agent/coap/session.ts";
import {
  joined,
  NOTHING,
  request,
  scripted,
  settled,
  text,
  textOf,
  type Scripted,
  type Seen,
} from "./endpoints.ts";
import { Resource } from "./resource.ts";

const NON = { reliability: "non", timeoutMs: 10_000 } as const;
const TOKEN = text("tok");
const GET = request("GET", "x");

test("notifications are delivered freshest only, whatever order they come in [RFC 7641 §3.4]", async () => {
  const { peer, got, token } = await observing();
  for (const [sequence, state] of [
    [11, "b"],
    [13, "d"],
    [12, "c"],
    [13, "d"],
    [14, "e"],
  ] as const) {
    notifyFrom(peer, token, sequence, state);
  }
  await peer.clock.advance(0);
  assert.deepEqual(got, ["b", "d", "e"]);
  assert.equal(peer.session.statistics.staleNotifications, 2);
  await peer.clock.advance(128_001);
  notifyFrom(peer, token, 3, "f");
  await peer.clock.advance(0);
  assert.deepEqual(got, ["b", "d", "e", "f"]);
});

test("a CON notification is acknowledged, stale or not [RFC 7641 §3.5]", async () => {
  const { peer, token } = await observing();
  notifyFrom(peer, token, 11, "b", "con");
  notifyFrom(peer, token, 10, "a", "con");
  await peer.clock.advance(0);
  assert.deepEqual(
    peer
      .sent()
      .slice(1)
      .map(({ type }) => type),
    ["ack", "ack"],
  );
});

for (const [name, fields] of [
  ["an error", { code: Code.NotFound }],
  ["a response without Observe", { code: Code.Content }],
] as const) {
  test(`${name} ends an observation, and the callback is told [RFC 7641 §3.2]`, async () => {
    const { peer, got, token } = await observing();
    peer.send({ type: "non", token, messageId: 7, payload: text("end"), ...fields });
    await peer.clock.advance(0);
    assert.deepEqual(got, ["end (final)"]);
    assert.equal(peer.session.held.observations, 0);
    notifyFrom(peer, token, 20, "more");
    await peer.clock.advance(0);
    assert.deepEqual([got.length, peer.sent().at(-1)?.type], [1, "rst"]);
  });
}

test("a duplicate of the last notification is acknowledged, not reset, long after the registration", async () => {
  const { peer, got, token } = await observing();
  for (let i = 0; i < 70; i += 1) {
    settled(peer.session.request(GET, { reliability: "non", timeoutMs: 1, once: true }));
    await peer.clock.advance(1);
  }
  const { length } = peer.sent();
  for (let i = 0; i < 2; i += 1) {
    peer.send({ type: "con", code: Code.NotFound, token, messageId: 7 });
  }
  await peer.clock.advance(0);
  const answers = peer.sent().slice(length);
  assert.deepEqual(
    answers.map(({ type }) => type),
    ["ack", "ack"],
  );
  assert.equal(got.length, 1);
});

test("cancelling deregisters under the same token and delivers nothing more [RFC 7641 §3.6]", async () => {
  const { peer, got, token, observation } = await observing();
  const done = settled(observation.cancel());
  const deregistration = peer.sent().at(-1);
  assert.ok(deregistration);
  assert.deepEqual([observeOf(deregistration), deregistration.token], [1, token]);
  assert.deepEqual(
    deregistration.options.map((o) => o.number),
    [OptionNumber.Observe, OptionNumber.UriPath],
  );
  notifyFrom(peer, token, 11, "in flight");
  await peer.clock.advance(0);
  assert.ok(!("value" in done));
  peer.send({ type: "non", code: Code.Content, token, messageId: 70 });
  await peer.clock.advance(0);
  assert.ok("value" in done);
  await observation.cancel();
  assert.deepEqual([got, peer.sent().length, peer.clock.pending], [[], 2, 0]);
});

test("cancelling towards a silent peer ends all the same, and later notifications are reset [RFC 7641 §3.6]", async () => {
  const { peer, token, observation } = await observing();
  const done = settled(observation.cancel());
  await peer.clock.advance(10_000);
  assert.ok("value" in done);
  const { length } = peer.sent();
  notifyFrom(peer, token, 11, "still");
  await peer.clock.advance(0);
  assert.deepEqual(
    peer
      .sent()
      .slice(length)
      .map(({ type }) => type),
    ["rst"],
  );
});

for (const [name, fields] of [
  ["without Observe", { code: Code.Content }],
  ["with an error", { code: Code.NotFound, options: [uintOption(OptionNumber.Observe, 3)] }],
] as const) {
  test(`a registration answered ${name} is not established [RFC 7641 §3.1]`, async () => {
    const peer = scripted();
    const outcome = settled(peer.session.observe(GET, NON, () => assert.fail("no notification")));
    peer.send({ type: "non", token: peer.sent()[0]?.token ?? NOTHING, ...fields });
    await peer.clock.advance(0);
    assert.equal(outcome.value?.established, false);
    await outcome.value.cancel();
    assert.deepEqual([peer.sent().length, peer.session.held.observations], [1, 0]);
  });
}

test("a notification for a token that is not known is reset, so that the server forgets it [RFC 7641 §3.6]", async () => {
  for (const type of ["non", "con"] as const) {
    const peer = scripted();
    notifyFrom(peer, TOKEN, 5, "x", type);
    await peer.clock.advance(0);
    assert.deepEqual(
      peer.sent().map((m) => [m.type, m.messageId]),
      [["rst", 5]],
    );
  }
});

test("a notification that comes with the answer, in one go, is not lost", async () => {
  const peer = scripted();
  const got: string[] = [];
  settled(peer.session.observe(GET, NON, ({ payload }) => got.push(textOf(payload))));
  const token = peer.sent()[0]?.token ?? NOTHING;
  notifyFrom(peer, token, 10, "first");
  notifyFrom(peer, token, 11, "second");
  peer.clock.advanceNow(0);
  assert.deepEqual(got, ["second"]);
});

test("a callback that throws harms nothing", async () => {
  const faults: unknown[] = [];
  const peer = scripted({ onFault: (error) => faults.push(error) });
  const failing = (): never => {
    throw new Error("broken");
  };
  settled(peer.session.observe(GET, NON, failing));
  const token = peer.sent()[0]?.token ?? NOTHING;
  for (const sequence of [10, 11, 12]) notifyFrom(peer, token, sequence, "x");
  await peer.clock.advance(0);
  assert.deepEqual([faults.length, peer.session.held.observations], [2, 1]);
});

test("observations of ours are bounded", async () => {
  const peer = scripted({ maxObservations: 1 });
  settled(peer.session.observe(GET, NON, () => {}));
  notifyFrom(peer, peer.sent()[0]?.token ?? NOTHING, 10, "x");
  await peer.clock.advance(0);
  await assert.rejects(
    peer.session.observe(GET, NON, () => {}),
    { code: "coap/busy" },
  );
});

test("registrations under way count, and give their place back when they fail", async () => {
  const peer = scripted({ maxObservations: 2 });
  const how = { reliability: "non", timeoutMs: 1000 } as const;
  const asked = Array.from({ length: 5 }, () => settled(peer.session.observe(GET, how, () => {})));
  await peer.clock.advance(0);
  assert.equal(asked.filter(({ error }) => error !== undefined).length, 3);
  assert.equal(peer.session.held.outstanding, 2);
  notifyFrom(peer, peer.sent()[0]?.token ?? NOTHING, 10, "x");
  await peer.clock.advance(1000); // the other one is out of time
  const again = [0, 1].map(() => settled(peer.session.observe(GET, how, () => {})));
  await peer.clock.advance(0);
  assert.deepEqual(
    again.map(({ error }) => error instanceof CoapError && error.code),
    [false, "coap/busy"],
  );
  assert.equal(peer.session.held.observations, 1);
});

test("two sessions: observe, follow, cancel [RFC 7641 §3] [RFC 7641 §4]", async () => {
  const resource = new Resource();
  const { clock, a, b } = joined({ b: { serve: resource.serve } }, { delayMs: 25, rttMs: 50 });
  const got: string[] = [];
  const outcome = settled(a.observe(GET, NON, ({ payload }) => got.push(textOf(payload))));
  await clock.advance(100);
  for (const state of ["1", "2", "3"]) {
    resource.change(state);
    await clock.advance(100);
  }
  assert.equal(textOf(outcome.value?.first.response.payload ?? NOTHING), "0");
  assert.deepEqual(got, ["1", "2", "3"]);
  const done = settled(outcome.value?.cancel() ?? Promise.reject(new Error("not registered")));
  await clock.advance(100);
  assert.ok("value" in done);
  assert.deepEqual([a.held.observations, b.held.observers, resource.stopped], [0, 0, 1]);
});

async function observing(): Promise<{
  peer: Scripted;
  got: string[];
  token: Uint8Array;
  observation: Observation;
}> {
  const peer = scripted();
  const got: string[] = [];
  const outcome = settled(
    peer.session.observe(GET, NON, ({ payload }, { final }) => {
      got.push(textOf(payload) + (final ? " (final)" : ""));
    }),
  );
  const token = peer.sent()[0]?.token ?? NOTHING;
  notifyFrom(peer, token, 10, "a");
  await peer.clock.advance(0);
  assert.ok(outcome.value?.established);
  return { peer, got, token, observation: outcome.value };
}

/** Sends a notification whose message id is its sequence number. */
function notifyFrom(
  peer: Scripted,
  token: Uint8Array,
  sequence: number,
  state: string,
  type: "con" | "non" = "non",
): void {
  const options = [uintOption(OptionNumber.Observe, sequence)];
  peer.send({
    type,
    code: Code.Content,
    token,
    messageId: sequence,
    options,
    payload: text(state),
  });
}

function observeOf(message: Seen): number | undefined {
  return findUint(message.options, OptionNumber.Observe);
}
