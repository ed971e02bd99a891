import assert from "node:assert/strict";
import { test } from "node:test";
import { CoapError } from "../../../agent/coap/error.ts";
import { Code } from "../../../agent/wire/coap/code.ts";
import { OptionNumber, opaqueOption, stringOption } from "../../../agent/wire/coap/options.ts";
import { NOTHING, request, scripted, settled, text, textOf, type Scripted } from "./endpoints.ts";

const PUT = request("PUT", "x", "body");
const CON = { reliability: "con", timeoutMs: 60_000 } as const;
const NON = { reliability: "non", timeoutMs: 60_000 } as const;

test("a CON request is answered in its acknowledgement [RFC 7252 §5.2.1]", async () => {
  const peer = scripted({}, { delayMs: 10 });
  const outcome = settled(peer.session.request(PUT, CON));
  const [sent] = peer.sent();
  assert.ok(sent);
  assert.deepEqual([sent.type, sent.code, sent.token.length], ["con", Code.PUT, 8]);
  await peer.clock.advance(10);
  answer(peer, { type: "ack", messageId: sent.messageId, payload: text("ok") });
  await peer.clock.advance(10);
  assert.equal(outcome.value?.response.code, Code.Changed);
  assert.equal(textOf(outcome.value.response.payload), "ok");
  assert.deepEqual([outcome.value.rttMs, outcome.value.transmissions], [20, 1]);
  assert.equal(peer.session.rttMs, 20);
  assert.equal(peer.clock.pending, 0);
});

test("a CON request is sent again with its message id, twice as late each time [RFC 7252 §4.2]", async () => {
  const peer = scripted({ parameters: { ...steady(), maxRetransmit: 3 } });
  const outcome = settled(peer.session.request(PUT, CON));
  await peer.clock.advance(29_999);
  assert.deepEqual(
    peer.sent().map(({ at }) => at),
    [0, 2000, 6000, 14_000],
  );
  assert.equal(new Set(peer.sent().map(({ messageId }) => messageId)).size, 1);
  assert.equal(outcome.error, undefined);
  await peer.clock.advance(1);
  assert.equal(codeOf(outcome.error), "coap/timeout");
  assert.equal(peer.session.statistics.retransmissions, 3);
  assert.equal(peer.clock.pending, 0);
});

test("new parameters hold for the next request [RFC 9132 §4.5.2]", async () => {
  const peer = scripted();
  peer.session.setParameters({ ...steady(), ackTimeoutMs: 500, maxRetransmit: 1 });
  settled(peer.session.request(PUT, CON));
  await peer.clock.advance(10_000);
  assert.deepEqual(
    peer.sent().map(({ at }) => at),
    [0, 500],
  );
  assert.throws(() => peer.session.setParameters({ ...steady(), ackTimeoutMs: 0 }), RangeError);
});

test("a separate answer is acknowledged, and stops retransmission even when the ACK was lost [RFC 7252 §5.2.2]", async () => {
  for (const acknowledgeFirst of [true, false]) {
    const peer = scripted({ parameters: steady() });
    const outcome = settled(peer.session.request(PUT, CON));
    const [sent] = peer.sent();
    if (acknowledgeFirst) peer.send({ type: "ack", messageId: sent?.messageId ?? 0 });
    await peer.clock.advance(1500);
    answer(peer, { type: "con", messageId: 900 });
    await peer.clock.advance(10_000);
    assert.equal(outcome.value?.response.code, Code.Changed);
    assert.deepEqual(
      peer.sent().map(({ type, code, messageId }) => [type, code, messageId]),
      [
        ["con", Code.PUT, sent?.messageId],
        ["ack", Code.Empty, 900],
      ],
    );
  }
});

test("an empty ACK stops retransmission; the answer may take until the caller's time is up [RFC 7252 §5.2.2]", async () => {
  const peer = scripted({ parameters: steady() });
  const outcome = settled(peer.session.request(PUT, { reliability: "con", timeoutMs: 5000 }));
  peer.send({ type: "ack", messageId: peer.sent()[0]?.messageId ?? 0 });
  await peer.clock.advance(4999);
  assert.equal(peer.sent().length, 1);
  assert.equal(outcome.error, undefined);
  await peer.clock.advance(1);
  assert.equal(codeOf(outcome.error), "coap/timeout");
});

