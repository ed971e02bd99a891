import process from "node:process";
import { Command } from "commander";
import { openKeyLog } from "../host/key-log-file.ts";
import { nodeWorld } from "../net/node/world.ts";
import { formatAddress } from "../net/ports.ts";
import type { Address } from "../net/ports.ts";
import { runServer } from "../provider/run-server.ts";
import { loadServerConfig } from "../provider/server-config.ts";
import type { ServerConfig } from "../provider/server-config.ts";
import { endSignal } from "./end-signal.ts";
import { processOutput, usageError } from "./exit.ts";
import { LOG_LEVELS, logLevelOf, stderrLog } from "./server-log.ts";
import type { LogLevel } from "./server-log.ts";

/** `mayday server`: a provider's side. */
export function serverCommand(): Command {
  return new Command("server")
    .description("run a DOTS server (a provider's side) until SIGTERM or Ctrl-C")
    .option("--config <file>", "the configuration, JSON; paths in it are relative to the file")
    .option(
      "--json",
      "errors as JSON on stdout; the line that says the server is ready is always JSON",
    )
    .option("--log-level <level>", `on stderr: ${LOG_LEVELS.join(", ")}`, logLevelOf, "info")
    .addHelpText("after", "\nExample:\n  mayday server --config /etc/mayday/server.json")
    .action(async (flags: { readonly config?: string; readonly logLevel: LogLevel }) => {
      if (flags.config === undefined) throw usageError("--config is missing");
      await serveUntilSignal(loadServerConfig(flags.config), flags.logLevel);
    });
}

/**
 * Runs a server, tells on stdout that it is ready, and returns once a signal has ended it in good order.
 * `onReady` is told where it listens, the port being the real one.
 * @throws {SetupError}, {StoreError}, {NetError} it cannot start.
 */
export async function serveUntilSignal(
  config: ServerConfig,
  level: LogLevel,
  onReady?: (udp: Address) => void,
): Promise<void> {
  const warn = (text: string): void => processOutput.stderr(`mayday: warning: ${text}\n`);
  for (const warning of config.warnings) warn(warning);
  const ended = endSignal(); // before it is ready: whoever waits for that line may end us at once
  const log = stderrLog(level);
  const keyLog = openKeyLog(process.env["SSLKEYLOGFILE"], warn);
  const server = await runServer(config, nodeWorld(), log, keyLog);
  processOutput.stdout(`${JSON.stringify({ ready: true, udp: formatAddress(server.udp) })}\n`);
  onReady?.(server.udp);
  const signal = await ended;
  log.info({ signal }, "the server ends");
  await server.close();
}
