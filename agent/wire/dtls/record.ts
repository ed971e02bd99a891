import { ByteReader, ByteWriter, WireError } from "../bytes.ts";

/** What a record carries. [RFC 5246 §6.2.1] */
export const ContentType = {
  changeCipherSpec: 20,
  alert: 21,
  handshake: 22,
  applicationData: 23,
} as const;

/** `version` of DTLS 1.2. [RFC 6347 §4.1] */
export const DTLS12 = 0xfefd;

/** `version` of DTLS 1.0; still seen on HelloVerifyRequest and on a first ClientHello. [RFC 6347 §4.2.1] */
export const DTLS10 = 0xfeff;

/** Most octets of a plaintext fragment. [RFC 5246 §6.2.1] */
export const MAX_PLAINTEXT_LENGTH = 2 ** 14;

/** Most octets of a protected fragment, so the most any record may carry. [RFC 5246 §6.2.3] */
export const MAX_FRAGMENT_LENGTH = MAX_PLAINTEXT_LENGTH + 2048;

/** One record as it is on the wire: `fragment` is still protected from epoch 1 on. [RFC 6347 §4.1] */
export interface DtlsRecord {
  /** A `ContentType`, or a type of which we know nothing. */
  readonly type: number;
  readonly version: number;
  readonly epoch: number;
  /** 48 bits. */
  readonly sequence: number;
  readonly fragment: Uint8Array;
}

/** The records of one datagram. */
export interface SplitDatagram {
  readonly records: DtlsRecord[];
  /** Something at the end was no record, and was dropped. */
  readonly faulty: boolean;
}

/** Reads one record; `fragment` is a view on the input. [RFC 6347 §4.1] @throws {WireError} */
export function readRecord(r: ByteReader): DtlsRecord {
  const type = r.u8("ContentType");
  const version = r.u16("record version");
  if (version >> 8 !== 0xfe)
    throw new WireError("wire/malformed", `record version ${version} is not DTLS`);
  const epoch = r.u16("epoch");
  const sequence = r.u48("sequence_number");
  const length = r.u16("record length");
  refuseOverlong(length);
  return { type, version, epoch, sequence, fragment: r.bytes(length, "record fragment") };
}

/**
 * Takes a datagram apart; never throws. Once a record does not parse, nothing tells where the next one
 * would begin, so the remainder is dropped. [RFC 6347 §4.1.2.7]
 */
export function splitDatagram(datagram: Uint8Array): SplitDatagram {
  const r = new ByteReader(datagram);
  const records: DtlsRecord[] = [];
  while (r.left > 0) {
    try {
      records.push(readRecord(r));
    } catch (fault) {
      if (!(fault instanceof WireError)) throw fault;
      return { records, faulty: true };
    }
  }
  return { records, faulty: false };
}

/** Writes one record. [RFC 6347 §4.1] @throws {WireError} when a field does not fit */
export function encodeRecord(record: DtlsRecord): Uint8Array {
  refuseOverlong(record.fragment.length);
  return new ByteWriter()
    .u8(record.type)
    .u16(record.version)
    .u16(record.epoch)
    .u48(record.sequence)
    .opaque16(record.fragment)
    .done();
}

function refuseOverlong(length: number): void {
  if (length <= MAX_FRAGMENT_LENGTH) return;
  throw new WireError(
    "wire/out-of-range",
    `a fragment of ${length} octets passes ${MAX_FRAGMENT_LENGTH}`,
  );
}
