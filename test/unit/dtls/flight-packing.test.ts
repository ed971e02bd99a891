import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { packFlight } from "../../../agent/dtls/flight-packing.ts";
import type { Flight } from "../../../agent/dtls/handshake.ts";
import { maxDatagramOf } from "../../../agent/dtls/parameters.ts";
import { Reassembly } from "../../../agent/dtls/reassembly.ts";
import { RecordLayer } from "../../../agent/dtls/record-layer.ts";
import { splitHandshakeRecord } from "../../../agent/wire/dtls/handshake.ts";
import { ContentType, splitDatagram } from "../../../agent/wire/dtls/record.ts";

/** A flight with messages of these lengths, each filled with its own number. */
function flightOf(lengths: readonly number[]): Flight {
  return lengths.map((length, messageSeq) => ({
    tag: "message",
    type: 11,
    messageSeq,
    epoch: 0,
    body: new Uint8Array(length).fill(messageSeq),
  }));
}

/** The lengths of the messages that come out of some datagrams. */
function received(datagrams: readonly Uint8Array[]): number[] {
  const reassembly = new Reassembly(0, { messages: 20, octets: 16_384 });
  const lengths: number[] = [];
  for (const { fragment } of datagrams.flatMap((datagram) => splitDatagram(datagram).records)) {
    for (const piece of splitHandshakeRecord(fragment)) reassembly.take(piece, 0);
    for (let next = reassembly.next(); next; next = reassembly.next()) {
      assert.ok(next.body.every((octet) => octet === next?.messageSeq));
      lengths.push(next.body.length);
    }
  }
  return lengths;
}

describe("packing of flights [RFC 6347 §4.2.3]", () => {
  const cases: readonly (readonly [string, readonly number[], number, number])[] = [
    ["small messages share a datagram", [70, 50, 0], 1232, 1],
    ["a large message fills what a small one has left", [70, 1250, 150, 60, 0], 1232, 2],
    ["two chains of certificates", [70, 2400, 350, 60, 0], 1232, 3],
    ["a path MTU of 576", [70, 1250, 150, 60, 0], maxDatagramOf(576, 4), 4],
    ["a message that fits to the octet", [1232 - 25], 1232, 1],
    ["a message one octet longer", [1232 - 24], 1232, 2],
    ["too little room for a fragment worth sending", [1232 - 25 - 60, 500], 1232, 2],
    ["no room at all still gets through", [3], 10, 3],
  ];
  for (const [what, lengths, maxDatagram, datagrams] of cases) {
    test(what, () => {
      const packed = packFlight(flightOf(lengths), new RecordLayer(0), maxDatagram);
      assert.equal(packed.length, datagrams);
      const most = Math.max(maxDatagram, 26); // headers and one octet
      for (const { length } of packed) assert.ok(length <= most, `${length} octets`);
      assert.deepEqual(received(packed), lengths);
    });
  }

  test("each time the records have new numbers [RFC 6347 §4.2.4]", () => {
    const records = new RecordLayer(0);
    const numbers = [1, 2]
      .flatMap(() => packFlight(flightOf([70, 50]), records, 1232))
      .flatMap((datagram) => splitDatagram(datagram).records.map(({ sequence }) => sequence));
    assert.deepEqual(numbers, [0, 1, 2, 3]);
  });

  test("a ChangeCipherSpec stays in its place", () => {
    const [first, last] = flightOf([70, 40]);
    assert.ok(first && last);
    const flight: Flight = [first, { tag: "change-cipher-spec" }, last];
    const [datagram] = packFlight(flight, new RecordLayer(0), 1232);
    const { handshake, changeCipherSpec } = ContentType;
    assert.deepEqual(
      splitDatagram(datagram ?? new Uint8Array()).records.map(({ type }) => type),
      [handshake, changeCipherSpec, handshake],
    );
  });
});
