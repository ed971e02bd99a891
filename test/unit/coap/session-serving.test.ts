import assert from "node:assert/strict";
import { test } from "node:test";
import { Code, formatCode } from "../../../agent/wire/coap/code.ts";
import { encodeCoapMessage } from "../../../agent/wire/coap/codec.ts";
import type { CoapMessage } from "../../../agent/wire/coap/message.ts";
import {
  findUint,
  opaqueOption,
  OptionNumber,
  stringOption,
  uintOption,
} from "../../../agent/wire/coap/options.ts";
import { CoapSession, type CoapSessionOptions } from "../../../agent/coap/session.ts";
import type { Answer, IncomingRequest, RequestHandler } from "../../../agent/coap/types.ts";
import { seeded } from "../../support/seeded.ts";
import { transportPair } from "../../support/transport-pair.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";
import { NOTHING, scripted, text, textOf, type Scripted, type Seen } from "./endpoints.ts";

const TOKEN = text("tok");
const PATH = [stringOption(OptionNumber.UriPath, "x")];

test("a CON is answered in its acknowledgement, a NON by a NON [RFC 7252 §5.2]", async () => {
  for (const [type, answerType] of [
    ["con", "ack"],
    ["non", "non"],
  ] as const) {
    const peer = serving(() => answer("ok"));
    const [sent] = await ask(peer, { type, messageId: 9 });
    assert.ok(sent);
    assert.deepEqual([sent.type, sent.code, textOf(sent.token)], [answerType, Code.Content, "tok"]);
    assert.equal(textOf(sent.payload), "ok");
    assert.equal(sent.messageId === 9, type === "con");
  }
});

test("the handler sees the request as the layers above write it", async () => {
  const seen: IncomingRequest[] = [];
  const peer = serving((request) => {
    seen.push(request);
    return answer("ok");
  });
  const options = [uintOption(OptionNumber.Observe, 0), ...PATH, uintOption(258, 1)];
  await ask(peer, { type: "non", options, payload: text("p") });
  const [request] = seen;
  assert.ok(request);
  assert.deepEqual([request.method, request.observe, request.reliability], ["GET", 0, "non"]);
  assert.deepEqual(
    request.options.map(({ number }) => number),
    [OptionNumber.UriPath],
  );
  assert.equal(textOf(request.payload), "p");
});

test("an answer that is made at leisure still travels in the acknowledgement [RFC 7252 §5.2.1]", async () => {
  const peer = serving(() => later(peer, 999));
  const sent = await ask(peer, { type: "con", messageId: 9 }, 5000);
  assert.deepEqual(summary(sent), ["ack 9 2.05"]);
});

test("a slow answer is announced by an empty ACK and comes in a CON [RFC 7252 §5.2.2]", async () => {
  const peer = serving(() => later(peer, 3000));
  const [ack, response] = await ask(peer, { type: "con", messageId: 9 }, 3000);
  assert.deepEqual(summary([ack]), ["ack 9 0.00"]);
  assert.ok(ack !== undefined && ack.at <= 1000);
  assert.ok(response);
  assert.deepEqual([response.type, response.code], ["con", Code.Content]);
  peer.send({ type: "ack", messageId: response.messageId });
  await peer.clock.advance(60_000);
  assert.equal(peer.sent().length, 2);
  assert.deepEqual([peer.session.held.served, peer.clock.pending], [0, 0]);
});

test("a slow answer is sent again until it is acknowledged, reset or given up [RFC 7252 §4.2]", async () => {
  for (const end of ["ack", "rst", undefined] as const) {
    const peer = serving(() => later(peer, 1500));
    await ask(peer, { type: "con", messageId: 9 }, 1500 + 3000);
    const copies = peer.sent().slice(1);
    assert.equal(copies.length, 2);
    const messageId = copies[0]?.messageId ?? 0;
    if (end !== undefined) peer.send({ type: end, messageId });
    await peer.clock.advance(120_000);
    assert.equal(peer.sent().length, end === undefined ? 1 + 4 : 1 + 2);
    assert.ok(
      peer
        .sent()
        .slice(1)
        .every((m) => m.messageId === messageId),
    );
    assert.equal(peer.session.held.served, 0);
  }
});

test("a duplicate is answered again with the same octets and not served again [RFC 7252 §4.5]", async () => {
  for (const type of ["con", "non"] as const) {
    let served = 0;
    const peer = serving(() => answer(String((served += 1))));
    for (let i = 0; i < 3; i += 1) await ask(peer, { type, messageId: 9 });
    const sent = peer.sent();
    assert.equal(served, 1);
    assert.deepEqual(
      sent.map(({ payload }) => textOf(payload)),
      ["1", "1", "1"],
    );
    assert.equal(new Set(sent.map(({ messageId }) => messageId)).size, 1);
    assert.equal(peer.session.statistics.duplicates, 2);
  }
});

