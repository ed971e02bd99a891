import assert from "node:assert/strict";
import { test } from "node:test";
import { Code } from "../../../agent/wire/coap/code.ts";
import type { CoapMessage } from "../../../agent/wire/coap/message.ts";
import {
  findUint,
  OptionNumber,
  stringOption,
  uintOption,
} from "../../../agent/wire/coap/options.ts";
import type { Answer, CoapResponse } from "../../../agent/coap/types.ts";
import type { PairOptions } from "../../support/transport-pair.ts";
import { content, NOTHING, scripted, text, textOf, type Scripted, type Seen } from "./endpoints.ts";
import { Resource } from "./resource.ts";

const TOKEN = text("tok");
const SHORT: PairOptions = { rttMs: 100 };

test("a registration is answered with Observe, and notified of changes in NON messages [RFC 9132 §4.4.2.1]", async () => {
  for (const type of ["con", "non"] as const) {
    const { peer, resource } = await observed({ type });
    for (const state of ["1", "2"]) {
      await peer.clock.advance(1000);
      resource.change(state);
    }
    const sent = peer.sent();
    assert.deepEqual(
      sent.map(({ payload }) => textOf(payload)),
      ["0", "1", "2"],
    );
    assert.deepEqual(
      sent.slice(1).map((m) => [m.type, m.code]),
      [
        ["non", Code.Content],
        ["non", Code.Content],
      ],
    );
    assert.ok(sent.every(({ token }) => textOf(token) === "tok"));
    const sequence = sent.map(observeOf);
    assert.deepEqual(
      sequence,
      sequence.toSorted((a, b) => (a ?? 0) - (b ?? 0)),
    );
    assert.equal(new Set(sequence).size, 3);
    assert.equal(new Set(sent.map(({ messageId }) => messageId)).size, 3);
  }
});

for (const [name, path, gap] of [
  ["a round trip", { rttMs: 200 }, 200],
  ["3 s while none is known", {}, 3000],
] as const) {
  test(`only the latest state is sent, at most once in ${name} [RFC 9132 §4.4.2.1]`, async () => {
    const { peer, resource } = await observed({}, path);
    for (let i = 1; i <= 100; i += 1) {
      resource.change(String(i));
      assert.equal(peer.clock.pending, 1);
      await peer.clock.advance(gap / 20);
    }
    const notifications = peer.sent().slice(1);
    assert.deepEqual(
      notifications.map(({ at }) => at),
      [1, 2, 3, 4, 5].map((i) => i * gap),
    );
    assert.deepEqual(
      notifications.map(({ payload }) => textOf(payload)),
      ["20", "40", "60", "80", "100"],
    );
  });
}

test("several observations together keep to the session's pace [RFC 9132 §4.4]", async () => {
  const resource = new Resource();
  const peer = scripted({ serve: resource.serve }, { rttMs: 100 });
  for (let i = 0; i < 10; i += 1) register(peer, { messageId: i, token: text(`t${i}`) });
  await peer.clock.advance(0);
  await peer.clock.advance(1000);
  const before = peer.sent().length;
  resource.change("1");
  await peer.clock.advance(10_000);
  const times = peer
    .sent()
    .slice(before)
    .map(({ at }) => at - 1000);
  assert.deepEqual(times, [0, 0, 0, 100, 200, 300, 400, 500, 600, 700]);
});

const ends: readonly (readonly [string, (peer: Scripted, resource: Resource) => void])[] = [
  [
    "a Reset to a notification",
    (peer) => peer.send({ type: "rst", messageId: peer.sent().at(-1)?.messageId ?? 0 }),
  ],
  ["a GET with Observe 1", (peer) => register(peer, { messageId: 50 }, 1)],
  ["a GET without Observe under its token", (peer) => register(peer, { messageId: 50 }, "absent")],
  [
    "an error",
    (_, resource) => resource.send({ code: Code.NotFound, options: [], payload: NOTHING }),
  ],
  ["a notification too large to send", (_, resource) => resource.change("x".repeat(2000))],
  ["the end of the session", (peer) => peer.session.close()],
  ["the end of the path", (peer) => peer.hangUp()],
];
for (const [name, end] of ends) {
  test(`${name} ends an observation, once [RFC 7641 §3.6] [RFC 7641 §4.2]`, async () => {
    const { peer, resource } = await observed({});
    await peer.clock.advance(5000);
    resource.change("1");
    await peer.clock.advance(5000);
    end(peer, resource);
    await peer.clock.advance(5000);
    assert.deepEqual([resource.subscribed, resource.stopped], [1, 1]);
    const { length } = peer.sent();
    resource.change("2");
    await peer.clock.advance(60_000);
    assert.equal(peer.sent().length, length);
    assert.deepEqual([peer.session.held.observers, resource.stopped], [0, 1]);
  });
}

test("a Reset to the answer of a NON registration ends it [RFC 7641 §3.6]", async () => {
  const { peer, resource } = await observed({ type: "non" });
  peer.send({ type: "rst", messageId: peer.sent()[0]?.messageId ?? 0 });
  await peer.clock.advance(0);
  assert.deepEqual([resource.stopped, peer.session.held.observers], [1, 0]);
});

test("a renewal that is answered with an error ends the observation [RFC 7641 §4.1]", async () => {
  const { peer, resource } = await observed({});
  resource.failing = true;
  register(peer, { messageId: 50 });
  await peer.clock.advance(0);
  assert.deepEqual(peer.sent().map(observeOf), [1, undefined]);
  assert.deepEqual([resource.stopped, peer.session.held.observers], [1, 0]);
});

