import { randomBytes } from "node:crypto";
import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { z } from "zod";
import { WebConsoleError } from "./console-error.ts";

/**
 * What the web console keeps across restarts of the agent. A page that is open in a browser finds the console again at
 * the same port, and its login is still good since the same secret signed it.
 */
export interface ConsoleFile {
  /** Where the console was last; undefined: nowhere yet. */
  readonly port: number | undefined;
  /** 32 octets that sign logins. */
  readonly secret: Uint8Array;
  /** About the file, for people. */
  readonly warnings: readonly string[];
}

/** Octets of the secret: those of the hash that it keys. */
export const SECRET_OCTETS = 32;

const FILE_NAME = "console.json";
const MAX_FILE_OCTETS = 4096; // a longer one is something else

const Stored = z.object({
  port: z.int().min(1).max(65_535).nullable(),
  secret: z.string().regex(/^[\w-]{43}$/),
});

/**
 * Reads `console.json` of the data directory, or makes it. One that is damaged, or that others could read, is made
 * anew with a warning: whoever was logged in asks for a new link, which is the whole loss.
 * @throws {WebConsoleError} `console/file`
 */
export function webConsoleSecret(dataDir: string): ConsoleFile {
  const path = join(dataDir, FILE_NAME);
  const found = read(path);
  if (typeof found === "object") return found;
  const made: ConsoleFile = {
    port: undefined,
    secret: new Uint8Array(randomBytes(SECRET_OCTETS)),
    warnings: found === "none" ? [] : [`${path} ${found}; it was made anew, logins have ended`],
  };
  write(path, made);
  return made;
}

/**
 * Remembers where the console is now, if that is not what `file` says.
 * @throws {WebConsoleError} `console/file`
 */
export function keepWebConsolePort(dataDir: string, file: ConsoleFile, port: number): void {
  if (file.port !== port) write(join(dataDir, FILE_NAME), { ...file, port });
}

/** @returns what the file holds, `"none"`, or what is wrong with it in words that follow its name. */
function read(path: string): ConsoleFile | string {
  try {
    const found = statSync(path, { throwIfNoEntry: false });
    if (found === undefined) return "none";
    if (!found.isFile() || found.size > MAX_FILE_OCTETS) return "is damaged";
    const isOpen = process.platform !== "win32" && (found.mode & 0o077) !== 0;
    if (isOpen) return "could be read by others";
    return parse(readFileSync(path, "utf8"));
  } catch (cause) {
    throw fault(path, "read", cause);
  }
}

function parse(text: string): ConsoleFile | string {
  const stored = Stored.safeParse(jsonOf(text));
  if (!stored.success) return "is damaged";
  const { port, secret } = stored.data;
  return {
    port: port ?? undefined,
    secret: new Uint8Array(Buffer.from(secret, "base64url")),
    warnings: [],
  };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // no JSON is as damaged as other JSON
  }
}

/** Whole or not at all, and never for a moment readable by others. */
function write(path: string, { port, secret }: ConsoleFile): void {
  const stored: z.infer<typeof Stored> = {
    port: port ?? null,
    secret: Buffer.from(secret).toString("base64url"),
  };
  const next = `${path}.new`;
  try {
    rmSync(next, { force: true }); // left by an agent that was killed here
    writeFileSync(next, `${JSON.stringify(stored)}\n`, { mode: 0o600, flag: "wx", flush: true });
    renameSync(next, path);
  } catch (cause) {
    throw fault(path, "written", cause);
  }
}

function fault(path: string, done: string, cause: unknown): WebConsoleError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new WebConsoleError("console/file", `${path} cannot be ${done}: ${why}`, { cause });
}
