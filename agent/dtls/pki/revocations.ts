import type { Certificate } from "./certificate.ts";

/**
 * Certificates that are not believed any more although they are in order: revoked by configuration, as a small
 * provider does it. Entries are SHA-256 fingerprints in lower-case hex without colons.
 */
export type Revocations = ReadonlySet<string>;

/** Whether this certificate was revoked. */
export function isRevoked(certificate: Certificate, revocations: Revocations): boolean {
  return revocations.has(certificate.fingerprint);
}
