/** Repeatable chance for tests: the same seed gives the same run on every machine. Never for secrets. */

/** A stream of pseudo-random values. */
export interface Seeded {
  /** An integer in [0, 2^32). */
  u32(): number;
  /** An integer in [0, n); n from 1 to 2^32. */
  int(n: number): number;
  /** A fraction in [0, 1) with 32 bits of resolution. */
  fraction(): number;
  /** `n` octets. */
  bytes(n: number): Uint8Array;
  /** One element. @throws {RangeError} when there is none to pick */
  pick<T>(from: readonly T[]): T;
}

/** A stream for `seed` (its low 32 bits count). The generator is sfc32, with its first outputs thrown away. */
export function seeded(seed: number): Seeded {
  let a = 0x9e3779b9;
  let b = 0x243f6a88;
  let c = seed | 0;
  let counter = 1;
  const u32 = (): number => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    c |= 0;
    return sum >>> 0;
  };
  for (let i = 0; i < 15; i += 1) u32();
  const fraction = (): number => u32() / 2 ** 32;
  const int = (n: number): number => Math.floor(fraction() * n);
  return {
    u32,
    fraction,
    int,
    bytes: (n) => Uint8Array.from({ length: n }, () => u32() >>> 24),
    pick: <T>(from: readonly T[]): T => {
      if (from.length === 0) throw new RangeError("nothing to pick from");
      return from[int(from.length)] as T; // the index is in range: from is not empty
    },
  };
}

type Mutation = (data: Uint8Array, chance: Seeded) => Uint8Array;

/** Cuts the input open, drops `drop` octets and puts `insert` in their place. */
function splice(data: Uint8Array, at: number, drop: number, insert: Uint8Array): Uint8Array {
  const after = data.subarray(Math.min(data.length, at + drop));
  const out = new Uint8Array(at + insert.length + after.length);
  out.set(data.subarray(0, at));
  out.set(insert, at);
  out.set(after, at + insert.length);
  return out;
}

/** Where the input can be cut: 0 to its length. */
const place = (data: Uint8Array, chance: Seeded): number => chance.int(data.length + 1);

const flipBit: Mutation = (data, chance) => {
  const at = chance.int(data.length);
  return splice(data, at, 1, Uint8Array.of((data[at] ?? 0) ^ (1 << chance.int(8))));
};

/** Octets at the borders of ranges, where off-by-one faults live. */
const INTERESTING = [
  0x00, 0x01, 0x10, 0x17, 0x18, 0x1f, 0x3f, 0x40, 0x7f, 0x80, 0xbf, 0xfe, 0xff,
] as const;

const setOctet: Mutation = (data, chance) => {
  const octet = chance.int(2) === 0 ? chance.pick(INTERESTING) : chance.int(256);
  return splice(data, chance.int(data.length), 1, Uint8Array.of(octet));
};

/** Adds or takes a little somewhere: turns a length field into one that lies by a few. */
const tweakLength: Mutation = (data, chance) => {
  const at = chance.int(data.length);
  const by = chance.pick([-2, -1, 1, 2, 0x10, 0x40]);
  return splice(data, at, 1, Uint8Array.of(((data[at] ?? 0) + by) & 0xff));
};

/** Makes one to eight octets all ones (or all zeros): a length field that claims everything (or nothing). */
const saturate: Mutation = (data, chance) => {
  const octets = chance.pick([1, 2, 3, 4, 8]);
  return splice(
    data,
    chance.int(data.length),
    octets,
    new Uint8Array(octets).fill(chance.pick([0xff, 0x00, 0x7f])),
  );
};

const truncate: Mutation = (data, chance) => data.slice(0, chance.int(data.length));

const append: Mutation = (data, chance) =>
  splice(data, data.length, 0, chance.bytes(1 + chance.int(16)));

const insert: Mutation = (data, chance) =>
  splice(data, place(data, chance), 0, chance.bytes(1 + chance.int(8)));

const remove: Mutation = (data, chance) =>
  splice(data, place(data, chance), 1 + chance.int(8), new Uint8Array());

/** Repeats a piece in its place: duplicate keys, options, fragments. */
const duplicate: Mutation = (data, chance) => {
  const from = chance.int(data.length);
  const piece = data.slice(from, from + 1 + chance.int(32));
  return splice(data, from, 0, piece);
};

/** Copies a piece over another place. */
const move: Mutation = (data, chance) => {
  const from = chance.int(data.length);
  const piece = data.slice(from, from + 1 + chance.int(16));
  return splice(data, place(data, chance), chance.int(2) === 0 ? 0 : piece.length, piece);
};

const MUTATIONS: readonly Mutation[] = [
  flipBit,
  setOctet,
  tweakLength,
  saturate,
  truncate,
  append,
  insert,
  remove,
  duplicate,
  move,
];

/** A damaged copy of `data` (one to four faults, at most 32 octets longer each); `data` itself stays as it is. */
export function mutate(data: Uint8Array, chance: Seeded): Uint8Array {
  let out = data;
  for (let faults = 1 + chance.int(4); faults > 0; faults -= 1) {
    out = out.length === 0 ? append(out, chance) : chance.pick(MUTATIONS)(out, chance);
  }
  return out === data ? data.slice() : out;
}
