/** One CA, a server and a client of each kind of key: for ours as credentials, for other people's programs as files. */
import { createPrivateKey, createPublicKey, type KeyObject, X509Certificate } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type {
  CertificateClientCredentials,
  OwnCertificate,
  ServerCertificates,
  Trust,
} from "../../agent/dtls/credentials.ts";
import { signingKey } from "../../agent/dtls/crypto/signature.ts";
import { parseCertificate } from "../../agent/dtls/crypto/x509.ts";
import { ownCertificate } from "../../agent/dtls/pki/own-certificate.ts";
import { makeCertificate, type MadeCertificate } from "./make-certificate.ts";

/** The kinds of keys that are spoken here. */
export const LAB_KEYS = ["ec-p256", "ec-p384", "rsa"] as const;

export type LabKey = (typeof LAB_KEYS)[number];

/** Whom the certificates name. */
export const SERVER_NAME = "dots.example.com";
export const CLIENT_NAME = "office.example.com";

const ca = makeCertificate({ subject: "CN=Lab CA, O=Example", ca: true });
/** One that nobody believes. */
const otherCa = makeCertificate({ subject: "CN=Other CA, O=Example", ca: true });

function made(name: string, keyType: LabKey, issuer: MadeCertificate): MadeCertificate {
  return makeCertificate({ subject: `CN=${name} ${keyType}`, issuer, keyType, dns: [name] });
}

function ownOf(der: Uint8Array, key: KeyObject): OwnCertificate {
  return ownCertificate([der], signingKey(key), Date.now());
}

function trustIn(der: Uint8Array): Trust {
  return { anchors: [parseCertificate(der)], revocations: new Set(), legacy: false };
}

/** What our client proves itself with; `believed: false` for a certificate of another CA. */
export function clientCertificate(keyType: LabKey, believed = true): CertificateClientCredentials {
  const { der, privateKey } = made(CLIENT_NAME, keyType, believed ? ca : otherCa);
  const server = { host: SERVER_NAME };
  return { type: "certificate", own: ownOf(der, privateKey), trust: trustIn(ca.der), server };
}

/** The same as `clientCertificate`, out of files; `anchor` is the file of the CA that is believed. */
export function clientCertificateIn(
  { cert, key, ca: caFile }: LabFiles,
  anchor = caFile,
): CertificateClientCredentials {
  const own = ownOf(derIn(cert), createPrivateKey(readFileSync(key)));
  const server = { host: SERVER_NAME };
  return { type: "certificate", own, trust: trustIn(derIn(anchor)), server };
}

/** What our server shows, and by what it believes its clients, out of files, which another process may have written. */
export function serverCertificatesIn({ cert, key, ca: caFile }: LabFiles): ServerCertificates {
  return certificatesOf(derIn(cert), createPrivateKey(readFileSync(key)), derIn(caFile));
}

function derIn(path: string): Uint8Array {
  return new X509Certificate(readFileSync(path)).raw;
}

function certificatesOf(der: Uint8Array, key: KeyObject, caDer: Uint8Array): ServerCertificates {
  return {
    own: [ownOf(der, key)],
    trust: trustIn(caDer),
    isClient: (names) => names.includes(CLIENT_NAME),
  };
}

/** PEM files of the same. */
export interface LabFiles {
  readonly ca: string;
  /** A CA that nobody believes. */
  readonly otherCa: string;
  readonly cert: string;
  readonly key: string;
  /** The certificate's public key alone. */
  readonly publicKey: string;
}

/** Writes the files of a server or a client into a folder. */
export function labFiles(
  folder: string,
  name: typeof SERVER_NAME | typeof CLIENT_NAME,
  keyType: LabKey,
  believed = true,
): LabFiles {
  const one = made(name, keyType, believed ? ca : otherCa);
  const write = (what: string, text: string): string => {
    const path = join(folder, `${name}-${keyType}${believed ? "" : "-other"}-${what}.pem`);
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  };
  const spki = createPublicKey(one.privateKey).export({ type: "spki", format: "pem" });
  return {
    ca: write("ca", ca.pem),
    otherCa: write("unknown-ca", otherCa.pem),
    cert: write("cert", one.pem),
    key: write("key", one.keyPem),
    publicKey: write("public", spki.toString()),
  };
}
