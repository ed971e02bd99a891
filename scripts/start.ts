/**
 * `npm start`: builds what is stale, starts Mayday and shows it: in the desktop window, or, where Electron's runtime is
 * not installed, in the browser, served by the agent of this process. Ctrl-C ends all of it.
 */
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { setImmediate as soon } from "node:timers/promises";
import { openBrowser } from "../agent/cli/browser.ts";
import { stderrLog } from "../agent/cli/server-log.ts";
import { ControlListenError } from "../agent/control/transport/listen-error.ts";
import { connectControl } from "../agent/control/transport/socket-client.ts";
import { controlPathOf, dataDirOf, surroundings } from "../agent/host/data-dir.ts";
import { startAgent } from "../agent/main.ts";
import { BUILT_INTERFACE, buildInterface } from "./built-interface.ts";
import { isEntry, ROOT } from "./tree.ts";

/** What runs until it ends, by itself or because it is told to. */
export interface Running {
  /** Resolves when it ends by itself: with what was wrong, or with undefined where all is well. */
  readonly ended: Promise<string | undefined>;
  /** Ends it in good order. */
  close(): Promise<void>;
}

/** How often to look whether npm is still there. */
const PARENT_EVERY_MS = 250;

type Environment = Readonly<Record<string, string | undefined>>;

/** What ends takes 2 s at most; what hangs is left to the system. */
const END_MS = 2800;

/** Electron's program, or undefined where its runtime is not installed. `home`: its package's folder. */
export function electronProgram(home: string, env: Environment): string | undefined {
  const named = join(home, "path.txt");
  const name = existsSync(named) ? readFileSync(named, "utf8").trim() : undefined;
  const elsewhere = env["ELECTRON_OVERRIDE_DIST_PATH"] ?? "";
  if (name === undefined && elsewhere === "") return undefined;
  const program = join(elsewhere === "" ? join(home, "dist") : elsewhere, name ?? "electron");
  return existsSync(program) ? program : undefined;
}

/** Why there is no desktop window here, in one line for a person; undefined: there can be one. */
export function desktopObstacle(
  program: string | undefined,
  platform: NodeJS.Platform,
  env: Environment,
  uid: number | undefined,
): string | undefined {
  if (program === undefined) {
    return "The desktop window needs Electron's runtime, which is not installed; to get it: npx install-electron";
  }
  if (platform !== "linux") return undefined;
  if (uid === 0) return "There is no desktop window for root: its pages could not be shut in.";
  const hasScreen = Boolean(env["DISPLAY"]) || Boolean(env["WAYLAND_DISPLAY"]);
  return hasScreen ? undefined : "There is no screen here for the desktop window.";
}

/** Runs the desktop shell with `program`. Its own words go where ours do. */
export function openDesktop(program: string, args: readonly string[]): Running {
  const { ELECTRON_RUN_AS_NODE: _, ...env } = process.env;
  const child = spawn(program, args, { cwd: ROOT, env, stdio: "inherit" });
  const ended = new Promise<string | undefined>((resolve) => {
    child.on("error", (error) => resolve(`The desktop window cannot be started: ${error.message}`));
    child.on("exit", (code, signal) => resolve(code === 0 ? undefined : lastWords(code, signal)));
  });
  return { ended, close: () => endChild(child, ended) };
}

function lastWords(code: number | null, signal: NodeJS.Signals | null): string {
  return `The desktop window has ended unexpectedly (${signal ?? `exit ${code}`}).`;
}

/** Ctrl-C reaches it by itself; a signal to this process alone does not. */
async function endChild(child: ChildProcess, ended: Promise<unknown>): Promise<void> {
  const timer = setTimeout(() => child.kill("SIGKILL"), END_MS - 300);
  child.kill("SIGTERM");
  await ended;
  clearTimeout(timer);
}

/** Starts an agent in this process, or uses the one that runs already, and shows its console. */
async function openConsole(): Promise<Running> {
  const here = surroundings();
  const dataDir = dataDirOf(here);
  const controlPath = controlPathOf(here, dataDir);
  try {
    return await ownConsole(dataDir, controlPath);
  } catch (error) {
    if (!(error instanceof ControlListenError) || error.code !== "in-use") throw error;
    return othersConsole(controlPath);
  }
}

