import type { KeyObject } from "node:crypto";
import { type BoundedFile, codeOf, readAtMost } from "./bounded-file.ts";
import { certificatesOfPem, type PemFault, privateKeyOfPem, publicKeyOfPem } from "./pem.ts";
import { SetupError } from "./setup-error.ts";

/** A private key as its file holds it. */
export interface KeyFile {
  readonly key: KeyObject;
  /** About the file, for people; never about the key. */
  readonly warnings: readonly string[];
}

/** Enough for every CA that there is. */
const MAX_OCTETS = 1_048_576;

const READING: Readonly<Record<string, string>> = {
  EACCES: "may not be read by this user",
  EISDIR: "is a folder",
  ENOENT: "is not there",
};

/**
 * The certificates of a PEM file, as DER and in the order in which they stand, one at least.
 * @throws {SetupError} `certificate`: the file cannot be read, or holds no certificate
 */
export function readCertificateFile(path: string): readonly Uint8Array[] {
  const ders = certificatesOfPem(read(path, "certificate").text, path);
  if ("tag" in ders) throw unusable(path, "certificate", ders);
  return ders;
}

/**
 * The one private key of a PEM file.
 * @param passphrase for an encrypted key; another has no use for it
 * @throws {SetupError} `certificate`: the file cannot be read, holds no key or several, or the passphrase is not right
 */
export function readKeyFile(path: string, passphrase?: string): KeyFile {
  const { text, mode } = read(path, "key");
  const key = privateKeyOfPem(text, passphrase, path);
  if ("tag" in key) throw unusable(path, "key", key);
  const others = (mode & 0o004) !== 0;
  const warning = `${path} can be read by every user of this machine: chmod 600 ${path}`;
  return { key, warnings: others ? [warning] : [] };
}

/**
 * The one public key of a PEM file, as the DER of its SubjectPublicKeyInfo.
 * @throws {SetupError} `certificate`: the file cannot be read, or holds no public key or several
 */
export function readPublicKeyFile(path: string): Uint8Array {
  const spki = publicKeyOfPem(read(path, "public key").text, path);
  if ("tag" in spki) throw unusable(path, "public key", spki);
  return spki;
}

function read(path: string, what: string): { readonly text: string; readonly mode: number } {
  let file: BoundedFile;
  try {
    file = readAtMost(path, MAX_OCTETS);
  } catch (cause) {
    const code = codeOf(cause);
    throw fault(path, what, READING[code] ?? `cannot be read (${code})`, { cause });
  }
  if (file.data.length > MAX_OCTETS) throw fault(path, what, "is larger than 1 MiB");
  return { text: file.data.toString("latin1"), mode: file.mode };
}

function unusable(path: string, kind: string, { what, hint }: PemFault): SetupError {
  return fault(path, kind, what, { hint });
}

function fault(
  path: string,
  kind: string,
  what: string,
  options: { readonly hint?: string; readonly cause?: unknown } = {},
): SetupError {
  const message = `the ${kind} file ${path} ${what}`;
  return new SetupError("certificate", message, { hint: "It is to be a PEM file.", ...options });
}
