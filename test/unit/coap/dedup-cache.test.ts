import assert from "node:assert/strict";
import { test } from "node:test";
import type { CoapMessage } from "../../../agent/wire/coap/message.ts";
import { DedupCache } from "../../../agent/coap/dedup-cache.ts";

function message(messageId: number, token = "t", code = 3): CoapMessage {
  const empty = new Uint8Array(0);
  const octets = new TextEncoder().encode(token);
  return { type: "non", code, messageId, token: octets, options: [], payload: empty };
}

test("a request is found again by its message id until its time is up [RFC 7252 §4.5]", () => {
  const cache = new DedupCache(8);
  const entry = cache.add(message(1), 1000);
  assert.equal(cache.find(message(1), 999), entry);
  assert.equal(cache.find(message(2), 999), undefined);
  assert.equal(cache.find(message(1), 1000), undefined);
});

for (const [name, other] of [
  ["token", message(1, "u")],
  ["method", message(1, "t", 1)],
] as const) {
  test(`the same message id with another ${name} is a new request`, () => {
    const cache = new DedupCache(8);
    cache.add(message(1), 1000);
    assert.equal(cache.find(other, 0), undefined);
  });
}

test("the cache never grows beyond its limit, and forgets what was not seen for longest", () => {
  const cache = new DedupCache(3);
  for (const id of [1, 2, 3]) cache.add(message(id), 1000);
  cache.find(message(1), 0);
  cache.add(message(4), 1000);
  assert.equal(cache.size, 3);
  assert.equal(cache.find(message(2), 0), undefined);
  assert.notEqual(cache.find(message(1), 0), undefined);
});

test("the token is kept, not the datagram it came in", () => {
  const cache = new DedupCache(3);
  const datagram = new Uint8Array(1500);
  const entry = cache.add({ ...message(1), token: datagram.subarray(4, 12) }, 1000);
  assert.equal(entry.token.buffer.byteLength, 8);
});