async function ownConsole(dataDir: string, controlPath: string): Promise<Running> {
  const agent = await startAgent({
    dataDir,
    controlPath,
    console: { folder: BUILT_INTERFACE },
    log: stderrLog("warn"),
    practice: true,
  });
  for (const warning of agent.warnings) console.error(`warning: ${warning}`);
  try {
    show(agent.loginLink().url);
  } catch (error) {
    await agent.close();
    throw error;
  }
  return { ended: new Promise(() => {}), close: () => agent.close() };
}

async function othersConsole(controlPath: string): Promise<Running> {
  let lose: (why: string) => void = () => {};
  const ended = new Promise<string>((resolve) => {
    lose = resolve;
  });
  const onLost = (): void => lose("The agent has ended.");
  const agent = await connectControl(controlPath, { validate: false, onLost });
  try {
    const { url } = await agent.call("console.link", {});
    console.log("An agent is running already and is used; Ctrl-C leaves it running.");
    show(url);
  } catch (error) {
    agent.close();
    throw error;
  }
  return { ended, close: async () => agent.close() };
}

function show(url: string): void {
  console.log(`Mayday is open at ${url}`);
  openBrowser(url, process.platform, process.env);
}

async function open(): Promise<Running> {
  const program = electronProgram(join(ROOT, "node_modules", "electron"), process.env);
  const { env, platform } = process;
  const obstacle = desktopObstacle(program, platform, env, process.getuid?.());
  if (program !== undefined && obstacle === undefined) {
    progress("building the desktop window");
    buildDesktop();
    return openDesktop(program, [join(ROOT, "dist/electron/main/index.mjs")]);
  }
  progress("building the interface, if it has changed");
  buildInterface();
  console.log(obstacle);
  return openConsole();
}

/** It takes two seconds: less than it would take to be sure that nothing has changed. */
function buildDesktop(): void {
  const cli = join(ROOT, "node_modules/electron-vite/bin/electron-vite.js");
  const { status, stderr, stdout } = spawnSync(process.execPath, [cli, "build"], {
    cwd: ROOT,
    encoding: "utf8",
    timeout: 120_000,
  });
  if (status !== 0) throw new Error(`the desktop window cannot be built:\n${stdout}${stderr}`);
}

/** For whoever watches. */
function progress(what: string): void {
  if (process.stderr.isTTY) console.error(`… ${what}`);
}

/**
 * Resolves at the first signal to end; a second one ends the process at once. npm hands a signal on to the shell that it
 * runs scripts with, which dies of it and tells nobody: that shell's end counts, too.
 */
function endSignal(): Promise<"signal"> {
  return new Promise((resolve) => {
    const parent = process.ppid;
    const isOfNpm = process.env["npm_lifecycle_event"] !== undefined;
    const look = (): void => {
      if (process.ppid !== parent) resolve("signal");
    };
    if (isOfNpm) setInterval(look, PARENT_EVERY_MS).unref();
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
      process.once(signal, () => {
        process.once(signal, () => process.exit(1));
        resolve("signal");
      });
    }
  });
}

/** For one who was ended before there was anything to end. */
const NOTHING: Running = { ended: new Promise(() => {}), close: async () => {} };

/** Runs until the end; the exit code. */
async function main(): Promise<number> {
  const signalled = endSignal();
  const running = await open().catch(async (error: unknown) => {
    // Ctrl-C while something is built ends that, too, and is told of after that.
    if ((await Promise.race([signalled, soon("fault")])) === "fault") throw error;
    return NOTHING;
  });
  const fault = await Promise.race([signalled, running.ended]);
  if (fault === "signal") {
    const late = setTimeout(() => process.exit(1), END_MS);
    await running.close();
    clearTimeout(late);
    return 0;
  }
  if (fault === undefined) return 0;
  console.error(fault);
  return 1;
}

function report(error: unknown): void {
  const { message, hint }: { message: string; hint?: unknown } =
    error instanceof Error ? error : { message: String(error) };
  console.error(`npm start: ${message}`);
  if (typeof hint === "string") console.error(hint);
}

function leave(error: unknown): never {
  report(error);
  process.exit(1);
}

if (isEntry(import.meta.filename)) {
  process.on("uncaughtException", leave);
  process.on("unhandledRejection", leave);
  process.exit(await main().catch(leave));
}
