/** Handshakes of other implementations, as they went over the wire. */
import type { HandshakeFragment, HandshakeType } from "../../../../agent/wire/dtls/handshake.ts";
import { splitHandshakeRecord } from "../../../../agent/wire/dtls/handshake.ts";
import { ContentType, splitDatagram } from "../../../../agent/wire/dtls/record.ts";
import type { DtlsRecord } from "../../../../agent/wire/dtls/record.ts";
import captured from "./vectors/captured.json" with { type: "json" };

/** One recorded handshake, made with a pre-shared key. */
export type Capture = (typeof captured)[number];

/** All recorded handshakes. */
export const captures: readonly Capture[] = captured;

/** A record and who sent it. */
export interface Sent<T> {
  readonly from: string;
  readonly what: T;
}

/** The octets of a hexadecimal text. */
export function octets(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex.replaceAll(" ", ""), "hex"));
}

/** The hexadecimal text of octets. */
export function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

/** The records of a handshake, in the order of the wire. */
export function recordsOf(capture: Capture): Sent<DtlsRecord>[] {
  return capture.datagrams.flatMap(({ from, hex }) =>
    splitDatagram(octets(hex)).records.map((what) => ({ from, what })),
  );
}

/** The unprotected handshake messages, in the order of the wire; none of these was cut into fragments. */
export function messagesOf(capture: Capture): Sent<HandshakeFragment>[] {
  return recordsOf(capture)
    .filter(({ what }) => what.type === ContentType.handshake && what.epoch === 0)
    .flatMap(({ from, what }) =>
      splitHandshakeRecord(what.fragment).map((message) => ({ from, what: message })),
    );
}

/** All bodies of one type of message, of the captures for which `of` holds. */
export function bodiesOf(
  type: (typeof HandshakeType)[keyof typeof HandshakeType],
  of: (capture: Capture) => boolean = () => true,
): Uint8Array[] {
  return captures
    .filter(of)
    .flatMap((capture) => messagesOf(capture))
    .filter(({ what }) => what.type === type)
    .map(({ what }) => what.fragment);
}
