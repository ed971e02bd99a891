/** Chains, and what is to be thought of them. Data: the same are put to OpenSSL in `test/interop`. */
import type { MadeCertificate } from "../../../support/make-certificate.ts";
import { makeCertificate } from "../../../support/make-certificate.ts";

/** One chain and the verdict. */
export interface PathCase {
  readonly title: string;
  /** As a peer would show it. */
  readonly chain: readonly MadeCertificate[];
  readonly anchors?: readonly MadeCertificate[];
  readonly purpose?: "server" | "client";
  readonly legacy?: true;
  readonly revoked?: readonly MadeCertificate[];
  /** Undefined: it is believed. */
  readonly refused?: { readonly alert: string; readonly reason: RegExp };
  /** Why OpenSSL thinks otherwise; undefined where it is to agree. */
  readonly opensslDiffers?: string;
}

/** The time at which all of them are judged. */
export const NOW = Date.parse("2026-07-01T12:00:00Z");

/** The one CA that is configured unless a case says so. */
export const ROOT = makeCertificate({ subject: "CN=Root CA, O=Test", ca: true });
/** A CA that is not configured, and two below the one that is. */
export const OTHER_ROOT = makeCertificate({ subject: "CN=Other CA", ca: true });
export const SUB = makeCertificate({ subject: "CN=Sub CA", issuer: ROOT, ca: true });
export const SUBSUB = makeCertificate({ subject: "CN=Sub Sub CA", issuer: SUB, ca: true });
/** A server's and client's certificate in order, by the one CA. */
export const GOOD = leaf(ROOT);

/** A certificate by this one. */
export function leaf(
  issuer: MadeCertificate,
  wish: Partial<Parameters<typeof makeCertificate>[0]> = {},
): MadeCertificate {
  return makeCertificate({ subject: "CN=leaf", dns: ["dots.example.com"], issuer, ...wish });
}

/** A CA's, by itself unless there is an issuer. */
export function ca(
  subject: string,
  issuer: MadeCertificate | undefined,
  wish: Partial<Parameters<typeof makeCertificate>[0]> = {},
): MadeCertificate {
  return makeCertificate({ subject, ca: true, ...(issuer ? { issuer } : {}), ...wish });
}

/** A certificate under a CA under the configured one: the certificate, and the CA with this wish. */
export function under(
  wish: Partial<Parameters<typeof makeCertificate>[0]>,
  below = {},
): MadeCertificate[] {
  const middle = ca("CN=Middle CA", ROOT, wish);
  return [leaf(middle, below), middle];
}

/** So many CAs between the root and the end, and the certificate at the end first. */
export function tower(height: number): MadeCertificate[] {
  const cas: MadeCertificate[] = [];
  for (let i = 0; i < height; i += 1) cas.unshift(ca(`CN=Floor ${i}`, cas[0] ?? ROOT));
  return [leaf(cas[0] ?? ROOT), ...cas];
}

/** Another CA with the name of the one that is configured. */
export const NEW_ROOT = ca("CN=Root CA, O=Test", undefined, { keyName: "renewed" });
/** A CA with RSA, on whose own certificate is a weak signature. */
export const SHA1_ROOT = ca("CN=SHA-1 CA", undefined, { keyType: "rsa", hash: "sha1" });
/** An extension that nobody knows, and constraints on names of which one form is not processed. */
export const UNKNOWN = { oid: "1.3.6.1.4.1.99999.1", value: Uint8Array.of(5, 0) };
export const MAILED = { permitted: { dns: ["example.com"] }, email: "example.com" };
