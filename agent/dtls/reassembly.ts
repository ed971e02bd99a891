import type { HandshakeFragment } from "../wire/dtls/handshake.ts";

/** A whole handshake message, in the order of its sender. */
export interface HandshakeMessage {
  readonly type: number;
  readonly messageSeq: number;
  /** The epoch of the records that carried it. */
  readonly epoch: number;
  readonly body: Uint8Array;
}

/** What a peer may make us keep. */
export interface ReassemblyLimits {
  /** Messages that come early are kept if they are fewer than this ahead. */
  readonly messages: number;
  /** Octets of one message. */
  readonly octets: number;
}

/** A peer with the smallest sensible fragments needs fewer pieces than this. */
const MAX_PIECES = 128;

interface Partial {
  readonly type: number;
  readonly length: number;
  readonly epoch: number;
  /** By offset; never overlapping more than they must. */
  pieces: { readonly offset: number; readonly data: Uint8Array }[];
}

/**
 * Puts handshake messages together from fragments that may come late, twice, overlapping or out of
 * order [RFC 6347 §4.2.3]. Memory grows with octets received, never with lengths announced, and is
 * bounded. Fragments survive retransmission: what has come once need not come again.
 */
export class Reassembly {
  readonly #partials = new Map<number, Partial>();
  readonly #limits: ReassemblyLimits;
  #next: number;

  /** @param next the message_seq that comes next */
  constructor(next: number, limits: ReassemblyLimits) {
    this.#next = next;
    this.#limits = limits;
  }

  /**
   * Takes a fragment. `old`: of a message that has been delivered, so the peer repeats itself.
   * `refused`: it contradicts what came before, or passes a limit; it is dropped.
   */
  take(fragment: HandshakeFragment, epoch: number): "kept" | "old" | "refused" {
    const { messageSeq, type, length } = fragment;
    if (messageSeq < this.#next) return "old";
    const { messages, octets } = this.#limits;
    if (messageSeq >= this.#next + messages || length > octets) return "refused";
    const partial = this.#partials.get(messageSeq) ?? { type, length, epoch, pieces: [] };
    if (partial.type !== type || partial.length !== length || partial.epoch !== epoch) {
      return "refused";
    }
    if (!this.#add(partial, fragment)) return "refused";
    this.#partials.set(messageSeq, partial);
    return "kept";
  }

  /** The next message in order, once all of it is there. */
  next(): HandshakeMessage | undefined {
    const messageSeq = this.#next;
    const partial = this.#partials.get(messageSeq);
    const body = partial && assemble(partial);
    if (!partial || !body) return undefined;
    this.#partials.delete(messageSeq);
    this.#next += 1;
    return { type: partial.type, messageSeq, epoch: partial.epoch, body };
  }

  #add(partial: Partial, { offset, fragment }: HandshakeFragment): boolean {
    const end = offset + fragment.length;
    const covered = partial.pieces.some(
      (piece) => piece.offset <= offset && piece.offset + piece.data.length >= end,
    );
    if (covered && partial.pieces.length > 0) return true;
    const held = partial.pieces.reduce((sum, piece) => sum + piece.data.length, 0);
    // Overlaps may double what is held, not multiply it.
    if (partial.pieces.length >= MAX_PIECES || held + fragment.length > 2 * this.#limits.octets)
      return false;
    // A copy: the fragment is a view on a datagram that would otherwise be kept whole.
    partial.pieces.push({ offset, data: fragment.slice() });
    partial.pieces.sort((a, b) => a.offset - b.offset);
    return true;
  }
}

/** The body, if the pieces leave no gap. */
function assemble(partial: Partial): Uint8Array | undefined {
  let reached = 0;
  for (const piece of partial.pieces) {
    if (piece.offset > reached) return undefined;
    reached = Math.max(reached, piece.offset + piece.data.length);
  }
  if (reached < partial.length || partial.pieces.length === 0) return undefined;
  const body = new Uint8Array(partial.length);
  for (const piece of partial.pieces) body.set(piece.data, piece.offset);
  return body;
}
