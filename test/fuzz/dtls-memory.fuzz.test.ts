/** What a datagram or message costs a DTLS decoder that is made to make many things of it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  decodeCertificate,
  decodeCertificateRequest,
} from "../../agent/wire/dtls/certificate-messages.ts";
import { decodeClientHello } from "../../agent/wire/dtls/client-hello.ts";
import {
  decodeSignatureAlgorithms,
  decodeSupportedGroups,
} from "../../agent/wire/dtls/extensions.ts";
import { splitHandshakeRecord } from "../../agent/wire/dtls/handshake.ts";
import { decodeInnerPlaintext } from "../../agent/wire/dtls/inner-plaintext.ts";
import { decodeServerKeyExchangePsk } from "../../agent/wire/dtls/psk-messages.ts";
import { splitDatagram } from "../../agent/wire/dtls/record.ts";
import { heapGrowth } from "../support/heap.ts";
import { octets } from "../unit/wire/dtls/captured.ts";

const LARGEST = 1_500; // octets of a datagram
const MOST_HEAP = 64 * 1024;

/** `head`, then `unit` as often as it fits. */
function filled(head: string, unit: string): Uint8Array {
  const times = Math.floor((LARGEST - octets(head).length) / octets(unit).length);
  return octets(head + unit.repeat(times));
}

const hello = `fefd ${"00".repeat(32)} 00 00`;
const extensionBlock = Array.from(
  { length: 64 },
  (_, i) => `${(i + 256).toString(16).padStart(4, "0")}0000`,
);
const hungry: readonly (readonly [string, Uint8Array, (input: Uint8Array) => unknown])[] = [
  ["empty records", filled("", "16fefd0000000000000000 0000"), splitDatagram],
  [
    "empty records with connection ids",
    filled("", "19fefd0001000000000000 a1 0000"),
    (input) => splitDatagram(input, 1),
  ],
  ["empty handshake fragments", filled("", "0e 000000 0000 000000 000000"), splitHandshakeRecord],
  ["cipher suites", octets(`${hello} 0580 ${"00a8".repeat(704)} 01 00`), decodeClientHello],
  [
    "extensions",
    octets(`${hello} 0002 00a8 01 00 0100 ${extensionBlock.join("")}`),
    decodeClientHello,
  ],
  ["groups", octets(`05d8 ${"001d".repeat(748)}`), decodeSupportedGroups],
  ["signature algorithms", octets(`05d8 ${"0403".repeat(748)}`), decodeSignatureAlgorithms],
  ["certificates", filled("0005d9", "000001 30"), decodeCertificate],
  ["authorities", filled("01 40 0002 0403 05d1", "0001 30"), decodeCertificateRequest],
  ["padding", new Uint8Array(LARGEST), decodeInnerPlaintext],
  ["a chain that claims 16 MiB", octets("ffffff ffffff"), decodeCertificate],
  ["a record that claims 16 KiB", octets("16 fefd 0000 000000000000 4000"), splitDatagram],
  ["a hint that claims 64 KiB", octets("ffff"), decodeServerKeyExchangePsk],
  ["a message that claims 16 MiB", octets("01 ffffff 0000 000000 ffffff"), splitHandshakeRecord],
];

for (const [what, input, decode] of hungry) {
  test(`a datagram of ${what} never makes the heap grow by more than 64 KiB`, () => {
    const { allocated, retained } = heapGrowth(() => decode(input));
    assert.ok(allocated <= MOST_HEAP, `${allocated} octets allocated`);
    assert.ok(retained <= MOST_HEAP, `${retained} octets retained`);
  });
}
