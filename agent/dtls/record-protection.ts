import { ByteWriter, concatBytes } from "../wire/bytes.ts";
import type { DtlsRecord } from "../wire/dtls/record.ts";

/** What goes into the AEAD beside a record's payload. */

/** In front of what a record with a connection id is authenticated with: no number of another record. [RFC 9146 §5] */
const PLACEHOLDER = new Uint8Array(8).fill(0xff);

/** The epoch and sequence number as eight octets. */
export function recordNumbers({
  epoch,
  sequence,
}: Pick<DtlsRecord, "epoch" | "sequence">): Uint8Array {
  return new ByteWriter().u16(epoch).u48(sequence).done();
}

/** GCM and CCM append the explicit part [RFC 5288 §3]; ChaCha20 mixes the number into its IV [RFC 7905 §2]. */
export function recordNonce(fixedIv: Uint8Array, explicit: Uint8Array): Uint8Array {
  if (fixedIv.length === 4) return concatBytes(fixedIv, explicit);
  const mixed = fixedIv.slice();
  const at = mixed.length - explicit.length;
  for (const [i, octet] of explicit.entries()) mixed[at + i] = (mixed[at + i] ?? 0) ^ octet;
  return mixed;
}

/**
 * What a record's tag covers beside its payload of `length` octets. [RFC 5246 §6.2.3.3] [RFC 6347 §4.1.2.1]
 * With a connection id that is inside, and the length is that of the inner plaintext. [RFC 9146 §5.3]
 */
export function associatedData(
  record: Pick<DtlsRecord, "type" | "version" | "epoch" | "sequence" | "connectionId">,
  length: number,
): Uint8Array {
  const { type, version, connectionId } = record;
  const numbers = recordNumbers(record);
  const w = new ByteWriter();
  if (!connectionId) return w.bytes(numbers).u8(type).u16(version).u16(length).done();
  w.bytes(PLACEHOLDER).u8(type).u8(connectionId.length).u8(type).u16(version);
  return w.bytes(numbers).bytes(connectionId).u16(length).done();
}
