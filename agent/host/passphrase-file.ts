import { codeOf, readAtMost } from "./bounded-file.ts";
import type { BoundedFile } from "./bounded-file.ts";
import { SetupError } from "./setup-error.ts";

/** The passphrase of a private key, as its file holds it. */
export interface PassphraseFile {
  readonly passphrase: string;
  /** About the file, for people; never about the passphrase. */
  readonly warnings: readonly string[];
}

/** OpenSSL takes no longer ones. */
const MAX_OCTETS = 1024;

/**
 * Reads what opens a private key: the file's text, but for one line end at the end, since editors put one there.
 * @throws {SetupError} `certificate`: the file cannot be read, is empty or too long
 */
export function readPassphraseFile(path: string): PassphraseFile {
  const { data, mode } = read(path);
  if (data.length > MAX_OCTETS) throw fault(path, "is too long for a passphrase");
  const passphrase = data.toString("utf8").replace(/\r?\n$/, "");
  if (passphrase === "") throw fault(path, "is empty");
  const others = (mode & 0o004) !== 0;
  const warning = `${path} can be read by every user of this machine: chmod 600 ${path}`;
  return { passphrase, warnings: others ? [warning] : [] };
}

function read(path: string): BoundedFile {
  try {
    return readAtMost(path, MAX_OCTETS);
  } catch (cause) {
    throw fault(path, `cannot be read (${codeOf(cause)})`, cause);
  }
}

function fault(path: string, what: string, cause?: unknown): SetupError {
  return new SetupError("certificate", `the passphrase file ${path} ${what}`, {
    hint: "It holds the passphrase of the private key, as text.",
    cause,
  });
}
