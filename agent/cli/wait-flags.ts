import { InvalidArgumentError, type Command } from "commander";

/** Flags of commands that can wait for what they set going. */
export interface WaitFlags {
  readonly wait?: true;
  /** Seconds. */
  readonly timeout: number;
}

const DEFAULT_S = 60;
const MAX_S = 86_400;

/** Adds `--wait` and `--timeout`; `until` says what is waited for. */
export function addWaitFlags(command: Command, until: string): Command {
  return command
    .option("--wait", `wait ${until}`)
    .option("--timeout <seconds>", "with --wait: no longer than this", readTimeout, DEFAULT_S);
}

function readTimeout(text: string): number {
  const seconds = /^\d{1,5}(\.\d{1,3})?$/.test(text) ? Number(text) : 0;
  if (seconds > 0 && seconds <= MAX_S) return seconds;
  throw new InvalidArgumentError(`Not a number of seconds above 0, up to ${MAX_S}.`);
}
