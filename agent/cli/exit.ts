import process from "node:process";
import type { CoapErrorCode } from "../coap/error.ts";
import type { DotsErrorCode } from "../dots/client/dots-error.ts";
import type { DtlsErrorCode } from "../dtls/session.ts";
import { SetupError } from "../host/setup-error.ts";
import type { NetErrorCode } from "../net/ports.ts";
import type { StoreErrorCode } from "../store/mitigation-store.ts";
import type { WireErrorCode } from "../wire/bytes.ts";
import { jsonLine } from "./plain.ts";

/** The exit codes of `mayday`. Scripts rely on them. */
export const EXIT = {
  done: 0,
  /** A fault of ours, or of the machine we run on. */
  fault: 1,
  usage: 2,
  /** The server answered 4.xx or 5.xx, or named a conflict. */
  refused: 3,
  /** Unreachable or timed out. */
  unreachable: 4,
  /** Authentication failed, either way. */
  authentication: 5,
  agentNotRunning: 6,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** What a `CliError` is made of. */
export interface CliFault {
  readonly exit: ExitCode;
  /** Stable and short, for scripts: `usage`, `server/refused`, `dtls/timeout`. */
  readonly code: string;
  /** One sentence for a person. Never holds key material. */
  readonly message: string;
  /** What to try next. */
  readonly hint?: string | undefined;
  readonly cause?: unknown;
}

/** An outcome that ends the command with an exit code of its own. */
export class CliError extends Error {
  override readonly name = "CliError";
  readonly exit: ExitCode;
  readonly code: string;
  readonly hint: string | undefined;

  constructor(fault: CliFault) {
    super(fault.message, fault.cause === undefined ? undefined : { cause: fault.cause });
    this.exit = fault.exit;
    this.code = fault.code;
    this.hint = fault.hint;
  }
}

/** A mistake on the command line: exit 2. The message names the flag. */
export function usageError(message: string, hint?: string): CliError {
  return new CliError({ exit: EXIT.usage, code: "usage", message, hint });
}

/** Where a report goes; the process's own streams unless a test says otherwise. */
export interface Output {
  stdout(text: string): void;
  stderr(text: string): void;
}

/** The process's own streams. */
export const processOutput: Output = {
  stdout: (text) => void process.stdout.write(text),
  stderr: (text) => void process.stderr.write(text),
};

interface Mapping {
  readonly exit: ExitCode;
  readonly hint?: string;
}

type LayerErrorCode =
  | NetErrorCode
  | DtlsErrorCode
  | CoapErrorCode
  | DotsErrorCode
  | StoreErrorCode
  | WireErrorCode;

const TRY_ADDRESS = "Check the address and port, and that a firewall lets UDP pass both ways.";
const TRY_KEY = "Check the PSK identity and the key file against what the provider gave you.";
const TOO_LARGE = "Ask for fewer targets in one request, or for a prefix that covers them.";

/** How the faults of each layer end a command: complete, so that a new code does not compile without an entry. */
const EXIT_OF: Record<LayerErrorCode, Mapping> = {
  "net/address-in-use": {
    exit: EXIT.fault,
    hint: "Another program uses this port; choose another.",
  },
  "net/address-unavailable": { exit: EXIT.fault, hint: "This machine does not have that address." },
  "net/permission": { exit: EXIT.fault, hint: "The system does not allow it." },
  "net/refused": { exit: EXIT.unreachable, hint: TRY_ADDRESS },
  "net/unreachable": { exit: EXIT.unreachable, hint: TRY_ADDRESS },
  "net/timeout": { exit: EXIT.unreachable, hint: TRY_ADDRESS },
  "net/reset": { exit: EXIT.unreachable },
  "net/too-large": { exit: EXIT.usage, hint: TOO_LARGE },
  "net/closed": { exit: EXIT.unreachable },
  "net/other": { exit: EXIT.fault },
  "dtls/timeout": { exit: EXIT.unreachable, hint: TRY_ADDRESS },
  "dtls/refused": { exit: EXIT.unreachable, hint: TRY_ADDRESS },
  "dtls/authentication": { exit: EXIT.authentication, hint: TRY_KEY },
  "dtls/proof-unanswered": {
    exit: EXIT.authentication,
    hint: "Most likely the identity or the key is wrong; heavy packet loss looks the same.",
  },
  "dtls/no-common-suite": {
    exit: EXIT.authentication,
    hint: "The server may not accept pre-shared keys.",
  },
  "dtls/protocol": {
    exit: EXIT.unreachable,
    hint: "The server may not speak DTLS 1.2 on this port.",
  },
  "dtls/closed": { exit: EXIT.unreachable },
  "dtls/too-large": { exit: EXIT.usage, hint: TOO_LARGE },
  "dtls/configuration": { exit: EXIT.usage },
  "dtls/network": { exit: EXIT.unreachable, hint: TRY_ADDRESS },
  "coap/timeout": { exit: EXIT.unreachable },
  "coap/reset": { exit: EXIT.refused },
  "coap/closed": { exit: EXIT.unreachable },
  "coap/busy": { exit: EXIT.fault },
  "coap/too-large": { exit: EXIT.usage, hint: TOO_LARGE },
  "coap/bad-response": { exit: EXIT.fault, hint: "The server may not speak DOTS (RFC 9132)." },
  "dots/invalid-request": { exit: EXIT.usage },
  "dots/bad-answer": { exit: EXIT.fault, hint: "The server may not speak DOTS (RFC 9132)." },
  "store/unavailable": { exit: EXIT.fault },
  "store/in-use": { exit: EXIT.fault, hint: "End the other one, or use another data directory." },
  "store/version": { exit: EXIT.fault },
  "store/damaged": { exit: EXIT.fault },
  "store/write": { exit: EXIT.fault },
  "wire/truncated": { exit: EXIT.fault },
  "wire/leftover": { exit: EXIT.fault },
  "wire/malformed": { exit: EXIT.fault },
  "wire/out-of-range": { exit: EXIT.fault },
  "wire/unknown-critical": { exit: EXIT.fault },
};

/**
 * What it amounts to that stdout cannot be written: nothing when its reader has seen enough (`mayday … | head`),
 * else exit 1, since whoever wanted the answer does not have it.
 */
export function stdoutFault(error: NodeJS.ErrnoException): CliError | undefined {
  if (error.code === "EPIPE") return undefined;
  return new CliError({
    exit: EXIT.fault,
    code: "stdout",
    message: `the answer cannot be written to stdout: ${error.message}`,
    cause: error,
  });
}

/** Any thrown value as the `CliError` it amounts to. */
export function toCliError(error: unknown): CliError {
  if (error instanceof CliError) return error;
  if (error instanceof SetupError) {
    const { code, message, hint } = error;
    return new CliError({ exit: EXIT.usage, code, message, hint, cause: error });
  }
  if (!(error instanceof Error)) {
    return new CliError({ exit: EXIT.fault, code: "internal", message: String(error) });
  }
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  if (!isLayerErrorCode(code)) {
    return new CliError({
      exit: EXIT.fault,
      code: "internal",
      message: error.message,
      cause: error,
    });
  }
  const { exit, hint } = EXIT_OF[code];
  return new CliError({ exit, code, message: error.message, hint, cause: error });
}

/**
 * Tells the user how the command failed and returns the exit code. With `json`, stdout gets
 * `{"error":{"code","message","hint"}}` and nothing else; without, stderr gets text.
 * A fault nobody foresaw also leaves its stack on stderr: it is what a bug report needs.
 */
export function reportError(
  error: unknown,
  json: boolean,
  output: Output = processOutput,
): ExitCode {
  const fault = toCliError(error);
  if (fault.code === "internal") output.stderr(`${stackOf(error)}\n`);
  if (json) output.stdout(jsonLine(errorJson(fault)));
  else output.stderr(errorText(fault));
  return fault.exit;
}

/** What `--json` says of a fault. */
export function errorJson({ code, message, hint }: CliFault): object {
  return { error: { code, message, hint: hint ?? null } };
}

/** What a person is told of a fault. */
export function errorText({ message, hint }: CliFault): string {
  return `mayday: ${message}\n${hint === undefined ? "" : `  ${hint}\n`}`;
}

function isLayerErrorCode(code: string): code is LayerErrorCode {
  return Object.hasOwn(EXIT_OF, code);
}

function stackOf(error: unknown): string {
  return error instanceof Error && error.stack !== undefined ? error.stack : String(error);
}