test("a Reset ends a request [RFC 7252 §4.2]", async () => {
  for (const how of [CON, NON]) {
    const peer = scripted();
    const outcome = settled(peer.session.request(PUT, how));
    peer.send({ type: "rst", messageId: peer.sent()[0]?.messageId ?? 0 });
    await peer.clock.advance(0);
    assert.equal(codeOf(outcome.error), "coap/reset");
  }
});

test("answers are matched by token whatever their type and message id", async () => {
  for (const how of [CON, NON]) {
    for (const type of ["ack", "non", "con"] as const) {
      for (const sameId of [true, false]) {
        const peer = scripted();
        const outcome = settled(peer.session.request(PUT, how));
        const messageId = sameId ? (peer.sent()[0]?.messageId ?? 0) : 77;
        answer(peer, { type, messageId });
        await peer.clock.advance(0);
        assert.equal(outcome.value?.response.code, Code.Changed, `${how.reliability} ${type}`);
      }
    }
  }
});

test("an answer with another token is not taken", async () => {
  const peer = scripted();
  const outcome = settled(peer.session.request(PUT, NON));
  const [sent] = peer.sent();
  assert.ok(sent);
  const token = sent.token.map((octet, i) => (i === 7 ? octet ^ 1 : octet));
  peer.send({ type: "non", code: Code.Changed, messageId: sent.messageId, token });
  await peer.clock.advance(0);
  assert.equal(outcome.value, undefined);
  assert.equal(peer.session.statistics.unexpected, 1);
});

test("without an estimate a NON is repeated every 3 s under its token, each with a fresh message id [RFC 9132 §4.4]", async () => {
  const peer = scripted();
  const outcome = settled(peer.session.request(PUT, { reliability: "non", timeoutMs: 10_000 }));
  await peer.clock.advance(20_000);
  assert.deepEqual(
    peer.sent().map(({ at }) => at),
    [0, 3000, 6000, 9000],
  );
  assert.equal(new Set(peer.sent().map(({ messageId }) => messageId)).size, 4);
  assert.equal(new Set(peer.sent().map(({ token }) => token.join())).size, 1);
  assert.equal(codeOf(outcome.error), "coap/timeout");
});

test("with an estimate a NON is repeated when its answer is overdue [RFC 9132 §4.4]", async () => {
  const peer = scripted({}, { rttMs: 200 });
  settled(peer.session.request(PUT, NON));
  await peer.clock.advance(1900);
  assert.deepEqual(
    peer.sent().map(({ at }) => at),
    [0, 600, 1200, 1800],
  );
});

test("a NON that goes once is not repeated", async () => {
  const peer = scripted({}, { rttMs: 200 });
  const outcome = settled(peer.session.request(PUT, { ...NON, timeoutMs: 5000, once: true }));
  await peer.clock.advance(5000);
  assert.equal(peer.sent().length, 1);
  assert.equal(codeOf(outcome.error), "coap/timeout");
});

test("requests together keep to one NON datagram a round trip; no urgent one is held up at first [RFC 9132 §4.4]", async () => {
  const peer = scripted({}, { rttMs: 100 });
  for (let i = 0; i < 10; i += 1) settled(peer.session.request(PUT, { ...NON, urgent: true }));
  assert.equal(peer.sent().length, 10);
  await peer.clock.advance(20_000);
  const { length } = peer.sent();
  assert.ok(length <= 3 + 200, `${length} datagrams in 200 round trips`);
  assert.ok(length > 100, `${length} datagrams in 200 round trips`);
  const tokens = new Map<string, number>();
  for (const { token } of peer.sent())
    tokens.set(token.join(), (tokens.get(token.join()) ?? 0) + 1);
  for (const count of tokens.values()) assert.ok(count > 8, `one request was sent ${count} times`);
});

