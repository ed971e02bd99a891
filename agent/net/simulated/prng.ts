import type { Random } from "../ports.ts";

const WARM_UP = 15;

/**
 * Reproducible chance: Chris Doty-Humphrey's sfc32 (128 bits of state, period at least 2^32, passes
 * PractRand), seeded from a text. Generators with different texts are independent of each other, so
 * drawing from one never shifts another. Not for secrets outside a simulation.
 */
export class Prng implements Random {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  constructor(seed: string) {
    const hash = textHash(seed);
    this.#a = hash();
    this.#b = hash();
    this.#c = hash();
    for (let turn = 0; turn < WARM_UP; turn++) this.word();
  }

  /** The next 32 bits, unsigned. */
  word(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  /** True with this probability (0 to 1, to 32 bits); always takes one word. */
  chance(probability: number): boolean {
    return this.word() < probability * 2 ** 32;
  }

  bytes(length: number): Uint8Array {
    const octets = new Uint8Array(length);
    for (let at = 0; at < length; at += 4) {
      const word = this.word();
      for (let k = 0; k < 4 && at + k < length; k++) octets[at + k] = word >>> (8 * k);
    }
    return octets;
  }

  fraction(): number {
    return ((this.word() >>> 5) * 2 ** 26 + (this.word() >>> 6)) / 2 ** 53;
  }
}

/** A mixing hash of a text (murmur3's steps); each call gives 32 more bits. */
function textHash(text: string): () => number {
  let h = 1_779_033_703 ^ text.length;
  for (let at = 0; at < text.length; at++) {
    h = Math.imul(h ^ text.charCodeAt(at), 3_432_918_353);
    h = (h << 13) | (h >>> 19);
  }
  return () => {
    h = Math.imul(h ^ (h >>> 16), 2_246_822_507);
    h = Math.imul(h ^ (h >>> 13), 3_266_489_909);
    h ^= h >>> 16;
    return h;
  };
}
