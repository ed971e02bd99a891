import type { Command } from "commander";
import type { CallInput, CallName, CallOutput } from "../control/contract.ts";
import type { CallOptions, ControlApi } from "../control/handlers.ts";
import type { Clock, Millis } from "../net/ports.ts";
import type { AgentConnection, ControlEnvironment } from "./control-environment.ts";
import { controlFault } from "./control-exit.ts";
import { CliError, EXIT, errorJson, errorText, type CliFault } from "./exit.ts";
import { jsonLine, shellWord } from "./plain.ts";

/** Flags of every command that speaks to the agent. */
export interface AgentFlags {
  readonly json?: true;
  readonly dataDir?: string;
}

/** The agent, to one command. */
export interface Agent {
  /** Rejects with `ControlError` or `ControlGone`; with `CliError` when the agent keeps silent for too long. */
  call<Name extends CallName>(
    name: Name,
    input: CallInput<Name>,
    onProgress?: CallOptions<Name>["onProgress"],
  ): Promise<CallOutput<Name>>;
  readonly on: ControlApi["on"];
  /** Fires when the connection ends without our doing; its reason says why. */
  readonly lost: AbortSignal;
}

/** Every answer comes at once but that of `provider.test`, which takes 15 s at most. */
const PATIENCE_MS: Millis = 30_000;

/** Adds the flags of every command that speaks to the agent. */
export function addAgentFlags(command: Command): Command {
  return command
    .option("--json", "one JSON document on stdout, nothing else there")
    .option(
      "--data-dir <dir>",
      "the agent's data directory, in place of $MAYDAY_DATA_DIR or the usual folder",
    );
}

/**
 * Connects to the agent, lets `use` talk to it, and ends the connection, whatever happens.
 * @throws {CliError} no agent, or what it refused; {SetupError} `control`.
 */
export async function withAgent<T>(
  environment: ControlEnvironment,
  flags: AgentFlags,
  use: (agent: Agent) => Promise<T>,
  options: { readonly validate?: boolean } = {},
): Promise<T> {
  const lost = new AbortController();
  try {
    const connection = await environment.connect(flags.dataDir, {
      ...options,
      onLost: (why) => lost.abort(why),
    });
    try {
      return await use(agentOf(connection, environment.clock, lost.signal));
    } finally {
      connection.close();
    }
  } catch (error) {
    throw controlFault(error, startLine(flags));
  }
}

/** Prints what a call answered: the contract's JSON, or text for a person. */
export function tell<T>(
  { output }: ControlEnvironment,
  flags: AgentFlags,
  answer: T,
  text: (answer: T) => string,
): void {
  output.stdout(flags.json === true ? jsonLine(answer) : text(answer));
}

/** As `tell`, where the answer may be a no: then it has an `error`, too, and the command ends in that one's exit code. */
export function conclude<T extends object>(
  environment: ControlEnvironment,
  flags: AgentFlags,
  answer: T,
  text: (answer: T) => string,
  fault: CliFault | undefined,
): void {
  if (fault === undefined) {
    tell(environment, flags, answer, text);
    return;
  }
  tell(environment, flags, { ...answer, ...errorJson(fault) }, text);
  if (flags.json !== true) environment.output.stderr(errorText(fault));
  environment.finish(fault.exit);
}

/** How the agent that these flags mean is started. */
function startLine({ dataDir }: AgentFlags): string {
  const flag = dataDir === undefined ? "" : ` --data-dir ${shellWord(dataDir)}`;
  return `mayday agent run${flag}`;
}

function agentOf(connection: AgentConnection, clock: Clock, lost: AbortSignal): Agent {
  return {
    lost,
    on: (name, listener) => connection.on(name, listener),
    call: async (name, input, onProgress) => {
      const late = new AbortController();
      const timer = clock.after(PATIENCE_MS, () => late.abort(silent()));
      const { signal } = late;
      try {
        return await connection.call(
          name,
          input,
          onProgress === undefined ? { signal } : { signal, onProgress },
        );
      } finally {
        timer.cancel();
      }
    },
  };
}

function silent(): CliError {
  return new CliError({
    exit: EXIT.unreachable,
    code: "agent-silent",
    message: `the agent has not answered within ${PATIENCE_MS / 1000} s`,
    hint: "It may be overloaded; if it stays so, start it again.",
  });
}
