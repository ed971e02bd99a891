import assert from "node:assert/strict";
import { test } from "node:test";
import { DotsClient } from "../../../../agent/dots/client/client.ts";
import { Code } from "../../../../agent/wire/coap/code.ts";
import { uriPathOptions } from "../../../../agent/wire/coap/options.ts";
import { ScriptedPeer, withBody, withText } from "../../../support/scripted-peer.ts";
import { seeded } from "../../../support/seeded.ts";
import { transportPair } from "../../../support/transport-pair.ts";
import { VirtualClock } from "../../../support/virtual-clock.ts";
import { GRANTED, scene, settled } from "./scene.ts";

const HB = [".well-known", "dots", "hb"];

const incoming = [
  {
    name: "a heartbeat is answered 2.04 with an empty body [RFC 9132 §4.7]",
    request: {
      ...withBody(Code.PUT, { "ietf-dots-signal-channel:heartbeat": { "peer-hb-status": true } }),
    },
    path: HB,
    code: Code.Changed,
  },
  {
    name: "a heartbeat without a body is 4.00",
    request: withBody(Code.PUT, GRANTED),
    path: HB,
    code: Code.BadRequest,
  },
  {
    name: "a heartbeat in text is 4.15",
    request: withText(Code.PUT, "beat"),
    path: HB,
    code: Code.UnsupportedContentFormat,
  },
  {
    name: "a GET of hb is 4.05",
    request: { code: Code.GET },
    path: HB,
    code: Code.MethodNotAllowed,
  },
  {
    name: "another path is 4.04",
    request: { code: Code.GET },
    path: [".well-known", "core"],
    code: Code.NotFound,
  },
  {
    name: "hb with a cuid is 4.00 [RFC 9132 §4.7]",
    request: { code: Code.PUT },
    path: [...HB, "cuid=x"],
    code: Code.BadRequest,
  },
];

for (const { name, request, path, code } of incoming) {
  test(`from the server: ${name}`, async () => {
    const { clock, peer } = scene(() => undefined);
    const options = [...uriPathOptions(path), ...("options" in request ? request.options : [])];
    peer.send({ ...request, options }, Uint8Array.of(1, 2));
    await clock.advance(50);
    assert.deepEqual(
      peer.heard.map((message) => [message.code, [...message.token]]),
      [[code, [1, 2]]],
    );
    if (code === Code.Changed) assert.equal(peer.heard[0]?.payload.length, 0);
  });
}

test("a heartbeat that came before the client existed is answered too", async () => {
  const clock = new VirtualClock();
  const { a, b } = transportPair(clock);
  const peer = new ScriptedPeer(b, () => undefined);
  const beat = withBody(Code.PUT, {
    "ietf-dots-signal-channel:heartbeat": { "peer-hb-status": true },
  });
  peer.send(
    { ...beat, options: [...uriPathOptions(HB), ...(beat.options ?? [])] },
    Uint8Array.of(3),
  );
  await clock.advance(1);
  const client = new DotsClient({ clock, random: seeded(1) }, a, { cuid: "me", heartbeat: false });
  await clock.advance(1);
  assert.equal(peer.heard[0]?.code, Code.Changed);
  assert.equal(client.heartbeats.received, 1);
});

test("a client beats at its interval, once each, and tells when it is no longer answered [RFC 9132 §4.7]", async () => {
  let answering = true;
  const verdicts: string[] = [];
  const { clock, client, peer } = scene(() => (answering ? { code: Code.Changed } : undefined), {
    heartbeat: { intervalMs: 15_000, missingHbAllowed: 2 },
    onVerdict: (verdict) => verdicts.push(verdict),
  });
  await clock.advance(60_000);
  assert.equal(peer.heard.length, 4);
  assert.ok(peer.heard.every((message) => message.type === "non"));
  assert.deepEqual(client.heartbeats.missed, 0);
  answering = false;
  await clock.advance(60_000);
  assert.deepEqual(verdicts, ["silent"]);
  assert.ok(client.heartbeats.missed >= 2);
  assert.equal(client.verdict, "silent");
  answering = true;
  await clock.advance(30_000);
  assert.deepEqual(verdicts, ["silent", "alive"]);
});

test("a client that is told not to beat sends nothing on its own, but one when asked", async () => {
  const { clock, client, peer } = scene(() => ({ code: Code.Changed }));
  await clock.advance(120_000);
  assert.equal(peer.heard.length, 0);
  const result = await settled(clock, client.heartbeat());
  assert.equal(result.code, "2.04");
  assert.equal(peer.heard.length, 1);
  assert.equal(client.heartbeats.sent, 1);
  assert.equal(client.heartbeats.lastAt, clock.wallTime() - (clock.now() - 120_010));
});

test("a client tells how each heartbeat went, and how many are missed in a row", async () => {
  let answering = false;
  const told: (number | null)[] = [];
  const { clock, client } = scene(() => (answering ? { code: Code.Changed } : undefined), {
    onBeat: ({ rttMs }) => told.push(rttMs),
  });
  for (const inARow of [1, 2]) {
    await assert.rejects(settled(clock, client.heartbeat({ timeoutMs: 1000 })));
    assert.equal(client.missedInARow, inARow);
  }
  answering = true;
  await settled(clock, client.heartbeat());
  assert.equal(client.missedInARow, 0);
  assert.deepEqual(told, [null, null, 10]);
});

test("a heartbeat is sent once: loss is a miss, not a repetition [RFC 9132 §4.7]", async () => {
  const { clock, client, peer } = scene(() => undefined);
  await assert.rejects(settled(clock, client.heartbeat({ timeoutMs: 8000 })), {
    code: "coap/timeout",
  });
  assert.equal(peer.heard.length, 1);
  assert.equal(client.heartbeats.missed, 1);
});
