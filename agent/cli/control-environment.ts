import { resolve } from "node:path";
import process from "node:process";
import type { ControlApi } from "../control/handlers.ts";
import { connectControl, type ConnectOptions } from "../control/transport/socket-client.ts";
import { checkControlPath, controlPathOf, dataDirOf, surroundings } from "../host/data-dir.ts";
import { nodeClock } from "../net/node/clock.ts";
import type { Clock } from "../net/ports.ts";
import { interruptSignal } from "./end-signal.ts";
import { EXIT, processOutput, type ExitCode, type Output } from "./exit.ts";

/** A connection to the agent, as `connectControl` makes it. */
export interface AgentConnection extends ControlApi {
  close(): void;
}

/** What these commands run on: the process, unless a test says otherwise. */
export interface ControlEnvironment {
  readonly output: Output;
  readonly clock: Clock;
  /** Whether somebody watches what goes to stderr: progress is for them alone. */
  readonly watched: boolean;
  /** Asks a question that is answered by yes or no. Undefined: there is nobody to ask. */
  readonly confirm: ((question: string) => Promise<boolean>) | undefined;
  /** Connects to the agent on `dataDir`. */
  connect(dataDir: string | undefined, options: ConnectOptions): Promise<AgentConnection>;
  /** Opens a page of this machine, if that is likely to work; whether it was tried. */
  openBrowser(url: string): Promise<boolean>;
  /** The exit code of a command that ended by its own account. */
  finish(exit: ExitCode): void;
  /** From the call on, Ctrl-C and SIGTERM fire the signal; before, they just end the process. */
  interrupted(): AbortSignal;
}

/** The process's own. */
export function processEnvironment(): ControlEnvironment {
  const watched = process.stderr.isTTY;
  return {
    output: processOutput,
    clock: nodeClock,
    watched,
    confirm: watched && process.stdin.isTTY ? ask : undefined,
    connect: connectAgent,
    openBrowser,
    finish(exit) {
      if (exit !== EXIT.done) process.exitCode = exit;
    },
    interrupted: interruptSignal,
  };
}

async function connectAgent(
  dataDir: string | undefined,
  options: ConnectOptions,
): Promise<AgentConnection> {
  const here = surroundings();
  const path = controlPathOf(here, dataDir === undefined ? dataDirOf(here) : resolve(dataDir));
  checkControlPath(here, path);
  return connectControl(path, options);
}

/** Only the command that needs it pays for what starts programs. */
async function openBrowser(url: string): Promise<boolean> {
  const browser = await import("./browser.ts");
  return browser.openBrowser(url, process.platform, process.env);
}

async function ask(question: string): Promise<boolean> {
  const { confirm } = await import("./confirm.ts");
  return confirm(question, process.stdin, processOutput);
}
