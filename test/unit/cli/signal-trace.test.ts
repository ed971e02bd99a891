import assert from "node:assert/strict";
import { test } from "node:test";
import { describeDatagram } from "../../../agent/cli/signal-trace.ts";

/** The header of a record, and its content. */
function record(type: number, epoch: number, content: readonly number[]): number[] {
  return [type, 0xfe, 0xfd, 0, epoch, 0, 0, 0, 0, 0, 1, 0, content.length, ...content];
}

const CASES = [
  ["a handshake", record(22, 0, [1, 0, 0]), "16 octets: ClientHello"],
  [
    "several records",
    [...record(20, 0, [1]), ...record(22, 1, [7, 7, 7])],
    "30 octets: ChangeCipherSpec, Handshake (encrypted, 3)",
  ],
  [
    "a record with a connection id, of a length that only the peers know",
    [...record(20, 0, [1]), 25, 0xfe, 0xfd, 0, 1, 0, 0, 0, 0, 0, 1, 9, 9, 9, 9, 0, 2, 7, 7],
    "33 octets: ChangeCipherSpec, Encrypted, with a connection id (6)",
  ],
  ["nothing of DTLS", [1, 2, 3], "3 octets: no DTLS record"],
] as const;

for (const [what, octets, told] of CASES) {
  test(`a trace tells of ${what}`, () => {
    assert.equal(describeDatagram(Uint8Array.from(octets)), told);
  });
}
