import type { Address } from "../net/ports.ts";
import { sameBytes } from "../wire/bytes.ts";
import type { DtlsRecord } from "../wire/dtls/record.ts";
import { wipe } from "./crypto/constant-time.ts";

/** Of each kind at most so many. */
const MAX_EARLY = 8;

/** A record, and where it came from. */
interface EarlyRecord {
  readonly record: DtlsRecord;
  readonly from: Address;
}

/** What overtook what it needs: records their keys, data the peer's Finished, that its ChangeCipherSpec. */
export class EarlyArrivals {
  #records: EarlyRecord[] = [];
  #data: Uint8Array[] = [];
  #finished: Uint8Array | undefined;
  #specChanged = false;

  /** Keeps a record whose keys are still to come; says whether there was room. */
  keepRecord(record: DtlsRecord, from: Address): boolean {
    if (this.#records.length >= MAX_EARLY) return false;
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
    if (this.#data.length >= MAX_EARLY) return;
    if (!this.#data.some((held) => sameBytes(held, payload))) this.#data.push(payload.slice());
  }

  /** The data, which is not kept any more. */
  takeData(): readonly Uint8Array[] {
    return this.#data.splice(0);
  }

  /**
   * Holds back the content of a protected handshake record until the peer's ChangeCipherSpec has come, which datagrams
   * may overtake: without one a Finished does not count. Only the latest is kept. [RFC 5246 §7.4.9]
   */
  holdFinished(fragment: Uint8Array): boolean {
    if (!this.#specChanged) this.#finished = fragment.slice();
    return !this.#specChanged;
  }

  /** The ChangeCipherSpec has come: gives what waited for it. */
  releaseFinished(): Uint8Array | undefined {
    this.#specChanged = true;
    const finished = this.#finished;
    this.#finished = undefined;
    return finished;
  }

  /** Forgets everything. */
  wipe(): void {
    this.#records = [];
    this.#finished = undefined;
    for (const payload of this.takeData()) wipe(payload);
  }
}
