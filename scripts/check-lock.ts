/**
 * The check of package-lock.json. `npm ci` refuses a lock that lacks a platform's optional package, and
 * `npm install` leaves such an entry out whenever the registry at hand does not have that package;
 * `--write` puts it back (version and platform; without a hash, which only the registry could give).
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { isEntry, readJson, ROOT } from "./tree.ts";

interface Entry {
  readonly version?: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly optional?: boolean;
  readonly optionalDependencies?: Record<string, string>;
  readonly [other: string]: unknown;
}

/** What this check needs of a lock file. */
export interface Lock {
  readonly packages: Readonly<Record<string, Entry>>;
  readonly [other: string]: unknown;
}

const SYSTEM = /(?:android|darwin|freebsd|linux|openharmony|win32)/;
const PROCESSOR = /(?:arm64|arm|ppc64|riscv64|s390x|ia32|x64)/;

/** The entries of optional packages that are missing, by their key in the lock. */
export function missingEntries(lock: Lock): Map<string, Entry> {
  const missing = new Map<string, Entry>();
  for (const entry of Object.values(lock.packages)) {
    for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
      const key = `node_modules/${name}`;
      if (!(key in lock.packages)) missing.set(key, platformEntry(name, version));
    }
  }
  return missing;
}

function platformEntry(name: string, version: string): Entry {
  const platform = name.slice(Math.max(0, name.search(SYSTEM)));
  const os = SYSTEM.exec(platform);
  const cpu = PROCESSOR.exec(platform);
  const libc = platform.includes("musl") ? "musl" : "glibc";
  return {
    version,
    ...(cpu === null ? {} : { cpu: [cpu[0]] }),
    dev: true,
    ...(os?.[0] === "linux" && /gnu|musl/.test(platform) ? { libc: [libc] } : {}),
    optional: true,
    ...(os === null ? {} : { os: [os[0]] }),
  };
}

/** Every fault of the lock, as lines of text. */
export function checkLock(lock: Lock): string[] {
  const faults = [...missingEntries(lock).keys()].map(
    (key) => `${key}: not in the lock; run "npm run lock"`,
  );
  for (const [key, entry] of Object.entries(lock.packages)) {
    if (entry.resolved !== undefined) faults.push(`${key}: names a registry ("resolved")`);
    if (key !== "" && entry.integrity === undefined && entry.optional !== true) {
      faults.push(`${key}: has no hash`);
    }
  }
  return faults;
}

function complete(lock: Lock): Lock {
  const entries = [...Object.entries(lock.packages), ...missingEntries(lock)];
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return { ...lock, packages: Object.fromEntries(entries) };
}

if (isEntry(import.meta.filename)) {
  let lock = readJson("package-lock.json") as Lock;
  if (process.argv.includes("--write")) {
    lock = complete(lock);
    writeFileSync(join(ROOT, "package-lock.json"), `${JSON.stringify(lock, null, 2)}\n`);
  }
  const faults = checkLock(lock);
  for (const fault of faults) console.error(fault);
  process.exitCode = faults.length > 0 ? 1 : 0;
}