test("a message id may be used again when its lifetime is over [RFC 7252 §4.8.2]", async () => {
  // 2 s * (2^3 - 1) * 1.5 = 21 s; NON + 100 s; CON + 2 * 100 s + 2 s
  for (const [type, lifetime] of [
    ["non", 121_000],
    ["con", 223_000],
  ] as const) {
    let served = 0;
    const peer = serving(() => answer(String((served += 1))));
    await ask(peer, { type, messageId: 9 });
    await peer.clock.advance(lifetime - 1);
    await ask(peer, { type, messageId: 9 });
    assert.equal(served, 1);
    await peer.clock.advance(1);
    await ask(peer, { type, messageId: 9 });
    assert.equal(served, 2);
  }
});

test("a duplicate of a request that is being worked on says nothing, or repeats the empty ACK", async () => {
  let served = 0;
  const peer = serving(() => {
    served += 1;
    return later(peer, 5000);
  });
  await ask(peer, { type: "con", messageId: 9 }, 500);
  await ask(peer, { type: "con", messageId: 9 }, 100);
  assert.deepEqual(summary(peer.sent()), []);
  await peer.clock.advance(600);
  await ask(peer, { type: "con", messageId: 9 });
  assert.deepEqual(summary(peer.sent()), ["ack 9 0.00", "ack 9 0.00"]);
  assert.equal(served, 1);
});

test("what must be ignored is acknowledged if it is CON, and not answered [RFC 9132 §4.4.3]", async () => {
  const peer = serving(() => "ignored");
  assert.deepEqual(summary(await ask(peer, { type: "con", messageId: 9 })), ["ack 9 0.00"]);
  assert.equal((await ask(peer, { type: "non", messageId: 10 })).length, 1);
  assert.equal((await ask(peer, { type: "con", messageId: 9 })).length, 2);
});

const broken: readonly (readonly [string, RequestHandler])[] = [
  [
    "throws",
    () => {
      throw new Error("secret");
    },
  ],
  ["rejects", () => Promise.reject(new Error("secret"))],
  ["answers with a method", () => ({ code: Code.GET, options: [], payload: NOTHING })],
  [
    "answers with an option number that cannot be",
    () => ({ ...answer(""), options: [opaqueOption(-1)] }),
  ],
  ["answers with more than a datagram", () => answer("x".repeat(2000))],
];
for (const [name, serve] of broken) {
  test(`a handler that ${name} is answered for with 5.00, and reported [RFC 7252 §5.9.3.1]`, async () => {
    const faults: unknown[] = [];
    const peer = scripted({ serve, onFault: (error) => faults.push(error) });
    const [sent] = await ask(peer, { type: "con", messageId: 9 });
    assert.equal(sent?.code, Code.InternalServerError);
    assert.doesNotMatch(textOf(sent.payload), /secret/);
    assert.equal(faults.length, 1);
    assert.equal(peer.session.held.served, 0);
  });
}

const screened: readonly (readonly [string, Partial<CoapMessage>, string | undefined, RegExp?])[] =
  [
    ["an unknown critical option in a CON", { options: [opaqueOption(9)] }, "4.02", /option 9/],
    [
      "a critical option of a wrong length",
      { options: [opaqueOption(7, new Uint8Array(3))] },
      "4.02",
      /Uri-Port/,
    ],
    [
      "a critical option that may not repeat",
      { options: [opaqueOption(17), opaqueOption(17)] },
      "4.02",
      /Accept/,
    ],
    ["Q-Block2 with an empty path", { options: [opaqueOption(31)] }, "4.02", /Q-Block2/],
    [
      "If-None-Match, which is not understood",
      { options: [opaqueOption(5)] },
      "4.02",
      /If-None-Match/,
    ],
    ["Proxy-Uri", { options: [stringOption(35, "coap://x/")] }, "5.05"],
    ["Proxy-Scheme", { options: [stringOption(39, "coap")] }, "5.05"],
    ["an unknown method", { code: 5 }, "4.05"],
    ["an unknown elective option", { options: [opaqueOption(65_000, new Uint8Array(3))] }, "2.05"],
    ["Uri-Host and Uri-Port", { options: [stringOption(3, "h"), uintOption(7, 4646)] }, "2.05"],
    ["an Observe value that is none", { options: [uintOption(6, 7)] }, "2.05"],
  ];
for (const [name, message, code, words] of screened) {
  test(`${name} is answered ${code} [RFC 7252 §5.4.1] [RFC 7252 §5.8]`, async () => {
    const peer = serving(() => answer("ok"));
    const [sent] = await ask(peer, { type: "con", messageId: 9, ...message });
    assert.equal(sent && formatCode(sent.code), code);
    if (words !== undefined) assert.match(textOf(sent?.payload ?? NOTHING), words);
  });
}

test("an unknown critical option in a NON is rejected with a Reset [RFC 7252 §5.4.1]", async () => {
  const peer = serving(() => answer("ok"));
  const sent = await ask(peer, { type: "non", messageId: 9, options: [opaqueOption(9)] });
  assert.deepEqual(summary(sent), ["rst 9 0.00"]);
  assert.equal(peer.session.statistics.rejected, 1);
});

