import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createAead } from "../../../agent/dtls/crypto/aead.ts";
import { FlightSender } from "../../../agent/dtls/flight-sender.ts";
import type { Flight } from "../../../agent/dtls/handshake.ts";
import { DEFAULT_PARAMETERS } from "../../../agent/dtls/parameters.ts";
import { RecordLayer, type OwnKeys } from "../../../agent/dtls/record-layer.ts";
import { usageLimitsOf } from "../../../agent/dtls/usage-limits.ts";
import { ContentType, splitDatagram } from "../../../agent/wire/dtls/record.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

const KEYS: OwnKeys = {
  read: { aead: createAead("aes-128-gcm", new Uint8Array(16)), fixedIv: new Uint8Array(4) },
  write: { aead: createAead("aes-128-gcm", new Uint8Array(16)), fixedIv: new Uint8Array(4) },
  explicitNonce: 8,
  connectionIds: undefined,
  limits: usageLimitsOf("aes-128-gcm"),
};

const message = (epoch: 0 | 1, octets = 50) =>
  ({ tag: "message", type: 20, messageSeq: 0, epoch, body: new Uint8Array(octets) }) as const;
const HELLO: Flight = [message(0)];
const PROOF: Flight = [message(0), { tag: "change-cipher-spec" }, message(1, 12)];

const text = (payload: string): Uint8Array => new TextEncoder().encode(payload);

/** A sender, and what it sent: each datagram as its time and its records, data by its text. */
function lab() {
  const clock = new VirtualClock();
  const records = new RecordLayer(0);
  const peer = new RecordLayer(0);
  peer.install(KEYS);
  const sent: string[] = [];
  const words = (datagram: Uint8Array): string =>
    splitDatagram(datagram)
      .records.map((record) => {
        if (record.type !== ContentType.applicationData) return `${record.type}`;
        const opened = peer.open(record);
        assert.equal(opened.tag, "ok", "its number was used before");
        return opened.tag === "ok" ? new TextDecoder().decode(opened.fragment) : "";
      })
      .join(" ");
  const flights = new FlightSender({ clock, parameters: DEFAULT_PARAMETERS }, records, (datagram) =>
    sent.push(`${clock.now()}: ${words(datagram)}`),
  );
  return { clock, records, flights, sent };
}

describe("sending of flights", () => {
  test("a request before the server's Finished rides with each repetition [RFC 7918]", async () => {
    const { clock, records, flights, sent } = lab();
    flights.begin(HELLO, false);
    records.install(KEYS);
    flights.ride(text("help"));
    flights.begin(PROOF, false);
    await clock.advance(700);
    const proof = "22 20 22 help";
    assert.deepEqual(sent.slice(0, 2), ["0: 22", `0: ${proof}`]);
    assert.ok(sent.length > 2);
    for (const datagram of sent.slice(2)) assert.ok(datagram.endsWith(proof), datagram);
    flights.established();
    const { length } = sent;
    await clock.advance(10_000);
    assert.equal(sent.length, length);
  });

  test("under way already, it goes at once; what follows it only rides, the latest alone", async () => {
    const { clock, records, flights, sent } = lab();
    records.install(KEYS);
    flights.begin(PROOF, false);
    flights.ride(text("help"));
    flights.ride(text("help again"));
    assert.deepEqual(sent, ["0: 22 20 22", "0: help"]);
    await clock.advance(500);
    assert.match(sent[2] ?? "", /: 22 20 22 help again$/);
  });

  test("with a final flight it is repeated until data has come back", async () => {
    const { clock, records, flights, sent } = lab();
    records.install(KEYS);
    flights.begin([{ tag: "change-cipher-spec" }, message(1, 12)], true);
    flights.established();
    assert.equal(flights.rides, true);
    flights.ride(text("help"));
    await clock.advance(500);
    assert.deepEqual(sent.slice(0, 2), ["0: 20 22", "0: help"]);
    assert.match(sent[2] ?? "", /: 20 22 help$/);
    flights.finalReceived();
    assert.equal(flights.rides, false);
    const { length } = sent;
    await clock.advance(10_000);
    assert.equal(sent.length, length);
  });

  test("data says nothing about a final flight that nothing rides with [RFC 7918]", async () => {
    const { clock, records, flights, sent } = lab();
    records.install(KEYS);
    flights.begin([{ tag: "change-cipher-spec" }, message(1, 12)], true);
    flights.finalReceived();
    await clock.advance(1000);
    flights.peerRepeats();
    assert.deepEqual(sent, ["0: 20 22", "1000: 20 22"]);
  });

  const measured: readonly (readonly [string, number | undefined, number | undefined])[] = [
    ["an answer to one of two sendings tells nothing [RFC 6298 §3]", undefined, undefined],
    ["a HelloVerifyRequest says that it answers the first [RFC 6347 §4.2.1]", 0, 240],
    ["a HelloVerifyRequest says that it answers the second", 1, 40],
    ["a number that was never sent tells nothing", 7, undefined],
  ];
  for (const [what, echoed, rttMs] of measured) {
    test(what, async () => {
      const { clock, flights } = lab();
      flights.begin(HELLO, false);
      await clock.advance(240);
      flights.measure(echoed);
      assert.equal(flights.rttMs, rttMs);
      flights.begin(HELLO, false);
      assert.equal(flights.lossSeen, echoed !== 0);
    });
  }

  test("stopped, it neither repeats nor answers", async () => {
    const { clock, flights, sent } = lab();
    flights.begin(HELLO, false);
    flights.stop();
    await clock.advance(5000);
    flights.peerRepeats();
    assert.deepEqual([sent.length, clock.pending], [1, 0]);
  });
});
