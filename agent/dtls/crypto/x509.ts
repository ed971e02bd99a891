import { createHash, X509Certificate } from "node:crypto";
import { AsnConvert } from "@peculiar/asn1-schema";
import {
  type AlgorithmIdentifier,
  Certificate as CertificateAsn,
  type Name,
} from "@peculiar/asn1-x509";
import { sameBytes, WireError } from "../../wire/bytes.ts";
import type { Certificate } from "../pki/certificate.ts";
import { inspectKey, publicKeyOf } from "./signature.ts";
import { malformed } from "./x509-der.ts";
import { hexOf, readExtensions } from "./x509-extensions.ts";
import { boundCertificate, signedParts } from "./x509-signature.ts";

/** Far beyond any certificate, and what a handshake message may hold: more only takes time to read. */
const MAX_OCTETS = 8_192;
const MAX_NAME = 200;
const COMMON_NAME = "2.5.4.3";
const RSASSA_PSS = "1.2.840.113549.1.1.10";

/** What is not here proves nothing. [RFC 5280 §4.1.1.2] [RFC 4055 §5] [RFC 5758 §3.2] [RFC 8410 §3] */
const STRONG: ReadonlySet<string> = new Set([
  "1.2.840.113549.1.1.11", // RSA with SHA-256
  "1.2.840.113549.1.1.12", // with SHA-384
  "1.2.840.113549.1.1.13", // with SHA-512
  "1.2.840.10045.4.3.2", // ECDSA with SHA-256
  "1.2.840.10045.4.3.3", // with SHA-384
  "1.2.840.10045.4.3.4", // with SHA-512
  "1.3.101.112", // Ed25519
  "1.3.101.113", // Ed448
]);

const WEAK: ReadonlyMap<string, string> = new Map([
  ["1.2.840.113549.1.1.4", "MD5"],
  ["1.2.840.113549.1.1.5", "SHA-1"],
  ["1.2.840.10045.4.1", "SHA-1"],
  ["1.2.840.10040.4.3", "SHA-1"],
]);

/**
 * How the parameters of RSASSA-PSS with SHA-256, -384 or -512 begin; SHA-1 is what is meant where nothing stands.
 * [RFC 4055 §3.1]
 */
const PSS_STRONG = /^30..a00[df]30(?:0d|0b)06096086480165030402(?:01|02|03)/;

/**
 * Reads a certificate, from a peer or from a file alike. Nothing of it is believed by that.
 * @throws {WireError} `wire/malformed` for anything that is not one whole X.509 certificate
 */
export function parseCertificate(der: Uint8Array): Certificate {
  if (der.length > MAX_OCTETS) throw malformed("it is too large");
  try {
    return read(Uint8Array.from(der));
  } catch (cause) {
    throw cause instanceof WireError ? cause : malformed("it is not X.509", cause);
  }
}

/** SHA-256 in lower-case hex, of a certificate's DER or of a SubjectPublicKeyInfo's. */
export function fingerprintOf(der: Uint8Array): string {
  return createHash("sha256").update(der).digest("hex");
}

/** The runtime reads first: it is the stricter of the two, and bounds how deep things are nested. */
function read(der: Uint8Array): Certificate {
  const x509 = new X509Certificate(der);
  // What follows a certificate is in no signature, and would make another fingerprint of the same certificate.
  if (!sameBytes(x509.raw, der)) throw malformed("it is not DER, or something follows it");
  boundCertificate(der);
  const { signed, twins } = signedParts(der);
  const { tbsCertificate: tbs, signatureAlgorithm } = AsnConvert.parse(der, CertificateAsn);
  // [RFC 5280 §4.1.1.2]: only the inner one is signed.
  if (!tbs.signature.isEqual(signatureAlgorithm)) throw malformed("it names two algorithms");
  const extensions = readExtensions([...(tbs.extensions ?? [])]);
  const spki = new Uint8Array(AsnConvert.serialize(tbs.subjectPublicKeyInfo));
  const subjectForm = comparable(tbs.subject);
  const issuerForm = comparable(tbs.issuer);
  return {
    ...extensions,
    der,
    subject: forPeople(x509.subject),
    issuer: forPeople(x509.issuer),
    subjectForm,
    issuerForm,
    subjectDer: new Uint8Array(AsnConvert.serialize(tbs.subject)),
    serial: x509.serialNumber.toLowerCase().replace(/^0+(?=.)/, ""),
    fingerprint: fingerprintOf(der),
    signedFingerprint: fingerprintOf(signed),
    twinFingerprints: twins.map(fingerprintOf),
    notBefore: timeOf(x509.validFrom),
    notAfter: timeOf(x509.validTo),
    spki,
    ...inspectKey(spki),
    weakSignature: weaknessOf(signatureAlgorithm),
    selfIssued: subjectForm === issuerForm,
    names: { ...extensions.names, commonName: commonNameOf(tbs.subject) },
    namesAsIssuer: (issuer) =>
      issuerForm === issuer.subjectForm &&
      (extensions.authorityKeyId ?? issuer.subjectKeyId) ===
        (issuer.subjectKeyId ?? extensions.authorityKeyId),
    isSignedBy: (issuer) => isSigned(x509, issuer.spki),
  };
}

function isSigned(x509: X509Certificate, spki: Uint8Array): boolean {
  const key = publicKeyOf(spki);
  try {
    return key !== undefined && x509.verify(key);
  } catch {
    return false; // an algorithm that the runtime does not have
  }
}

/** Each attribute in a line, the most general first, becomes one line with the most specific first. [RFC 4514 §2.1] */
function forPeople(name: string | undefined): string {
  const line = (name ?? "").split("\n").toReversed().join(", ").replaceAll(/\p{C}/gu, "\ufffd");
  return line.length > MAX_NAME ? `${line.slice(0, MAX_NAME)}…` : line;
}

/** Case and spaces do not count, nor in which kind of string it is written. [RFC 5280 §7.1] */
function comparable(name: Name): string {
  const parts = [...name].map((part) =>
    [...part].map(({ type, value }) => [type, folded(value.toString())].join("=")).toSorted(),
  );
  return JSON.stringify(parts);
}

function folded(text: string): string {
  return text.normalize("NFKC").trim().replaceAll(/\s+/g, " ").toLowerCase();
}

function commonNameOf(subject: Name): string | undefined {
  const all = [...subject].flatMap((part) => [...part]);
  return all.findLast(({ type }) => type === COMMON_NAME)?.value.toString();
}

/** Of the runtime's text, `Jan  1 00:00:00 2020 GMT`: the library takes a month of 99 for one. */
function timeOf(text: string): number {
  // oxlint-disable-next-line eslint/no-restricted-globals -- reads a time that is given; asks for none
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) throw malformed("it has a time that is none");
  return ms;
}

function weaknessOf({ algorithm, parameters }: AlgorithmIdentifier): string | undefined {
  if (STRONG.has(algorithm)) return undefined;
  if (algorithm !== RSASSA_PSS) return WEAK.get(algorithm) ?? `the algorithm ${algorithm}`;
  const hex = hexOf(new Uint8Array(parameters ?? []));
  return PSS_STRONG.test(hex) ? undefined : "SHA-1 or an unknown hash";
}
