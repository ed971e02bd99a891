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

/** Octets of all that is not whole or not next: the longest message of all. */
const MAX_OCTETS = 16_384;

/** Gaps cost more than octets: with the smallest sensible fragments, each second one lost, a peer stays below this. */
const MAX_PIECES = 64;

/** What one message may be, while nobody knows which fragments are forged. */
const MAX_CANDIDATES = 2;

interface Piece {
  readonly offset: number;
  readonly data: Uint8Array;
}

/** What fragments that agree on it make of a message. */
interface Candidate {
  readonly type: number;
  readonly length: number;
  readonly messageSeq: number;
  readonly epoch: number;
  /** They neither touch nor overlap. */
  pieces: readonly Piece[];
}

/**
 * Puts handshake messages together from fragments that may come late, twice, overlapping or out of
 * order [RFC 6347 §4.2.3]. Memory grows with octets received, never with lengths announced, and is
 * bounded. Fragments survive retransmission: what has come once need not come again.
 *
 * Anyone can forge a fragment in epoch 0, so none shuts out another for good: fragments that contradict each other are
 * kept side by side, of octets the newest count, what is protected displaces what is not, and where there is no room, what
 * is needed last goes first.
 */
export class Reassembly {
  readonly #limits: ReassemblyLimits;
  /** In the order in which something was added to them. */
  #candidates: readonly Candidate[] = [];
  #next: number;
  #closed = false;

  /** @param next the message_seq that comes next */
  constructor(next: number, limits: ReassemblyLimits) {
    this.#next = next;
    this.#limits = limits;
  }

  /** The message_seq that comes next. */
  get expected(): number {
    return this.#next;
  }

  /**
   * Takes a fragment. `old`: of a message that has been delivered, so the peer repeats itself.
   * `refused`: it contradicts what is protected, or passes a limit; it is dropped.
   */
  take(fragment: HandshakeFragment, epoch: number): "kept" | "old" | "refused" {
    const { messageSeq, length } = fragment;
    if (messageSeq < this.#next) return "old";
    const { messages, octets } = this.#limits;
    if (messageSeq >= this.#next + messages || length > octets || this.#closed) return "refused";
    const rivals = this.#candidates.filter((candidate) => candidate.messageSeq === messageSeq);
    if (rivals.some((rival) => rival.epoch > epoch)) return "refused";
    const before = rivals.find((rival) => agrees(rival, fragment, epoch));
    const pieces = withFragment(before?.pieces ?? [], fragment);
    const { type } = fragment;
    return this.#keep({ type, length, messageSeq, epoch, pieces }, before) ? "kept" : "refused";
  }

  /** The next message in order, once all of it is there. */
  next(): HandshakeMessage | undefined {
    this.#forgetPast();
    for (const candidate of this.#candidates.toReversed()) {
      const { type, messageSeq, epoch } = candidate;
      const body = messageSeq === this.#next ? whole(candidate) : undefined;
      if (!body) continue;
      // Its rivals stay until something is made of this one: see `expect`.
      this.#candidates = this.#candidates.filter((other) => other !== candidate);
      this.#next += 1;
      return { type, messageSeq, epoch, body };
    }
    return undefined;
  }

  /** Has that message come next: after all, or again. What was delivered as such counts as never come. */
  expect(messageSeq: number): void {
    this.#next = messageSeq;
  }

  /** No more messages come: nothing is kept from now on. */
  close(): void {
    this.#closed = true;
    this.#candidates = [];
  }

  #forgetPast(): void {
    this.#candidates = this.#candidates.filter(({ messageSeq }) => messageSeq >= this.#next);
  }

  /** Whether there is room for it, in the place of what it was. */
  #keep(candidate: Candidate, before: Candidate | undefined): boolean {
    this.#forgetPast();
    const { messageSeq, epoch } = candidate;
    const rivals = this.#candidates.filter(
      (other) => other.messageSeq === messageSeq && other !== before,
    );
    const equals = rivals.filter((rival) => rival.epoch === epoch);
    const stay = new Set(equals.slice(-(MAX_CANDIDATES - 1)));
    const others = this.#candidates.filter(
      (other) => other.messageSeq !== messageSeq || stay.has(other),
    );
    const kept = [...others, candidate];
    while (this.#isTooMuch(kept)) {
      const [dropped] = kept.splice(neededLast(kept), 1);
      if (dropped === candidate) return false;
    }
    this.#candidates = kept;
    return true;
  }

  #isTooMuch(candidates: readonly Candidate[]): boolean {
    const pieces = candidates.flatMap((candidate) => candidate.pieces);
    const octets = pieces.reduce((sum, { data }) => sum + data.length, 0);
    return pieces.length > MAX_PIECES || octets > MAX_OCTETS;
  }
}

/** Whether a fragment may belong to the same message. */
function agrees(candidate: Candidate, { type, length }: HandshakeFragment, epoch: number): boolean {
  return candidate.type === type && candidate.length === length && candidate.epoch === epoch;
}

/** The pieces with a fragment more, joined to those that it touches. */
function withFragment(
  pieces: readonly Piece[],
  { offset, length, fragment }: HandshakeFragment,
): readonly Piece[] {
  if (fragment.length === 0 && length > 0) return pieces;
  const end = offset + fragment.length;
  const touched = pieces.filter((piece) => piece.offset <= end && endOf(piece) >= offset);
  const from = Math.min(offset, ...touched.map((piece) => piece.offset));
  // New octets of our own: the fragment is a view on a datagram that would otherwise be kept whole.
  const data = new Uint8Array(Math.max(end, ...touched.map(endOf)) - from);
  for (const piece of touched) data.set(piece.data, piece.offset - from);
  data.set(fragment, offset - from);
  return [...pieces.filter((piece) => !touched.includes(piece)), { offset: from, data }];
}

function endOf({ offset, data }: Piece): number {
  return offset + data.length;
}

/** The body, if nothing is missing. */
function whole({ length, pieces }: Candidate): Uint8Array | undefined {
  return pieces.find(({ offset, data }) => offset === 0 && data.length === length)?.data;
}

/** Which of them to drop: what nobody protected first, of that what is farthest ahead, of that the oldest. */
function neededLast(candidates: readonly Candidate[]): number {
  const order = (a: Candidate, b: Candidate): number =>
    a.epoch - b.epoch || b.messageSeq - a.messageSeq;
  const [last] = candidates.toSorted(order);
  return last ? candidates.indexOf(last) : 0;
}