test("an observation that ends while a notification waits leaves nothing behind", async () => {
  const { peer, resource } = await observed({});
  resource.change("1");
  peer.session.close();
  await peer.clock.advance(0);
  assert.deepEqual([peer.clock.pending, peer.sent().length], [0, 1]);
});

test("what a source says after it was told to stop is not sent", async () => {
  let say: (response: CoapResponse) => void = () => assert.fail("not subscribed");
  const subscribe = (notify: typeof say): (() => void) => {
    say = notify;
    return () => {};
  };
  const peer = scripted({ serve: () => ({ ...content("0"), observation: { subscribe } }) });
  register(peer, {});
  await peer.clock.advance(5000);
  register(peer, { messageId: 2 }, 1);
  await peer.clock.advance(5000);
  say(content("1"));
  await peer.clock.advance(5000);
  assert.deepEqual(peer.sent().map(observeOf), [1, undefined]);
});

test("an error is notified without an Observe option, and last [RFC 7641 §4.2]", async () => {
  const { peer, resource } = await observed({}, { rttMs: 100 });
  resource.change("1");
  resource.send({ code: Code.NotFound, options: [], payload: NOTHING });
  resource.change("2");
  await peer.clock.advance(1000);
  const notifications = peer.sent().slice(1);
  assert.deepEqual(
    notifications.map((m) => [m.code, observeOf(m)]),
    [[Code.NotFound, undefined]],
  );
});

test("deregistration is answered without an Observe option [RFC 7641 §4.1]", async () => {
  const { peer } = await observed({});
  register(peer, { messageId: 50 }, 1);
  await peer.clock.advance(0);
  assert.deepEqual(peer.sent().map(observeOf), [1, undefined]);
});

test("a renewed registration replaces the old one and its sequence goes on [RFC 7641 §4.1] [RFC 7641 §4.4]", async () => {
  const { peer, resource } = await observed({});
  register(peer, { messageId: 50 });
  await peer.clock.advance(5000);
  resource.change("1");
  assert.deepEqual([resource.subscribed, resource.stopped, peer.session.held.observers], [2, 1, 1]);
  assert.deepEqual(peer.sent().map(observeOf), [1, 2, 3]);
});

test("a duplicate of a registration does not register again [RFC 7252 §4.5]", async () => {
  const { peer, resource } = await observed({});
  register(peer, {});
  await peer.clock.advance(0);
  assert.deepEqual([resource.subscribed, peer.sent().length], [1, 2]);
});

test("observations are bounded: beyond, the answer has no Observe option [RFC 7641 §4.1]", async () => {
  const resource = new Resource();
  const peer = scripted({ serve: resource.serve, maxObservers: 1 });
  register(peer, { messageId: 1 });
  register(peer, { messageId: 2, token: text("other") });
  register(peer, { messageId: 3 });
  await peer.clock.advance(0);
  assert.deepEqual(peer.sent().map(observeOf), [1, undefined, 2]);
  assert.deepEqual([resource.subscribed, resource.stopped], [2, 1]);
});

test("Observe in anything but a GET means nothing [RFC 7641 §2]", async () => {
  const resource = new Resource();
  const peer = scripted({ serve: resource.serve });
  register(peer, { code: Code.PUT });
  await peer.clock.advance(0);
  assert.deepEqual([resource.subscribed, ...peer.sent().map(observeOf)], [0, undefined]);
});

test("a resource that fails to be subscribed to, or to be left, harms nothing", async () => {
  const faults: unknown[] = [];
  const failing = (): never => {
    throw new Error("broken");
  };
  const sources = [{ subscribe: failing }, { subscribe: () => failing }];
  for (const observation of sources) {
    const serve = (): Answer => ({ ...content("0"), observation });
    const peer = scripted({ serve, onFault: (error) => faults.push(error) });
    register(peer, {});
    await peer.clock.advance(5000);
    peer.session.close();
  }
  assert.equal(faults.length, 2);
});

test("a source that ends within subscribe is left at once", async () => {
  let stopped = 0;
  const peer = scripted({
    serve: ({ reliability }) => ({
      ...content("0"),
      observation: {
        subscribe: (notify) => {
          notify({ code: Code.NotFound, options: [], payload: NOTHING });
          if (reliability === "non") peer.session.close();
          return () => void (stopped += 1);
        },
      },
    }),
  });
  register(peer, { type: "con" });
  await peer.clock.advance(5000);
  assert.deepEqual([stopped, peer.session.held.observers], [1, 0]);
  register(peer, { type: "non", messageId: 2 });
  await peer.clock.advance(0);
  assert.equal(stopped, 2);
});

function register(
  peer: Scripted,
  fields: Partial<CoapMessage>,
  observe: 0 | 1 | "absent" = 0,
): void {
  const wanted = observe === "absent" ? [] : [uintOption(OptionNumber.Observe, observe)];
  const options = [...wanted, stringOption(OptionNumber.UriPath, "x")];
  peer.send({ type: "non", code: Code.GET, token: TOKEN, messageId: 1, options, ...fields });
}

async function observed(
  fields: Partial<CoapMessage>,
  path: PairOptions = SHORT,
): Promise<{ peer: Scripted; resource: Resource }> {
  const resource = new Resource();
  const peer = scripted({ serve: resource.serve }, path);
  register(peer, fields);
  await peer.clock.advance(0);
  assert.equal(resource.subscribed, 1);
  return { peer, resource };
}

function observeOf(message: Seen): number | undefined {
  return findUint(message.options, OptionNumber.Observe);
}
