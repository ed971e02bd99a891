/** Random and damaged bodies: only WireError may come out, in bounded time and memory. [RFC 9132 §11] */

import assert from "node:assert/strict";
import { test } from "node:test";
import { WireError } from "../../agent/wire/bytes.ts";
import { decodeDots, encodeDots } from "../../agent/wire/cbor/dots-body.ts";
import { heapGrowth } from "../support/heap.ts";
import { mutate, seeded } from "../support/seeded.ts";
import type { Seeded } from "../support/seeded.ts";
import { bodyVectors, hexOf, octets, vectors } from "../unit/wire/cbor/vector-file.ts";

const INPUTS = 200_000;

/** The result, or undefined when there was a WireError; anything else thrown is the fuzzer's find. */
function unlessWireError<T>(input: Uint8Array, run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    if (error instanceof WireError) return undefined;
    throw new Error(`input ${hexOf(input)}`, { cause: error });
  }
}

/** What decodes must encode again, and mean the same. Returns whether it decoded. */
function check(input: Uint8Array): boolean {
  const body = unlessWireError(input, () => decodeDots(input));
  if (body === undefined) return false;
  const again = unlessWireError(input, () => encodeDots(body));
  assert.ok(again, `decodes, but does not encode: ${hexOf(input)}`);
  assert.deepEqual(decodeDots(again), body, hexOf(input));
  return true;
}

test(`decodes or refuses ${INPUTS / 2} damaged bodies [RFC 9132 §6]`, () => {
  const chance = seeded(9132);
  const corpus = bodyVectors().map(({ hex }) => octets(hex));
  const refused = vectors("refused.json").map(({ hex }) => octets(hex));
  let decoded = 0;
  for (let i = 0; i < INPUTS / 2; i += 1) {
    if (check(mutate(chance.pick(i % 4 === 0 ? refused : corpus), chance))) decoded += 1;
  }
  assert.ok(
    decoded > INPUTS / 100,
    `only ${decoded} decoded: the damage is too great to test anything`,
  );
  assert.ok(decoded < INPUTS / 2, "nothing was refused");
});

test(`decodes or refuses ${INPUTS / 4} random octet strings`, () => {
  const chance = seeded(8949);
  for (let i = 0; i < INPUTS / 4; i += 1) check(chance.bytes(chance.int(64)));
});

/** A random CBOR item; keys and shapes lean towards what a body has, so that the decoder gets far. */
function randomItem(chance: Seeded, depth: number): readonly number[] {
  const kind =
    depth > 6 ? chance.pick([0, 1, 3, 7]) : chance.pick([0, 0, 1, 2, 3, 3, 4, 4, 5, 5, 5, 6, 7]);
  switch (kind) {
    case 2:
    case 3:
      return [...itemHead(kind, 4), ...chance.bytes(4).map((octet) => octet & 0x7f)];
    case 4: {
      const count = chance.int(4);
      return [
        ...itemHead(4, count),
        ...Array.from({ length: count }, () => randomItem(chance, depth + 1)).flat(),
      ];
    }
    case 5: {
      const count = chance.int(5);
      const pairs = Array.from({ length: count }, () => [
        ...itemHead(0, chance.int(20) === 0 ? chance.int(65536) : 1 + chance.int(51)),
        ...randomItem(chance, depth + 1),
      ]);
      return [...itemHead(5, count), ...pairs.flat()];
    }
    case 6:
      return [...itemHead(6, chance.pick([2, 4, 4, 271])), ...randomItem(chance, depth + 1)];
    case 7:
      return [chance.pick([0xf4, 0xf5, 0xf6, 0xf7, 0xff])];
    default:
      return itemHead(kind, chance.pick([0, 1, 23, 24, 255, 256, 65535, 65536, 2 ** 32 - 1]));
  }
}

/** The head of an item, in the shortest form. */
function itemHead(major: number, argument: number): readonly number[] {
  const first = major << 5;
  if (argument < 24) return [first | argument];
  if (argument < 256) return [first | 24, argument];
  if (argument < 65536) return [first | 25, argument >> 8, argument & 0xff];
  return [first | 26, ...[24, 16, 8, 0].map((shift) => (argument >>> shift) & 0xff)];
}

test(`decodes or refuses ${INPUTS / 4} well-formed CBOR items under each of the four messages`, () => {
  const chance = seeded(7951);
  const starts = [
    "a101a10281",
    "a1181e",
    "a1181ea11820",
    "a1182e",
    "a11831",
    "a101a10281a111",
    "a101a10281a111a115",
  ];
  const prefixes = starts.map((hex) => [...octets(hex)]);
  for (let i = 0; i < INPUTS / 4; i += 1) {
    check(Uint8Array.from([...chance.pick(prefixes), ...randomItem(chance, 0)]));
  }
});

