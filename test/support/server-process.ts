/** `mayday` as a user runs it: in its own process, against files in a scratch folder. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run, type Program } from "./program.ts";

const ENTRY = join(import.meta.dirname, "../../agent/cli/mayday.ts");

/** What stops things when its owner is done: a test's context, a suite. */
export interface Owner {
  after(fn: () => Promise<void>): void;
}

/** The `mayday` command, started. */
export function mayday(owner: Owner, args: readonly string[]): Program {
  return run(owner, process.execPath, [ENTRY, ...args]);
}

/** A running `mayday server` with one client. */
export interface ServerProcess {
  readonly program: Program;
  readonly port: number;
  readonly identity: string;
  readonly key: string;
  /** The key's file. */
  readonly pskFile: string;
  /** A file with another key. */
  readonly wrongPskFile: string;
  /** A folder for this test alone. */
  readonly folder: string;
  /** The command line of `mayday signal` up to the verb's own flags. */
  signal(verb: string): string[];
}

/** Starts a server that serves `branch` with 203.0.113.0/28 and www.example.com, and waits until it listens. */
export async function startServer(
  owner: Owner,
  mitigator: Readonly<Record<string, unknown>> = {},
): Promise<ServerProcess> {
  const folder = mkdtempSync(join(tmpdir(), "mayday-test-"));
  const identity = "branch";
  const key = "a key of the branch";
  const pskFile = join(folder, "branch.psk");
  const wrongPskFile = join(folder, "wrong.psk");
  writeFileSync(pskFile, key, { mode: 0o600 });
  writeFileSync(wrongPskFile, "another key", { mode: 0o600 });
  const config = {
    listen: { udp: "127.0.0.1:0" },
    clients: [
      {
        name: "branch",
        psk: { identity, file: "branch.psk" },
        prefixes: ["203.0.113.0/28"],
        names: ["www.example.com"],
      },
    ],
    mitigator: { plugin: "simulated", mitigatedAfterS: 0.3, reportEveryS: 0.2, ...mitigator },
    state: "server.db",
  };
  writeFileSync(join(folder, "server.json"), JSON.stringify(config));
  const program = mayday(owner, ["server", "--config", join(folder, "server.json")]);
  owner.after(async () => {
    await program.stop();
    rmSync(folder, { recursive: true });
  });
  const [, port] = await program.until(/"udp":"127\.0\.0\.1:(\d+)"/);
  const signal = (verb: string): string[] => [
    "signal",
    verb,
    "--server",
    `coaps://127.0.0.1:${port}`,
    "--psk-identity",
    identity,
    "--psk-file",
    pskFile,
  ];
  return { program, port: Number(port), identity, key, pskFile, wrongPskFile, folder, signal };
}
