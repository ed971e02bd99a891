import type { Reason, TestReport } from "../control/contract.ts";
import { ControlError } from "../control/control-error.ts";
import { ControlGone, type ControlGoneCode } from "../control/control-gone.ts";
import {
  ControlListenError,
  type ControlListenErrorCode,
} from "../control/transport/listen-error.ts";
import { CliError, EXIT, type ExitCode } from "./exit.ts";
import { harmless } from "./plain.ts";

/** How a call that the agent refused, or that found no agent, ends a command. */

interface Mapping {
  readonly exit: ExitCode;
  /** What to try next, where the agent did not say. */
  readonly hint?: string;
}

/** Complete, so that a new reason does not compile without an entry. The reason is the error's code. */
const EXIT_OF_REASON: Record<Reason, Mapping> = {
  "invalid-input": { exit: EXIT.usage },
  "unknown-method": {
    exit: EXIT.fault,
    hint: "The agent may be of another version than this command: start it again.",
  },
  "not-allowed": { exit: EXIT.fault },
  busy: { exit: EXIT.fault, hint: "Try again in a moment." },
  "store-failed": {
    exit: EXIT.fault,
    hint: "Is the disk full? The agent's log says what went wrong.",
  },
  stopping: { exit: EXIT.agentNotRunning, hint: "The agent is ending; start it again." },
  internal: { exit: EXIT.fault, hint: "The agent's log says what went wrong." },
  "name-taken": { exit: EXIT.usage, hint: "Choose another name." },
  "bad-server": { exit: EXIT.usage },
  "bad-key": { exit: EXIT.usage },
  "bad-certificate": { exit: EXIT.usage },
  "provider-known": { exit: EXIT.usage, hint: "mayday provider list shows it." },
  "practice-failed": { exit: EXIT.fault },
  "no-such-provider": { exit: EXIT.usage, hint: "mayday provider list shows those there are." },
  "provider-in-use": { exit: EXIT.usage, hint: "Withdraw its mitigations first." },
  "bad-target": { exit: EXIT.usage },
  "no-such-target": { exit: EXIT.usage, hint: "mayday target list shows those there are." },
  "no-provider": {
    exit: EXIT.usage,
    hint: "Add yours: mayday provider add --help; or try it out: mayday provider add --practice.",
  },
  "which-provider": { exit: EXIT.usage, hint: "Say which one with --provider NAME." },
  "too-many": { exit: EXIT.usage, hint: "Withdraw one that is not needed any more." },
  "already-asked": { exit: EXIT.usage },
  "ids-exhausted": { exit: EXIT.fault },
  "no-such-mitigation": {
    exit: EXIT.usage,
    hint: "mayday mitigation list --all shows those there are.",
  },
  "console-off": { exit: EXIT.usage, hint: "Start the agent without --no-console." },
};

/** `lost` and `silent` leave open whether what was asked has been done. */
const EXIT_OF_GONE: Record<ControlGoneCode, Mapping> = {
  "not-running": { exit: EXIT.agentNotRunning },
  lost: {
    exit: EXIT.agentNotRunning,
    hint: "It has ended; start it again, then look: mayday status",
  },
  silent: { exit: EXIT.unreachable, hint: "It may be overloaded; if it stays so, start it again." },
  "not-mayday": {
    exit: EXIT.fault,
    hint: "Another program has its control socket; choose another place with $MAYDAY_CONTROL.",
  },
  "other-version": {
    exit: EXIT.fault,
    hint: "Start the agent again, so that it is of this version.",
  },
  "not-allowed": { exit: EXIT.fault, hint: "Run the command as the user that runs the agent." },
  untrusted: { exit: EXIT.fault, hint: "Choose another place with $MAYDAY_CONTROL." },
};

/** How an agent ends that cannot take its control socket. */
const EXIT_OF_LISTEN: Record<ControlListenErrorCode, Mapping> = {
  "in-use": { exit: EXIT.fault, hint: "It goes on. How it is: mayday status" },
  "bad-path": { exit: EXIT.usage },
  "not-allowed": {
    exit: EXIT.usage,
    hint: "Choose another place for the control socket: $MAYDAY_CONTROL.",
  },
  failed: { exit: EXIT.fault },
};

/** How a provider's test that failed ends the command. */
const EXIT_OF_TEST: Record<NonNullable<TestReport["fault"]>["code"], ExitCode> = {
  "name-not-found": EXIT.unreachable,
  unreachable: EXIT.unreachable,
  "key-refused": EXIT.authentication,
  silent: EXIT.unreachable,
  closed: EXIT.unreachable,
  "not-dots": EXIT.unreachable,
  internal: EXIT.fault,
};

/** What `error`, thrown by a call, amounts to; anything that is not of the control interface as it is. */
export function controlFault(error: unknown, startAgent: string): unknown {
  if (error instanceof ControlError) {
    const { exit, hint } = EXIT_OF_REASON[error.reason];
    return fault(exit, error.reason, error.message, error.hint ?? hint, error);
  }
  if (!(error instanceof ControlGone)) return error;
  const { exit, hint = `Start it with: ${startAgent}` } = EXIT_OF_GONE[error.code];
  return fault(exit, `agent-${error.code}`, error.message, hint, error);
}

/** What `error`, thrown at the agent's start, amounts to; anything that is not about its control socket as it is. */
export function listenFault(error: unknown): unknown {
  if (!(error instanceof ControlListenError)) return error;
  const { exit, hint } = EXIT_OF_LISTEN[error.code];
  const code = error.code === "in-use" ? "agent-running" : "control";
  return fault(exit, code, error.message, error.hint ?? hint, error);
}

/** The fault of a provider's test, if it failed. */
export function testFault({ fault: found }: TestReport): CliError | undefined {
  if (found === null) return undefined;
  return fault(EXIT_OF_TEST[found.code], found.code, found.message, found.hint);
}

function fault(
  exit: ExitCode,
  code: string,
  message: string,
  hint: string | undefined,
  cause?: unknown,
): CliError {
  const cleanHint = hint === undefined ? undefined : harmless(hint);
  return new CliError({ exit, code, message: harmless(message), hint: cleanHint, cause });
}
