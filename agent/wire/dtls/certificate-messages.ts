import { ByteReader, ByteWriter, WireError } from "../bytes.ts";
import { readU16List, readU8List, writeU16List, writeU8List } from "./number-list.ts";

/** What kind of key a server lets a client sign with. [RFC 5246 §7.4.4] [RFC 8422 §5.5] */
export const ClientCertificateType = { rsaSign: 1, ecdsaSign: 64 } as const;

/** A certificate and those that lead from it to an authority, each as DER. [RFC 5246 §7.4.2] */
export interface CertificateMessage {
  /** The sender's own first. At most 10; empty where a client has none to show. */
  readonly certificates: readonly Uint8Array[];
}

/** What the server wants of a client's certificate. [RFC 5246 §7.4.4] */
export interface CertificateRequest {
  /** `ClientCertificateType`s, or ones of which we know nothing. Never empty. */
  readonly certificateTypes: readonly number[];
  /** Of the client's signature and its chain, preferred ones first. Never empty. */
  readonly signatureAlgorithms: readonly number[];
  /** DER of the distinguished names of acceptable authorities, at most 256; empty for any. */
  readonly authorities: readonly Uint8Array[];
}

/** The client's proof that it holds the key of its certificate. [RFC 5246 §7.4.8] */
export interface CertificateVerify {
  /** SignatureAndHashAlgorithm as one number. [RFC 5246 §4.7] */
  readonly scheme: number;
  /** Over all handshake messages before this one. */
  readonly signature: Uint8Array;
}

/** Longer chains than any authority issues, short enough that checking one costs little. */
const MAX_CERTIFICATES = 10;

/** More than the authorities that a system trusts, few enough that a message full of them costs little memory. */
const MAX_AUTHORITIES = 256;

/**
 * Body of Certificate when it is of type X.509. [RFC 5246 §7.4.2]
 * @throws {WireError} also for an empty entry, and for more than 10
 */
export function decodeCertificate(body: Uint8Array): CertificateMessage {
  const r = new ByteReader(body);
  const list = new ByteReader(r.opaque24("certificate_list"));
  r.end("Certificate");
  const certificates: Uint8Array[] = [];
  while (list.left > 0) {
    refuseMore(certificates.length, MAX_CERTIFICATES, "certificates");
    const certificate = list.opaque24("ASN.1Cert");
    refuseEmpty(certificate, "ASN.1Cert");
    certificates.push(certificate);
  }
  return { certificates };
}

/** Body of Certificate when it is of type X.509. [RFC 5246 §7.4.2] @throws {WireError} for what `decodeCertificate` refuses */
export function encodeCertificate({ certificates }: CertificateMessage): Uint8Array {
  refuseMore(certificates.length - 1, MAX_CERTIFICATES, "certificates");
  const list = new ByteWriter();
  for (const certificate of certificates) {
    refuseEmpty(certificate, "ASN.1Cert");
    list.opaque24(certificate);
  }
  return new ByteWriter().opaque24(list.done()).done();
}

/**
 * Body of Certificate when it is of type RawPublicKey: DER of the SubjectPublicKeyInfo, empty where a client
 * has none to show. [RFC 7250 §3] @throws {WireError}
 */
export function decodeRawPublicKey(body: Uint8Array): Uint8Array {
  const r = new ByteReader(body);
  const spki = r.opaque24("ASN.1_subjectPublicKeyInfo");
  r.end("Certificate");
  return spki;
}

/** Body of Certificate when it is of type RawPublicKey; `spki` as above. [RFC 7250 §3] @throws {WireError} when it does not fit */
export function encodeRawPublicKey(spki: Uint8Array): Uint8Array {
  return new ByteWriter().opaque24(spki).done();
}

/** Body of CertificateRequest. [RFC 5246 §7.4.4] @throws {WireError} also for more than 256 authorities */
export function decodeCertificateRequest(body: Uint8Array): CertificateRequest {
  const r = new ByteReader(body);
  const certificateTypes = readU8List(r, "certificate_types");
  const algorithms = "supported_signature_algorithms";
  const signatureAlgorithms = readU16List(r, algorithms, "SignatureAndHashAlgorithm");
  const list = new ByteReader(r.opaque16("certificate_authorities"));
  r.end("CertificateRequest");
  const authorities: Uint8Array[] = [];
  while (list.left > 0) {
    refuseMore(authorities.length, MAX_AUTHORITIES, "certificate_authorities");
    const name = list.opaque16("DistinguishedName");
    refuseEmpty(name, "DistinguishedName");
    authorities.push(name);
  }
  return { certificateTypes, signatureAlgorithms, authorities };
}

/** Body of CertificateRequest. [RFC 5246 §7.4.4] @throws {WireError} for what `decodeCertificateRequest` refuses */
export function encodeCertificateRequest(m: CertificateRequest): Uint8Array {
  refuseMore(m.authorities.length - 1, MAX_AUTHORITIES, "certificate_authorities");
  const list = new ByteWriter();
  for (const name of m.authorities) {
    refuseEmpty(name, "DistinguishedName");
    list.opaque16(name);
  }
  const w = new ByteWriter();
  writeU8List(w, m.certificateTypes, "certificate_types");
  writeU16List(w, m.signatureAlgorithms, "supported_signature_algorithms");
  return w.opaque16(list.done()).done();
}

/** Body of CertificateVerify. [RFC 5246 §7.4.8] @throws {WireError} */
export function decodeCertificateVerify(body: Uint8Array): CertificateVerify {
  const r = new ByteReader(body);
  const scheme = r.u16("SignatureAndHashAlgorithm");
  const signature = r.opaque16("signature");
  r.end("CertificateVerify");
  return { scheme, signature };
}

/** Body of CertificateVerify. [RFC 5246 §7.4.8] @throws {WireError} when a field does not fit */
export function encodeCertificateVerify({ scheme, signature }: CertificateVerify): Uint8Array {
  return new ByteWriter().u16(scheme).opaque16(signature).done();
}

/** Refuses one entry more than `most`, before it is read. */
function refuseMore(count: number, most: number, what: string): void {
  if (count >= most) throw new WireError("wire/out-of-range", `more than ${most} ${what}`);
}

function refuseEmpty(entry: Uint8Array, what: string): void {
  if (entry.length === 0) throw new WireError("wire/malformed", `${what} is empty`);
}
