import type { OwnCertificate } from "../dtls/credentials.ts";
import { signingKey, unfitSizeOf } from "../dtls/crypto/signature.ts";
import type { SigningKey } from "../dtls/crypto/signature.ts";
import { parseCertificate } from "../dtls/crypto/x509.ts";
import type { Certificate } from "../dtls/pki/certificate.ts";
import { called, dayOf } from "../dtls/pki/certificate-fault.ts";
import { ownCertificate } from "../dtls/pki/own-certificate.ts";
import { DtlsError } from "../dtls/session.ts";
import { readCertificateFile, readKeyFile, readPublicKeyFile } from "../host/certificate-files.ts";
import { readPassphraseFile } from "../host/passphrase-file.ts";
import { SetupError } from "../host/setup-error.ts";

/**
 * Credentials from files, ready for a handshake: whatever is wrong with them is told before any packet. Times are
 * wall-clock time in milliseconds since the Unix epoch. All throw `SetupError` `certificate`, which names the file.
 */

/** Something read, and what its owner should know about its file. */
export type Read<T> = T & { readonly warnings: readonly string[] };

/** What a certificate is shown as. */
export type Purpose = "server" | "client";

/** Extended key usages. [RFC 5280 §4.2.1.12] */
const USAGE: Readonly<Record<Purpose, string>> = {
  server: "1.3.6.1.5.5.7.3.1",
  client: "1.3.6.1.5.5.7.3.2",
};
const ANY_USAGE = "2.5.29.37.0";

const DAY_MS = 86_400_000;

/** Time enough to have a certificate renewed. */
const SOON_MS = 30 * DAY_MS;

/** A private key. @throws {SetupError} */
export function readSigningKey(
  path: string,
  passphraseFile: string | undefined,
): Read<{ readonly key: SigningKey }> {
  const secret = passphraseFile === undefined ? undefined : readPassphraseFile(passphraseFile);
  const file = readKeyFile(path, secret?.passphrase);
  const key = ofFile("key", path, () => signingKey(file.key));
  return { key, warnings: [...(secret?.warnings ?? []), ...file.warnings] };
}

/** Our certificate with its chain, which this key belongs to; `purpose` is what others see us as. @throws {SetupError} */
export function readOwnCertificate(
  path: string,
  key: SigningKey,
  atMs: number,
  purpose: Purpose,
): Read<{ readonly own: OwnCertificate }> {
  const ders = readCertificateFile(path);
  const own = ofFile("certificate", path, () => ownCertificate(ders, key, atMs));
  const usage = own.chain[0].extendedKeyUsage;
  if (usage?.some((oid) => oid === USAGE[purpose] || oid === ANY_USAGE) === false) {
    const what = `its extended key usage is not for a ${purpose} (${purpose}Auth)`;
    throw new SetupError("certificate", `the certificate file ${path}: ${what}`, {
      hint: `Whoever you show it to will refuse it: ask its issuer for one with ${purpose}Auth.`,
    });
  }
  const without = usage
    ? []
    : [`has no extended key usage: it will be refused by peers that ask for ${purpose}Auth`];
  const warnings = own.chain.flatMap((certificate) => endsSoon(certificate, atMs));
  return { own, warnings: [...without, ...warnings] };
}

/** The CAs by which others are believed. @throws {SetupError} */
export function readAnchors(
  path: string,
  atMs: number,
): Read<{ readonly anchors: readonly Certificate[] }> {
  const anchors = certificatesOf(path);
  if (!anchors.some(({ isCa }) => isCa)) {
    throw new SetupError("certificate", `the certificate file ${path} holds none of a CA`, {
      hint: "It needs the certificate of the CA that issued the other side's, not the other side's own.",
    });
  }
  const others = anchors.filter(({ isCa }) => !isCa);
  return {
    anchors,
    warnings: [
      ...others.map((one) => `nothing is believed by what is no CA's (${called(one)})`),
      ...anchors.flatMap((anchor) => endsSoon(anchor, atMs)),
    ],
  };
}

/** What `Revocations` has of certificates that are not to be believed any more: of all that is signed. @throws {SetupError} */
export function readRevoked(path: string): readonly string[] {
  return certificatesOf(path).map(({ signedFingerprint }) => signedFingerprint);
}

/** A public key: DER of its SubjectPublicKeyInfo. @throws {SetupError} */
export function readPublicKey(path: string): Uint8Array {
  const spki = readPublicKeyFile(path);
  const unfit = unfitSizeOf(spki);
  if (unfit === undefined) return spki;
  throw new SetupError("certificate", `the public key file ${path}: the key ${unfit}`);
}

function certificatesOf(path: string): readonly Certificate[] {
  return readCertificateFile(path).map((der, i) =>
    ofFile("certificate", path, () => {
      try {
        return parseCertificate(der);
      } catch (cause) {
        const why = cause instanceof Error ? cause.message : String(cause);
        throw new DtlsError("dtls/configuration", `certificate ${i + 1}: ${why}`, { cause });
      }
    }),
  );
}

/** What cannot be used, by the name of its file. */
function ofFile<T>(what: string, path: string, act: () => T): T {
  try {
    return act();
  } catch (cause) {
    if (!(cause instanceof DtlsError)) throw cause;
    throw new SetupError("certificate", `the ${what} file ${path}: ${cause.message}`, { cause });
  }
}

function endsSoon(certificate: Certificate, atMs: number): string[] {
  const { notAfter } = certificate;
  const left = notAfter - atMs;
  if (left > SOON_MS) return [];
  const days = Math.floor(left / DAY_MS);
  const when = left < 0 ? "expired" : `expires in ${days === 1 ? "1 day" : `${days} days`},`;
  return [`${when} on ${dayOf(notAfter)} (${called(certificate)})`];
}
