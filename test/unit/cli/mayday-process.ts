/** The `mayday` command as a process, for what only a process shows. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";

/** The command's file. */
export const MAYDAY = fileURLToPath(new URL("../../../agent/cli/mayday.ts", import.meta.url));

/** How a command ended, and what it said. */
export interface Ended {
  readonly exit: number;
  readonly out: string;
  readonly err: string;
}

/** Runs one command line to its end. */
export function mayday(...args: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, [MAYDAY, ...args], { timeout: 20_000 }, (error, out, err) => {
      const exit = error === null ? 0 : Number(error.code ?? -1);
      resolve({ exit, out, err });
    });
  });
}
