import { existsSync, mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import process from "node:process";

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

/** A folder of the data directory, made if it is not there, for its owner alone. */
export function dataFolder(dataDir: string, name: string): string {
  const folder = join(dataDir, name);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return folder;
}

function isSet(value: string | undefined): value is string {
  return value !== undefined && value !== "";
}
