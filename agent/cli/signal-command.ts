import process from "node:process";
import { Command } from "commander";
import { CoapError } from "../coap/error.ts";
import { formatAddress, type Address } from "../net/ports.ts";
import { interruptSignal } from "./end-signal.ts";
import { CliError, EXIT, processOutput, type ExitCode, type Output } from "./exit.ts";
import {
  addDeleteFlags,
  addGetFlags,
  addHeartbeatFlags,
  addPutFlags,
  addSessionFlags,
  type DeleteFlags,
  type GetFlags,
  type HeartbeatFlags,
  type PutFlags,
  type SessionFlags,
} from "./signal-flags.ts";
import { SignalReporter } from "./signal-report.ts";
import { openSession, realDeps, type SessionDeps, type SignalRequest } from "./signal-session.ts";
import {
  checkPut,
  get,
  getRequest,
  heartbeat,
  put,
  putRequest,
  withdraw,
  withdrawal,
  type VerbContext,
} from "./signal-verbs.ts";

/** What `mayday signal` runs on: the process, unless a test says otherwise. */
export interface SignalEnvironment {
  readonly output: Output;
  readonly deps: SessionDeps;
  /** The exit code of a verb that ended without an error. */
  finish(exit: ExitCode): void;
  /** From the call on, Ctrl-C and SIGTERM fire the signal; before, they just end the process. */
  interrupted(): AbortSignal;
}

const EXAMPLE_FLAGS =
  "--server coaps://dots.example.net --psk-identity branch --psk-file branch.psk";

const JSON_HELP = `
With --json, stdout has one object (with --observe, one a line):
  {"code":"2.01","rttMs":1.2,"handshakeMs":4.1,"security":{…},"payload":{…},"transmissions":1}
"payload" is the body in the RFC's JSON names, or null if the answer has none; "diagnostic" is the
server's text, if it sent one; what the server refuses (exit 3) also has
"error":{"code","message","hint"}. Any other failure has "error" alone.`;

/** `mayday signal`: one session, no agent, no state. */
export function signalCommand(environment: SignalEnvironment = processEnvironment()): Command {
  const signal = new Command("signal")
    .description("speak to a DOTS server directly: one session, no agent, no state")
    .addHelpText("after", `\nExample:\n  mayday signal get ${EXAMPLE_FLAGS}`);
  signal.addCommand(putCommand(environment));
  signal.addCommand(getCommand(environment));
  signal.addCommand(deleteCommand(environment));
  signal.addCommand(heartbeatCommand(environment));
  return signal;
}

function putCommand(environment: SignalEnvironment): Command {
  const example = `mayday signal put ${EXAMPLE_FLAGS} \\
      --mid 1 --target-prefix 203.0.113.7 --target-port 443 --target-protocol tcp`;
  const command = verb(
    "put",
    "ask for a mitigation, refresh it, or tell how well it works",
    example,
  );
  return addPutFlags(addSessionFlags(command)).action(async (flags: PutFlags) => {
    checkPut(flags);
    const request = putRequest(flags);
    await run(flags, environment, (context) => put(flags, request, context), request);
  });
}

function getCommand(environment: SignalEnvironment): Command {
  const example = `mayday signal get ${EXAMPLE_FLAGS} --mid 1 --observe 60`;
  const command = verb("get", "show one mitigation or all, once or as they change", example);
  return addGetFlags(addSessionFlags(command)).action((flags: GetFlags) => {
    const request = getRequest(flags);
    const first = flags.observe === undefined ? request : undefined;
    return run(flags, environment, (context) => get(flags, request, context), first);
  });
}

function deleteCommand(environment: SignalEnvironment): Command {
  const command = verb(
    "delete",
    "withdraw a request",
    `mayday signal delete ${EXAMPLE_FLAGS} --mid 1`,
  );
  return addDeleteFlags(addSessionFlags(command)).action((flags: DeleteFlags) => {
    const request = withdrawal(flags);
    return run(flags, environment, (context) => withdraw(flags, request, context), request);
  });
}

function heartbeatCommand(environment: SignalEnvironment): Command {
  const example = `mayday signal heartbeat ${EXAMPLE_FLAGS} --count 3 --interval 1`;
  const command = verb("heartbeat", "see whether the server answers", example);
  return addHeartbeatFlags(addSessionFlags(command)).action((flags: HeartbeatFlags) =>
    run(flags, environment, (context) => heartbeat(flags, context)),
  );
}

function verb(name: string, description: string, example: string): Command {
  return new Command(name)
    .description(description)
    .addHelpText("after", `\nExample:\n  ${example}\n${JSON_HELP}`);
}

/**
 * Opens the session, runs one verb on it and closes it, whatever happens.
 * @param first the verb's request, where it may go along with the end of the handshake
 */
async function run(
  flags: SessionFlags,
  environment: SignalEnvironment,
  use: (context: VerbContext) => Promise<ExitCode>,
  first?: SignalRequest,
): Promise<void> {
  const session = await openSession(flags, environment.deps, first);
  try {
    const reporter = new SignalReporter(environment.output, flags.json === true, session.dtls);
    const exit = await use({ session, reporter, interrupted: () => environment.interrupted() });
    environment.finish(exit);
  } catch (error) {
    throw unanswered(error, session.dtls.peer, flags.timeout);
  } finally {
    session.close();
  }
}

/** Names who did not answer; any other error as it is. */
function unanswered(error: unknown, peer: Address, seconds: number): unknown {
  if (!(error instanceof CoapError) || error.code !== "coap/timeout") return error;
  return new CliError({
    exit: EXIT.unreachable,
    code: error.code,
    message: `no answer from ${formatAddress(peer)} (UDP) within ${seconds} s; the session itself was set up`,
    hint: "The server may be overloaded or the path may lose much; try a longer --timeout.",
    cause: error,
  });
}

function processEnvironment(): SignalEnvironment {
  return {
    output: processOutput,
    deps: realDeps((text) => processOutput.stderr(`${text}\n`)),
    finish(exit) {
      if (exit !== EXIT.done) process.exitCode = exit;
    },
    interrupted: interruptSignal,
  };
}
