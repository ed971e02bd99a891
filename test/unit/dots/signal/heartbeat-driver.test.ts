import assert from "node:assert/strict";
import { test } from "node:test";
import { CoapSession } from "../../../../agent/coap/session.ts";
import {
  HeartbeatDriver,
  type BeatOutcome,
} from "../../../../agent/dots/signal/heartbeat-driver.ts";
import { decodeDots } from "../../../../agent/wire/cbor/dots-body.ts";
import type { DotsBody } from "../../../../agent/wire/cbor/types.ts";
import { Code } from "../../../../agent/wire/coap/code.ts";
import { uriPathOptions } from "../../../../agent/wire/coap/options.ts";
import { ScriptedPeer, withBody } from "../../../support/scripted-peer.ts";
import { seeded } from "../../../support/seeded.ts";
import { transportPair } from "../../../support/transport-pair.ts";
import { VirtualClock } from "../../../support/virtual-clock.ts";

const CONFIG = { intervalMs: 30_000, missingHbAllowed: 2 };

interface Scene {
  readonly clock: VirtualClock;
  readonly driver: HeartbeatDriver;
  readonly session: CoapSession;
  readonly peer: ScriptedPeer;
  /** How each heartbeat of ours went, with how many were missed in a row by then. */
  readonly beats: readonly (BeatOutcome & { readonly inARow: number })[];
  /** Whether the peer answers. */
  answering: boolean;
  /** A heartbeat of the peer. */
  beat(status: boolean): void;
  /** The peer-hb-status of each heartbeat that the peer heard. */
  statuses(): (boolean | undefined)[];
}

function scene(role: "client" | "server"): Scene {
  const clock = new VirtualClock();
  const random = seeded(3);
  const { a, b } = transportPair(clock, { delayMs: 5, rttMs: 10 });
  const beats: (BeatOutcome & { readonly inARow: number })[] = [];
  const peer = new ScriptedPeer(b, () => (made.answering ? { code: Code.Changed } : undefined));
  const session: CoapSession = new CoapSession({ clock, random }, a, {
    serve: (request) => driver.answer(request),
  });
  const driver: HeartbeatDriver = new HeartbeatDriver({ clock, random }, session, {
    config: CONFIG,
    role,
    onBeat: (outcome) => beats.push({ ...outcome, inARow: driver.missedInARow }),
  });
  const made: Scene = {
    clock,
    driver,
    session,
    peer,
    beats,
    answering: true,
    beat(status) {
      const body: DotsBody = { "ietf-dots-signal-channel:heartbeat": { "peer-hb-status": status } };
      const { options = [], ...rest } = withBody(Code.PUT, body);
      peer.send(
        { ...rest, options: [...uriPathOptions([".well-known", "dots", "hb"]), ...options] },
        Uint8Array.of(1),
      );
    },
    statuses: () =>
      peer.heard
        .filter((message) => message.code === Code.PUT)
        .map(
          (message) =>
            decodeDots(message.payload)["ietf-dots-signal-channel:heartbeat"]?.["peer-hb-status"],
        ),
  };
  return made;
}

test("a server answers a client's heartbeat first, then sends its own [RFC 9132 §4.7]", async () => {
  const { clock, driver, peer, beat } = scene("server");
  driver.start();
  beat(false);
  await clock.advance(20);
  assert.deepEqual(
    peer.heard.map(({ code }) => code),
    [Code.Changed, Code.PUT],
  );
  assert.equal(driver.peerHearsUs, false);
  driver.stop();
});

test("peer-hb-status follows what is heard of the peer [RFC 9132 §4.7]", async () => {
  const { clock, driver, beat, statuses } = scene("client");
  driver.start();
  await clock.advance(30_000);
  beat(true);
  await clock.advance(30_000);
  await clock.advance(60_000);
  assert.deepEqual(statuses(), [false, true, true, false]);
  driver.stop();
});

test("the counters tell of both ends, and when the peer was last heard in wall-clock time", async () => {
  const { clock, driver, beat } = scene("client");
  beat(true);
  await clock.advance(10);
  assert.deepEqual(driver.counters, {
    sent: 0,
    received: 1,
    missed: 0,
    lastAt: clock.wallTime() - 5,
  });
});

test("a stopped driver sends nothing more and leaves nothing armed", async () => {
  const { clock, driver, session, peer } = scene("client");
  driver.start();
  driver.stop();
  driver.start();
  await clock.advance(120_000);
  assert.equal(peer.heard.length, 0);
  session.close();
  await clock.advance(10);
  assert.equal(clock.pending, 0);
});

test("each heartbeat of ours is told of: when it was sent, and its round trip or none", async () => {
  const made = scene("client");
  const { clock, driver, beats } = made;
  await clock.advance(1000);
  const first = driver.beat();
  await clock.advance(10);
  await first;
  made.answering = false;
  const more = [driver.beat(2000), driver.beat(3000)];
  for (const beat of more) beat.catch(() => undefined);
  await clock.advance(3000);
  made.answering = true;
  const last = driver.beat();
  await clock.advance(10);
  await last;
  assert.deepEqual(beats, [
    { at: 1000, rttMs: 10, inARow: 0 },
    { at: 1010, rttMs: null, inARow: 1 },
    { at: 1010, rttMs: null, inARow: 2 },
    { at: 4010, rttMs: 10, inARow: 0 },
  ]);
});

test("a heartbeat that is out when the session ends is not counted as missed", async () => {
  const { clock, driver, session, beats } = scene("client");
  const beating = driver.beat();
  driver.stop();
  session.close();
  await assert.rejects(beating, { code: "coap/closed" });
  await clock.advance(1);
  assert.equal(driver.counters.missed, 0);
  assert.deepEqual(beats, []);
});
