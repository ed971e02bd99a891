/**
 * Reads CBOR item by item, for a caller that knows what should come next: so nothing is built that does not fit,
 * and a peer's nesting never becomes our recursion. Only definite lengths. [RFC 8949 §3]
 */

import { BodyPath } from "./body-path.ts";

/** The major types of CBOR. [RFC 8949 §3.1] */
export const MAJOR = {
  unsigned: 0,
  negative: 1,
  bytes: 2,
  text: 3,
  array: 4,
  map: 5,
  tag: 6,
  simple: 7,
} as const;

/** Simple values of major type 7. [RFC 8949 §3.3] */
const SIMPLE = { false: 20, true: 21, null: 22 } as const;

/** How deep a body may nest. Ours nest 6 deep; the rest is for what others add. */
const MAX_DEPTH = 16;

/** Fatal: a text string must be valid UTF-8 [RFC 8949 §3.1]. A byte order mark is a character like others. */
const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Reads the heads of items one after the other; `major`, `argument` and the tests speak of the last head read. */
export class CborReader {
  /** Where the caller is; faults name it. */
  readonly path = new BodyPath();
  /** Major type of the last head. */
  major: number = MAJOR.simple;
  /** Value, length, count or tag number of the last head: a bigint only beyond 2^53. */
  argument: number | bigint = 0;
  #info = 0;
  #at = 0;
  readonly #data: Uint8Array;
  readonly #view: DataView;

  constructor(data: Uint8Array) {
    this.#data = data;
    this.#view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  }

  /** Octets not read yet. */
  get left(): number {
    return this.#data.length - this.#at;
  }

  /** The argument of a string, array or map: never more than the octets that are there. */
  get count(): number {
    return Number(this.argument);
  }

  get isNull(): boolean {
    return this.major === MAJOR.simple && this.#info === SIMPLE.null;
  }

  /** True or false, or undefined when the last head is neither. */
  get boolean(): boolean | undefined {
    if (this.major !== MAJOR.simple) return undefined;
    if (this.#info === SIMPLE.true) return true;
    return this.#info === SIMPLE.false ? false : undefined;
  }

  /**
   * Reads the next head, and refuses one that claims more than the octets that follow.
   * @throws {WireError} `wire/truncated`, `wire/malformed`
   */
  head(): void {
    const first = this.#view.getUint8(this.#take(1));
    this.major = first >> 5;
    this.#info = first & 0x1f;
    this.argument = this.#info < 24 ? this.#info : this.#longArgument();
    if (this.argument > this.#limit()) {
      throw this.path.fault(
        "wire/truncated",
        `claims ${this.argument} octets or entries, ${this.left} octets are left`,
      );
    }
  }

  /** The characters of the text string whose head was read. @throws {WireError} `wire/malformed` */
  text(): string {
    const octets = this.count;
    if (octets === 0) return "";
    const from = this.#take(octets);
    try {
      return UTF8.decode(this.#data.subarray(from, from + octets));
    } catch {
      throw this.path.fault("wire/malformed", "text that is not UTF-8");
    }
  }

  /** Passes over the next item, whatever it is. @throws {WireError} `wire/truncated`, `wire/malformed` */
  skip(): void {
    const open = [1]; // items still to come, one number for each level
    while (open.length > 0) {
      const items = open.pop() ?? 0;
      if (items === 0) continue;
      open.push(items - 1);
      this.head();
      const inside = this.#itemsInside();
      if (inside === 0) continue;
      open.push(inside);
      if (open.length + this.path.depth > MAX_DEPTH) {
        throw this.path.fault("wire/malformed", `nested deeper than ${MAX_DEPTH}`);
      }
    }
  }

  /** Passes over the content of a string; how many items the last head holds otherwise. */
  #itemsInside(): number {
    switch (this.major) {
      case MAJOR.bytes:
      case MAJOR.text:
        this.#take(this.count);
        return 0;
      case MAJOR.array:
        return this.count;
      case MAJOR.map:
        return 2 * this.count;
      case MAJOR.tag:
        return 1;
      default:
        return 0;
    }
  }

  /** The most that the last head's argument can be, given that every item takes an octet at least. */
  #limit(): number {
    if (this.major === MAJOR.map) return this.left >> 1;
    return this.major >= MAJOR.bytes && this.major <= MAJOR.array ? this.left : Infinity;
  }

  #longArgument(): number | bigint {
    switch (this.#info) {
      case 24:
        return this.#view.getUint8(this.#take(1));
      case 25:
        return this.#view.getUint16(this.#take(2));
      case 26:
        return this.#view.getUint32(this.#take(4));
      case 27: {
        const value = this.#view.getBigUint64(this.#take(8));
        return value > BigInt(Number.MAX_SAFE_INTEGER) ? value : Number(value);
      }
      case 31:
        throw this.path.fault("wire/malformed", "indefinite length");
      default:
        throw this.path.fault("wire/malformed", `reserved additional information ${this.#info}`);
    }
  }

  #take(octets: number): number {
    if (octets > this.left) {
      throw this.path.fault("wire/truncated", `needs ${octets} octets, ${this.left} are left`);
    }
    const from = this.#at;
    this.#at += octets;
    return from;
  }
}
