import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { EarlyArrivals } from "../../../agent/dtls/early-arrivals.ts";
import type { Address } from "../../../agent/net/ports.ts";
import { ContentType, DTLS12, type DtlsRecord } from "../../../agent/wire/dtls/record.ts";

const FROM: Address = { family: 4, host: "192.0.2.1", port: 1 };

function record(sequence: number, octets: number): DtlsRecord {
  const fragment = new Uint8Array(octets);
  return { type: ContentType.handshake, version: DTLS12, epoch: 1, sequence, fragment };
}

describe("what comes too early", () => {
  for (const [octets, kept] of [
    [40, 8],
    [1000, 4],
    [4097, 0],
  ] as const) {
    test(`of records with ${octets} octets ${kept} are kept`, () => {
      const early = new EarlyArrivals();
      for (let i = 0; i < 20; i += 1) early.keepRecord(record(i, octets), FROM);
      assert.equal(early.takeRecords().length, kept);
      assert.equal(early.keepRecord(record(99, 40), FROM), true, "there is room again");
    });
  }

  test("data shares the room of records", () => {
    const early = new EarlyArrivals();
    early.keepRecord(record(1, 4000), FROM);
    early.keepData(new Uint8Array(100));
    assert.equal(early.takeData().length, 0);
  });

  test("a Finished in two pieces waits for the ChangeCipherSpec as a whole", () => {
    const early = new EarlyArrivals();
    const pieces = [Uint8Array.of(1, 2), Uint8Array.of(3, 4)];
    for (const piece of [...pieces, ...pieces]) assert.equal(early.holdFinished(piece), true);
    assert.deepEqual(early.releaseFinished(), pieces);
    assert.equal(early.holdFinished(Uint8Array.of(5)), false, "nothing waits any more");
  });

  test("what waits for a ChangeCipherSpec is bounded: the latest stays", () => {
    const early = new EarlyArrivals();
    for (let i = 0; i < 9; i += 1) early.holdFinished(Uint8Array.of(i));
    assert.deepEqual(
      early.releaseFinished(),
      [5, 6, 7, 8].map((i) => Uint8Array.of(i)),
    );
  });
});
