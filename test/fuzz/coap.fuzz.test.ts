import assert from "node:assert/strict";
import { test } from "node:test";
import { CoapSession } from "../../agent/coap/session.ts";
import type { RequestHandler } from "../../agent/coap/types.ts";
import { WireError } from "../../agent/wire/bytes.ts";
import { Code } from "../../agent/wire/coap/code.ts";
import { decodeCoapMessage, encodeCoapMessage } from "../../agent/wire/coap/codec.ts";
import type { CoapMessage } from "../../agent/wire/coap/message.ts";
import {
  CONTENT_FORMAT_DOTS_CBOR,
  OptionNumber,
  uintOption,
  uriPathOptions,
} from "../../agent/wire/coap/options.ts";
import { heapGrowth } from "../support/heap.ts";
import { mutate, seeded, type Seeded } from "../support/seeded.ts";
import { transportPair } from "../support/transport-pair.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

const TYPES = ["con", "non", "ack", "rst"] as const;
const CODES = [Code.Empty, Code.GET, Code.POST, Code.PUT, Code.DELETE, Code.Content, Code.NotFound];

test("whatever the octets, decoding a message gives one or a WireError", () => {
  const chance = seeded(7252);
  const samples = Array.from({ length: 64 }, () => encoded(chance, chance.bytes(chance.int(9))));
  let decoded = 0;
  for (let i = 0; i < 200_000; i += 1) {
    const data = i % 4 === 0 ? chance.bytes(chance.int(64)) : mutate(chance.pick(samples), chance);
    const message = decodeOrRefuse(data);
    if (message === undefined) continue;
    decoded += 1;
    // What can be read can be written, and is the same then: there is one way to write a message.
    assert.deepEqual([...encodeCoapMessage(message)], [...data]);
  }
  assert.ok(decoded > 40_000 && decoded < 180_000, `${decoded} inputs were messages`);
});

test("an input of 1,500 octets never makes the heap grow by more than 64 KiB", () => {
  const head = Uint8Array.of(0x40, 0x01, 0, 1);
  const inputs = [
    ["options without a value", new Uint8Array(1500)],
    ["options of one octet", new Uint8Array(1500).fill(0x01)],
    ["an option that claims 65,804 octets", Uint8Array.of(0x0e, 0xff, 0xff)],
    ["a payload", new Uint8Array(1500).fill(0xff)],
  ] as const;
  for (const [name, body] of inputs) {
    const data = new Uint8Array(1500);
    data.set(head);
    data.set(body.subarray(0, 1496), 4);
    const { allocated } = heapGrowth(() => decodeOrRefuse(data));
    assert.ok(allocated <= 65_536, `${name}: ${allocated}`);
  }
});

test("whatever comes in, a session throws nothing and holds a bounded number of things", async () => {
  const chance = seeded(9132);
  const clock = new VirtualClock();
  const { a, b } = transportPair(clock, { rttMs: 20 });
  const tokens: Uint8Array[] = [chance.bytes(8)];
  b.listen({ message: (data) => noteToken(tokens, data), closed: () => {} });
  const faults: unknown[] = [];
  const session = new CoapSession({ clock, random: chance }, a, {
    serve: handler(chance, clock),
    onFault: (error) => faults.push(error),
  });
  for (let i = 0; i < 20_000; i += 1) {
    if (i % 50 === 0) ask(session, chance);
    b.send(datagram(chance, chance.pick(tokens)));
    if (i % 10 === 0) clock.advanceNow(chance.int(200));
    if (i % 100 !== 0) continue;
    await clock.advance(0);
    checkHeld(session);
  }
  await clock.advance(600_000);
  checkHeld(session);
  const { statistics } = session;
  assert.equal(statistics.received, 20_000);
  for (const name of [
    "malformed",
    "duplicates",
    "resetsReceived",
    "unexpected",
    "overloaded",
  ] as const) {
    assert.ok(statistics[name] > 0, `nothing was ${name}`);
  }
  assert.equal(faults.length, statistics.faults);
  assert.ok(
    faults.every((error) => error instanceof Error && error.message === "a broken handler"),
  );
  session.close();
  await clock.advance(0);
  assert.equal(clock.pending, 0);
});

