import { randomBytes } from "node:crypto";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DEFAULT_PORT } from "../dots/signal/default-port.ts";
import { dataFault, dataFolder } from "../host/data-dir.ts";

/** What a client of the practice provider needs. Holds the key's file, never the key. */
export interface PracticeDetails {
  /** `coaps://127.0.0.1:4646` */
  readonly server: string;
  readonly pskIdentity: string;
  readonly pskFile: string;
  /** What the client may ask protection for. */
  readonly prefixes: readonly string[];
  readonly names: readonly string[];
  readonly configFile: string;
}

const IDENTITY = "practice";

/** Addresses and names that documents use: nothing real is ever asked protection for. [RFC 5737 §3] [RFC 3849 §2] */
const PREFIXES = ["192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32"];
const NAMES = ["example.com", "example.net"];

const KEY_OCTETS = 32;

/**
 * The practice provider's files, made the first time: a random key of its own, and a configuration that may
 * be edited afterwards.
 * @throws {SetupError} `data-dir`: the folder cannot be made or written.
 */
export function practiceProvider(dataDir: string, port: number = DEFAULT_PORT): PracticeDetails {
  const folder = dataFolder(dataDir, "practice");
  const pskFile = join(folder, `${IDENTITY}.psk`);
  const configFile = join(folder, "server.json");
  once(pskFile, () => `hex:${randomBytes(KEY_OCTETS).toString("hex")}\n`);
  once(configFile, () => `${JSON.stringify(practiceConfig(), undefined, 2)}\n`);
  return {
    server: `coaps://127.0.0.1:${port}`,
    pskIdentity: IDENTITY,
    pskFile,
    prefixes: PREFIXES,
    names: NAMES,
    configFile,
  };
}

function practiceConfig(): object {
  return {
    listen: { udp: `127.0.0.1:${DEFAULT_PORT}` },
    clients: [
      {
        name: IDENTITY,
        psk: { identity: IDENTITY, file: `${IDENTITY}.psk` },
        prefixes: PREFIXES,
        names: NAMES,
      },
    ],
    mitigator: { plugin: "simulated" },
    state: "server.db",
    // Somebody is watching: counters that stand still for seconds look broken.
    policy: { notifyIntervalS: 1 },
  };
}

/** `wx`: of two that start at the same time one writes, and both use what it wrote. */
function once(path: string, content: () => string): void {
  if (existsSync(path)) return;
  try {
    writeFileSync(path, content(), { flag: "wx", mode: 0o600 });
  } catch (error) {
    const isThere = error instanceof Error && "code" in error && error.code === "EEXIST";
    if (!isThere) throw dataFault(path, "written", error);
  }
}
