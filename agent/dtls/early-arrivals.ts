import type { Address } from "../net/ports.ts";
import { sameBytes } from "../wire/bytes.ts";
import type { DtlsRecord } from "../wire/dtls/record.ts";
import { wipe } from "./crypto/constant-time.ts";

/** Of each kind at most so many. */
const MAX_EARLY = 8;
/** Octets of all of them: two datagrams, and some. */
const MAX_EARLY_OCTETS = 4096;
/** Contents that may have pieces of a Finished. */
const MAX_FINISHED = 4;

/** A record, and where it came from. */
interface EarlyRecord {
  readonly record: DtlsRecord;
  readonly from: Address;
}

/** What overtook what it needs: records their keys, data the peer's Finished, that its ChangeCipherSpec. */
export class EarlyArrivals {
  #records: EarlyRecord[] = [];
  #data: Uint8Array[] = [];
  #finished: Uint8Array[] = [];
  #specChanged = false;

  /** Keeps a record whose keys are still to come; says whether there was room. */
  keepRecord(record: DtlsRecord, from: Address): boolean {
    if (this.#records.length >= MAX_EARLY || !this.#hasRoom(record.fragment)) return false;
    const { connectionId } = record;
    // Copies: both are views on a datagram that would otherwise be kept whole, or written over.
    const id = connectionId ? { connectionId: connectionId.slice() } : {};
    this.#records.push({ record: { ...record, ...id, fragment: record.fragment.slice() }, from });
    return true;
  }

  /** The records, which are not kept any more. */
  takeRecords(): readonly EarlyRecord[] {
    return this.#records.splice(0);
  }

  /** Keeps data that nobody has proved to have sent; the same again, which rode with a repetition, is kept once. */
  keepData(payload: Uint8Array): void {
    if (this.#data.length >= MAX_EARLY || !this.#hasRoom(payload)) return;
    if (!this.#data.some((held) => sameBytes(held, payload))) this.#data.push(payload.slice());
  }

  /** The data, which is not kept any more. */
  takeData(): readonly Uint8Array[] {
    return this.#data.splice(0);
  }

  /**
   * Holds back the content of a protected handshake record until the peer's ChangeCipherSpec has come, which datagrams
   * may overtake: without one a Finished does not count. It may come in pieces: the latest few are kept. [RFC 5246 §7.4.9]
   */
  holdFinished(fragment: Uint8Array): boolean {
    if (this.#specChanged) return false;
    const known = this.#finished.some((held) => sameBytes(held, fragment));
    if (known || !this.#hasRoom(fragment)) return true;
    this.#finished = [...this.#finished, fragment.slice()].slice(-MAX_FINISHED);
    return true;
  }

  /** The ChangeCipherSpec has come: gives what waited for it. */
  releaseFinished(): readonly Uint8Array[] {
    this.#specChanged = true;
    return this.#finished.splice(0);
  }

  /** Forgets everything. */
  wipe(): void {
    this.#records = [];
    this.#finished = [];
    for (const payload of this.takeData()) wipe(payload);
  }

  #hasRoom({ length }: Uint8Array): boolean {
    const records = this.#records.map(({ record }) => record.fragment);
    const held = [...records, ...this.#data, ...this.#finished];
    return held.reduce((sum, octets) => sum + octets.length, length) <= MAX_EARLY_OCTETS;
  }
}
