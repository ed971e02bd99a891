/**
 * Certificates of any kind, right or wrong in any way, for tests. Nothing here checks whether it makes sense.
 *
 *     const ca = makeCertificate({ subject: "CN=Test CA", ca: true });
 *     const server = makeCertificate({ subject: "CN=server", issuer: ca, dns: ["dots.example.com"] });
 *
 * Unless told: P-256, valid from 2020 until 2040, a CA with keyCertSign, anything else with digitalSignature and both
 * serverAuth and clientAuth, signed by itself without an issuer.
 */
import { createHash, type KeyObject } from "node:crypto";
import { AsnConvert, OctetString } from "@peculiar/asn1-schema";
import {
  AttributeTypeAndValue,
  AttributeValue,
  AuthorityKeyIdentifier,
  BasicConstraints,
  Certificate,
  ExtendedKeyUsage,
  Extension,
  Extensions,
  GeneralName,
  GeneralSubtree,
  GeneralSubtrees,
  id_ce_authorityKeyIdentifier,
  id_ce_basicConstraints,
  id_ce_extKeyUsage,
  id_ce_keyUsage,
  id_ce_nameConstraints,
  id_ce_subjectAltName,
  id_ce_subjectKeyIdentifier,
  id_kp_clientAuth,
  id_kp_serverAuth,
  KeyIdentifier,
  KeyUsage,
  KeyUsageFlags,
  Name,
  NameConstraints,
  OtherName,
  RelativeDistinguishedName,
  SubjectAlternativeName,
  SubjectKeyIdentifier,
  SubjectPublicKeyInfo,
  TBSCertificate,
  Validity,
  Version,
} from "@peculiar/asn1-x509";

import { algorithmOf, signatureOf, type SignatureWish } from "./certificate-signature.ts";
import { keyPemOf, makeKey, type MadeKeyType, pemOf, spkiOf } from "./make-key.ts";

/** What a certificate is to be. */
export interface CertificateWish extends SignatureWish {
  /** `CN=server, O=Example`: the most specific first, as certificates are printed. May be empty. */
  readonly subject: string;
  /** Signs with its own key unless there is one. */
  readonly issuer?: MadeCertificate;
  readonly keyType?: MadeKeyType;
  /** Keys are made once a process for each type and name, so that the same subject has the same key; this one differs. */
  readonly keyName?: string;
  /** Anything that `new Date` takes. */
  readonly notBefore?: string | number;
  readonly notAfter?: string | number;
  readonly serial?: number;
  readonly dns?: readonly string[];
  readonly ip?: readonly string[];
  /** SRV-IDs, `_dots-signal.example.com`. */
  readonly srv?: readonly string[];
  readonly email?: readonly string[];
  readonly uri?: readonly string[];
  readonly ca?: boolean;
  readonly pathLength?: number;
  /** "none" leaves the extension out. */
  readonly keyUsage?: readonly (keyof typeof KeyUsageFlags)[] | "none";
  /** OIDs, or the two for short; "none" leaves the extension out. */
  readonly eku?: readonly string[] | "none";
  readonly nameConstraints?: ConstraintsWish;
  /** DER of an extension's value by OID. The same OID twice, or one of those above, is possible. */
  readonly extra?: readonly { oid: string; critical?: boolean; value: Uint8Array }[];
  /** Leaves key identifiers out. */
  readonly noKeyIds?: boolean;
}

/** Subtrees: DNS names, and prefixes such as `10.0.0.0/8`. */
export interface ConstraintsWish {
  readonly critical?: boolean;
  readonly permitted?: { readonly dns?: readonly string[]; readonly ip?: readonly string[] };
  readonly excluded?: { readonly dns?: readonly string[]; readonly ip?: readonly string[] };
  /** A permitted subtree of a form that hardly anybody processes. */
  readonly email?: string;
}

/** A certificate and its key. */
export interface MadeCertificate {
  readonly der: Uint8Array;
  readonly pem: string;
  readonly privateKey: KeyObject;
  /** PKCS #8. */
  readonly keyPem: string;
  /** SHA-256 in lower-case hex. */
  readonly fingerprint: string;
  readonly subject: string;
}

const OIDS: Readonly<Record<string, string>> = {
  CN: "2.5.4.3",
  C: "2.5.4.6",
  L: "2.5.4.7",
  O: "2.5.4.10",
  OU: "2.5.4.11",
};
const PURPOSES: Readonly<Record<string, string>> = {
  serverAuth: id_kp_serverAuth,
  clientAuth: id_kp_clientAuth,
};
const ID_ON_DNS_SRV = "1.3.6.1.5.5.7.8.7";
let serials = 1;

/** Makes it. */
export function makeCertificate(wish: CertificateWish): MadeCertificate {
  const privateKey = makeKey(wish.keyType ?? "ec-p256", wish.keyName ?? wish.subject);
  const signer = wish.issuer?.privateKey ?? privateKey;
  const spki = spkiOf(privateKey);
  const algorithm = algorithmOf(signer, wish);
  const tbs = new TBSCertificate({
    version: Version.v3,
    serialNumber: Uint8Array.from([1, ...bigEndian(wish.serial ?? serials++)]).buffer,
    signature: algorithm,
    issuer: nameOf(wish.issuer?.subject ?? wish.subject),
    validity: new Validity({
      notBefore: new Date(wish.notBefore ?? "2020-01-01T00:00:00Z"),
      notAfter: new Date(wish.notAfter ?? "2040-01-01T00:00:00Z"),
    }),
    subject: nameOf(wish.subject),
    subjectPublicKeyInfo: AsnConvert.parse(spki, SubjectPublicKeyInfo),
    extensions: new Extensions(extensionsOf(wish, spki, spkiOf(signer))),
  });
  const certificate = new Certificate({
    tbsCertificate: tbs,
    signatureAlgorithm: algorithm,
    signatureValue: signatureOf(new Uint8Array(AsnConvert.serialize(tbs)), signer, wish),
  });
  return made(new Uint8Array(AsnConvert.serialize(certificate)), privateKey, wish.subject);
}

