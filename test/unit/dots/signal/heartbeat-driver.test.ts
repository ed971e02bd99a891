import assert from "node:assert/strict";
import { test } from "node:test";
import { CoapSession } from "../../../../agent/coap/session.ts";
import { HeartbeatDriver } from "../../../../agent/dots/signal/heartbeat-driver.ts";
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
  /** A heartbeat of the peer. */
  beat(status: boolean): void;
  /** The peer-hb-status of each heartbeat that the peer heard. */
  statuses(): (boolean | undefined)[];
}

function scene(role: "client" | "server"): Scene {
  const clock = new VirtualClock();
  const random = seeded(3);
  const { a, b } = transportPair(clock, { delayMs: 5, rttMs: 10 });
  const peer = new ScriptedPeer(b, () => ({ code: Code.Changed }));
  const session: CoapSession = new CoapSession({ clock, random }, a, {
    serve: (request) => driver.answer(request),
  });
  const driver: HeartbeatDriver = new HeartbeatDriver({ clock, random }, session, {
    config: CONFIG,
    role,
  });
  return {
    clock,
    driver,
    session,
    peer,
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

test("a heartbeat that is out when the session ends is not counted as missed", async () => {
  const { clock, driver, session } = scene("client");
  const beating = driver.beat();
  driver.stop();
  session.close();
  await assert.rejects(beating, { code: "coap/closed" });
  await clock.advance(1);
  assert.equal(driver.counters.missed, 0);
});