test("the round trip of an answer to a repeated request is not taken into the estimate [RFC 6298 §3]", async () => {
  const peer = scripted();
  const outcome = settled(peer.session.request(PUT, NON));
  await peer.clock.advance(3050);
  answer(peer, { type: "non", messageId: 4 });
  await peer.clock.advance(0);
  assert.deepEqual([outcome.value?.transmissions, outcome.value?.rttMs], [2, 50]);
  assert.equal(peer.session.rttMs, undefined);
});

test("an answer under the message id of one repetition tells which was answered", async () => {
  const peer = scripted();
  const outcome = settled(peer.session.request(PUT, NON));
  await peer.clock.advance(3050);
  answer(peer, { type: "non", messageId: peer.sent()[0]?.messageId ?? 0 });
  await peer.clock.advance(0);
  assert.equal(outcome.value?.rttMs, 3050);
  assert.equal(peer.session.rttMs, 3050);
});

test("Uri-Path options in a response are ignored, as is a body in one Block2", async () => {
  const peer = scripted();
  const outcome = settled(peer.session.request(PUT, NON));
  const block = opaqueOption(OptionNumber.Block2, Uint8Array.of(6));
  const format = opaqueOption(OptionNumber.ContentFormat, Uint8Array.of(1, 15));
  answer(peer, {
    type: "non",
    options: [stringOption(OptionNumber.UriPath, "mid=1"), format, block],
  });
  await peer.clock.advance(0);
  assert.deepEqual(
    outcome.value?.response.options.map(({ number }) => number),
    [OptionNumber.ContentFormat, OptionNumber.Block2],
  );
});

test("a response with an unknown critical option is rejected and fails its request [RFC 7252 §5.4.1]", async () => {
  for (const type of ["con", "non", "ack"] as const) {
    const peer = scripted();
    const outcome = settled(peer.session.request(PUT, NON));
    answer(peer, { type, messageId: 55, options: [opaqueOption(9)] });
    await peer.clock.advance(0);
    assert.equal(codeOf(outcome.error), "coap/bad-response");
    assert.match(String(outcome.error), /option 9 is not supported/);
    const resets = peer.sent().filter((m) => m.type === "rst" && m.messageId === 55);
    assert.equal(resets.length, type === "ack" ? 0 : 1);
  }
});

test("the first block of several is refused: block-wise transfer is not understood [RFC 7959 §2.2]", async () => {
  const peer = scripted();
  const outcome = settled(peer.session.request(PUT, NON));
  answer(peer, { type: "non", options: [opaqueOption(OptionNumber.Block2, Uint8Array.of(0x0e))] });
  await peer.clock.advance(0);
  assert.equal(codeOf(outcome.error), "coap/bad-response");
});

test("a second answer to a settled request is acknowledged and otherwise ignored", async () => {
  const peer = scripted();
  settled(peer.session.request(PUT, NON));
  for (const [type, messageId] of [
    ["non", 1],
    ["non", 2],
    ["con", 3],
  ] as const) {
    answer(peer, { type, messageId });
  }
  await peer.clock.advance(0);
  assert.deepEqual(
    peer
      .sent()
      .slice(1)
      .map(({ type, messageId }) => [type, messageId]),
    [["ack", 3]],
  );
  assert.equal(peer.session.statistics.lateAnswers, 2);
});

test("a response that nobody asked for is reset if it is CON, else ignored [RFC 7252 §4.2]", async () => {
  const peer = scripted();
  for (const [type, messageId] of [
    ["con", 1],
    ["non", 2],
    ["ack", 3],
  ] as const) {
    peer.send({ type, messageId, code: Code.Content, token: text("strange") });
  }
  await peer.clock.advance(0);
  assert.deepEqual(
    peer.sent().map(({ type, messageId }) => [type, messageId]),
    [["rst", 1]],
  );
});

test("the settled tokens that are remembered are few", async () => {
  const peer = scripted();
  for (let i = 0; i < 200; i += 1) {
    settled(peer.session.request(PUT, NON));
    answer(peer, { type: "non", messageId: i, token: peer.sent().at(-1)?.token ?? NOTHING });
    await peer.clock.advance(1);
  }
  const { held } = peer.session;
  assert.deepEqual([held.outstanding, held.recentTokens], [0, 64]);
});

