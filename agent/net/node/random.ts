import { randomBytes, randomFillSync } from "node:crypto";
import type { Random } from "../ports.ts";

const POOL = 4096;
/** Larger reads go to the system directly. */
const LARGEST_POOLED = 256;

/** Cryptographically strong chance. Small reads come from a pool, which forgets what it has handed out. */
export class NodeRandom implements Random {
  readonly #pool = new Uint8Array(POOL);
  #used = POOL;

  bytes(length: number): Uint8Array {
    if (length > LARGEST_POOLED) return new Uint8Array(randomBytes(length));
    if (this.#used + length > POOL) {
      randomFillSync(this.#pool);
      this.#used = 0;
    }
    const taken = this.#pool.slice(this.#used, this.#used + length);
    this.#pool.fill(0, this.#used, this.#used + length); // it may become a key: leave no second copy
    this.#used += length;
    return taken;
  }

  fraction(): number {
    let value = 0;
    for (const octet of this.bytes(6)) value = value * 256 + octet;
    return value / 2 ** 48;
  }
}
