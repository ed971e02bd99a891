import { diagnostic } from "../../coap/screening.ts";
import type { Answer, CoapRequest } from "../../coap/types.ts";
import type { Clock, Millis } from "../../net/ports.ts";
import { Code } from "../../wire/coap/code.ts";
import {
  block2Option,
  blockSize,
  findBlock2,
  findOption,
  MAX_BLOCK_EXPONENT,
  opaqueOption,
  OptionNumber,
  sortOptions,
  uintOption,
  type Block,
} from "../../wire/coap/options.ts";

/** Answers that do not fit one datagram, in blocks. [RFC 7959 §2.4] [RFC 9132 §4.4.2] */

/** What a peer asks for. */
type BlockWish = Pick<Block, "number" | "exponent">;

interface Snapshot {
  readonly resource: string;
  readonly answer: Answer;
  readonly etag: Uint8Array;
  /** Until when its next block is waited for; past once the last one was handed out. */
  fetchedUntil: Millis;
}

/** Header, token, and the options of a blockwise notification, with room to spare. */
const RESERVED_OCTETS = 64;

/** Representations remembered for one session, each at most one body long. */
const MAX_SNAPSHOTS = 8;

/** A peer that does not ask for the next block within this has given up, or lost more than it can make good. */
const NEXT_BLOCK_WITHIN_MS: Millis = 3_000;

/**
 * Cuts the answers of one session into blocks. A representation that changes while it is fetched must stay
 * the same for who fetches it, so those that a block was taken from lately are kept.
 */
export class BlockServer {
  readonly #maxMessage: number;
  readonly #clock: Pick<Clock, "now">;
  /** The one used last at the end; no two of one resource with one ETag. */
  readonly #snapshots: Snapshot[] = [];

  constructor(maxMessage: number, clock: Pick<Clock, "now">) {
    this.#maxMessage = maxMessage;
    this.#clock = clock;
  }

  /**
   * The answer to a request for `resource`, made by `make` unless the request goes on with an earlier one.
   * @throws {WireError} the request's Block2 option makes no sense.
   */
  serve(resource: string, request: CoapRequest, make: () => Answer): Answer {
    const wish = findBlock2(request.options);
    const kept = wish !== undefined && wish.number > 0 ? this.#kept(resource, request) : undefined;
    if (kept !== undefined && wish !== undefined) return this.#cut(kept, wish);
    return this.fit(resource, make(), wish);
  }

  /** The answer as it is if it fits one datagram, else its first block (or the one wished for). */
  fit(resource: string, answer: Answer, wish?: BlockWish): Answer {
    if (answer.code !== Code.Content) return answer;
    const fits = answer.payload.length <= this.#maxMessage - RESERVED_OCTETS;
    if (fits && wish === undefined) return answer;
    const etag = etagOf(answer.payload);
    const snapshot = { resource, answer, etag, fetchedUntil: Number.NEGATIVE_INFINITY };
    return this.#cut(snapshot, wish ?? { number: 0, exponent: MAX_BLOCK_EXPONENT });
  }

  /** Whether the peer is likely about to ask for the next block of this resource. */
  isFetched(resource: string): boolean {
    const now = this.#clock.now();
    return this.#snapshots.some((kept) => kept.resource === resource && now < kept.fetchedUntil);
  }

  #cut(snapshot: Snapshot, wish: BlockWish): Answer {
    const { answer, etag } = snapshot;
    const exponent = Math.min(wish.exponent, this.#largestExponent());
    // The peer counts in the size it asked for; ours can only be smaller. [RFC 7959 §2.3]
    const from = wish.number * blockSize(wish);
    const size = blockSize({ exponent });
    const { payload } = answer;
    if (from > 0 && from >= payload.length) {
      return diagnostic(Code.BadRequest, `Block2: there is no block ${wish.number}`);
    }
    const more = from + size < payload.length;
    this.#keep(snapshot, more);
    const options = [
      ...answer.options,
      opaqueOption(OptionNumber.ETag, etag), // MUST for what changes [RFC 9132 §4.4.2]
      block2Option({ number: from / size, more, exponent }),
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
    return Math.min(MAX_BLOCK_EXPONENT, Math.floor(Math.log2(room)) - 4);
  }

  /**
   * The representation that the request names by its ETag, else the one that a block was taken from last. With an
   * ETag that is not kept the peer gets what is now, and can tell.
   */
  #kept(resource: string, request: CoapRequest): Snapshot | undefined {
    const etag = findOption(request.options, OptionNumber.ETag)?.value;
    return this.#snapshots.findLast(
      (kept) => kept.resource === resource && (etag === undefined || isEqual(kept.etag, etag)),
    );
  }

  /** As the one used last, in place of what was there under the same names. */
  #keep(snapshot: Snapshot, more: boolean): void {
    const { resource, etag } = snapshot;
    const at = this.#snapshots.findIndex(
      (kept) => kept.resource === resource && isEqual(kept.etag, etag),
    );
    if (at >= 0) this.#snapshots.splice(at, 1);
    else if (this.#snapshots.length >= MAX_SNAPSHOTS) this.#snapshots.shift();
    const now = this.#clock.now();
    snapshot.fetchedUntil = more ? now + NEXT_BLOCK_WITHIN_MS : now;
    this.#snapshots.push(snapshot);
  }
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((octet, i) => octet === b[i]);
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
