import { destination, pino, stdTimeFunctions } from "pino";
import type { Log } from "../dots/server/log.ts";
import { usageError } from "./exit.ts";

/** What `--log-level` takes, loudest last. */
export const LOG_LEVELS = ["silent", "error", "warn", "info", "debug"] as const;

export type LogLevel = (typeof LOG_LEVELS)[number];

/** For commander. @throws {CliError} no such level. */
export function logLevelOf(text: string): LogLevel {
  const level = LOG_LEVELS.find((known) => known === text);
  if (level === undefined) throw usageError(`--log-level takes ${LOG_LEVELS.join(", ")}`);
  return level;
}

/** One JSON object a line on stderr, written before the call returns: nothing is lost at the end of the process. */
export function stderrLog(level: LogLevel): Log {
  const options = { level, base: null, timestamp: stdTimeFunctions.isoTime };
  return pino(options, destination({ dest: 2, sync: true }));
}
