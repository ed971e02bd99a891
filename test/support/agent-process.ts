/** `mayday agent run` as a user runs it: a process of its own, on a data directory that outlives it. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run, type Program } from "./program.ts";
import type { Owner } from "./server-process.ts";

const ENTRY = join(import.meta.dirname, "../../agent/cli/mayday.ts");

/** A running agent. */
export interface AgentProcess {
  readonly program: Program;
  /** Its control socket. */
  readonly control: string;
  /** `http://127.0.0.1:PORT`; undefined without a web console. */
  readonly console: string | undefined;
}

/** A folder that is removed with its owner. Short, so that a socket's path fits. */
export function scratchFolder(owner: Owner): string {
  const folder = mkdtempSync(join(tmpdir(), "mayday-"));
  owner.after(async () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The environment in which a command meets the agent on `dataDir`, whatever the caller's own says. */
export function environmentOf(dataDir: string): NodeJS.ProcessEnv {
  const { MAYDAY_CONTROL: _control, XDG_RUNTIME_DIR: _runtime, ...env } = process.env;
  return { ...env, MAYDAY_DATA_DIR: dataDir, MAYDAY_NO_BROWSER: "1" };
}

/** Starts an agent on `dataDir` and waits until it is ready. */
export async function startAgentProcess(
  owner: Owner,
  dataDir: string,
  args: readonly string[] = [],
): Promise<AgentProcess> {
  const program = run(owner, process.execPath, [ENTRY, "agent", "run", ...args], {
    env: environmentOf(dataDir),
  });
  const [line] = await program.until(/^\{"ready":true.*\}$/m, 30_000);
  const ready = JSON.parse(line) as { control: string; console?: string };
  return { program, control: ready.control, console: ready.console };
}

/** Runs one `mayday` command against the agent on `dataDir`. */
export function maydayAt(owner: Owner, dataDir: string, args: readonly string[]): Program {
  return run(owner, process.execPath, [ENTRY, ...args], { env: environmentOf(dataDir) });
}
