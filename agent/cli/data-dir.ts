import { existsSync, mkdirSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import process from "node:process";
import { CliError, EXIT } from "./exit.ts";

/** What the place of the data directory depends on. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  /** Whether this is an OpenWrt-style router. */
  readonly isRouter: boolean;
}

/** The process's own. */
export function surroundings(): Surroundings {
  return { env: process.env, home: homedir(), isRouter: existsSync("/etc/openwrt_release") };
}

/**
 * Where Mayday keeps its data: `$MAYDAY_DATA_DIR`; as a service the directory the service manager made
 * (/var/lib/mayday); on a router /etc/mayday, which survives its upgrades; else as the XDG base directories say.
 */
export function dataDirOf({ env, home, isRouter }: Surroundings): string {
  const chosen = env["MAYDAY_DATA_DIR"];
  if (isSet(chosen)) return resolve(chosen);
  const service = env["STATE_DIRECTORY"]?.split(":")[0]; // systemd: a list
  if (isSet(service)) return resolve(service);
  if (isRouter) return "/etc/mayday";
  const xdg = env["XDG_DATA_HOME"];
  // A relative XDG path is to be ignored, as that specification says.
  const base = isSet(xdg) && xdg.startsWith("/") ? xdg : join(home, ".local", "share");
  return join(base, "mayday");
}

/**
 * A folder of the data directory, made if it is not there, for its owner alone.
 * @throws {CliError} exit 2: it cannot be made.
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

/** A file or folder of the data directory that cannot be `done` ("made", "written"): exit 2. */
export function dataFault(path: string, done: string, cause: unknown): CliError {
  return new CliError({
    exit: EXIT.usage,
    code: "data-dir",
    message: `${path} cannot be ${done}: ${cause instanceof Error ? cause.message : String(cause)}`,
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

function isSet(value: string | undefined): value is string {
  return value !== undefined && value !== "";
}