function decodeOrRefuse(data: Uint8Array): CoapMessage | undefined {
  try {
    return decodeCoapMessage(data);
  } catch (error) {
    assert.ok(error instanceof WireError, String(error));
    return undefined;
  }
}

function datagram(chance: Seeded, token: Uint8Array): Uint8Array {
  const kind = chance.int(10);
  if (kind === 0) return chance.bytes(chance.int(80));
  const data = encoded(chance, token);
  return kind < 4 ? mutate(data, chance) : data;
}

/** A well-formed message of any kind; few message ids, so that they meet again. */
function encoded(chance: Seeded, token: Uint8Array): Uint8Array {
  const empty = new Uint8Array(0);
  const messageId = chance.int(3) === 0 ? chance.int(65_536) : chance.int(600);
  const type = chance.pick(TYPES);
  const code = chance.pick(CODES);
  const options = [
    ...(chance.int(3) === 0 ? [uintOption(OptionNumber.Observe, chance.int(4))] : []),
    ...uriPathOptions([".well-known", "dots", "mitigate"].slice(0, chance.int(4))),
    ...(chance.int(2) === 0
      ? [uintOption(OptionNumber.ContentFormat, CONTENT_FORMAT_DOTS_CBOR)]
      : []),
    ...(chance.int(20) === 0 ? [uintOption(chance.int(2000), chance.u32())] : []),
  ];
  const message: CoapMessage = {
    type,
    code,
    messageId,
    token,
    options,
    payload: chance.bytes(chance.int(8)),
  };
  const bare: CoapMessage = {
    ...message,
    token: empty,
    options: [],
    payload: empty,
    code: Code.Empty,
  };
  try {
    return encodeCoapMessage(message);
  } catch {
    return encodeCoapMessage({ ...bare, type: type === "non" ? "ack" : type }); // not every mix is a message
  }
}

/** Answers at once, late, never, with an observation, or by failing. */
function handler(chance: Seeded, clock: VirtualClock): RequestHandler {
  const answer = { code: Code.Content, options: [], payload: new Uint8Array(3) };
  const subscribe = (notify: (response: typeof answer) => void): (() => void) => {
    const timer = clock.after(chance.int(5000), () => notify(answer));
    return () => timer.cancel();
  };
  return () => {
    switch (chance.int(6)) {
      case 0:
        throw new Error("a broken handler");
      case 1:
        return Promise.reject(new Error("a broken handler"));
      case 2:
        return "ignored";
      case 3:
        return new Promise((resolve) => {
          clock.after(chance.int(20_000), () => resolve(answer));
        });
      default:
        return { ...answer, observation: { subscribe } };
    }
  };
}

/** Makes the session send something; how it ends is not the question here. */
function ask(session: CoapSession, chance: Seeded): void {
  const request = { method: "GET", options: [], payload: new Uint8Array(0) } as const;
  const reliability = chance.pick(["con", "non"] as const);
  const options = { reliability, timeoutMs: 1 + chance.int(20_000) };
  const sent =
    chance.int(2) === 0
      ? session.request(request, options)
      : session.observe(request, options, () => {});
  sent.catch((error: unknown) => assert.match(String(error), /^CoapError/));
}

function noteToken(tokens: Uint8Array[], data: Uint8Array): void {
  const { token } = decodeCoapMessage(data);
  if (token.length === 8) tokens[tokens.length % 32] = token;
}

function checkHeld(session: CoapSession): void {
  const { held } = session;
  const limits = {
    outstanding: 32,
    recentTokens: 64,
    served: 32,
    deduplicated: 64,
    observers: 32,
    observations: 32,
  };
  for (const name of Object.keys(limits) as (keyof typeof limits)[]) {
    assert.ok(held[name] <= limits[name], `${name}: ${held[name]}`);
  }
}