/** What an attacker gets into one datagram. */
const DATAGRAM = 1500;
const MAX_GROWTH = 64 * 1024;

/** `prefix`, then `piece` as often as a datagram has room for it; both in hexadecimal digits. */
function filled(prefix: string, piece: string): Uint8Array {
  const times = Math.floor((DATAGRAM - prefix.length / 2) / (piece.length / 2));
  return octets(prefix + piece.repeat(times));
}

/** `prefix` up to a two-octet count of `piece`s, which fill the datagram. */
function counted(prefix: string, major: number, piece: string): Uint8Array {
  const count = Math.floor((DATAGRAM - prefix.length / 2 - 3) / (piece.length / 2));
  const head = hexOf(Uint8Array.of((major << 5) | 25, count >> 8, count & 0xff));
  return octets(prefix + head + piece.repeat(count));
}

/** Lengths that are not there, and shapes that are refused: nothing may be set aside for them. */
const lies: readonly (readonly [string, Uint8Array])[] = [
  ["an array of 2^32-1 entries", filled("a101a1029affffffff", "a10500")],
  ["an array of 2^64-1 entries", filled("a101a1029bffffffffffffffff", "a10500")],
  ["a map of 2^32-1 pairs", filled("baffffffff", "0100")],
  ["a text of 1 GB", filled("a1182ea1182f7a40000000", "61")],
  ["a list of 2^32-1 prefixes", filled("a101a10281a1069affffffff", "60")],
  ["arrays that all claim what is left", filled("", "9905d0")],
  ["an ignored array of 2^32-1 entries", filled("a118809affffffff", "00")],
  ["an ignored text of 4 GB", filled("a118807affffffff", "00")],
  ["ignored arrays nested to the end", filled("a11880", "81")],
  ["scopes with nothing in them", counted("a101a102", 4, "a0")],
];

/** Lengths that are true: bodies that cost the receiver as much memory an octet as can be. */
const dense: readonly (readonly [string, Uint8Array])[] = [
  ["scopes with one number in them", counted("a101a102", 4, "a10500")],
  ["scopes with an empty conflict in them", counted("a101a102", 4, "a111a0")],
  ["scopes with two empty maps in them", counted("a101a102", 4, "a111a115a0")],
  ["scopes with an empty list in them", counted("a101a102", 4, "a10680")],
  ["scopes with six empty lists in them", counted("a101a102", 4, "a6068007800a800b800c800d80")],
  ["scopes with a number and an ignored key in them", counted("a101a102", 4, "a20500188000")],
  ["empty texts", counted("a101a10281a106", 4, "60")],
  ["texts of one character", counted("a101a10281a106", 4, "6161")],
  ["texts of two characters", counted("a101a10281a106", 4, "62c3a4")],
  ["small numbers", counted("a101a10281a10a", 4, "00")],
  ["port ranges", counted("a101a10281a107", 4, "a10800")],
  ["64-bit counters", counted("a101a102", 4, "a118191bffffffffffffffff")],
  ["an ignored array of empty maps", counted("a101a10281a205001880", 4, "a0")],
];

test("measures memory as it should", () => {
  const { allocated, retained } = heapGrowth(() => Array.from({ length: 10_000 }, () => ({})));
  assert.ok(retained > 10_000 * 8 && retained <= allocated, `${retained} kept of ${allocated}`);
  assert.ok(heapGrowth(() => new Uint8Array(100_000)).retained >= 100_000);
  assert.ok(heapGrowth(() => 1).allocated < 2000);
});

for (const [name, input] of dense) {
  test(`does not keep more than 64 KiB for ${name} in one datagram`, () => {
    assert.ok(input.length <= DATAGRAM && input.length > DATAGRAM - 20);
    assert.doesNotThrow(() => decodeDots(input));
    const { retained } = heapGrowth(() => decodeDots(input));
    assert.ok(retained <= MAX_GROWTH, `${retained} octets kept`);
  });
}

for (const [name, input] of lies) {
  test(`does not even touch 64 KiB for ${name} in one datagram`, () => {
    assert.ok(input.length <= DATAGRAM);
    assert.throws(() => decodeDots(input), WireError);
    const { allocated } = heapGrowth(() => decodeDots(input));
    assert.ok(allocated <= MAX_GROWTH, `${allocated} octets allocated`);
  });
}

test("skips 13,000 unknown keys in one map in well under a second", () => {
  const keys = Array.from({ length: 13_000 }, (_, i) => [...itemHead(0, 16384 + i), 0]).flat();
  const scope = [...itemHead(5, 13_001), 0x05, 0x01, ...keys];
  const body = Uint8Array.from([...octets("a101a10281"), ...scope]);
  const start = performance.now();
  assert.deepEqual(decodeDots(body), {
    "ietf-dots-signal-channel:mitigation-scope": { scope: [{ mid: 1 }] },
  });
  assert.ok(performance.now() - start < 1000);
});
