import { concatBytes } from "../wire/bytes.ts";
import { encodeHandshakeFragment } from "../wire/dtls/handshake.ts";
import { ContentType } from "../wire/dtls/record.ts";
import type { Flight, FlightMessage } from "./handshake.ts";
import type { RecordLayer } from "./record-layer.ts";

/** Octets of a handshake header. [RFC 6347 §4.2.2] */
const HANDSHAKE_HEADER = 12;
/** Room that any suite's protection of a record may take: header, explicit nonce, tag. */
const RECORD_ROOM = 13 + 8 + 16;

/**
 * A flight as datagrams: messages cut to fit, several records a datagram where they fit, because under
 * loss every datagram saved is a chance gained. Each call numbers the records anew, as a retransmission
 * must. [RFC 6347 §4.2.3, §4.2.4]
 */
export function packFlight(
  flight: Flight,
  records: RecordLayer,
  maxDatagram: number,
): readonly Uint8Array[] {
  const sealed = flight.flatMap((item) =>
    item.tag === "change-cipher-spec"
      ? [records.seal(ContentType.changeCipherSpec, 0, Uint8Array.of(1))]
      : cut(item, maxDatagram - RECORD_ROOM - HANDSHAKE_HEADER).map((fragment) =>
          records.seal(ContentType.handshake, item.epoch, fragment),
        ),
  );
  return join(sealed, maxDatagram);
}

/** A message as handshake fragments of at most `room` octets of body. */
function cut(message: FlightMessage, room: number): Uint8Array[] {
  const { type, messageSeq, body } = message;
  const fragments: Uint8Array[] = [];
  let offset = 0;
  do {
    const fragment = body.subarray(offset, offset + room);
    fragments.push(
      encodeHandshakeFragment({ type, length: body.length, messageSeq, offset, fragment }),
    );
    offset += room;
  } while (offset < body.length);
  return fragments;
}

function join(records: readonly Uint8Array[], maxDatagram: number): readonly Uint8Array[] {
  const datagrams: Uint8Array[] = [];
  for (const record of records) {
    const last = datagrams.at(-1);
    if (last && last.length + record.length <= maxDatagram) {
      datagrams[datagrams.length - 1] = concatBytes(last, record);
    } else {
      datagrams.push(record);
    }
  }
  return datagrams;
}
