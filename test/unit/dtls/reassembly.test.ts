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

  const refused: readonly [string, HandshakeFragment, number][] = [
    ["another type", piece(50, 60, { type: 3 }), 0],
    ["another length", piece(50, 60, { length: 99 }), 0],
    ["another epoch", piece(50, 60), 1],
    ["far ahead", piece(0, 10, { messageSeq: 10 }), 0],
    ["too long", piece(0, 10, { messageSeq: 1, length: 16_385 }), 0],
  ];
  for (const [what, fragment, epoch] of refused) {
    test(`${what} than what came before, or than is allowed: refused`, () => {
      const reassembly = new Reassembly(0, LIMITS);
      reassembly.take(piece(0, 10), 0);
      assert.equal(reassembly.take(fragment, epoch), "refused");
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
    assert.equal(kept, 128);
  });
});
