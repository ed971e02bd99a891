import { concatBytes } from "../wire/bytes.ts";
import { encodeHandshakeFragment } from "../wire/dtls/handshake.ts";
import { ContentType } from "../wire/dtls/record.ts";
import type { Flight, FlightMessage } from "./handshake.ts";
import { RECORD_HEADER, type RecordLayer } from "./record-layer.ts";

/** Octets of a handshake header. [RFC 6347 §4.2.2] */
const HANDSHAKE_HEADER = 12;
/** Where a datagram has less room left for a message's body, the rest of it is left empty. */
const LEAST_FRAGMENT = 64;

/**
 * A flight as datagrams, as few as can be: messages are cut where a datagram is full, because under loss every
 * datagram saved is a chance gained. Each call numbers the records anew, as a retransmission must.
 * [RFC 6347 §4.2.3, §4.2.4]
 *
 * @param riders application data that goes behind the flight; there are keys for it
 */
export function packFlight(
  flight: Flight,
  records: RecordLayer,
  maxDatagram: number,
  riders: readonly Uint8Array[] = [],
): readonly Uint8Array[] {
  const packing = new Packing(records, maxDatagram);
  for (const item of flight) {
    if (item.tag === "message") packing.message(item);
    else packing.record(ContentType.changeCipherSpec, 0, Uint8Array.of(1));
  }
  for (const payload of riders) packing.record(ContentType.applicationData, 1, payload);
  return packing.datagrams;
}

class Packing {
  readonly datagrams: Uint8Array[] = [];
  readonly #records: RecordLayer;
  readonly #maxDatagram: number;

  constructor(records: RecordLayer, maxDatagram: number) {
    this.#records = records;
    this.#maxDatagram = maxDatagram;
  }

  /** One record behind the others, in a datagram of its own if need be. */
  record(type: number, epoch: 0 | 1, fragment: Uint8Array): void {
    const record = this.#records.seal(type, epoch, fragment);
    const last = this.datagrams.at(-1);
    if (last && last.length + record.length <= this.#maxDatagram) {
      this.datagrams[this.datagrams.length - 1] = concatBytes(last, record);
    } else {
      this.datagrams.push(record);
    }
  }

  /** A message in as many fragments as it takes. */
  message({ type, messageSeq, epoch, body }: FlightMessage): void {
    const { length } = body;
    let offset = 0;
    do {
      const fragment = body.subarray(offset, offset + this.#room(epoch, length - offset));
      const encoded = encodeHandshakeFragment({ type, length, messageSeq, offset, fragment });
      this.record(ContentType.handshake, epoch, encoded);
      offset += fragment.length;
    } while (offset < length);
  }

  /** Octets of a message's body for the next record, of which `left` are still to go. */
  #room(epoch: 0 | 1, left: number): number {
    const most = Math.max(1, this.#maxDatagram - this.#overhead(epoch) - HANDSHAKE_HEADER);
    const room = most - (this.datagrams.at(-1)?.length ?? 0);
    return room >= Math.min(left, LEAST_FRAGMENT) ? room : most;
  }

  #overhead(epoch: 0 | 1): number {
    return epoch === 0 ? RECORD_HEADER : this.#records.overhead;
  }
}
