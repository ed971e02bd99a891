import assert from "node:assert/strict";
import { test } from "node:test";
import type { Answer, CoapRequest } from "../../../../agent/coap/types.ts";
import { DotsClient } from "../../../../agent/dots/client/client.ts";
import type { SignalResult } from "../../../../agent/dots/client/signal-result.ts";
import { BlockServer } from "../../../../agent/dots/server/blocks.ts";
import { Code } from "../../../../agent/wire/coap/code.ts";
import {
  block2Option,
  findBlock2,
  findOption,
  OptionNumber,
} from "../../../../agent/wire/coap/options.ts";
import type { CoapOption } from "../../../../agent/wire/coap/message.ts";
import { seeded } from "../../../support/seeded.ts";
import { transportPair } from "../../../support/transport-pair.ts";
import { settled } from "../client/scene.ts";
import { VirtualClock } from "../../../support/virtual-clock.ts";
import { makeWorld } from "./harness.ts";

function bodyOf(octet: number): Answer {
  return { code: Code.Content, options: [], payload: new Uint8Array(100).fill(octet) };
}

function ask(number: number, etag?: CoapOption): CoapRequest {
  const block = block2Option({ number, more: false, exponent: 1 });
  const options = etag === undefined ? [block] : [etag, block];
  return { method: "GET", options, payload: new Uint8Array() };
}

function etagOf(answer: Answer): CoapOption {
  const etag = findOption(answer.options, OptionNumber.ETag);
  assert.ok(etag);
  return etag;
}

const unwanted = (): Answer => {
  throw new Error("nothing new was asked for");
};

test("a representation goes on being served under its ETag after newer ones [RFC 7959 §2.4]", () => {
  const blocks = new BlockServer(1152, new VirtualClock());
  const first = etagOf(blocks.serve("r", ask(0), () => bodyOf(1)));
  for (let newer = 2; newer < 40; newer += 1) {
    blocks.serve("r", ask(0), () => bodyOf(newer));
    const next = blocks.serve("r", ask(1 + (newer % 3), first), unwanted);
    assert.equal(next.payload[0], 1);
    assert.deepEqual(etagOf(next), first);
  }
  const last = "without ETag: the one that a block was taken from last";
  assert.equal(blocks.serve("r", ask(1), unwanted).payload[0], 1, last);
});

test("an ETag of another resource, or one that is gone, gets what is now", () => {
  const blocks = new BlockServer(1152, new VirtualClock());
  const first = etagOf(blocks.serve("r", ask(0), () => bodyOf(1)));
  const other = blocks.serve("other", ask(1, first), () => bodyOf(2));
  assert.equal(other.payload[0], 2);
  for (let newer = 2; newer < 40; newer += 1) blocks.serve("r", ask(0), () => bodyOf(newer));
  assert.equal(blocks.serve("r", ask(1, first), () => bodyOf(50)).payload[0], 50);
});

test("a resource is being fetched until its last block, or until nobody asks for the next", async () => {
  const clock = new VirtualClock();
  const blocks = new BlockServer(1152, clock);
  blocks.serve("r", ask(0), () => bodyOf(1));
  assert.ok(blocks.isFetched("r"));
  assert.ok(!blocks.isFetched("other"));
  await clock.advance(2_999);
  blocks.serve("r", ask(1), unwanted);
  await clock.advance(2_999);
  assert.ok(blocks.isFetched("r"));
  blocks.serve("r", ask(3), unwanted);
  assert.ok(!blocks.isFetched("r"), "that was the last");
  blocks.serve("r", ask(1), unwanted);
  await clock.advance(3_000);
  assert.ok(!blocks.isFetched("r"), "given up");
});

test("a block's size is never larger than asked for, its number counted in that size [RFC 7959 §2.3]", () => {
  const blocks = new BlockServer(1152, new VirtualClock());
  const answer = blocks.serve("r", ask(2), () => bodyOf(1));
  assert.deepEqual(findBlock2(answer.options), { number: 2, more: true, exponent: 1 });
});

test("a long list can be observed over a long path while it changes [RFC 9132 §4.4.2.1]", async () => {
  const { clock, server, mitigator } = makeWorld();
  const pair = transportPair(clock, { delayMs: 200, rttMs: 400 });
  server.accept(pair.b, { type: "psk", identity: "branch" });
  const client = new DotsClient({ clock, random: seeded(2) }, pair.a, {
    cuid: "me",
    heartbeat: false,
  });
  for (let mid = 1; mid <= 20; mid += 1) {
    const prefixes = Array.from({ length: 20 }, (_, i) => `2001:db8:1::${mid}:${i}/128`);
    const scope = { "target-prefix": prefixes, lifetime: 3600 };
    const { code } = await settled(clock, client.requestMitigation(mid, scope));
    assert.equal(code, "2.01");
  }
  const told: SignalResult[] = [];
  const unreadable: Error[] = [];
  const observing = client.observe(
    {},
    {
      notification: (result) => told.push(result),
      unreadable: (error) => unreadable.push(error),
    },
  );
  let count = 0n;
  const change = (): void => {
    count += 1n; // never the same list twice, and more of them in a round trip than are kept
    const dropped = { bytes: count, pkts: count, bps: count, pps: count };
    mitigator.report(Number(count % 20n) + 1, { status: count % 40n < 20n ? 1 : 2, dropped });
    if (count < 4_000n) clock.after(20, change);
  };
  change();
  const { first } = await settled(clock, observing);
  assert.equal(first.code, "2.05");
  await clock.advance(60_000);
  assert.deepEqual(unreadable, []);
  assert.ok(told.length >= 3, `${told.length} notifications in a minute`);
  await server.close();
});
