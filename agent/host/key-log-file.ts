import { closeSync, constants, fstatSync, openSync, statSync, writeSync } from "node:fs";
import { codeOf, readAtMost } from "./bounded-file.ts";

/** Takes one line of a key log, without its end. Does not throw. */
export type KeyLogLine = (line: string) => void;

/** `O_NONBLOCK`: a FIFO that nobody reads is told of, in place of waiting for its reader for ever. */
const APPEND =
  constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | (constants.O_NONBLOCK ?? 0);

/** How one begins: a comment, or a label and a random. */
const KEY_LOG = /^(#|[A-Z][A-Z0-9_]* [0-9a-f]{8})/;
const MAX_OCTETS = 256;

/**
 * The key log that engineers ask for with `$SSLKEYLOGFILE`, so that Wireshark reads the traffic: lines are appended to
 * the file `path`, which is made for its owner alone. Without a path there is none. `warn` is told once that the traffic
 * can be read; and what is wrong with the file, which is no reason to fail.
 */
export function openKeyLog(
  path: string | undefined,
  warn: (text: string) => void,
): KeyLogLine | undefined {
  if (path === undefined || path === "") return undefined;
  let file: number;
  try {
    if (holdsSomethingElse(path)) {
      warn(`SSLKEYLOGFILE: no keys are logged: ${path} holds something else`);
      return undefined;
    }
    file = openSync(path, APPEND, 0o600);
  } catch (cause) {
    warn(`SSLKEYLOGFILE: no keys are logged: ${path} cannot be opened (${codeOf(cause)})`);
    return undefined;
  }
  const made = fstatSync(file);
  if (made.isFile() && (made.mode & 0o077) !== 0) {
    warn(`SSLKEYLOGFILE: others of this machine may use ${path}: chmod 600 ${path}`);
  }
  warn(`SSLKEYLOGFILE is set: whoever reads ${path} can read the traffic of every session`);
  return appendTo(file, path, warn);
}

/** A wrong path is easily set in an environment: what is no key log stays as it is. A pipe holds nothing. */
function holdsSomethingElse(path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found?.isFile() !== true || found.size === 0) return false;
  return !KEY_LOG.test(readAtMost(path, MAX_OCTETS).data.toString("latin1"));
}

function appendTo(file: number, path: string, warn: (text: string) => void): KeyLogLine {
  let open = true;
  return (line) => {
    if (!open) return;
    try {
      writeSync(file, `${line}\n`);
    } catch (cause) {
      open = false;
      closeSync(file);
      warn(`SSLKEYLOGFILE: no more keys are logged: ${path} cannot be written (${codeOf(cause)})`);
    }
  };
}
