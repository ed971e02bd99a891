import { samePublicKey, type SigningKey } from "../crypto/signature.ts";
import { parseCertificate } from "../crypto/x509.ts";
import type { OwnCertificate } from "../credentials.ts";
import { DtlsError } from "../session.ts";
import type { Certificate } from "./certificate.ts";
import { called, dayOf } from "./certificate-fault.ts";

const MAX_CHAIN = 8;

/**
 * What we prove ourselves with, once it is sure that a peer could believe it.
 * @param ders our certificate first, then each one's issuer
 * @param atMs wall-clock time in milliseconds since the Unix epoch
 * @throws {DtlsError} `dtls/configuration`: it cannot be read, is of another key, in another order, or out of date
 */
export function ownCertificate(
  ders: readonly Uint8Array[],
  key: SigningKey,
  atMs: number,
): OwnCertificate {
  const [leaf, ...issuers] = ders.map(readOwn);
  if (!leaf) throw unusable("there is no certificate");
  if (ders.length > MAX_CHAIN) throw unusable(`there are more than ${MAX_CHAIN} certificates`);
  checkKey(leaf, issuers, key);
  checkOrder([leaf, ...issuers]);
  for (const certificate of [leaf, ...issuers]) checkTime(certificate, atMs);
  if (leaf.keyUsage && !leaf.keyUsage.has("digitalSignature")) {
    throw unusable(`the key usage lacks digitalSignature (${called(leaf)})`);
  }
  return { chain: [leaf, ...issuers], key };
}

function readOwn(der: Uint8Array, index: number): Certificate {
  try {
    return parseCertificate(der);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new DtlsError("dtls/configuration", `certificate ${index + 1}: ${why}`, { cause });
  }
}

function checkKey(leaf: Certificate, issuers: readonly Certificate[], key: SigningKey): void {
  if (samePublicKey(leaf.spki, key.spki)) return;
  const at = issuers.findIndex(({ spki }) => samePublicKey(spki, key.spki));
  if (at < 0) throw unusable(`the key does not belong to the certificate (${called(leaf)})`);
  const which = `the key belongs to certificate ${at + 2} of the chain`;
  throw unusable(`${which}, and ours has to be the first (${called(leaf)})`);
}

function checkOrder(chain: readonly Certificate[]): void {
  for (const [i, certificate] of chain.entries()) {
    const next = chain[i + 1];
    if (!next || (certificate.namesAsIssuer(next) && certificate.isSignedBy(next))) continue;
    const place = `certificate ${i + 2} of the chain is not the issuer of the one before it`;
    throw unusable(`${place}: the order is ours, its issuer, and so on (${called(next)})`);
  }
}

function checkTime(certificate: Certificate, atMs: number): void {
  const { notBefore, notAfter } = certificate;
  if (atMs > notAfter) throw unusable(`it expired on ${dayOf(notAfter)} (${called(certificate)})`);
  if (atMs < notBefore) {
    throw unusable(`it is not valid before ${dayOf(notBefore)} (${called(certificate)})`);
  }
}

function unusable(why: string): DtlsError {
  return new DtlsError("dtls/configuration", `our certificate cannot be used: ${why}`);
}
