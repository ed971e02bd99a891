import { renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import process from "node:process";
import { codeOf, readAtMost } from "./bounded-file.ts";
import { SetupError } from "./setup-error.ts";

/** More servers than anyone speaks to from one file; the oldest entry makes room. */
const MAX_SESSIONS = 64;
const MAX_OCTETS = 1024 * 1024;

/** What makes the file ours: nothing else is ever written over. */
const MARK = "mayday-sessions";

/**
 * Sessions to go on with, kept in a file across runs. The file is a secret: who reads it can read and speak in those
 * sessions. It is made for its owner alone, and read anew each time, since other runs write it, too. Once it is open, a
 * file that cannot be used costs a full handshake and no more: `warn` is told, nothing is thrown.
 */
export class SessionFile {
  readonly #path: string;
  readonly #warn: (text: string) => void;

  /** @throws {SetupError} `session-file`: there is something else at `path`, or it cannot be read. */
  constructor(path: string, warn: (text: string) => void) {
    this.#path = path;
    this.#warn = warn;
    readSessions(path);
    const { mode = 0 } = statSync(path, { throwIfNoEntry: false }) ?? {};
    if ((mode & 0o077) !== 0) warn(`${path} is secret, and open to others: chmod 600 ${path}`);
  }

  /** What was saved under this name. */
  load(server: string): Uint8Array | undefined {
    const kept = this.#trying(() => readSessions(this.#path))?.get(server);
    return kept === undefined ? undefined : Uint8Array.from(Buffer.from(kept, "base64"));
  }

  /** Keeps a session in place of the one before it. */
  save(server: string, session: Uint8Array): void {
    this.#change((sessions) => {
      sessions.delete(server);
      sessions.set(server, Buffer.from(session).toString("base64"));
      for (const oldest of sessions.keys()) {
        if (sessions.size <= MAX_SESSIONS) break;
        sessions.delete(oldest);
      }
      return true;
    });
  }

  /** Forgets a session, which may be none. */
  forget(server: string): void {
    this.#change((sessions) => sessions.delete(server));
  }

  #change(change: (sessions: Map<string, string>) => boolean): void {
    this.#trying(() => {
      const sessions = readSessions(this.#path);
      if (change(sessions)) writeSessions(this.#path, sessions);
    });
  }

  #trying<T>(act: () => T): T | undefined {
    try {
      return act();
    } catch (error) {
      if (!(error instanceof SetupError)) throw error;
      this.#warn(error.message);
      return undefined;
    }
  }
}

/** @throws {SetupError} `session-file` */
function readSessions(path: string): Map<string, string> {
  const found = contentOf(path);
  if (found === undefined) return new Map();
  const sessions = sessionsOf(found);
  if (sessions === undefined) throw fault(path, "holds something else: it is left alone");
  return sessions;
}

/** Nothing, if there is no file or an empty one. */
function contentOf(path: string): string | undefined {
  try {
    const found = statSync(path, { throwIfNoEntry: false });
    if (found === undefined) return undefined;
    if (!found.isFile()) throw fault(path, "is no plain file");
    const { data } = readAtMost(path, MAX_OCTETS);
    return data.length === 0 ? undefined : data.toString("utf8"); // one octet too many is no JSON
  } catch (cause) {
    if (cause instanceof SetupError) throw cause;
    throw fault(path, `cannot be read (${codeOf(cause)})`, cause);
  }
}

/** Beside it first: a run that ends in the middle leaves the old file, whole. */
function writeSessions(path: string, sessions: ReadonlyMap<string, string>): void {
  const beside = `${path}.${process.pid}`;
  const content = { [MARK]: 1, sessions: Object.fromEntries(sessions) };
  try {
    rmSync(beside, { force: true }); // of a process that had our number and died
    writeFileSync(beside, `${JSON.stringify(content)}\n`, { mode: 0o600, flag: "wx" });
    renameSync(beside, path);
  } catch (cause) {
    rmSync(beside, { force: true });
    throw fault(path, `cannot be written (${codeOf(cause)})`, cause);
  }
}

function sessionsOf(text: string): Map<string, string> | undefined {
  const content = recordOf(parsed(text));
  if (content?.[MARK] !== 1) return undefined;
  const entries = Object.entries(recordOf(content["sessions"]) ?? {});
  return entries.every(isSession) ? new Map(entries) : undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function recordOf(value: unknown): Record<string, unknown> | undefined {
  return typeof value === "object" && value !== null ? { ...value } : undefined;
}

function isSession(entry: [string, unknown]): entry is [string, string] {
  return typeof entry[1] === "string";
}

function fault(path: string, what: string, cause?: unknown): SetupError {
  return new SetupError("session-file", `the session file ${path} ${what}`, {
    hint: "Name a file for sessions alone; it is made when there is none.",
    cause,
  });
}
