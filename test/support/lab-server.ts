/** `mayday server` and `mayday` somewhere in the small internet. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Place } from "./namespaces.ts";
import type { Program } from "./program.ts";
import type { Owner } from "./server-process.ts";

const ENTRY = join(import.meta.dirname, "../../agent/cli/mayday.ts");
const PORT = 4646;

/** One client of a server in the lab: its name is its identity, and 203.0.113.N/32 is its own. */
export interface LabClient {
  readonly identity: string;
  readonly key: string;
  readonly pskFile: string;
  readonly prefix: string;
}

/** A running server with its clients. */
export interface LabServer {
  readonly program: Program;
  readonly uri: string;
  readonly folder: string;
  readonly clients: readonly LabClient[];
  /** The command line of `mayday signal`, as that client, up to the verb's own flags. */
  signal(verb: string, client: LabClient): string[];
}

/** The `mayday` command, started there. */
export function maydayAt(
  place: Place,
  owner: Owner,
  args: readonly string[],
  env?: NodeJS.ProcessEnv,
): Program {
  return place.run(owner, process.execPath, [ENTRY, ...args], env);
}

/** Starts a server there with so many clients, 200 at most, and waits until it listens. */
export async function startServerAt(
  place: Place,
  owner: Owner,
  count: number,
  extra: Readonly<Record<string, unknown>> = {},
): Promise<LabServer> {
  const folder = mkdtempSync(join(tmpdir(), "mayday-lab-"));
  const clients = Array.from({ length: count }, (_, i) => labClient(folder, i + 1));
  const config = {
    listen: { udp: `${place.address}:${PORT}` },
    clients: clients.map(({ identity, pskFile, prefix }) => ({
      name: identity,
      psk: { identity, file: pskFile },
      prefixes: [prefix],
      names: [],
    })),
    mitigator: { plugin: "simulated", mitigatedAfterS: 0.3, reportEveryS: 0.5 },
    ...extra,
  };
  const path = join(folder, "server.json");
  writeFileSync(path, JSON.stringify(config));
  const program = maydayAt(place, owner, ["server", "--config", path]);
  owner.after(async () => {
    await program.stop();
    rmSync(folder, { recursive: true });
  });
  await program.until(/"ready":true/);
  const uri = `coaps://${place.address}:${PORT}`;
  const signal = (verb: string, { identity, pskFile }: LabClient): string[] => [
    "signal",
    verb,
    "--server",
    uri,
    "--psk-identity",
    identity,
    "--psk-file",
    pskFile,
  ];
  return { program, uri, folder, clients, signal };
}

function labClient(folder: string, number: number): LabClient {
  const identity = `branch-${number}`;
  const key = `the key of branch ${number}`;
  const pskFile = join(folder, `${identity}.psk`);
  writeFileSync(pskFile, key, { mode: 0o600 });
  return { identity, key, pskFile, prefix: `203.0.113.${number}/32` };
}