test("without a handler every request is answered 4.04", async () => {
  const [sent] = await ask(scripted(), { type: "con", messageId: 9 });
  assert.equal(sent?.code, Code.NotFound);
});

test("more requests at once than are served are answered 5.03, and may be repeated [RFC 7252 §5.9.3.4]", async () => {
  const peer = serving(() => later(peer, 500), { maxServed: 2 });
  for (const messageId of [1, 2, 3]) await ask(peer, { type: "non", messageId });
  const [refusal] = peer.sent();
  assert.equal(refusal?.code, Code.ServiceUnavailable);
  assert.equal(findUint(refusal.options, OptionNumber.MaxAge), 5);
  assert.deepEqual([peer.session.held.served, peer.session.statistics.overloaded], [2, 1]);
  await peer.clock.advance(500);
  await ask(peer, { type: "non", messageId: 3 }, 500);
  assert.equal(peer.sent().at(-1)?.code, Code.Content);
});

test("a ping is answered with a Reset [RFC 7252 §4.3]", async () => {
  assert.deepEqual(
    summary(
      await ask(scripted(), { type: "con", messageId: 9, code: 0, token: NOTHING, options: [] }),
    ),
    ["rst 9 0.00"],
  );
});

test("a malformed CON is reset, any other malformed message dropped [RFC 7252 §4.2] [RFC 7252 §4.3]", async () => {
  const peer = scripted();
  for (const hex of [
    "49010009",
    "40010009ff",
    "59010009",
    "69010009",
    "79010009",
    "89010009",
    "40",
    "",
  ]) {
    peer.sendRaw(Uint8Array.from(Buffer.from(hex, "hex")));
  }
  await peer.clock.advance(0);
  assert.deepEqual(summary(peer.sent()), ["rst 9 0.00", "rst 9 0.00"]);
  assert.equal(peer.session.statistics.malformed, 8);
});

test("a request that came before the session was made is served", async () => {
  const clock = new VirtualClock();
  const { a, b, sent } = transportPair(clock);
  b.send(
    encodeCoapMessage({
      type: "con",
      code: Code.GET,
      messageId: 1,
      token: TOKEN,
      options: [],
      payload: NOTHING,
    }),
  );
  await clock.advance(0);
  const session = new CoapSession({ clock, random: seeded(1) }, a, { serve: () => answer("ok") });
  assert.equal(session.statistics.received, 1);
  assert.deepEqual(
    sent.map(({ from }) => from),
    ["b", "a"],
  );
});

test("an answer that is ready after the session has closed is thrown away", async () => {
  let subscribed = 0;
  const observation = {
    subscribe: () => {
      subscribed += 1;
      return () => {};
    },
  };
  const peer = serving(async () => ({ ...(await later(peer, 500)), observation }));
  await ask(peer, { type: "con", messageId: 9, options: [uintOption(6, 0), ...PATH] });
  peer.session.close();
  await peer.clock.advance(60_000);
  assert.deepEqual([peer.sent().length, peer.clock.pending, subscribed], [0, 0, 0]);
});

test("a peer that is asked, and asks, at the same time is served both ways", async () => {
  const peer = serving(() => answer("mine"));
  const theirs = peer.session.request(
    { method: "GET", options: PATH, payload: NOTHING },
    { reliability: "non", timeoutMs: 1000 },
  );
  const [mine] = peer.sent();
  await ask(peer, { type: "con", messageId: mine?.messageId ?? 0, token: mine?.token ?? NOTHING });
  peer.send({
    type: "non",
    code: Code.Content,
    token: mine?.token ?? NOTHING,
    payload: text("theirs"),
  });
  await peer.clock.advance(0);
  assert.equal(textOf((await theirs).response.payload), "theirs");
  assert.equal(textOf(peer.sent().at(-1)?.payload ?? NOTHING), "mine");
});

function serving(serve: RequestHandler, options: CoapSessionOptions = {}): Scripted {
  return scripted({ ...options, serve });
}

function answer(payload: string): Answer {
  return { code: Code.Content, options: [], payload: text(payload) };
}

function later(peer: Scripted, ms: number): Promise<Answer> {
  return new Promise((resolve) => {
    peer.clock.after(ms, () => resolve(answer("late")));
  });
}

/** Sends a GET, or what `fields` make of it, lets `ms` pass and returns all that the session has sent. */
async function ask(peer: Scripted, fields: Partial<CoapMessage>, ms = 0): Promise<Seen[]> {
  peer.send({ code: Code.GET, token: TOKEN, options: PATH, ...fields });
  await peer.clock.advance(ms);
  return peer.sent();
}

function summary(sent: readonly (Seen | undefined)[]): string[] {
  return sent.map((m) =>
    m === undefined ? "-" : `${m.type} ${m.messageId} ${formatCode(m.code)}`,
  );
}
