import { diagnostic } from "../../coap/screening.ts";
import type { Answer, CoapRequest } from "../../coap/types.ts";
import { Code } from "../../wire/coap/code.ts";
import {
  findOption,
  findUint,
  opaqueOption,
  OptionNumber,
  sortOptions,
  uintOption,
} from "../../wire/coap/options.ts";

/** Answers that do not fit one datagram, in blocks. [RFC 7959 §2.4] [RFC 9132 §4.4.2] */

/** What a peer asks for: block `number` of `2 ** (exponent + 4)` octets. */
interface BlockWish {
  readonly number: number;
  readonly exponent: number;
}

interface Snapshot {
  readonly answer: Answer;
  readonly etag: Uint8Array;
}

/** Header, token, and the options of a blockwise notification, with room to spare. */
const RESERVED_OCTETS = 64;

/** The largest block is 1024 octets; exponent 7 is reserved. [RFC 7959 §2.2] */
const MAX_EXPONENT = 6;

/** Representations remembered for one session, each at most one body long. */
const MAX_SNAPSHOTS = 8;

/**
 * Cuts the answers of one session into blocks. A representation that changes while it is fetched must stay
 * the same for who fetches it, so the one that block 0 came from is kept, by its resource.
 */
export class BlockServer {
  readonly #maxMessage: number;
  readonly #snapshots = new Map<string, Snapshot>();

  constructor(maxMessage: number) {
    this.#maxMessage = maxMessage;
  }

  /** The answer to a request for `resource`, made by `make` unless the request goes on with an earlier one. */
  serve(resource: string, request: CoapRequest, make: () => Answer): Answer {
    const wish = wishOf(request);
    if (wish === "reserved")
      return diagnostic(Code.BadRequest, "Block2: size exponent 7 is reserved");
    const kept = wish !== undefined && wish.number > 0 ? this.#kept(resource, request) : undefined;
    if (kept !== undefined && wish !== undefined) return this.#cut(kept, wish);
    return this.fit(resource, make(), wish);
  }

  /** The answer as it is if it fits one datagram, else its first block (or the one wished for). */
  fit(resource: string, answer: Answer, wish?: BlockWish): Answer {
    if (answer.code !== Code.Content) return answer;
    const fits = answer.payload.length <= this.#maxMessage - RESERVED_OCTETS;
    if (fits && wish === undefined) return answer;
    const snapshot: Snapshot = { answer, etag: etagOf(answer.payload) };
    this.#keep(resource, snapshot);
    return this.#cut(snapshot, wish ?? { number: 0, exponent: MAX_EXPONENT });
  }

  #cut({ answer, etag }: Snapshot, wish: BlockWish): Answer {
    const exponent = Math.min(wish.exponent, this.#largestExponent());
    // The peer counts in the size it asked for; ours can only be smaller. [RFC 7959 §2.3]
    const from = wish.number * 2 ** (wish.exponent + 4);
    const size = 2 ** (exponent + 4);
    const { payload } = answer;
    if (from > 0 && from >= payload.length) {
      return diagnostic(Code.BadRequest, `Block2: there is no block ${wish.number}`);
    }
    const more = from + size < payload.length;
    const options = [
      ...answer.options,
      opaqueOption(OptionNumber.ETag, etag), // MUST for what changes [RFC 9132 §4.4.2]
      uintOption(OptionNumber.Block2, (from / size) * 16 + (more ? 8 : 0) + exponent),
      ...(from === 0 ? [uintOption(OptionNumber.Size2, payload.length)] : []),
    ];
    return {
      ...answer,
      options: sortOptions(options),
      payload: payload.subarray(from, from + size),
    };
  }

  #largestExponent(): number {
    const room = Math.max(16, this.#maxMessage - RESERVED_OCTETS);
    return Math.min(MAX_EXPONENT, Math.floor(Math.log2(room)) - 4);
  }

  /** Another ETag than the kept one's: what the peer was fetching is gone, it gets what is now and can tell. */
  #kept(resource: string, request: CoapRequest): Snapshot | undefined {
    const snapshot = this.#snapshots.get(resource);
    const etag = findOption(request.options, OptionNumber.ETag)?.value;
    if (snapshot === undefined || etag === undefined) return snapshot;
    const same = etag.length === snapshot.etag.length;
    return same && etag.every((octet, i) => octet === snapshot.etag[i]) ? snapshot : undefined;
  }

  #keep(resource: string, snapshot: Snapshot): void {
    this.#snapshots.delete(resource);
    this.#snapshots.set(resource, snapshot);
    const oldest = this.#snapshots.keys().next();
    if (this.#snapshots.size > MAX_SNAPSHOTS && oldest.done !== true) {
      this.#snapshots.delete(oldest.value);
    }
  }
}

/** The Block2 option of a request. [RFC 7959 §2.2] */
function wishOf(request: CoapRequest): BlockWish | "reserved" | undefined {
  const value = findUint(request.options, OptionNumber.Block2);
  if (value === undefined) return undefined;
  const exponent = value % 8;
  return exponent > MAX_EXPONENT ? "reserved" : { number: Math.floor(value / 16), exponent };
}

/** Tells representations apart (FNV-1a, twice from different starts); no secret hangs on it. */
function etagOf(payload: Uint8Array): Uint8Array {
  const etag = new Uint8Array(8);
  const view = new DataView(etag.buffer);
  for (const [i, start] of [0x811c9dc5, 0x01000193].entries()) {
    let hash = start;
    for (const octet of payload) hash = Math.imul(hash ^ octet, 0x01000193);
    view.setUint32(i * 4, hash >>> 0);
  }
  return etag;
}
