import type { ClientCredentials } from "../dtls/credentials.ts";
import { DtlsError, type DtlsErrorCode } from "../dtls/session.ts";
import { formatAddress, NetError, type Address } from "../net/ports.ts";
import { certificateHint } from "./certificate-hint.ts";
import { credentialText } from "./credential.ts";
import type { SessionFault } from "./session-fault.ts";

/** Why there is no session, for people: from what the resolver and the handshakes said. */

/** One address that came to nothing, and why. */
export interface FailedAttempt {
  readonly to: Address;
  readonly error: DtlsError;
}

/** Why a connection could not be made. */
export interface ConnectFailure {
  readonly tag: "failed";
  readonly fault: SessionFault;
  /** One sentence for a person. Never holds key material. */
  readonly message: string;
  /** What to try next. */
  readonly hint: string;
  /** The addresses that were tried, in the resolver's order; none when the name was not resolved. */
  readonly attempts: readonly FailedAttempt[];
  /** The error that decided. */
  readonly cause: Error;
}

const TRY_ADDRESS = "Check the address and port, and that a firewall lets UDP pass both ways.";
const OURS = "The fault is on this machine: in what was configured, or in the program.";

/** What to check when who we are, or who the server is, is not believed. */
const TRY: Record<Exclude<ClientCredentials["type"], "certificate">, string> = {
  psk: "Check the PSK identity and the key against what the provider gave you.",
  "raw-public-key":
    "Check the server's public key against what the provider gave you, and that the provider has yours.",
};

const SHOWN: Record<ClientCredentials["type"], string> = {
  psk: "the key",
  certificate: "the certificate",
  "raw-public-key": "the proof of the key",
};

/** What each error of a handshake amounts to: complete, so that a new code does not compile without an entry. */
const FAULT_OF: Record<DtlsErrorCode, SessionFault> = {
  "dtls/timeout": "unreachable",
  "dtls/refused": "unreachable",
  "dtls/network": "unreachable",
  "dtls/authentication": "key-refused",
  "dtls/proof-unanswered": "key-refused",
  "dtls/no-common-suite": "not-dots",
  "dtls/protocol": "not-dots",
  "dtls/closed": "not-dots",
  "dtls/too-large": "internal",
  "dtls/configuration": "internal",
};

/** Which fault tells most about the server when its addresses failed in different ways: the first of these. */
const TELLING: readonly SessionFault[] = ["key-refused", "not-dots", "internal", "unreachable"];

/** What failed before any address was tried: the lookup of the server's name. */
export function lookupFailure(host: string, cause: unknown): ConnectFailure {
  if (!(cause instanceof NetError)) return internalFailure(cause);
  const late = cause.code === "net/timeout";
  return {
    tag: "failed",
    fault: "name-not-found",
    message: late ? cause.message : `no address was found for the name ${host}`,
    hint: "Check the server's name, and that this machine can look names up.",
    attempts: [],
    cause,
  };
}

/** A fault of this machine, or of the program. */
export function internalFailure(error: unknown): ConnectFailure {
  const cause = error instanceof Error ? error : new Error(String(error));
  return {
    tag: "failed",
    fault: "internal",
    message: `no session: ${cause.message}`,
    hint: OURS,
    attempts: [],
    cause,
  };
}

/**
 * What the failures of all addresses amount to. A key that this server has accepted before is not suspected when the
 * server falls silent upon it: that is loss.
 */
export function handshakeFailure(
  attempts: readonly FailedAttempt[],
  credential: ClientCredentials,
  keyAccepted: boolean,
): ConnectFailure {
  const faults = attempts.map(({ error }) => faultOf(error, keyAccepted));
  const fault = TELLING.find((candidate) => faults.includes(candidate)) ?? "unreachable";
  const cause = decisive(attempts, faults.indexOf(fault));
  const said = wordsOf(fault, cause, attempts, credential);
  return { tag: "failed", fault, ...said, attempts, cause };
}

function faultOf({ code }: DtlsError, keyAccepted: boolean): SessionFault {
  return keyAccepted && code === "dtls/proof-unanswered" ? "unreachable" : FAULT_OF[code];
}

/** A server that says no tells more than one that says nothing. */
function decisive(attempts: readonly FailedAttempt[], index: number): DtlsError {
  const refusal = attempts.find(({ error }) => error.code === "dtls/authentication");
  const decided = refusal ?? attempts[index] ?? attempts[0];
  return decided?.error ?? new DtlsError("dtls/network", "there is no address to try");
}

function wordsOf(
  fault: SessionFault,
  cause: DtlsError,
  attempts: readonly FailedAttempt[],
  credential: ClientCredentials,
): { readonly message: string; readonly hint: string } {
  const tried = attempts.map(({ to, error }) => `${formatAddress(to)} (UDP): ${whyOf(error)}`);
  switch (fault) {
    case "key-refused":
      return refusalWords(cause, credential);
    case "unreachable":
      return { message: `nobody answers: tried ${tried.join("; ")}`, hint: TRY_ADDRESS };
    default:
      return {
        message: `no session with the server; tried ${tried.join("; ")}`,
        hint: fault === "internal" ? OURS : otherKind(credential),
      };
  }
}

/** A key is right or wrong; of certificates the error says which one it is, and what is wrong with it. */
function refusalWords(
  cause: DtlsError,
  credential: ClientCredentials,
): { readonly message: string; readonly hint: string } {
  const { type } = credential;
  const silent = cause.code === "dtls/proof-unanswered";
  const toTry = type === "certificate" ? certificateHint(cause.message) : TRY[type];
  return {
    message:
      type === "psk"
        ? `the server refused this key (${credentialText(credential)})`
        : cause.message,
    hint: silent
      ? `It fell silent when it was shown ${SHOWN[type]}. ${toTry} Heavy packet loss looks the same.`
      : toTry,
  };
}

function otherKind({ type }: ClientCredentials): string {
  const what = type === "certificate" ? "certificates" : "a key";
  return `What answers there takes no session by ${what}. Check the server's address and port.`;
}

/** The address is named already. */
function whyOf(error: DtlsError): string {
  return error.code === "dtls/refused" ? "nobody listens there" : error.message;
}
