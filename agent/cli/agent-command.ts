import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { Command, InvalidArgumentError } from "commander";
import { openKeyLog } from "../host/key-log-file.ts";
import { controlPathOf, dataDirOf, surroundings } from "../host/data-dir.ts";
import { startAgent, type AgentOptions, type RunningAgent } from "../main.ts";
import { loadAgentConfig, type AgentSettings } from "./agent-config.ts";
import { listenFault } from "./control-exit.ts";
import { endSignal } from "./end-signal.ts";
import { processOutput } from "./exit.ts";
import { LOG_LEVELS, logLevelOf, stderrLog, type LogLevel } from "./server-log.ts";

interface RunFlags {
  readonly dataDir?: string;
  readonly config?: string;
  /** False: `--no-console`. */
  readonly console: boolean;
  readonly consolePort?: number;
  readonly logLevel?: LogLevel;
}

const READY_HELP = `
Once it is ready it prints one line: {"ready":true,"control":"/run/…/control.sock","console":"http://127.0.0.1:PORT"}
A configuration file may hold {"dataDir":"…","console":{"port":8080} or false,"logLevel":"info"}; flags come first.`;

/** `mayday agent`: what keeps the sessions with the providers, and everything that other commands ask of. */
export function agentCommand(): Command {
  return new Command("agent")
    .description(
      "the agent: it keeps the sessions with your providers, and serves the other commands",
    )
    .addHelpText("after", "\nExample:\n  mayday agent run")
    .addCommand(runCommand());
}

function runCommand(): Command {
  return new Command("run")
    .description("run the agent until SIGTERM or Ctrl-C")
    .option(
      "--data-dir <dir>",
      "where it keeps its data, in place of $MAYDAY_DATA_DIR or the usual folder",
    )
    .option(
      "--config <file>",
      "the same settings from a file, JSON; paths in it are relative to the file",
    )
    .option("--no-console", "without the web console")
    .option("--console-port <n>", "where the web console is; another one if that is in use", portOf)
    .option(
      "--log-level <level>",
      `on stderr: ${LOG_LEVELS.join(", ")} (default: info)`,
      logLevelOf,
    )
    .option("--json", "errors as JSON on stdout; the line that says it is ready is always JSON")
    .addHelpText("after", `\nExample:\n  mayday agent run --console-port 8080\n${READY_HELP}`)
    .action(run);
}

async function run(flags: RunFlags): Promise<void> {
  const file = flags.config === undefined ? {} : loadAgentConfig(flags.config);
  const ended = endSignal(); // before it is ready: whoever waits for that line may end it at once
  const options = { ...optionsOf(flags, file), keyLog: keyLog() };
  const agent = await start(options);
  for (const warning of agent.warnings) processOutput.stderr(`mayday: warning: ${warning}\n`);
  processOutput.stdout(`${JSON.stringify(readyLine(agent))}\n`);
  const signal = await ended;
  options.log.info({ signal }, "the agent ends");
  await agent.close();
}

/** Only an engineer who wants to read the traffic sets the variable. */
function keyLog(): AgentOptions["keyLog"] {
  const warn = (text: string): void => processOutput.stderr(`mayday: warning: ${text}\n`);
  return openKeyLog(process.env["SSLKEYLOGFILE"], warn);
}

async function start(options: AgentOptions): Promise<RunningAgent> {
  try {
    return await startAgent(options);
  } catch (error) {
    throw listenFault(error);
  }
}

/** What a flag says comes before what the file says. */
function optionsOf(flags: RunFlags, file: AgentSettings): AgentOptions {
  const here = surroundings();
  const dataDir = resolve(flags.dataDir ?? file.dataDir ?? dataDirOf(here));
  return {
    dataDir,
    controlPath: controlPathOf(here, dataDir),
    console: consoleOf(flags, file),
    log: stderrLog(flags.logLevel ?? file.logLevel ?? "info"),
    practice: true,
  };
}

function consoleOf(flags: RunFlags, file: AgentSettings): AgentOptions["console"] {
  const isOff = file.console === false && flags.consolePort === undefined;
  if (!flags.console || isOff) return "off";
  const inFile = file.console === false ? undefined : file.console?.port;
  return { port: flags.consolePort ?? inFile, folder: consoleFolder() };
}

/** Where the build puts the interface: beside the built command, or, from source, in the repository's `dist`. */
function consoleFolder(): string {
  const places = ["renderer", "../renderer", "../../dist/renderer"].map((place) =>
    fileURLToPath(new URL(place, import.meta.url)),
  );
  const built = places.find((place) => existsSync(join(place, "index.html")));
  return built ?? places.at(-1) ?? "";
}

function readyLine({ controlPath, consoleUrl }: RunningAgent): object {
  return {
    ready: true,
    control: controlPath,
    ...(consoleUrl === undefined ? {} : { console: consoleUrl }),
  };
}

function portOf(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port <= 65_535) return port;
  throw new InvalidArgumentError("Not a port (0 to 65535).");
}
