import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { ResumableSession } from "../../../agent/dtls/resumption.ts";
import {
  decodeStoredSession,
  encodeStoredSession,
  MemorySessionStore,
} from "../../../agent/dtls/stored-session.ts";
import { mutate, seeded } from "../../support/seeded.ts";
import { sessionOf } from "./client-lab.ts";

describe("a session as octets", () => {
  const forms: readonly [string, Partial<ResumableSession>][] = [
    ["with a ticket", {}],
    ["with an id", { ticket: new Uint8Array(), sessionId: seeded(1).bytes(32) }],
    ["with letters of all kinds", { credential: "büro" }],
    ["with the round trip", { rttMs: 40 }],
    ["until the end of time", { expiresAt: 2 ** 48 - 1 }],
  ];
  for (const [name, over] of forms) {
    test(`${name} comes back as it was`, () => {
      const session = sessionOf(over);
      assert.deepEqual(decodeStoredSession(encodeStoredSession(session)), session);
    });
  }

  test("its secret is no view on them", () => {
    const octets = encodeStoredSession(sessionOf());
    const session = decodeStoredSession(octets);
    octets.fill(0);
    assert.deepEqual(session, sessionOf());
  });

  const octets = encodeStoredSession(sessionOf());
  const garbage: readonly (readonly [string, Uint8Array])[] = [
    ["of nothing", new Uint8Array()],
    ["of another form", octets.with(0, 2)],
    ["with something after it", Uint8Array.from([...octets, 0])],
    ["of zeros", new Uint8Array(octets.length)],
    ...[1, 48, 49, 60, octets.length - 1].map(
      (length) => [`cut to ${length} octets`, octets.subarray(0, length)] as const,
    ),
  ];
  for (const [what, spoiled] of garbage) {
    test(`none comes ${what}`, () => assert.equal(decodeStoredSession(spoiled), undefined));
  }

  test("nothing makes the reader throw", () => {
    const chance = seeded(3);
    for (let i = 0; i < 2000; i += 1) decodeStoredSession(mutate(octets, chance));
  });

  test("a secret of another length is not written", () => {
    assert.throws(() => encodeStoredSession(sessionOf({ master: new Uint8Array(47) })), {
      code: "wire/out-of-range",
    });
  });
});

describe("the store in memory", () => {
  const one = (): Uint8Array => Uint8Array.of(1, 2, 3);

  test("gives back what was saved, as a copy of a copy", () => {
    const store = new MemorySessionStore();
    const saved = one();
    store.save("a", saved);
    saved.fill(0);
    store.load("a")?.fill(0);
    assert.deepEqual(store.load("a"), one());
    assert.equal(store.load("b"), undefined);
  });

  test("forgets, and keeps the last one saved", () => {
    const store = new MemorySessionStore();
    store.save("a", one());
    store.save("a", Uint8Array.of(9));
    assert.deepEqual(store.load("a"), Uint8Array.of(9));
    store.forget("a");
    assert.equal(store.load("a"), undefined);
    store.forget("a");
  });

  test("holds 256 at most: the oldest goes", () => {
    const store = new MemorySessionStore();
    for (let i = 0; i < 300; i += 1) store.save(`${i}`, one());
    assert.equal(store.load("43"), undefined);
    assert.deepEqual(store.load("44"), one());
    assert.deepEqual(store.load("299"), one());
  });
});
