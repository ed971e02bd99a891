import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Reassembly } from "../../../agent/dtls/reassembly.ts";
import type { HandshakeFragment } from "../../../agent/wire/dtls/handshake.ts";
import { seeded } from "../../support/seeded.ts";

const BODY = Uint8Array.from({ length: 100 }, (_, i) => i);

const LIMITS = { messages: 10, octets: 16_384 };

/** Octets `from` to `to` of a message. */
function piece(from: number, to: number, over: Partial<HandshakeFragment> = {}): HandshakeFragment {
  const fragment = BODY.subarray(from, to);
  return { type: 2, length: BODY.length, messageSeq: 0, offset: from, fragment, ...over };
}

describe("handshake reassembly [RFC 6347 §4.2.3]", () => {
  test("any order, overlap and repetition gives the message, once", () => {
    const prng = seeded(3);
    for (let round = 0; round < 500; round += 1) {
      const reassembly = new Reassembly(0, LIMITS);
      let message;
      for (let taken = 0; taken < 2000 && !message; taken += 1) {
        const from = prng.int(BODY.length);
        const to = Math.min(BODY.length, from + 1 + prng.int(60));
        reassembly.take(piece(from, to), 0);
        message = reassembly.next();
      }
      assert.deepEqual(message, { type: 2, messageSeq: 0, epoch: 0, body: BODY });
      assert.equal(reassembly.next(), undefined);
      assert.equal(reassembly.take(piece(0, 10), 0), "old");
    }
  });

  test("messages come out in their order", () => {
    const reassembly = new Reassembly(4, LIMITS);
    assert.equal(reassembly.take(piece(0, 100, { messageSeq: 5 }), 0), "kept");
    assert.equal(reassembly.next(), undefined);
    reassembly.take(piece(0, 100, { messageSeq: 4 }), 0);
    assert.deepEqual([reassembly.next()?.messageSeq, reassembly.next()?.messageSeq], [4, 5]);
  });

  test("an empty message is whole with its empty fragment", () => {
    const reassembly = new Reassembly(0, LIMITS);
    assert.equal(reassembly.next(), undefined);
    reassembly.take(
      { type: 14, length: 0, messageSeq: 0, offset: 0, fragment: BODY.subarray(0, 0) },
      0,
    );
    assert.equal(reassembly.next()?.body.length, 0);
  });

  const refused: readonly [string, HandshakeFragment][] = [
    ["far ahead", piece(0, 10, { messageSeq: 10 })],
    ["too long", piece(0, 10, { messageSeq: 1, length: 16_385 })],
  ];
  for (const [what, fragment] of refused) {
    test(`${what}: refused`, () => {
      const reassembly = new Reassembly(0, LIMITS);
      reassembly.take(piece(0, 10), 0);
      assert.equal(reassembly.take(fragment, 0), "refused");
    });
  }

  test("a flood of tiny fragments is bounded", () => {
    const reassembly = new Reassembly(0, LIMITS);
    let kept = 0;
    for (let offset = 0; offset < 16_384; offset += 2) {
      const fragment = Uint8Array.of(1);
      const taken = reassembly.take(
        { type: 2, length: 16_384, messageSeq: 0, offset, fragment },
        0,
      );
      kept += taken === "kept" ? 1 : 0;
    }
    assert.equal(kept, 64);
  });
});

/** Takes a whole message and gives what comes out. */
function delivered(reassembly: Reassembly, body: Uint8Array, epoch = 0): Uint8Array | undefined {
  const fragment = { type: 2, length: body.length, messageSeq: 0, offset: 0, fragment: body };
  reassembly.take(fragment, epoch);
  return reassembly.next()?.body;
}

describe("fragments that somebody forged", () => {
  const forged: readonly [string, Partial<HandshakeFragment>][] = [
    ["of another type", { type: 20 }],
    ["of another length", { length: 99 }],
    ["with other octets", { fragment: new Uint8Array(5).fill(9) }],
  ];
  for (const [what, over] of forged) {
    test(`one ${what} comes first: the message comes about all the same`, () => {
      const reassembly = new Reassembly(0, LIMITS);
      reassembly.take(piece(20, 25, over), 0);
      for (const from of [0, 30, 60]) reassembly.take(piece(from, from + 40), 0);
      assert.deepEqual(reassembly.next()?.body, BODY);
    });

    test(`one ${what} comes between: the message comes about all the same`, () => {
      const reassembly = new Reassembly(0, LIMITS);
      reassembly.take(piece(0, 50), 0);
      reassembly.take(piece(60, 65, over), 0);
      reassembly.take(piece(50, 100), 0);
      assert.deepEqual(reassembly.next()?.body, BODY);
    });
  }

  test("what is protected displaces what is not, and stays", () => {
    const reassembly = new Reassembly(0, LIMITS);
    reassembly.take(piece(0, 10), 0);
    assert.equal(reassembly.take(piece(0, 50), 1), "kept");
    assert.equal(reassembly.take(piece(0, 100), 0), "refused");
    reassembly.take(piece(50, 100), 1);
    assert.equal(reassembly.next()?.epoch, 1);
  });

  test("a message that counts as never come is expected again", () => {
    const reassembly = new Reassembly(0, LIMITS);
    reassembly.take(piece(0, 100), 0);
    assert.ok(reassembly.next());
    reassembly.expect(0);
    assert.deepEqual(delivered(reassembly, BODY.subarray(1)), BODY.subarray(1));
  });

  test("a chain of 8 KiB comes through although all room is taken by what comes later", () => {
    const reassembly = new Reassembly(0, { messages: 5, octets: 8192 });
    for (const messageSeq of [1, 2, 3, 4]) {
      for (const type of [11, 12, 13]) {
        const fragment = new Uint8Array(8000);
        reassembly.take({ type, length: 8192, messageSeq, offset: 1, fragment }, 0);
      }
    }
    const chain = seeded(5).bytes(8192);
    for (let offset = 0; offset < 8192; offset += 900) {
      const fragment = chain.subarray(offset, offset + 1100); // each overlaps the next
      reassembly.take({ type: 11, length: 8192, messageSeq: 0, offset, fragment }, 0);
    }
    assert.deepEqual(reassembly.next()?.body, chain);
  });

  test("all that is kept is bounded, whatever the number of messages", () => {
    const reassembly = new Reassembly(0, LIMITS);
    const before = new Set<number>();
    for (let messageSeq = 9; messageSeq >= 0; messageSeq -= 1) {
      const fragment = new Uint8Array(8000);
      reassembly.take({ type: 11, length: 8000, messageSeq, offset: 0, fragment }, 0);
    }
    for (let message = reassembly.next(); message; message = reassembly.next()) {
      before.add(message.messageSeq);
    }
    assert.deepEqual([...before], [0, 1], "2 of 8000 octets are what there is room for");
  });

  test("after the handshake nothing is kept, and a repetition is still known", () => {
    const reassembly = new Reassembly(0, LIMITS);
    assert.ok(delivered(reassembly, BODY));
    reassembly.close();
    assert.equal(reassembly.take(piece(0, 10), 0), "old");
    assert.equal(reassembly.take(piece(0, 100, { messageSeq: 1 }), 0), "refused");
    assert.equal(reassembly.next(), undefined);
  });
});
