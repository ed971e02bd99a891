#!/usr/bin/env node
import process from "node:process";
import { Command, CommanderError } from "commander";
import packageJson from "../../package.json" with { type: "json" };
import { EXIT, reportError, stdoutFault, usageError, type ExitCode } from "./exit.ts";

/**
 * The `mayday` command, in the order of its help. Each group is loaded only when it is asked for: `mayday signal` on a
 * router must not pay for the server's database, and `mayday status` for next to nothing.
 */
const GROUPS: ReadonlyMap<string, () => Promise<Command>> = new Map([
  ["agent", async () => (await import("./agent-command.ts")).agentCommand()],
  ["status", async () => (await import("./status-command.ts")).statusCommand()],
  ["request", async () => (await import("./request-command.ts")).requestCommand()],
  ["mitigation", async () => (await import("./mitigation-command.ts")).mitigationCommand()],
  ["target", async () => (await import("./target-command.ts")).targetCommand()],
  ["provider", async () => (await import("./provider-command.ts")).providerCommand()],
  ["events", async () => (await import("./events-command.ts")).eventsCommand()],
  ["console", async () => (await import("./console-command.ts")).consoleCommand()],
  ["signal", async () => (await import("./signal-command.ts")).signalCommand()],
  ["server", async () => (await import("./server-command.ts")).serverCommand()],
  ["practice", async () => (await import("./practice.ts")).practiceCommand()],
]);

/** Runs one command line and returns its exit code. */
async function main(args: readonly string[]): Promise<ExitCode> {
  const json = args.includes("--json"); // before parsing: a command line that cannot be parsed wants JSON too
  try {
    const program = await programFor(args);
    return await run(program, args);
  } catch (error) {
    return reportError(error, json);
  }
}

async function run(program: Command, args: readonly string[]): Promise<ExitCode> {
  try {
    await program.parseAsync([...args], { from: "user" });
    return exitCodeSet();
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return EXIT.done; // help or version, which are printed by now
    throw usageOf(error, program, args);
  }
}

async function programFor(args: readonly string[]): Promise<Command> {
  const program = new Command("mayday")
    .description("Ask your provider for help during a DDoS attack (DOTS, RFC 9132).")
    .version(packageJson.version, "-V, --version", "print the version")
    .addHelpText("after", "\nExample:\n  mayday practice --print");
  const groups = groupsFor(args[0] ?? "");
  for (const group of await Promise.all(groups.map((load) => load()))) program.addCommand(group);
  govern(program, args.includes("--json"));
  return program;
}

/** The group that the first word names; all for a help text, or to tell what was meant; none for the version. */
function groupsFor(word: string): (() => Promise<Command>)[] {
  if (word === "--version" || word === "-V") return [];
  const asked = GROUPS.get(word);
  return asked === undefined ? [...GROUPS.values()] : [asked];
}

/** Errors are thrown and reported in one place; with `--json` nothing but JSON goes to stdout. */
function govern(command: Command, json: boolean): void {
  command.exitOverride();
  command.configureOutput({
    outputError: () => undefined,
    ...(json ? { writeErr: () => undefined } : {}),
  });
  for (const child of command.commands) govern(child, json);
}

function usageOf(error: CommanderError, program: Command, args: readonly string[]): Error {
  const missing = error.code === "commander.help"; // a group without one of its commands: its help is on stderr
  const message = missing ? "a command is missing" : error.message.replace(/^error: /, "");
  return usageError(message, `${commandNamed(program, args)} --help tells more.`);
}

/** As much of the command line as names a command: `mayday signal put`. */
function commandNamed(command: Command, [word, ...rest]: readonly string[]): string {
  const child = command.commands.find((one) => one.name() === word);
  return child === undefined ? command.name() : `${command.name()} ${commandNamed(child, rest)}`;
}

/** A command that ends well by its own account, but not in exit 0, has set the process's exit code. */
function exitCodeSet(): ExitCode {
  const set = Object.values(EXIT).find((code) => code === process.exitCode);
  return set ?? EXIT.done;
}

/** What the command ended in, once it has. */
let ended: ExitCode | undefined;

/** Ends the process once what was written is out; if that fails, the stream's error, which comes next, ends it. */
function leave(exit: ExitCode): void {
  ended = exit;
  process.stdout.write("", (fault) => {
    if (fault === undefined || fault === null) leaveStderr(exit);
  });
}

function leaveStderr(exit: ExitCode): void {
  process.stderr.write("", () => process.exit(exit));
}

process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  const fault = stdoutFault(error);
  // Never as JSON: that would go to stdout.
  leaveStderr(fault === undefined ? (ended ?? EXIT.done) : reportError(fault, false));
});
process.stderr.on("error", () => undefined); // nobody is left to be told; the exit code still tells
const wantsJson = process.argv.includes("--json");
process.on("uncaughtException", (error) => leave(reportError(error, wantsJson)));
process.on("unhandledRejection", (error) => leave(reportError(error, wantsJson)));

leave(await main(process.argv.slice(2)));
