import process from "node:process";
import type { ControlLog, ControlLogFields } from "../../agent/control/control-log.ts";

/** What the agent's part needs of a log, too. */
export interface ShellLog extends ControlLog {
  debug(fields: ControlLogFields, message: string): void;
  info(fields: ControlLogFields, message: string): void;
}

/** Faults, one JSON object a line on stderr, as the command writes its own. `part`: which process it is. */
export function shellLog(part: "desktop" | "agent"): ShellLog {
  const at =
    (level: string) =>
    (fields: ControlLogFields, msg: string): void => {
      const time = new Date().toISOString();
      process.stderr.write(`${JSON.stringify({ level, time, part, ...fields, msg })}\n`);
    };
  return { debug: () => {}, info: () => {}, warn: at("warn"), error: at("error") };
}
