import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeDots } from "../../../../agent/wire/cbor/dots-body.ts";
import { Code } from "../../../../agent/wire/coap/code.ts";
import {
  findOption,
  OptionNumber,
  uriPath,
  uriQuery,
} from "../../../../agent/wire/coap/options.ts";
import { withBody, withText } from "../../../support/scripted-peer.ts";
import { SCOPE, GRANTED, STATUS, bodyOf, scene, settled } from "./scene.ts";

test("a mitigation request travels NON and its answer is read [RFC 9132 §4.4]", async () => {
  const { clock, client, peer } = scene(() => withBody(Code.Created, GRANTED));
  const result = await settled(clock, client.requestMitigation(7, SCOPE));
  assert.deepEqual(result, {
    code: "2.01",
    accepted: true,
    payload: GRANTED,
    rttMs: 10,
    transmissions: 1,
  });
  const [request] = peer.heard;
  assert.ok(request);
  assert.equal(request.type, "non");
  assert.equal(request.code, Code.PUT);
  assert.deepEqual(uriPath(request.options).slice(2), ["mitigate", "cuid=me", "mid=7"]);
  assert.deepEqual(Buffer.from(request.payload), Buffer.from(encodeDots(bodyOf(SCOPE))));
});

test("a mitigation request is repeated until it is answered [RFC 9132 §4.4]", async () => {
  const { clock, client } = scene((_request, count) =>
    count < 3 ? undefined : withBody(Code.Created, GRANTED),
  );
  const result = await settled(clock, client.requestMitigation(7, SCOPE));
  assert.equal(result.transmissions, 3);
});

test("no answer at all is coap/timeout", async () => {
  const { clock, client } = scene(() => undefined);
  const asking = client.requestMitigation(7, SCOPE, { timeoutMs: 4000 });
  await assert.rejects(settled(clock, asking), { code: "coap/timeout" });
});

test("an efficacy update carries If-Match, the scope and attack-status [RFC 9132 §4.4.3]", async () => {
  const { clock, client, peer } = scene(() => withBody(Code.Changed, GRANTED));
  const result = await settled(clock, client.efficacy(7, SCOPE, "under-attack"));
  assert.equal(result.code, "2.04");
  const request = peer.heard[0];
  assert.ok(request);
  assert.equal(findOption(request.options, OptionNumber.IfMatch)?.value.length, 0);
  const told = bodyOf({ ...SCOPE, "attack-status": "under-attack" });
  assert.deepEqual(Buffer.from(request.payload), Buffer.from(encodeDots(told)));
});

test("a GET asks for what was selected [RFC 9132 §4.4.2]", async () => {
  const { clock, client, peer } = scene(() => withBody(Code.Content, STATUS));
  const result = await settled(clock, client.getMitigations({ mid: 7, content: "non-config" }));
  assert.deepEqual(result.payload, STATUS);
  assert.deepEqual(uriQuery(peer.heard[0]?.options ?? []), ["c=n"]);
});

test("a withdrawal may be answered with text, as go-dots does", async () => {
  const { clock, client } = scene(() => withText(Code.Deleted, "Deleted"));
  const result = await settled(clock, client.withdraw(7));
  assert.equal(result.code, "2.02");
  assert.equal(result.diagnostic, "Deleted");
  assert.equal(result.payload, undefined);
});

test("after close what waits fails, and nothing is left armed", async () => {
  const { clock, client } = scene(() => undefined, {
    heartbeat: { intervalMs: 15_000, missingHbAllowed: 2 },
  });
  const asking = client.requestMitigation(7, SCOPE);
  client.close();
  await assert.rejects(asking, { code: "coap/closed" });
  await clock.advance(10);
  assert.equal(clock.pending, 0);
});

test("requests and withdrawals of mitigation do not wait for the session's pace; queries do [RFC 9132 §4.4]", async () => {
  const { clock, client, peer } = scene(() => undefined);
  const tellLater = { timeoutMs: 50 };
  const asked = [1, 2, 3, 4, 5].map(() => client.getMitigations({}, tellLater));
  asked.push(client.requestMitigation(7, SCOPE, tellLater), client.withdraw(7, tellLater));
  const outcomes = Promise.allSettled(asked);
  await clock.advance(5); // one way: what was sent at once has come
  assert.deepEqual(
    peer.heard.map(({ code }) => code),
    [Code.GET, Code.GET, Code.GET, Code.PUT, Code.DELETE],
  );
  await clock.advance(100);
  await outcomes;
});

test("a heartbeat does not wait behind other requests: late, it would pass for a missed one [RFC 9132 §4.7]", async () => {
  const { clock, client, peer } = scene(() => undefined);
  const options = { timeoutMs: 50 };
  const asked = [1, 2, 3, 4, 5].map(() => client.getMitigations({}, options));
  const outcomes = Promise.allSettled([...asked, client.heartbeat(options)]);
  await clock.advance(5); // one way: what was sent at once has come
  assert.deepEqual(
    peer.heard.map(({ code }) => code),
    [Code.GET, Code.GET, Code.GET, Code.PUT],
  );
  await clock.advance(100);
  await outcomes;
});
