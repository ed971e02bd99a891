/** Strict reading and writing of octet strings in network byte order. Shared by every codec of `wire/`. */

/** The closed set of decoding and encoding faults. */
export type WireErrorCode =
  | "wire/truncated" // a length says more than there is
  | "wire/leftover" // octets remain where none may
  | "wire/malformed" // the shape is wrong
  | "wire/out-of-range" // a value does not fit its field, or a limit is passed
  | "wire/unknown-critical"; // something that must be understood is not

/** The only error that a codec of `wire/` throws. The message never holds key material. */
export class WireError extends Error {
  override readonly name = "WireError";
  readonly code: WireErrorCode;
  constructor(code: WireErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Reads from the front of `data`; every read names its field so that an error says what was cut short. */
export class ByteReader {
  readonly #data: Uint8Array;
  #at = 0;

  constructor(data: Uint8Array) {
    this.#data = data;
  }

  /** Octets not read yet. */
  get left(): number {
    return this.#data.length - this.#at;
  }

  /** Octets read so far. */
  get offset(): number {
    return this.#at;
  }

  u8(field: string): number {
    return this.uint(1, field);
  }

  u16(field: string): number {
    return this.uint(2, field);
  }

  u24(field: string): number {
    return this.uint(3, field);
  }

  u32(field: string): number {
    return this.uint(4, field);
  }

  u48(field: string): number {
    return this.uint(6, field);
  }

  /** An unsigned integer of `octets` octets (at most 6, so that it is exact). */
  uint(octets: number, field: string): number {
    const from = this.#take(octets, field);
    let value = 0;
    for (let i = 0; i < octets; i += 1) value = value * 256 + (this.#data[from + i] ?? 0);
    return value;
  }

  /** The next `length` octets, as a view on the input (no copy). */
  bytes(length: number, field: string): Uint8Array {
    const from = this.#take(length, field);
    return this.#data.subarray(from, from + length);
  }

  /** One length octet, then that many octets. */
  opaque8(field: string): Uint8Array {
    return this.bytes(this.u8(field), field);
  }

  /** Two length octets, then that many octets. */
  opaque16(field: string): Uint8Array {
    return this.bytes(this.u16(field), field);
  }

  /** Three length octets, then that many octets. */
  opaque24(field: string): Uint8Array {
    return this.bytes(this.u24(field), field);
  }

  /** All that is left. */
  rest(): Uint8Array {
    const from = this.#at;
    this.#at = this.#data.length;
    return this.#data.subarray(from);
  }

  /** @throws {WireError} `wire/leftover` unless everything has been read. */
  end(what: string): void {
    if (this.left > 0)
      throw new WireError("wire/leftover", `${what}: ${this.left} octets left over`);
  }

  #take(length: number, field: string): number {
    if (length > this.left) {
      throw new WireError("wire/truncated", `${field}: needs ${length} octets, has ${this.left}`);
    }
    const from = this.#at;
    this.#at += length;
    return from;
  }
}

/** Appends to a growing octet string. */
export class ByteWriter {
  #data = new Uint8Array(128);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  u8(value: number): this {
    return this.uint(1, value);
  }

  u16(value: number): this {
    return this.uint(2, value);
  }

  u24(value: number): this {
    return this.uint(3, value);
  }

  u32(value: number): this {
    return this.uint(4, value);
  }

  u48(value: number): this {
    return this.uint(6, value);
  }

  /** An unsigned integer in `octets` octets (at most 6). @throws {WireError} `wire/out-of-range` */
  uint(octets: number, value: number): this {
    if (!Number.isInteger(value) || value < 0 || value >= 256 ** octets) {
      throw new WireError("wire/out-of-range", `${value} does not fit ${octets} octets`);
    }
    const from = this.#grow(octets);
    let left = value;
    for (let i = octets - 1; i >= 0; i -= 1) {
      this.#data[from + i] = left % 256;
      left = Math.floor(left / 256);
    }
    return this;
  }

  bytes(value: Uint8Array): this {
    const from = this.#grow(value.length); // first: it may replace the buffer
    this.#data.set(value, from);
    return this;
  }

  /** One length octet, then the value. */
  opaque8(value: Uint8Array): this {
    return this.u8(value.length).bytes(value);
  }

  /** Two length octets, then the value. */
  opaque16(value: Uint8Array): this {
    return this.u16(value.length).bytes(value);
  }

  /** Three length octets, then the value. */
  opaque24(value: Uint8Array): this {
    return this.u24(value.length).bytes(value);
  }

  /** What has been written, as a copy. */
  done(): Uint8Array {
    return this.#data.slice(0, this.#length);
  }

  #grow(by: number): number {
    const from = this.#length;
    const need = from + by;
    if (need > this.#data.length) {
      const bigger = new Uint8Array(Math.max(need, this.#data.length * 2));
      bigger.set(this.#data.subarray(0, from));
      this.#data = bigger;
    }
    this.#length = need;
    return from;
  }
}

/** One octet string out of several. */
export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Whether two octet strings are the same. Not constant-time: never for secrets. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((octet, i) => octet === b[i]);
}
