import assert from "node:assert/strict";
import { test } from "node:test";
import {
  decodeNewSessionTicket,
  encodeNewSessionTicket,
} from "../../../../agent/wire/dtls/new-session-ticket.ts";
import { octets } from "./captured.ts";

test("lifetime and ticket, also the longest lifetime and no ticket [RFC 5077 §3.3]", () => {
  for (const { hex, lifetimeHintS, ticket } of [
    { hex: "00001c20 0003 aabbcc", lifetimeHintS: 7200, ticket: "aabbcc" },
    { hex: "ffffffff 0000", lifetimeHintS: 2 ** 32 - 1, ticket: "" },
  ]) {
    const message = { lifetimeHintS, ticket: octets(ticket) };
    assert.deepEqual(decodeNewSessionTicket(octets(hex)), message);
    assert.deepEqual(encodeNewSessionTicket(message), octets(hex));
  }
});

const refused = [
  { hex: "00001c", code: "wire/truncated" },
  { hex: "00001c20 00", code: "wire/truncated" },
  { hex: "00001c20 0003 aabb", code: "wire/truncated" },
  { hex: "00001c20 0001 aabb", code: "wire/leftover" },
];
for (const { hex, code } of refused) {
  test(`refuses a NewSessionTicket of "${hex}" with ${code} [RFC 5077 §3.3]`, () => {
    assert.throws(() => decodeNewSessionTicket(octets(hex)), { name: "WireError", code });
  });
}

test("refuses to write a NewSessionTicket whose fields do not fit [RFC 5077 §3.3]", () => {
  const code = "wire/out-of-range";
  const ticket = octets("aa");
  for (const lifetimeHintS of [-1, 0.5, 2 ** 32]) {
    assert.throws(() => encodeNewSessionTicket({ lifetimeHintS, ticket }), { code });
  }
  const tooLong = { lifetimeHintS: 0, ticket: new Uint8Array(65_536) };
  assert.throws(() => encodeNewSessionTicket(tooLong), { code });
});
