import { AlertDescription } from "../../wire/dtls/alert.ts";
import type { Trust } from "../credentials.ts";
import type { Certificate } from "./certificate.ts";
import {
  type CertificateAlert,
  type CertificateFault,
  dayOf,
  faultOf,
  faultOfCa,
} from "./certificate-fault.ts";
import { forbiddenName } from "./name-constraints.ts";
import { isRevoked } from "./revocations.ts";

/** What a certificate is to be good for. */
export type Purpose = "server" | "client";

/** Why one certificate is not believed, before it is known whose fault that is. */
type Objection = readonly [alert: CertificateAlert, what: string];

const EXTENDED_KEY_USAGE = {
  server: { oid: "1.3.6.1.5.5.7.3.1", name: "serverAuth" },
  client: { oid: "1.3.6.1.5.5.7.3.2", name: "clientAuth" },
} as const;
const ANY_EXTENDED_KEY_USAGE = "2.5.29.37.0";

/**
 * What is wrong with a path, but for its signatures, which are verified elsewhere: the peer's certificate first, then each one's
 * issuer, the anchor last. Undefined if nothing is. [RFC 5280 §6.1]
 */
export function faultInPath(
  path: readonly Certificate[],
  trust: Trust,
  purpose: Purpose,
  atMs: number,
): CertificateFault | undefined {
  for (const [i, certificate] of path.entries()) {
    const objection =
      generalObjection(certificate, trust, atMs) ??
      weakSignatureObjection(certificate, i === path.length - 1) ??
      (i === 0 ? leafObjection(certificate, purpose, trust.legacy) : caObjection(path, i, purpose));
    if (objection) return (i === 0 ? faultOf : faultOfCa)(objection[0], certificate, objection[1]);
  }
  return nameFault(path, trust.legacy);
}

function generalObjection(
  certificate: Certificate,
  { revocations }: Trust,
  atMs: number,
): Objection | undefined {
  const { notBefore, notAfter, unfitKey, unknownCritical } = certificate;
  if (isRevoked(certificate, revocations)) {
    return [AlertDescription.certificateRevoked, "is revoked in the configuration"];
  }
  if (atMs > notAfter)
    return [AlertDescription.certificateExpired, `expired on ${dayOf(notAfter)}`];
  if (atMs < notBefore) {
    return [AlertDescription.certificateExpired, `is not valid before ${dayOf(notBefore)}`];
  }
  if (unknownCritical.length > 0) {
    const what = `has a critical extension that is not known here: ${unknownCritical[0] ?? ""}`;
    return [AlertDescription.unsupportedCertificate, what];
  }
  if (unfitKey === undefined) return undefined;
  return [AlertDescription.unsupportedCertificate, `has a key that ${unfitKey}`];
}

/** An anchor is believed for itself, and not for the signature on it. [RFC 5280 §6.1.1] */
function weakSignatureObjection(
  { weakSignature }: Certificate,
  isAnchor: boolean,
): Objection | undefined {
  if (isAnchor || weakSignature === undefined) return undefined;
  const what = `is signed with ${weakSignature}, which proves nothing`;
  return [AlertDescription.unsupportedCertificate, what];
}

function leafObjection(
  { keyUsage, extendedKeyUsage, keyType }: Certificate,
  purpose: Purpose,
  legacy: boolean,
): Objection | undefined {
  if (keyType === "other" || keyType === "rsa-pss") {
    return [AlertDescription.unsupportedCertificate, "has a key of a kind that is not known here"];
  }
  if (keyUsage && !keyUsage.has("digitalSignature")) {
    const what = "may not prove who shows it: its key usage lacks digitalSignature";
    return [AlertDescription.unsupportedCertificate, what];
  }
  if (extendedKeyUsage || legacy) return purposeObjection(extendedKeyUsage, purpose);
  const { name } = EXTENDED_KEY_USAGE[purpose];
  const what = `does not say what it is for: it has no extended key usage, and needs ${name}`;
  return [AlertDescription.unsupportedCertificate, what];
}

/** A CA that says what for may only issue for that: no standard, but what every implementation does. */
function purposeObjection(
  usages: readonly string[] | undefined,
  purpose: Purpose,
): Objection | undefined {
  const { oid, name } = EXTENDED_KEY_USAGE[purpose];
  if (!usages || usages.includes(oid) || usages.includes(ANY_EXTENDED_KEY_USAGE)) return undefined;
  const what = `is not for a ${purpose}: its extended key usage lacks ${name}`;
  return [AlertDescription.unsupportedCertificate, what];
}

function caObjection(
  path: readonly Certificate[],
  at: number,
  purpose: Purpose,
): Objection | undefined {
  const certificate = path[at];
  if (!certificate) return undefined;
  const { isCa, keyUsage, pathLength, nameConstraints, extendedKeyUsage } = certificate;
  if (!isCa) return [AlertDescription.badCertificate, "is not one of a CA"];
  if (keyUsage && !keyUsage.has("keyCertSign")) {
    const what = "may not issue certificates: its key usage lacks keyCertSign";
    return [AlertDescription.badCertificate, what];
  }
  const below = path.slice(1, at).filter(({ selfIssued }) => !selfIssued).length;
  if (pathLength !== undefined && below > pathLength) {
    const what = `allows ${pathLength} CAs between it and the end, and there are ${below}`;
    return [AlertDescription.badCertificate, what];
  }
  const form = nameConstraints?.critical ? nameConstraints.unprocessed[0] : undefined;
  if (form !== undefined) {
    const what = `constrains names of a form that is not known here: ${form}`;
    return [AlertDescription.unsupportedCertificate, what];
  }
  return purposeObjection(extendedKeyUsage, purpose);
}

/** Names of every certificate, against the constraints of every CA above it. [RFC 5280 §6.1.3] (b), (c) */
function nameFault(path: readonly Certificate[], legacy: boolean): CertificateFault | undefined {
  for (const [i, certificate] of path.entries()) {
    if (i > 0 && certificate.selfIssued) continue;
    for (const { nameConstraints, subject } of path.slice(i + 1)) {
      const name =
        nameConstraints && forbiddenName(certificate, nameConstraints, legacy && i === 0);
      if (name === undefined) continue;
      const what = `has the name ${name}, for which ${subject} may not issue`;
      return (i === 0 ? faultOf : faultOfCa)(AlertDescription.badCertificate, certificate, what);
    }
  }
  return undefined;
}
