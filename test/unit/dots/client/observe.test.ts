import assert from "node:assert/strict";
import { test } from "node:test";
import type { SignalResult } from "../../../../agent/dots/client/signal-result.ts";
import { Code } from "../../../../agent/wire/coap/code.ts";
import { findUint, OptionNumber, uintOption } from "../../../../agent/wire/coap/options.ts";
import { withBody, withText } from "../../../support/scripted-peer.ts";
import { STATUS, bodyOf, scene, settled } from "./scene.ts";

test("an observation tells of changes and deregisters with its token [RFC 9132 §4.4.2.1]", async () => {
  const { clock, client, peer } = scene((request) =>
    withBody(
      Code.Content,
      STATUS,
      findUint(request.options, OptionNumber.Observe) === 0
        ? [uintOption(OptionNumber.Observe, 5)]
        : [],
    ),
  );
  const told: (SignalResult | Error)[] = [];
  const observing = client.observe(
    { mid: 7 },
    { notification: (result) => told.push(result), unreadable: (error) => told.push(error) },
  );
  const observation = await settled(clock, observing);
  assert.equal(observation.established, true);
  assert.deepEqual(observation.first.payload, STATUS);
  const token = peer.heard[0]?.token ?? new Uint8Array();

  const changed = bodyOf({ mid: 7, lifetime: 1600, status: "attack-stopped" });
  peer.send(withBody(Code.Content, changed, [uintOption(OptionNumber.Observe, 6)]), token);
  await clock.advance(50);
  peer.send(withText(Code.Content, "?", [uintOption(OptionNumber.Observe, 7)]), token);
  await clock.advance(50);
  assert.equal(told.length, 2);
  assert.deepEqual((told[0] as SignalResult).payload, changed);
  assert.equal((told[1] as { code?: string }).code, "dots/bad-answer");

  await settled(clock, observation.cancel());
  const last = peer.heard.at(-1);
  assert.ok(last);
  assert.equal(findUint(last.options, OptionNumber.Observe), 1);
  assert.deepEqual(Buffer.from(last.token), Buffer.from(token));
});

test("an observation that the server does not grant is told as such [RFC 7641 §3.1]", async () => {
  const { clock, client } = scene(() => withBody(Code.Content, STATUS));
  const observer = { notification: unexpected, unreadable: unexpected };
  const observation = await settled(clock, client.observe({}, observer));
  assert.equal(observation.established, false);
});

function unexpected(): never {
  throw new Error("nothing may be told");
}
