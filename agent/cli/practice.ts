import { resolve } from "node:path";
import { Command } from "commander";
import { DEFAULT_PORT } from "../dots/signal/default-port.ts";
import { dataDirOf, surroundings } from "../host/data-dir.ts";
import { practiceProvider } from "../provider/practice-provider.ts";
import type { PracticeDetails } from "../provider/practice-provider.ts";
import { loadServerConfig } from "../provider/server-config.ts";
import { processOutput, usageError } from "./exit.ts";
import { shellWord } from "./plain.ts";
import { serveUntilSignal } from "./server-command.ts";
import { LOG_LEVELS, logLevelOf } from "./server-log.ts";
import type { LogLevel } from "./server-log.ts";

interface PracticeFlags {
  readonly print?: boolean;
  readonly json?: boolean;
  readonly port: number;
  readonly dataDir?: string;
  readonly logLevel: LogLevel;
}

/** `mayday practice`: a provider to try things out with, on this machine only. */
export function practiceCommand(): Command {
  return new Command("practice")
    .description(
      "run a practice provider on this machine; it mitigates nothing, but behaves as one that does",
    )
    .option("--print", "show what a client needs, and end")
    .option("--json", "with --print: one JSON object")
    .option("--port <n>", "its UDP port; 0 takes a free one", portOf, DEFAULT_PORT)
    .option(
      "--data-dir <dir>",
      "where its files are, in place of $MAYDAY_DATA_DIR or the usual folder",
    )
    .option("--log-level <level>", `on stderr: ${LOG_LEVELS.join(", ")}`, logLevelOf, "warn")
    .addHelpText("after", "\nExample:\n  mayday practice --print\n  mayday practice")
    .action(practice);
}

async function practice(flags: PracticeFlags): Promise<void> {
  if (flags.print === true && flags.port === 0) {
    throw usageError("--print needs a --port other than 0: a free one is only known once it runs");
  }
  const dataDir = flags.dataDir === undefined ? dataDirOf(surroundings()) : resolve(flags.dataDir);
  const details = practiceProvider(dataDir, flags.port);
  const text = (port: number): string =>
    textOf(
      practiceProvider(dataDir, port),
      runLine(port, flags.dataDir === undefined ? undefined : dataDir),
    );
  if (flags.print === true) {
    processOutput.stdout(flags.json === true ? `${JSON.stringify(details)}\n` : text(flags.port));
    return;
  }
  const config = loadServerConfig(details.configFile);
  const here = { ...config, udp: { ...config.udp, port: flags.port } };
  await serveUntilSignal(here, flags.logLevel, ({ port }) => {
    if (flags.json !== true) processOutput.stderr(text(port));
  });
}

/** The command that runs a provider on this port, with its files in `dataDir`; undefined: in the usual folder. */
function runLine(port: number, dataDir: string | undefined): string {
  const portFlag = port === DEFAULT_PORT ? "" : ` --port ${port}`;
  const dataDirFlag = dataDir === undefined ? "" : ` --data-dir ${shellWord(dataDir)}`;
  return `mayday practice${portFlag}${dataDirFlag}`;
}

function textOf(
  { server, pskIdentity, pskFile, prefixes, names }: PracticeDetails,
  run: string,
): string {
  return `Practice provider
  server         ${server}
  PSK identity   ${pskIdentity}
  PSK file       ${pskFile}
  prefixes       ${prefixes.join(", ")}
  names          ${names.join(", ")}

Run it:  ${run}
Try it:  mayday signal put --server ${server} --psk-identity ${pskIdentity} --psk-file ${shellWord(pskFile)} --mid 1 --target-prefix 203.0.113.7/32
`;
}

function portOf(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (!(port <= 65_535)) throw usageError(`--port ${text} is not a port (0 to 65535)`);
  return port;
}
