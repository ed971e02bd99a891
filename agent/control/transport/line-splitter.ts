const NEWLINE = 0x0a;

/** What a `LineSplitter` begins with, in octets. */
const FIRST_SIZE = 1024;

/** What a piece of the stream brought. */
export interface Split {
  /** The lines that ended in it, in order. */
  readonly lines: readonly string[];
  /** What follows is longer than a line may be: the stream is of no use any more. */
  readonly isTooLong: boolean;
}

/** Cuts a stream of UTF-8 into lines. Holds one line at most, and never more of it than is allowed. */
export class LineSplitter {
  readonly #maxOctets: number;
  /** The beginning of a line whose end has not come: the first `#length` octets. */
  #held = Buffer.alloc(0);
  #length = 0;

  constructor(maxOctets: number) {
    this.#maxOctets = maxOctets;
  }

  /** Takes the next piece. */
  push(chunk: Buffer): Split {
    const lines: string[] = [];
    let rest = chunk;
    for (let end = rest.indexOf(NEWLINE); end !== -1; end = rest.indexOf(NEWLINE)) {
      if (!this.#hold(rest.subarray(0, end))) return { lines, isTooLong: true };
      lines.push(this.#line());
      rest = rest.subarray(end + 1);
    }
    return { lines, isTooLong: !this.#hold(rest) };
  }

  #line(): string {
    const line = this.#held.toString("utf8", 0, this.#length);
    this.#length = 0;
    // What one long line needed is not kept for the short ones that follow.
    if (this.#held.length > FIRST_SIZE) this.#held = Buffer.alloc(0);
    return line;
  }

  /** Copies, so that a line that comes octet by octet costs no more than its length. */
  #hold(piece: Buffer): boolean {
    const length = this.#length + piece.length;
    if (length > this.#maxOctets) {
      this.#held = Buffer.alloc(0);
      this.#length = 0;
      return false;
    }
    if (length > this.#held.length) {
      const size = Math.min(this.#maxOctets, Math.max(FIRST_SIZE, this.#held.length * 2, length));
      const larger = Buffer.alloc(size);
      this.#held.copy(larger, 0, 0, this.#length);
      this.#held = larger;
    }
    piece.copy(this.#held, this.#length);
    this.#length = length;
    return true;
  }
}
