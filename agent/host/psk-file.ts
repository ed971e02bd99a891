import { codeOf, readAtMost } from "./bounded-file.ts";
import type { BoundedFile } from "./bounded-file.ts";
import { SetupError } from "./setup-error.ts";

/** A pre-shared key as its file holds it. */
export interface PskFile {
  readonly key: Uint8Array;
  /** About the file, for people; never about the key. */
  readonly warnings: readonly string[];
}

/** What no key is longer than; a longer file is something else. */
const MAX_OCTETS = 65_536;

/**
 * Reads a pre-shared key: `hex:…`, `base64:…`, or else the file's octets as they are. In all three forms exactly
 * one line end at the end of the file is not part of the key, since editors put one there.
 * @throws {SetupError} `psk-file`: the file cannot be read, is empty, or is not what its prefix says.
 */
export function readPskFile(path: string): PskFile {
  const { data, mode } = read(path);
  const key = keyOf(data);
  if (typeof key === "string") throw fault(path, key);
  const warnings: string[] = [];
  if ((mode & 0o004) !== 0) {
    warnings.push(`${path} can be read by every user of this machine: chmod 600 ${path}`);
  }
  const end = lineEndOf(data);
  if (end !== undefined) warnings.push(`${path} ends with ${end}`);
  return { key, warnings };
}

/** Of a key that stands for itself: another program may count what is at its end, and have another key. */
function lineEndOf(data: Buffer): string | undefined {
  const text = data.toString("latin1");
  if (/^(hex|base64):/.test(text) || !text.endsWith("\n")) return undefined;
  return /\n\r?\n$/.test(text)
    ? "several line ends: the last is not part of the key, the others are"
    : "a line end, which is not part of the key";
}

/**
 * Reads a pre-shared key from text, with the forms of a key file: what stands for itself is its UTF-8 octets, so
 * that the same text in a file is the same key.
 * @returns the key, or what is wrong in words that follow "the key …" and never hold any of it.
 */
export function parsePskText(text: string): Uint8Array | string {
  // Half a surrogate pair has no octets: encoders put the same mark for each, and different texts would be one key.
  if (/\p{Surrogate}/u.test(text)) return "is not Unicode text";
  return keyOf(Buffer.from(text, "utf8"));
}

function read(path: string): BoundedFile {
  try {
    return readAtMost(path, MAX_OCTETS);
  } catch (cause) {
    throw fault(path, `cannot be read (${codeOf(cause)})`, cause);
  }
}

function keyOf(data: Buffer): Uint8Array | string {
  if (data.length > MAX_OCTETS) return "is too large for a key";
  const text = data.toString("latin1").replace(/\r?\n$/, ""); // a character for each octet
  // Octets of a certificate's key are no pre-shared key, and whoever mixes the files up is to be told before any packet.
  if (text.startsWith("-----BEGIN "))
    return "is PEM: a certificate or its key, and no pre-shared key";
  const key = formOf(text);
  return key.length === 0 ? "is empty" : key;
}

function formOf(text: string): Uint8Array | string {
  if (text.startsWith("hex:")) return decoded(text.slice(4), "hex");
  if (text.startsWith("base64:")) return decoded(text.slice(7), "base64");
  return Uint8Array.from(Buffer.from(text, "latin1"));
}

/** Node's decoder stops at the first wrong character; a key cut short would only be noticed much later. */
function decoded(text: string, encoding: "hex" | "base64"): Uint8Array | string {
  const form = encoding === "hex" ? /^([0-9a-f]{2})*$/i : /^[A-Za-z0-9+/]*={0,2}$/;
  const octets = Buffer.from(text, encoding);
  const wrong =
    !form.test(text) ||
    (encoding === "base64" &&
      octets.toString("base64").replace(/=+$/, "") !== text.replace(/=+$/, ""));
  return wrong ? `begins with ${encoding}: but is not ${encoding}` : Uint8Array.from(octets);
}

function fault(path: string, what: string, cause?: unknown): SetupError {
  return new SetupError("psk-file", `the key file ${path} ${what}`, {
    hint: "It holds the key as raw text, or as hex:… or base64:….",
    cause,
  });
}
