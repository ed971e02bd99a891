import { AlertDescription, alertName } from "../wire/dtls/alert.ts";
import { DtlsError } from "./session.ts";

/** Alerts by which a server says that it does not believe who we are. [RFC 4279 §2] [RFC 5246 §7.2.2] */
const REFUSALS: ReadonlySet<number> = new Set([
  AlertDescription.badRecordMac,
  AlertDescription.accessDenied,
  AlertDescription.decryptError,
  AlertDescription.unknownPskIdentity,
]);

type Role = "client" | "server";

/** The error that a fatal alert amounts to while the handshake goes on; `role` is ours. */
export function refusedByAlert(description: number, role: Role, identity: string): DtlsError {
  const name = alertName(description);
  if (role === "client" && REFUSALS.has(description)) {
    const why = `the server refused this key (identity ${identity}): ${name}`;
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

function peerOf(role: Role): string {
  return role === "client" ? "the server" : "the client";
}
