import assert from "node:assert/strict";
import { test } from "node:test";
import type { ServerSessionState } from "../../../agent/dtls/resumption.ts";
import { SessionCache } from "../../../agent/dtls/session-cache.ts";

function state(mark: number, expiresAt = 1000): ServerSessionState {
  return {
    suite: 0xd001,
    master: new Uint8Array(48).fill(mark),
    identity: { type: "psk", identity: `client ${mark}` },
    binding: new Uint8Array(32),
    expiresAt,
  };
}

/** A cache for two, on a clock that is told the time. */
function lab(): { cache: SessionCache; at(ms: number): void } {
  let wall = 0;
  const cache = new SessionCache({ wallTime: () => wall }, 2);
  return {
    cache,
    at(ms) {
      wall = ms;
    },
  };
}

const id = (octet: number): Uint8Array => new Uint8Array(32).fill(octet);

test("a session comes back by its id, and by no other", () => {
  const { cache } = lab();
  cache.add(id(1), state(1));
  assert.deepEqual(cache.get(id(1)), state(1));
  assert.equal(cache.get(id(2)), undefined);
  assert.equal(cache.get(new Uint8Array()), undefined);
});

test("what it holds is its own: neither the giver's secret nor the taker's", () => {
  const { cache } = lab();
  const given = state(1);
  cache.add(id(1), given);
  given.master.fill(0);
  cache.get(id(1))?.master.fill(0);
  assert.deepEqual(cache.get(id(1)), state(1));
});

test("a session is forgotten when its time is over", () => {
  const { cache, at } = lab();
  cache.add(id(1), state(1, 500));
  at(499);
  assert.ok(cache.get(id(1)));
  at(500);
  assert.equal(cache.get(id(1)), undefined);
  assert.equal(cache.size, 0);
});

test("without room the one goes that was not asked for the longest", () => {
  const { cache } = lab();
  cache.add(id(1), state(1));
  cache.add(id(2), state(2));
  cache.get(id(1));
  cache.add(id(3), state(3));
  assert.deepEqual(
    [1, 2, 3].map((n) => cache.get(id(n)) !== undefined),
    [true, false, true],
  );
});

test("sessions out of time make room first", () => {
  const { cache, at } = lab();
  cache.add(id(1), state(1, 100));
  at(100);
  cache.add(id(2), state(2));
  assert.equal(cache.size, 1);
});

test("the same id again replaces", () => {
  const { cache } = lab();
  cache.add(id(1), state(1));
  cache.add(id(1), state(2));
  assert.deepEqual(cache.get(id(1)), state(2));
  assert.equal(cache.size, 1);
});

test("one is deleted, or all are", () => {
  const { cache } = lab();
  cache.add(id(1), state(1));
  cache.add(id(2), state(2));
  cache.delete(id(1));
  assert.equal(cache.get(id(1)), undefined);
  assert.ok(cache.get(id(2)));
  cache.wipe();
  assert.equal(cache.size, 0);
});
