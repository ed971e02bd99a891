import { createHash } from "node:crypto";
import { existsSync, lstatSync, mkdirSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, isAbsolute, join, resolve } from "node:path";
import process from "node:process";
import { SetupError } from "./setup-error.ts";

/** What the places of the data directory and the control socket depend on. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  /** Whether this is an OpenWrt-style router. */
  readonly isRouter: boolean;
  readonly platform: NodeJS.Platform;
  /** The user's number; undefined on Windows, which has none. */
  readonly uid: number | undefined;
  /** A folder with a short name in which everybody may make folders. Windows needs none. */
  readonly tempDir: string;
}

/** What fits a socket's address without the zero at its end: 108 octets in Linux, 104 in the BSDs and macOS. */
const MAX_SOCKET_PATH = { linux: 107, other: 103 };

/** The process's own. */
export function surroundings(): Surroundings {
  return {
    env: process.env,
    home: homedir(),
    isRouter: existsSync("/etc/openwrt_release"),
    platform: process.platform,
    uid: process.getuid?.(),
    tempDir: "/tmp", // and not $TMPDIR, which may be long, and another one for the agent's client
  };
}

/**
 * Where Mayday keeps its data: `$MAYDAY_DATA_DIR`; as a service the directory the service manager made
 * (/var/lib/mayday); on a router /etc/mayday, which survives its upgrades; else as the XDG base directories say.
 */
export function dataDirOf(here: Surroundings): string {
  const chosen = here.env["MAYDAY_DATA_DIR"];
  return isSet(chosen) ? resolve(chosen) : usualDataDir(here);
}

function usualDataDir({ env, home, isRouter }: Surroundings): string {
  const service = env["STATE_DIRECTORY"]?.split(":")[0]; // systemd: a list
  if (isSet(service)) return resolve(service);
  if (isRouter) return "/etc/mayday";
  const xdg = env["XDG_DATA_HOME"];
  // A relative XDG path is to be ignored, as that specification says.
  const base = isSet(xdg) && xdg.startsWith("/") ? xdg : join(home, ".local", "share");
  return join(base, "mayday");
}

/**
 * Where the agent whose data is in `dataDir` (absolute, as `--data-dir` or `dataDirOf` chose it) listens to its
 * clients: `$MAYDAY_CONTROL`; on Windows a named pipe of that directory; else `control.sock` in the runtime directory:
 * the service manager's, the user's, or /var/run/mayday on a router. A data directory that is not the usual one holds
 * the socket itself, as the usual one does where there is no runtime directory: two agents never share a socket.
 *
 * A path that is too long for a socket becomes a short one that follows from it, so that agent and client agree.
 */
export function controlPathOf(here: Surroundings, dataDir: string = dataDirOf(here)): string {
  const chosen = here.env["MAYDAY_CONTROL"];
  if (here.platform === "win32") {
    return isSet(chosen) ? chosen : String.raw`\\.\pipe\mayday-${digest(dataDir.toLowerCase())}`;
  }
  const path = isSet(chosen) ? resolve(chosen) : join(runtimeDir(here, dataDir), "control.sock");
  const most = here.platform === "linux" ? MAX_SOCKET_PATH.linux : MAX_SOCKET_PATH.other;
  if (Buffer.byteLength(path) <= most) return path;
  return join(shortFolder(here), `${digest(path)}.sock`);
}

function runtimeDir(here: Surroundings, dataDir: string): string {
  if (dataDir !== usualDataDir(here)) return dataDir;
  const service = here.env["RUNTIME_DIRECTORY"]?.split(":")[0]; // systemd: a list
  if (isSet(service)) return resolve(service);
  const user = here.env["XDG_RUNTIME_DIR"];
  if (isSet(user) && isAbsolute(user)) return join(user, "mayday");
  return here.isRouter ? "/var/run/mayday" : dataDir;
}

/** For the sockets of one user. */
function shortFolder({ tempDir, uid }: Surroundings): string {
  return join(tempDir, `mayday-${uid ?? "user"}`);
}

/** 64 bits name a place well enough: nobody gains by finding a second one that has the same name. */
function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}

/**
 * Makes the folder of the socket `path` (of `controlPathOf`) if it is not there, for its owner alone.
 * @throws {SetupError} `control`: it cannot be made, or see `checkControlPath`.
 */
export function makeControlFolder(here: Surroundings, path: string): void {
  if (here.platform === "win32") return; // pipes have no folder
  try {
    makeFolder(dirname(path));
  } catch (cause) {
    throw controlFault(`${dirname(path)} cannot be made: ${messageOf(cause)}`, cause);
  }
  checkControlPath(here, path);
}

/**
 * For a client, before it connects to `path` (of `controlPathOf`). Where everybody may make folders, somebody else may
 * have made ours and wait there for what is meant for the agent. That there is none is no fault.
 * @throws {SetupError} `control`
 */
export function checkControlPath(here: Surroundings, path: string): void {
  const folder = dirname(path);
  if (here.platform === "win32" || folder !== shortFolder(here)) return;
  const found = lstatSync(folder, { throwIfNoEntry: false });
  if (found === undefined) return;
  const isPrivate = found.uid === here.uid && (found.mode & 0o077) === 0;
  if (!found.isDirectory() || !isPrivate) {
    throw controlFault(`${folder} is not a folder of this user alone`);
  }
}

function controlFault(message: string, cause?: unknown): SetupError {
  const hint = "Choose another place for the control socket: $MAYDAY_CONTROL.";
  return new SetupError("control", message, { hint, cause });
}

/**
 * A folder of the data directory, made if it is not there, for its owner alone.
 * @throws {SetupError} `data-dir`: it cannot be made.
 */
export function dataFolder(dataDir: string, name: string): string {
  const folder = join(dataDir, name);
  try {
    makeFolder(folder);
  } catch (cause) {
    throw dataFault(folder, "made", cause);
  }
  return folder;
}

/** A file or folder of the data directory that cannot be `done` ("made", "written"). */
export function dataFault(path: string, done: string, cause: unknown): SetupError {
  return new SetupError("data-dir", `${path} cannot be ${done}: ${messageOf(cause)}`, {
    hint: "Choose another data directory: --data-dir or $MAYDAY_DATA_DIR.",
    cause,
  });
}

/** Level by level: where the system says that an existing parent is not there (/proc), `recursive` never ends. */
function makeFolder(folder: string): void {
  if (isFolder(folder)) return;
  const parent = dirname(folder);
  if (parent !== folder) makeFolder(parent);
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    if (!isFolder(folder)) throw error; // else another process was faster
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

function isSet(value: string | undefined): value is string {
  return value !== undefined && value !== "";
}
