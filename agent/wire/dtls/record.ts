import { ByteReader, ByteWriter, WireError } from "../bytes.ts";

/** What a record carries. [RFC 5246 §6.2.1] */
export const ContentType = {
  changeCipherSpec: 20,
  alert: 21,
  handshake: 22,
  applicationData: 23,
  tls12Cid: 25, // something protected, and the connection's id [RFC 9146 §4]
  returnRoutabilityCheck: 27, // [RFC 9853 §4]
} as const;

/** `version` of DTLS 1.2. [RFC 6347 §4.1] */
export const DTLS12 = 0xfefd;

/** `version` of DTLS 1.0; still seen on HelloVerifyRequest and on a first ClientHello. [RFC 6347 §4.2.1] */
export const DTLS10 = 0xfeff;

/** Most octets of a plaintext fragment. [RFC 5246 §6.2.1] */
export const MAX_PLAINTEXT_LENGTH = 2 ** 14;

/** Most octets of a protected fragment, so the most any record may carry. [RFC 5246 §6.2.3] */
export const MAX_FRAGMENT_LENGTH = MAX_PLAINTEXT_LENGTH + 2048;

/** Most octets of a connection id. [RFC 9146 §3] */
const MAX_CONNECTION_ID_LENGTH = 255;

/** Most records of one datagram that are read: a whole flight has fewer, and each may cost far more than its header. */
const MAX_RECORDS = 32;

const NO_CONNECTION_ID = new Uint8Array();

/** One record as it is on the wire: `fragment` is still protected from epoch 1 on. [RFC 6347 §4.1] */
export interface DtlsRecord {
  /** A `ContentType`, or a type of which we know nothing. */
  readonly type: number;
  readonly version: number;
  readonly epoch: number;
  /** 48 bits. */
  readonly sequence: number;
  /** On records of type tls12_cid only, and never empty there. [RFC 9146 §4] */
  readonly connectionId?: Uint8Array;
  readonly fragment: Uint8Array;
}

/** The records of one datagram. */
export interface SplitDatagram {
  readonly records: DtlsRecord[];
  /** Something at the end was no record, or one too many, and was dropped. */
  readonly faulty: boolean;
}

/**
 * Reads one record; `fragment` and `connectionId` are views on the input. [RFC 6347 §4.1] [RFC 9146 §4]
 * @param connectionIdLength octets of the connection ids that peers were told to use; 0 when none was. The
 * record itself does not tell.
 * @throws {WireError} also for a connection id where none can be
 */
export function readRecord(r: ByteReader, connectionIdLength = 0): DtlsRecord {
  const type = r.u8("ContentType");
  const version = r.u16("record version");
  if (version >> 8 !== 0xfe)
    throw new WireError("wire/malformed", `record version ${version} is not DTLS`);
  const epoch = r.u16("epoch");
  const sequence = r.u48("sequence_number");
  const connectionId = readConnectionId(r, { type, epoch }, connectionIdLength);
  const length = r.u16("record length");
  refuseOverlong(length);
  const fragment = r.bytes(length, "record fragment");
  return { type, version, epoch, sequence, ...connectionId, fragment };
}

/**
 * Takes a datagram apart; never throws. Once a record does not parse, nothing tells where the next one
 * would begin, so the remainder is dropped [RFC 6347 §4.1.2.7]; so is what follows 32 records.
 * @param connectionIdLength as in `readRecord`
 */
export function splitDatagram(datagram: Uint8Array, connectionIdLength = 0): SplitDatagram {
  const r = new ByteReader(datagram);
  const records: DtlsRecord[] = [];
  while (r.left > 0) {
    if (records.length >= MAX_RECORDS) return { records, faulty: true };
    try {
      records.push(readRecord(r, connectionIdLength));
    } catch (fault) {
      if (!(fault instanceof WireError)) throw fault;
      return { records, faulty: true };
    }
  }
  return { records, faulty: false };
}

/**
 * Writes one record. [RFC 6347 §4.1] [RFC 9146 §4]
 * @throws {WireError} when a field does not fit, and for a connection id on a record that has none or a
 * record of type tls12_cid without one
 */
export function encodeRecord(record: DtlsRecord): Uint8Array {
  const { type, version, epoch, sequence, fragment, connectionId = NO_CONNECTION_ID } = record;
  refuseOverlong(fragment.length);
  if (type === ContentType.tls12Cid) refuseBadConnectionId(epoch, connectionId.length);
  else if (connectionId.length > 0) {
    throw new WireError("wire/malformed", `a connection id on a record of type ${type}`);
  }
  const w = new ByteWriter().u8(type).u16(version).u16(epoch).u48(sequence);
  return w.bytes(connectionId).opaque16(fragment).done();
}

/** The field of that name, on a record that has it. [RFC 9146 §4] @throws {WireError} */
function readConnectionId(
  r: ByteReader,
  { type, epoch }: { readonly type: number; readonly epoch: number },
  length: number,
): { readonly connectionId?: Uint8Array } {
  if (type !== ContentType.tls12Cid) return {};
  refuseBadConnectionId(epoch, length);
  return { connectionId: r.bytes(length, "cid") };
}

/** Only protected records carry one, and those that do have at least one octet of it. [RFC 9146 §3] [RFC 9146 §4] */
function refuseBadConnectionId(epoch: number, length: number): void {
  if (length === 0) throw new WireError("wire/malformed", "no connection id was agreed on");
  if (length > MAX_CONNECTION_ID_LENGTH) {
    throw new WireError("wire/out-of-range", `a connection id of ${length} octets`);
  }
  if (epoch === 0) throw new WireError("wire/malformed", "a connection id in the clear");
}

function refuseOverlong(length: number): void {
  if (length <= MAX_FRAGMENT_LENGTH) return;
  throw new WireError(
    "wire/out-of-range",
    `a fragment of ${length} octets passes ${MAX_FRAGMENT_LENGTH}`,
  );
}
