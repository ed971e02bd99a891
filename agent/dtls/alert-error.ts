import { AlertDescription, alertName } from "../wire/dtls/alert.ts";
import { DtlsError } from "./session.ts";

/** Alerts by which a peer can only mean our certificate; a key that does not fit looks otherwise. [RFC 5246 §7.2.2] */
const CERTIFICATE_REFUSALS: ReadonlySet<number> = new Set([
  AlertDescription.badCertificate,
  AlertDescription.unsupportedCertificate,
  AlertDescription.certificateRevoked,
  AlertDescription.certificateExpired,
  AlertDescription.certificateUnknown,
  AlertDescription.unknownCa,
]);

/** Alerts by which a server says that it does not believe who we are. [RFC 4279 §2] [RFC 5246 §7.2.2] */
const REFUSALS: ReadonlySet<number> = new Set([
  ...CERTIFICATE_REFUSALS,
  AlertDescription.badRecordMac,
  AlertDescription.accessDenied,
  AlertDescription.decryptError,
  AlertDescription.unknownPskIdentity,
]);

const CERTIFICATE = "certificate ";

type Role = "client" | "server";

/**
 * The error that a fatal alert amounts to while the handshake goes on.
 * @param role ours
 * @param claim what a client claims to be: see `HandshakeMachine.claim`
 */
export function refusedByAlert(description: number, role: Role, claim: string): DtlsError {
  const name = alertName(description);
  if (role === "client" && REFUSALS.has(description)) {
    return new DtlsError("dtls/authentication", `the server refused ${shown(claim)}: ${name}`);
  }
  if (role === "server" && CERTIFICATE_REFUSALS.has(description)) {
    const why = `the client refused this server's certificate: ${name}`;
    return new DtlsError("dtls/authentication", why);
  }
  const code =
    description === AlertDescription.handshakeFailure ? "dtls/no-common-suite" : "dtls/protocol";
  return new DtlsError(code, `${peerOf(role)} ended the handshake: ${name}`);
}

/** The error that a fatal alert amounts to in a standing session; `role` is ours. */
export function endedByAlert(description: number, role: Role): DtlsError {
  return new DtlsError(
    "dtls/protocol",
    `${peerOf(role)} ended the session: ${alertName(description)}`,
  );
}

/** What a client has shown, with its claim: `this key (identity branch)`, `this certificate (CN=office)`. */
export function shown(claim: string): string {
  return claim.startsWith(CERTIFICATE)
    ? `this certificate (${claim.slice(CERTIFICATE.length)})`
    : `this key (${claim})`;
}

function peerOf(role: Role): string {
  return role === "client" ? "the server" : "the client";
}
