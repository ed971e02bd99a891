import { closeSync, fstatSync, openSync, readSync } from "node:fs";

/** What was read of a file. */
export interface BoundedFile {
  /** At most one octet more than was asked for, which says that the file is longer. */
  readonly data: Buffer;
  /** Its permission bits and kind, as `fstat` has them. */
  readonly mode: number;
}

const CHUNK_OCTETS = 65_536;

/**
 * Reads a file of any kind, `limit` octets and one more at most: a device never ends, and says that its size is 0.
 * It blocks until a FIFO has a writer and the writer is done, which is what lets `<(…)` and /dev/stdin work.
 * @throws {Error} the system's.
 */
export function readAtMost(path: string, limit: number): BoundedFile {
  const file = openSync(path, "r");
  try {
    const { mode } = fstatSync(file);
    return { data: readFrom(file, limit + 1), mode };
  } finally {
    closeSync(file);
  }
}

function readFrom(file: number, most: number): Buffer {
  const chunks: Buffer[] = [];
  for (let left = most; left > 0;) {
    const chunk = Buffer.alloc(Math.min(left, CHUNK_OCTETS));
    const count = readSync(file, chunk);
    if (count === 0) break;
    chunks.push(chunk.subarray(0, count));
    left -= count;
  }
  return Buffer.concat(chunks);
}

/** What the system calls a failure, `ENOENT`; else the failure itself in words. */
export function codeOf(failure: unknown): string {
  return failure instanceof Error && "code" in failure ? String(failure.code) : String(failure);
}