function made(der: Uint8Array, privateKey: KeyObject, subject: string): MadeCertificate {
  return {
    der,
    pem: pemOf("CERTIFICATE", der),
    privateKey,
    get keyPem() {
      return keyPemOf(privateKey);
    },
    fingerprint: createHash("sha256").update(der).digest("hex"),
    subject,
  };
}

function bigEndian(value: number): readonly number[] {
  return [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
}

function nameOf(text: string): Name {
  const parts = text === "" ? [] : text.split(/, */);
  return new Name(
    parts.toReversed().map((part) => {
      const [key = "", value = ""] = part.split("=", 2);
      const type = OIDS[key];
      if (type === undefined) throw new Error(`no attribute ${key} in ${text}`);
      const form = key === "C" ? { printableString: value } : { utf8String: value };
      const attribute = new AttributeTypeAndValue({ type, value: new AttributeValue(form) });
      return new RelativeDistinguishedName([attribute]);
    }),
  );
}

function extensionsOf(wish: CertificateWish, own: Uint8Array, signer: Uint8Array): Extension[] {
  const names = namesOf(wish);
  const ids = wish.noKeyIds === true ? [] : keyIdsOf(own, signer);
  const extra = (wish.extra ?? []).map((one) => extension(one.oid, one.critical, one.value));
  const sans = names.length > 0 ? new SubjectAlternativeName(names) : undefined;
  return [
    ...usagesOf(wish),
    ...(sans ? [typed(id_ce_subjectAltName, false, sans)] : []),
    ...constraintsOf(wish.nameConstraints),
    ...ids,
    ...extra,
  ];
}

/** What it may be used for. */
function usagesOf({ ca = false, pathLength, keyUsage, eku }: CertificateWish): Extension[] {
  const usage = keyUsage ?? [ca ? "keyCertSign" : "digitalSignature"];
  const purposes = eku ?? (ca ? "none" : ["serverAuth", "clientAuth"]);
  const all: Extension[] = [];
  if (ca) {
    const length = pathLength === undefined ? {} : { pathLenConstraint: pathLength };
    all.push(typed(id_ce_basicConstraints, true, new BasicConstraints({ cA: true, ...length })));
  }
  if (usage !== "none") all.push(typed(id_ce_keyUsage, true, keyUsageOf(usage)));
  if (purposes !== "none") {
    const oids = purposes.map((purpose) => PURPOSES[purpose] ?? purpose);
    all.push(typed(id_ce_extKeyUsage, false, new ExtendedKeyUsage(oids)));
  }
  return all;
}

function keyIdsOf(own: Uint8Array, signer: Uint8Array): Extension[] {
  const keyIdentifier = new KeyIdentifier(keyIdOf(signer));
  return [
    typed(id_ce_subjectKeyIdentifier, false, new SubjectKeyIdentifier(keyIdOf(own))),
    typed(id_ce_authorityKeyIdentifier, false, new AuthorityKeyIdentifier({ keyIdentifier })),
  ];
}

function typed(extnID: string, critical: boolean, value: unknown): Extension {
  return extension(extnID, critical, AsnConvert.serialize(value));
}

function extension(
  extnID: string,
  critical: boolean | undefined,
  value: ArrayBuffer | Uint8Array,
): Extension {
  return new Extension({ extnID, critical: critical ?? false, extnValue: new OctetString(value) });
}

function keyIdOf(spki: Uint8Array): Uint8Array {
  return createHash("sha1").update(spki).digest();
}

function keyUsageOf(usages: readonly (keyof typeof KeyUsageFlags)[]): KeyUsage {
  let flags = 0;
  for (const usage of usages) flags |= KeyUsageFlags[usage];
  return new KeyUsage(flags);
}

function namesOf({ dns, ip, srv, email, uri }: Omit<CertificateWish, "subject">): GeneralName[] {
  return [
    ...(dns ?? []).map((dNSName) => new GeneralName({ dNSName })),
    ...(ip ?? []).map((iPAddress) => new GeneralName({ iPAddress })),
    ...(srv ?? []).map((name) => new GeneralName({ otherName: srvOf(name) })),
    ...(email ?? []).map((rfc822Name) => new GeneralName({ rfc822Name })),
    ...(uri ?? []).map((text) => new GeneralName({ uniformResourceIdentifier: text })),
  ];
}

function srvOf(name: string): OtherName {
  const value = AsnConvert.serialize(new AttributeValue({ ia5String: name }));
  return new OtherName({ typeId: ID_ON_DNS_SRV, value });
}

function constraintsOf(wish: ConstraintsWish | undefined): Extension[] {
  if (!wish) return [];
  const { permitted, excluded, email, critical = true } = wish;
  const inside = [
    ...namesOf({ ...permitted }),
    ...(email === undefined ? [] : [new GeneralName({ rfc822Name: email })]),
  ];
  const outside = namesOf({ ...excluded });
  const value = new NameConstraints({
    ...(inside.length > 0 ? { permittedSubtrees: subtreesOf(inside) } : {}),
    ...(outside.length > 0 ? { excludedSubtrees: subtreesOf(outside) } : {}),
  });
  return [typed(id_ce_nameConstraints, critical, value)];
}

function subtreesOf(names: readonly GeneralName[]): GeneralSubtrees {
  return new GeneralSubtrees(names.map((base) => new GeneralSubtree({ base })));
}
