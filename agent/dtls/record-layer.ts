import { ByteWriter, concatBytes } from "../wire/bytes.ts";
import { DTLS12, encodeRecord, type DtlsRecord } from "../wire/dtls/record.ts";
import { wipe } from "./crypto/constant-time.ts";
import type { DirectionKeys } from "./key-schedule.ts";
import { ReplayWindow } from "./replay-window.ts";

/** Octets of a record header. [RFC 6347 §4.1] */
export const RECORD_HEADER = 13;

/** What became of a record that came in. */
export type Opened =
  | { readonly tag: "ok"; readonly fragment: Uint8Array }
  /** No keys for its epoch (yet). */
  | { readonly tag: "no-keys" }
  /** Seen before, or too old to tell. */
  | { readonly tag: "replayed" }
  /** It does not authenticate. */
  | { readonly tag: "bad" };

/** The keys of epoch 1 as one end uses them. */
export interface OwnKeys {
  readonly read: DirectionKeys;
  readonly write: DirectionKeys;
  /** Octets of the nonce that travel with each record: 8 (GCM, CCM) or 0 (ChaCha20). */
  readonly explicitNonce: number;
}

/**
 * Protects and numbers the records of one association: epoch 0 in the clear, epoch 1 with the session's
 * keys. Renegotiation is refused, so there is no epoch 2. [RFC 6347 §4.1]
 */
export class RecordLayer {
  readonly #sequence: [number, number];
  readonly #window = new ReplayWindow();
  #keys: OwnKeys | undefined;

  /** @param firstSequence the number of the first record in epoch 0; a server goes on from the ClientHello's [RFC 6347 §4.2.1] */
  constructor(firstSequence: number) {
    this.#sequence = [firstSequence, 0];
  }

  get hasKeys(): boolean {
    return this.#keys !== undefined;
  }

  /** Octets that protection adds to a payload, header included. */
  get overhead(): number {
    const keys = this.#keys;
    return RECORD_HEADER + (keys ? keys.explicitNonce + keys.write.aead.tagLength : 0);
  }

  install(keys: OwnKeys): void {
    this.#keys = keys;
  }

  /** Forgets the keys; whatever comes after is `no-keys`. */
  wipe(): void {
    for (const side of this.#keys ? [this.#keys.read, this.#keys.write] : []) {
      side.aead.wipe();
      wipe(side.fixedIv);
    }
    this.#keys = undefined;
  }

  /** One record, numbered and, in epoch 1, protected. */
  seal(type: number, epoch: 0 | 1, fragment: Uint8Array): Uint8Array {
    const sequence = this.#sequence[epoch];
    this.#sequence[epoch] = sequence + 1;
    const record = { type, version: DTLS12, epoch, sequence, fragment };
    if (epoch === 0) return encodeRecord(record);
    const keys = this.#keys;
    if (!keys) throw new Error("a record of epoch 1 before its keys"); // a fault of ours
    const { write, explicitNonce } = keys;
    const numbers = recordNumbers(epoch, sequence);
    const sealed = write.aead.seal(
      nonce(write.fixedIv, numbers),
      associatedData(record, numbers, fragment.length),
      fragment,
    );
    const protectedFragment = concatBytes(numbers.subarray(0, explicitNonce), sealed);
    return encodeRecord({ ...record, fragment: protectedFragment });
  }

  /** Opens a record that came in. Epoch 0 passes as it is: the handshake tells repetitions apart itself. */
  open(record: DtlsRecord): Opened {
    if (record.epoch === 0) return { tag: "ok", fragment: record.fragment };
    const keys = this.#keys;
    if (record.epoch !== 1 || !keys) return { tag: "no-keys" };
    if (!this.#window.mayBeNew(record.sequence)) return { tag: "replayed" };
    const fragment = openWith(keys, record);
    if (!fragment) return { tag: "bad" };
    this.#window.note(record.sequence);
    return { tag: "ok", fragment };
  }
}

function openWith({ read, explicitNonce }: OwnKeys, record: DtlsRecord): Uint8Array | undefined {
  const { fragment } = record;
  const length = fragment.length - explicitNonce - read.aead.tagLength;
  if (length < 0) return undefined;
  const numbers = recordNumbers(record.epoch, record.sequence);
  // The explicit part is the peer's choice; ours and most peers' is the record's own number. [RFC 5288 §3]
  const explicit = explicitNonce > 0 ? fragment.subarray(0, explicitNonce) : numbers;
  return read.aead.open(
    nonce(read.fixedIv, explicit),
    associatedData(record, numbers, length),
    fragment.subarray(explicitNonce),
  );
}

/** The epoch and sequence number as eight octets. */
function recordNumbers(epoch: number, sequence: number): Uint8Array {
  return new ByteWriter().u16(epoch).u48(sequence).done();
}

/** GCM and CCM append the explicit part [RFC 5288 §3]; ChaCha20 mixes the number into its IV [RFC 7905 §2]. */
function nonce(fixedIv: Uint8Array, explicit: Uint8Array): Uint8Array {
  if (fixedIv.length === 4) return concatBytes(fixedIv, explicit);
  const mixed = fixedIv.slice();
  const at = mixed.length - explicit.length;
  for (const [i, octet] of explicit.entries()) mixed[at + i] = (mixed[at + i] ?? 0) ^ octet;
  return mixed;
}

/** What a record's tag covers beside its payload. [RFC 5246 §6.2.3.3] [RFC 6347 §4.1.2.1] */
function associatedData(
  record: { readonly type: number; readonly version: number },
  numbers: Uint8Array,
  length: number,
): Uint8Array {
  return new ByteWriter().bytes(numbers).u8(record.type).u16(record.version).u16(length).done();
}
