import { concatBytes, sameBytes, WireError } from "../wire/bytes.ts";
import { decodeInnerPlaintext, encodeInnerPlaintext } from "../wire/dtls/inner-plaintext.ts";
import {
  ContentType,
  DTLS12,
  encodeRecord,
  MAX_PLAINTEXT_LENGTH,
  type DtlsRecord,
} from "../wire/dtls/record.ts";
import { wipe } from "./crypto/constant-time.ts";
import type { ConnectionIds } from "./handshake.ts";
import type { DirectionKeys } from "./key-schedule.ts";
import { associatedData, recordNonce, recordNumbers } from "./record-protection.ts";
import { ReplayWindow } from "./replay-window.ts";
import type { UsageLimits } from "./usage-limits.ts";

/** Octets of a record header. [RFC 6347 §4.1] */
export const RECORD_HEADER = 13;

const NO_ID = new Uint8Array();

/** What became of a record that came in. */
export type Opened =
  | {
      readonly tag: "ok";
      /** The real one, where a connection id hides it. */
      readonly type: number;
      readonly fragment: Uint8Array;
      /** Whether it is protected, and newer than all that came before it. */
      readonly newest: boolean;
    }
  /** No keys for its epoch (yet). */
  | { readonly tag: "no-keys" }
  /** Seen before, or too old to tell. */
  | { readonly tag: "replayed" }
  /** Not in the form agreed on: without its connection id, with another's, or with nothing inside. [RFC 9146 §3] */
  | { readonly tag: "invalid" }
  /** It does not authenticate. */
  | { readonly tag: "bad" };

/** The keys of epoch 1 as one end uses them. */
export interface OwnKeys {
  readonly read: DirectionKeys;
  readonly write: DirectionKeys;
  /** Octets of the nonce that travel with each record: 8 (GCM, CCM) or 0 (ChaCha20). */
  readonly explicitNonce: number;
  readonly connectionIds: ConnectionIds | undefined;
  readonly limits: UsageLimits;
}

/**
 * Protects and numbers the records of one association: epoch 0 in the clear, epoch 1 with the session's
 * keys. Renegotiation is refused, so there is no epoch 2. [RFC 6347 §4.1] [RFC 9146 §4]
 */
export class RecordLayer {
  readonly #sequence: [number, number];
  readonly #window = new ReplayWindow();
  #keys: OwnKeys | undefined;
  #forged = 0;

  /** @param firstSequence the number of the first record in epoch 0; a server goes on from the ClientHello's [RFC 6347 §4.2.1] */
  constructor(firstSequence: number) {
    this.#sequence = [firstSequence, 0];
  }

  get hasKeys(): boolean {
    return this.#keys !== undefined;
  }

  /** The largest payload of a record that fits a datagram of so many octets, and the bound of records themselves. */
  roomIn(datagram: number): number {
    // One octet less than plaintext may have: beside an id there is the real type in it. [RFC 9146 §5]
    return Math.min(datagram - this.overhead, MAX_PLAINTEXT_LENGTH - 1);
  }

  /** Octets that protection adds to a payload, header included. */
  get overhead(): number {
    const keys = this.#keys;
    if (!keys) return RECORD_HEADER;
    const id = keys.connectionIds?.write.length ?? 0;
    // The real type goes inside where there is an id. [RFC 9146 §4]
    const hidden = id > 0 ? id + 1 : 0;
    return RECORD_HEADER + hidden + keys.explicitNonce + keys.write.aead.tagLength;
  }

  /** Which limit of the keys is reached, if any: the session must end then. [RFC 9147 §4.5.3] */
  get usedUp(): keyof UsageLimits | undefined {
    const limits = this.#keys?.limits;
    if (!limits) return undefined;
    if (this.#sequence[1] >= limits.sealed) return "sealed";
    return this.#forged >= limits.forged ? "forged" : undefined;
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
    const numbered = { version: DTLS12, epoch, sequence };
    if (epoch === 0) return encodeRecord({ ...numbered, type, fragment });
    const keys = this.#keys;
    if (!keys) throw new Error("a record of epoch 1 before its keys"); // a fault of ours
    const id = keys.connectionIds?.write ?? NO_ID;
    if (id.length === 0) return sealWith(keys, { ...numbered, type, fragment });
    const inner = encodeInnerPlaintext(type, fragment);
    const outer = { ...numbered, type: ContentType.tls12Cid, connectionId: id, fragment: inner };
    return sealWith(keys, outer);
  }

  /** Opens a record that came in. Epoch 0 passes as it is: the handshake tells repetitions apart itself. */
  open(record: DtlsRecord): Opened {
    const { type, epoch, sequence, connectionId = NO_ID } = record;
    if (epoch === 0) return { tag: "ok", type, fragment: record.fragment, newest: false };
    const keys = this.#keys;
    if (epoch !== 1 || !keys) return { tag: "no-keys" };
    const id = keys.connectionIds?.read ?? NO_ID;
    if (!sameBytes(connectionId, id)) return { tag: "invalid" };
    if (!this.#window.mayBeNew(sequence)) return { tag: "replayed" };
    const text = openWith(keys, record);
    if (!text) {
      this.#forged += 1;
      return { tag: "bad" };
    }
    const newest = this.#window.note(sequence);
    if (id.length === 0) return { tag: "ok", type, fragment: text, newest };
    return unwrapped(text, newest);
  }
}

function unwrapped(text: Uint8Array, newest: boolean): Opened {
  try {
    const { type, content: fragment } = decodeInnerPlaintext(text);
    return { tag: "ok", type, fragment, newest };
  } catch (error) {
    if (error instanceof WireError) return { tag: "invalid" };
    throw error;
  }
}

function sealWith({ write, explicitNonce }: OwnKeys, record: DtlsRecord): Uint8Array {
  const { fragment } = record;
  const numbers = recordNumbers(record);
  const sealed = write.aead.seal(
    recordNonce(write.fixedIv, numbers),
    associatedData(record, fragment.length),
    fragment,
  );
  const explicit = numbers.subarray(0, explicitNonce);
  return encodeRecord({ ...record, fragment: concatBytes(explicit, sealed) });
}

function openWith({ read, explicitNonce }: OwnKeys, record: DtlsRecord): Uint8Array | undefined {
  const { fragment } = record;
  const length = fragment.length - explicitNonce - read.aead.tagLength;
  if (length < 0) return undefined;
  // The explicit part is the peer's choice; ours and most peers' is the record's own number. [RFC 5288 §3]
  const explicit = explicitNonce > 0 ? fragment.subarray(0, explicitNonce) : recordNumbers(record);
  return read.aead.open(
    recordNonce(read.fixedIv, explicit),
    associatedData(record, length),
    fragment.subarray(explicitNonce),
  );
}
