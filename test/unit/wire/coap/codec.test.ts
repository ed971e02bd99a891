import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { WireError } from "../../../../agent/wire/bytes.ts";
import { Code, parseCode } from "../../../../agent/wire/coap/code.ts";
import {
  decodeCoapMessage,
  encodeCoapMessage,
  peekCoapHeader,
} from "../../../../agent/wire/coap/codec.ts";
import type { CoapMessage } from "../../../../agent/wire/coap/message.ts";

interface MessageVector {
  readonly name: string;
  readonly section: string;
  readonly hex: string;
  readonly message: {
    readonly type: CoapMessage["type"];
    readonly code: string;
    readonly messageId: number;
    readonly token: string;
    readonly options: readonly (readonly [number, string])[];
    readonly payload: string;
  };
}

interface MalformedVector {
  readonly name: string;
  readonly section: string;
  readonly hex: string;
  readonly code: string;
}

const messages = vectors("messages.json") as readonly MessageVector[];
const malformed = vectors("malformed.json") as readonly MalformedVector[];

for (const vector of messages) {
  test(`reads ${vector.name} [${vector.section}]`, () => {
    assert.deepEqual(plain(decodeCoapMessage(bytes(vector.hex))), plain(messageOf(vector)));
  });
  test(`writes ${vector.name} [${vector.section}]`, () => {
    assert.equal(hex(encodeCoapMessage(messageOf(vector))), vector.hex);
  });
}

for (const { name, section, hex: octets, code } of malformed) {
  test(`refuses ${name} [${section}]`, () => {
    assert.throws(
      () => decodeCoapMessage(bytes(octets)),
      (error) => error instanceof WireError && error.code === code,
    );
  });
}

test("refuses more options than any use has", () => {
  const head = "40010001";
  assert.equal(decodeCoapMessage(bytes(head + "b0" + "00".repeat(127))).options.length, 128);
  assert.throws(() => decodeCoapMessage(bytes(head + "b0" + "00".repeat(128))), {
    code: "wire/out-of-range",
  });
});

test("writes options in ascending order and keeps the order of repeated ones [RFC 7252 §3.1]", () => {
  const options = [option(15, "71"), option(11, "62"), option(1, ""), option(11, "61")];
  const data = encodeCoapMessage({ ...EMPTY, code: Code.GET, options });
  const read = decodeCoapMessage(data).options.map((o) => [o.number, hex(o.value)]);
  assert.deepEqual(read, [
    [1, ""],
    [11, "62"],
    [11, "61"],
    [15, "71"],
  ]);
});

const EMPTY: CoapMessage = {
  type: "con",
  code: Code.Empty,
  messageId: 1,
  token: bytes(""),
  options: [],
  payload: bytes(""),
};

const unwritable: readonly (readonly [string, Partial<CoapMessage>])[] = [
  ["a token of 9 octets", { code: Code.GET, token: new Uint8Array(9) }],
  ["a message id of 65536", { messageId: 65_536 }],
  ["a code of 256", { code: 256 }],
  ["an option number of 65536", { code: Code.GET, options: [option(65_536, "")] }],
  ["an option of 65805 octets", { code: Code.GET, options: [option(1, "00".repeat(65_805))] }],
  ["an Empty message with a payload", { payload: bytes("61") }],
  ["a Non-confirmable Empty message", { type: "non" }],
  ["a Reset with a response", { type: "rst", code: Code.Content }],
  ["an Acknowledgement with a request", { type: "ack", code: Code.PUT }],
];

for (const [name, fields] of unwritable) {
  test(`does not write ${name}`, () => {
    assert.throws(() => encodeCoapMessage({ ...EMPTY, ...fields }), WireError);
  });
}

test("an option of 65804 octets is the longest and survives the way [RFC 7252 §3.1]", () => {
  const options = [option(1, "00".repeat(65_804))];
  const data = encodeCoapMessage({ ...EMPTY, code: Code.GET, options });
  assert.equal(decodeCoapMessage(data).options[0]?.value.length, 65_804);
});

test("finds type and message id of a message that cannot be read [RFC 7252 §4.2]", () => {
  assert.deepEqual(peekCoapHeader(bytes("49011234")), { type: "con", messageId: 0x1234 });
  assert.deepEqual(peekCoapHeader(bytes("5f01ffff")), { type: "non", messageId: 0xffff });
});

test("finds no header in another version or in less than four octets [RFC 7252 §3]", () => {
  assert.equal(peekCoapHeader(bytes("80011234")), undefined);
  assert.equal(peekCoapHeader(bytes("400112")), undefined);
});

function vectors(file: string): unknown {
  return JSON.parse(readFileSync(new URL(`./vectors/${file}`, import.meta.url), "utf8"));
}

function messageOf({ message }: MessageVector): CoapMessage {
  return {
    type: message.type,
    code: parseCode(message.code),
    messageId: message.messageId,
    token: bytes(message.token),
    options: message.options.map(([number, value]) => option(number, value)),
    payload: bytes(message.payload),
  };
}

function option(number: number, value: string): { number: number; value: Uint8Array } {
  return { number, value: bytes(value) };
}

function plain(message: CoapMessage): unknown {
  return {
    ...message,
    token: hex(message.token),
    options: message.options.map((o) => [o.number, hex(o.value)]),
    payload: hex(message.payload),
  };
}

function bytes(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, "hex"));
}

function hex(data: Uint8Array): string {
  return Buffer.from(data).toString("hex");
}
