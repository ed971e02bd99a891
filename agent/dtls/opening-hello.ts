import { WireError } from "../wire/bytes.ts";
import { decodeClientHello, type ClientHello } from "../wire/dtls/client-hello.ts";
import {
  encodeHandshakeFragment,
  HandshakeType,
  splitHandshakeRecord,
} from "../wire/dtls/handshake.ts";
import { encodeHelloVerifyRequest } from "../wire/dtls/hello-verify-request.ts";
import { ContentType, DTLS10, encodeRecord, type DtlsRecord } from "../wire/dtls/record.ts";
import type { HandshakeMessage } from "./reassembly.ts";

/** Octets of a handshake message's header. [RFC 6347 §4.2.2] */
const MESSAGE_HEADER = 12;

/** A ClientHello that begins a handshake. */
export interface Opening {
  readonly hello: ClientHello;
  readonly message: HandshakeMessage;
  /** The number of its record. */
  readonly sequence: number;
}

/**
 * Whether a record is one of handshake messages, and too short for any. Told before anything is thrown: a fault with its
 * stack costs far more than such a record does, of which a datagram holds many.
 */
export function holdsNoMessage({ epoch, type, fragment }: DtlsRecord): boolean {
  return epoch === 0 && type === ContentType.handshake && fragment.length < MESSAGE_HEADER;
}

/**
 * A whole ClientHello at the front of a record, if that is what the record holds. One in pieces is not
 * served: putting it together would mean to keep state for an address that nobody has verified.
 */
export function openingHello(record: DtlsRecord): Opening | undefined {
  if (record.epoch !== 0 || record.type !== ContentType.handshake) return undefined;
  try {
    const [first] = splitHandshakeRecord(record.fragment);
    if (first?.type !== HandshakeType.clientHello || first.fragment.length !== first.length) {
      return undefined;
    }
    const { type, messageSeq } = first;
    const body = first.fragment.slice();
    return {
      hello: decodeClientHello(body),
      message: { type, messageSeq, epoch: record.epoch, body },
      sequence: record.sequence,
    };
  } catch (error) {
    if (error instanceof WireError) return undefined;
    throw error;
  }
}

/** A record that asks for a ClientHello with this cookie; `sequence` is the number of that which came without. */
export function cookieRequest(cookie: Uint8Array, sequence: number): Uint8Array {
  // Version 1.0 in both places, whatever will be negotiated. [RFC 6347 §4.2.1]
  const body = encodeHelloVerifyRequest({ version: DTLS10, cookie });
  const fragment = encodeHandshakeFragment({
    type: HandshakeType.helloVerifyRequest,
    length: body.length,
    messageSeq: 0,
    offset: 0,
    fragment: body,
  });
  const type = ContentType.handshake;
  return encodeRecord({ type, version: DTLS10, epoch: 0, sequence, fragment });
}
