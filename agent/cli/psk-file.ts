import { readAtMost } from "./bounded-file.ts";
import type { BoundedFile } from "./bounded-file.ts";
import { CliError, EXIT } from "./exit.ts";

/** A pre-shared key as its file holds it. */
export interface PskFile {
  readonly key: Uint8Array;
  /** About the file, for people; never about the key. */
  readonly warnings: readonly string[];
}

/** What no key is longer than; a longer file is something else. */
const MAX_FILE_OCTETS = 65_536;

/**
 * Reads a pre-shared key: `hex:…`, `base64:…`, or else the file's text as it is. In all three forms exactly
 * one line end at the end of the file is not part of the key, since editors put one there.
 * @throws {CliError} exit 2: the file cannot be read, is empty, or is not what its prefix says.
 */
export function readPskFile(path: string): PskFile {
  const { data, mode } = read(path);
  if (data.length > MAX_FILE_OCTETS) throw fault(path, "is too large for a key");
  const key = keyOf(data, path);
  if (key.length === 0) throw fault(path, "is empty");
  const others = (mode & 0o004) !== 0;
  const warning = `${path} can be read by every user of this machine: chmod 600 ${path}`;
  return { key, warnings: others ? [warning] : [] };
}

function read(path: string): BoundedFile {
  try {
    return readAtMost(path, MAX_FILE_OCTETS);
  } catch (cause) {
    throw fault(path, `cannot be read (${codeOf(cause)})`, cause);
  }
}

function keyOf(data: Buffer, path: string): Uint8Array {
  const text = data.toString("latin1").replace(/\r?\n$/, "");
  if (text.startsWith("hex:")) return decoded(text.slice(4), "hex", path);
  if (text.startsWith("base64:")) return decoded(text.slice(7), "base64", path);
  return Uint8Array.from(Buffer.from(text, "latin1"));
}

/** Node's decoder stops at the first wrong character; a key cut short would only be noticed much later. */
function decoded(text: string, encoding: "hex" | "base64", path: string): Uint8Array {
  const form = encoding === "hex" ? /^([0-9a-f]{2})*$/i : /^[A-Za-z0-9+/]*={0,2}$/;
  const octets = Buffer.from(text, encoding);
  const wrong =
    !form.test(text) ||
    (encoding === "base64" &&
      octets.toString("base64").replace(/=+$/, "") !== text.replace(/=+$/, ""));
  if (wrong) throw fault(path, `begins with ${encoding}: but is not ${encoding}`);
  return Uint8Array.from(octets);
}

function fault(path: string, what: string, cause?: unknown): CliError {
  return new CliError({
    exit: EXIT.usage,
    code: "psk-file",
    message: `the key file ${path} ${what}`,
    hint: "It holds the key as raw text, or as hex:… or base64:….",
    cause,
  });
}

function codeOf(cause: unknown): string {
  if (cause instanceof Error && "code" in cause) return String(cause.code);
  return String(cause);
}