test("more requests than may wait at once are refused", () => {
  const peer = scripted({ maxOutstanding: 2 });
  settled(peer.session.request(PUT, NON));
  settled(peer.session.request(PUT, CON));
  return assert.rejects(peer.session.request(PUT, NON), { code: "coap/busy" });
});

test("a request that does not fit one datagram is refused before it is sent", async () => {
  const peer = scripted({}, { maxMessage: 100 });
  const big = request("PUT", "x", "y".repeat(200));
  await assert.rejects(peer.session.request(big, NON), { code: "coap/too-large" });
  assert.deepEqual(
    [peer.sent().length, peer.session.held.outstanding, peer.clock.pending],
    [0, 0, 0],
  );
});

test("closing fails what waits, leaves no timer and tells the peer", async () => {
  const closed: Error[] = [];
  const peer = scripted({ onClosed: (reason) => closed.push(reason) });
  const outcomes = [CON, NON].map((how) => settled(peer.session.request(PUT, how)));
  peer.session.close();
  peer.session.close();
  await peer.clock.advance(0);
  assert.deepEqual(
    outcomes.map(({ error }) => codeOf(error)),
    ["coap/closed", "coap/closed"],
  );
  await assert.rejects(peer.session.request(PUT, CON), { code: "coap/closed" });
  assert.equal(peer.clock.pending, 0);
  assert.deepEqual([closed, peer.hungUpOn], [[], true]);
});

test("a request that ends while its repetition waits for the pace is not sent again", async () => {
  const peer = scripted({}, { rttMs: 1000 });
  const how = { ...NON, timeoutMs: 3500 };
  for (let i = 0; i < 10; i += 1) settled(peer.session.request(PUT, how));
  await peer.clock.advance(3500);
  const { length } = peer.sent();
  assert.equal(peer.clock.pending, 0);
  await peer.clock.advance(60_000);
  assert.equal(peer.sent().length, length);
});

test("a path that is gone fails what waits and is reported once", async () => {
  const closed: Error[] = [];
  const peer = scripted({ onClosed: (reason) => closed.push(reason) });
  const outcome = settled(peer.session.request(PUT, NON));
  peer.hangUp();
  await peer.clock.advance(0);
  assert.equal(codeOf(outcome.error), "coap/closed");
  assert.deepEqual(
    closed.map(({ message }) => message),
    ["the peer closed the session"],
  );
  peer.session.close();
  assert.equal(peer.clock.pending, 0);
});

test("message ids start at random and go around [RFC 7252 §4.4]", async () => {
  const peer = scripted({ maxOutstanding: 40 });
  for (let i = 0; i < 30; i += 1) settled(peer.session.request(PUT, { ...NON, once: true }));
  const ids = peer.sent().map(({ messageId }) => messageId);
  assert.deepEqual(
    ids,
    ids.map((_, i) => ((ids[0] ?? 0) + i) % 65_536),
  );
});

test("lastHeardAt moves with every well-formed message, and only then", async () => {
  const peer = scripted();
  await peer.clock.advance(100);
  peer.sendRaw(Uint8Array.of(1, 2, 3));
  await peer.clock.advance(0);
  assert.equal(peer.session.lastHeardAt, 0);
  peer.send({ type: "ack", messageId: 1 });
  await peer.clock.advance(0);
  assert.equal(peer.session.lastHeardAt, 100);
});

function answer(peer: Scripted, fields: Parameters<Scripted["send"]>[0]): void {
  const token = peer.sent()[0]?.token ?? NOTHING;
  peer.send({ code: Code.Changed, token, messageId: 1, ...fields });
}

function steady(): {
  ackTimeoutMs: number;
  ackRandomFactor: number;
  maxRetransmit: number;
  probingRate: number;
} {
  return { ackTimeoutMs: 2000, ackRandomFactor: 1, maxRetransmit: 3, probingRate: 5 };
}

function codeOf(error: unknown): string | undefined {
  return error instanceof CoapError ? error.code : undefined;
}
