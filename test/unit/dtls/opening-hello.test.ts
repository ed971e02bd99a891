import assert from "node:assert/strict";
import { test } from "node:test";
import { holdsNoMessage } from "../../../agent/dtls/opening-hello.ts";
import { ContentType, DTLS12 } from "../../../agent/wire/dtls/record.ts";

const { handshake, alert } = ContentType;

for (const [what, type, epoch, length, expected] of [
  ["an empty handshake record", handshake, 0, 0, true],
  ["one shorter than a message's header", handshake, 0, 11, true],
  ["one with a header", handshake, 0, 12, false],
  ["a protected one", handshake, 1, 0, false],
  ["an alert", alert, 0, 2, false],
] as const) {
  test(`${what} holds ${expected ? "no message" : "what is looked at"}`, () => {
    const fragment = new Uint8Array(length);
    const record = { type, version: DTLS12, epoch, sequence: 0, fragment };
    assert.equal(holdsNoMessage(record), expected);
  });
}
