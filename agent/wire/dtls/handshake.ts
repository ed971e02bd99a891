import { ByteReader, ByteWriter, WireError } from "../bytes.ts";

/**
 * The handshake messages of DTLS 1.2, of every key exchange there is here. [RFC 6347 §4.3.2]
 * Those that only a certificate brings are `certificate`, `certificateRequest` and `certificateVerify`
 * [RFC 5246 §7.4]; only a ticket brings `newSessionTicket` [RFC 5077 §3.3].
 */
export const HandshakeType = {
  helloRequest: 0,
  clientHello: 1,
  serverHello: 2,
  helloVerifyRequest: 3,
  newSessionTicket: 4,
  certificate: 11,
  serverKeyExchange: 12,
  certificateRequest: 13,
  serverHelloDone: 14,
  certificateVerify: 15,
  clientKeyExchange: 16,
  finished: 20,
} as const;

/**
 * The longest message we read, in octets. The field holds 24 bits, but whoever reassembles has to set that
 * much aside for a peer that has proved nothing yet; no message of DOTS, and no chain of certificates, comes
 * near this.
 */
export const MAX_HANDSHAKE_LENGTH = 65_535;

/** A handshake message or a part of one. [RFC 6347 §4.2.2] */
export interface HandshakeFragment {
  /** A `HandshakeType`, or a type of which we know nothing. */
  readonly type: number;
  /** Octets of the whole message body. */
  readonly length: number;
  readonly messageSeq: number;
  /** Where `fragment` belongs in the body. */
  readonly offset: number;
  readonly fragment: Uint8Array;
}

/**
 * Reads one fragment, which is a view on the input. [RFC 6347 §4.2.2]
 * @throws {WireError} also when the fragment reaches beyond the message it is a part of
 */
export function readHandshakeFragment(r: ByteReader): HandshakeFragment {
  const type = r.u8("HandshakeType");
  const length = r.u24("handshake length");
  const messageSeq = r.u16("message_seq");
  const offset = r.u24("fragment_offset");
  const fragmentLength = r.u24("fragment_length");
  refuseMisplaced(length, offset, fragmentLength);
  return {
    type,
    length,
    messageSeq,
    offset,
    fragment: r.bytes(fragmentLength, "handshake fragment"),
  };
}

/** Writes one fragment with its header. [RFC 6347 §4.2.2] @throws {WireError} when a field does not fit */
export function encodeHandshakeFragment(f: HandshakeFragment): Uint8Array {
  refuseMisplaced(f.length, f.offset, f.fragment.length);
  return new ByteWriter()
    .u8(f.type)
    .u24(f.length)
    .u16(f.messageSeq)
    .u24(f.offset)
    .opaque24(f.fragment)
    .done();
}

/**
 * Takes the content of one handshake record apart; a record may hold several messages. [RFC 6347 §4.2.3]
 * @throws {WireError} for an empty record too, which no one may send [RFC 5246 §6.2.1]
 */
export function splitHandshakeRecord(fragment: Uint8Array): HandshakeFragment[] {
  if (fragment.length === 0) throw new WireError("wire/malformed", "a handshake record is empty");
  const r = new ByteReader(fragment);
  const messages: HandshakeFragment[] = [];
  while (r.left > 0) messages.push(readHandshakeFragment(r));
  return messages;
}

function refuseMisplaced(length: number, offset: number, fragmentLength: number): void {
  if (length > MAX_HANDSHAKE_LENGTH) {
    throw new WireError(
      "wire/out-of-range",
      `a message of ${length} octets passes ${MAX_HANDSHAKE_LENGTH}`,
    );
  }
  if (offset + fragmentLength > length) {
    throw new WireError(
      "wire/malformed",
      `a fragment ends at ${offset + fragmentLength} of ${length} octets`,
    );
  }
}
