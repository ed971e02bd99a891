import type { Certificate } from "./certificate.ts";

/**
 * Certificates that are not believed any more although they are in order: revoked by configuration, as a small
 * provider does it. Entries are SHA-256 in lower-case hex without colons: of a whole certificate, as people have it
 * from other programs, or of what is signed of it.
 */
export type Revocations = ReadonlySet<string>;

/**
 * Whether this certificate was revoked. Of one that is signed with ECDSA its owner can make another with the same
 * content and another fingerprint: it is revoked with the first.
 */
export function isRevoked(certificate: Certificate, revocations: Revocations): boolean {
  const { fingerprint, signedFingerprint, twinFingerprints } = certificate;
  return [fingerprint, signedFingerprint, ...twinFingerprints].some((one) => revocations.has(one));
}
