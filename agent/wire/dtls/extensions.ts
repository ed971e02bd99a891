import { ByteReader, ByteWriter, WireError } from "../bytes.ts";
import { readU16List, readU8List, writeU16List, writeU8List } from "./number-list.ts";

/** One hello extension in its encoded form. [RFC 5246 §7.4.1.4] */
export interface Extension {
  /** An `ExtensionType`, or one of which we know nothing. */
  readonly type: number;
  readonly data: Uint8Array;
}

/** The extensions that have a meaning here. */
export const ExtensionType = {
  serverName: 0, // [RFC 6066 §3]
  supportedGroups: 10, // [RFC 8422 §5.1.1]
  ecPointFormats: 11, // [RFC 8422 §5.1.2]
  signatureAlgorithms: 13, // [RFC 5246 §7.4.1.4.1]
  clientCertificateType: 19, // [RFC 7250 §3]
  serverCertificateType: 20, // [RFC 7250 §3]
  padding: 21, // zeros that make a hello longer [RFC 7685 §3]
  encryptThenMac: 22, // [RFC 7366 §2]
  extendedMasterSecret: 23, // [RFC 7627 §5.1]
  sessionTicket: 35, // the ticket as it is, or nothing [RFC 5077 §3.2]
  connectionId: 54, // [RFC 9146 §3]
  returnRoutabilityCheck: 61, // rrc, always empty [RFC 9853 §3]
  renegotiationInfo: 0xff01, // [RFC 5746 §3.2]
} as const;

/** The groups that we can use for ECDHE. [RFC 8422 §5.1.1] */
export const NamedGroup = { secp256r1: 23, secp384r1: 24, x25519: 29 } as const;

/** What a Certificate message may hold. [RFC 7250 §3] */
export const CertificateType = { x509: 0, rawPublicKey: 2 } as const;

/** More than any real hello has, few enough that a datagram full of empty ones costs little memory. */
const MAX_EXTENSIONS = 64;

/** A DNS name has no more octets in its text form. [RFC 1035 §2.3.4] */
const MAX_HOST_NAME = 253;

const HOST_NAME_TYPE = 0; // [RFC 6066 §3]

/**
 * Reads the extensions at the end of a hello; there may be none at all. [RFC 5246 §7.4.1.4]
 * @throws {WireError} also for a type that occurs twice
 */
export function readExtensions(r: ByteReader): Extension[] {
  if (r.left === 0) return [];
  const block = new ByteReader(r.opaque16("extensions"));
  const list: Extension[] = [];
  const seen = new Set<number>();
  while (block.left > 0) {
    const type = block.u16("extension_type");
    if (seen.has(type)) throw new WireError("wire/malformed", `extension ${type} occurs twice`);
    if (seen.size === MAX_EXTENSIONS) {
      throw new WireError("wire/out-of-range", `more than ${MAX_EXTENSIONS} extensions`);
    }
    seen.add(type);
    list.push({ type, data: block.opaque16("extension_data") });
  }
  return list;
}

/** Writes the extensions of a hello; nothing, not even their length, when there are none. [RFC 5246 §7.4.1.4] */
export function writeExtensions(w: ByteWriter, list: readonly Extension[]): void {
  if (list.length === 0) return;
  const block = new ByteWriter();
  for (const { type, data } of list) block.u16(type).opaque16(data);
  w.opaque16(block.done());
}

/** The `supported_groups` a client has, preferred ones first. [RFC 8422 §5.1.1] @throws {WireError} */
export function decodeSupportedGroups(data: Uint8Array): number[] {
  const r = new ByteReader(data);
  const groups = readU16List(r, "named_group_list", "NamedGroup");
  r.end("supported_groups");
  return groups;
}

/** Body of `supported_groups`. [RFC 8422 §5.1.1] @throws {WireError} */
export function encodeSupportedGroups(groups: readonly number[]): Uint8Array {
  const w = new ByteWriter();
  writeU16List(w, groups, "named_group_list");
  return w.done();
}

/** The `ec_point_formats` a peer can parse. [RFC 8422 §5.1.2] @throws {WireError} */
export function decodeEcPointFormats(data: Uint8Array): number[] {
  const r = new ByteReader(data);
  const formats = readU8List(r, "ec_point_format_list");
  r.end("ec_point_formats");
  return formats;
}

/** Body of `ec_point_formats`. [RFC 8422 §5.1.2] @throws {WireError} */
export function encodeEcPointFormats(formats: readonly number[]): Uint8Array {
  const w = new ByteWriter();
  writeU8List(w, formats, "ec_point_format_list");
  return w.done();
}

/**
 * The `signature_algorithms` a client can verify, preferred ones first, each a SignatureAndHashAlgorithm as
 * one number. [RFC 5246 §7.4.1.4.1] @throws {WireError}
 */
export function decodeSignatureAlgorithms(data: Uint8Array): number[] {
  const r = new ByteReader(data);
  const list = "supported_signature_algorithms";
  const schemes = readU16List(r, list, "SignatureAndHashAlgorithm");
  r.end("signature_algorithms");
  return schemes;
}

/** Body of `signature_algorithms`. [RFC 5246 §7.4.1.4.1] @throws {WireError} */
export function encodeSignatureAlgorithms(schemes: readonly number[]): Uint8Array {
  const w = new ByteWriter();
  writeU16List(w, schemes, "supported_signature_algorithms");
  return w.done();
}

/**
 * A client's `client_certificate_type` or `server_certificate_type`: `CertificateType`s or others, preferred
 * ones first. [RFC 7250 §3] @throws {WireError}
 */
export function decodeCertificateTypesOffer(data: Uint8Array): number[] {
  const r = new ByteReader(data);
  const types = readU8List(r, "certificate_types");
  r.end("certificate_type");
  return types;
}

/** Body of a client's `client_certificate_type` or `server_certificate_type`. [RFC 7250 §3] @throws {WireError} */
export function encodeCertificateTypesOffer(types: readonly number[]): Uint8Array {
  const w = new ByteWriter();
  writeU8List(w, types, "certificate_types");
  return w.done();
}

/** A server's `client_certificate_type` or `server_certificate_type`: the one it chose. [RFC 7250 §3] @throws {WireError} */
export function decodeCertificateTypeChoice(data: Uint8Array): number {
  const r = new ByteReader(data);
  const type = r.u8("CertificateType");
  r.end("certificate_type");
  return type;
}

/** Body of a server's `client_certificate_type` or `server_certificate_type`. [RFC 7250 §3] @throws {WireError} */
export function encodeCertificateTypeChoice(type: number): Uint8Array {
  return new ByteWriter().u8(type).done();
}

/** The connection id that the sender wants to find in records to it; empty for none. [RFC 9146 §3] @throws {WireError} */
export function decodeConnectionId(data: Uint8Array): Uint8Array {
  const r = new ByteReader(data);
  const cid = r.opaque8("cid");
  r.end("connection_id");
  return cid;
}

/** Body of `connection_id`. [RFC 9146 §3] @throws {WireError} for more than 255 octets */
export function encodeConnectionId(cid: Uint8Array): Uint8Array {
  return new ByteWriter().opaque8(cid).done();
}

/** `renegotiated_connection`, empty in a first handshake. [RFC 5746 §3.2] @throws {WireError} */
export function decodeRenegotiationInfo(data: Uint8Array): Uint8Array {
  const r = new ByteReader(data);
  const connection = r.opaque8("renegotiated_connection");
  r.end("renegotiation_info");
  return connection;
}

/** Body of `renegotiation_info`. [RFC 5746 §3.2] @throws {WireError} */
export function encodeRenegotiationInfo(connection: Uint8Array): Uint8Array {
  return new ByteWriter().opaque8(connection).done();
}

/**
 * The DNS name that a client wants to reach. [RFC 6066 §3]
 * The one name type there is fills the list with one entry; what another type would look like is not known.
 * @throws {WireError}
 */
export function decodeServerName(data: Uint8Array): string {
  const r = new ByteReader(data);
  const list = new ByteReader(r.opaque16("server_name_list"));
  r.end("server_name");
  const type = list.u8("NameType");
  if (type !== HOST_NAME_TYPE)
    throw new WireError("wire/malformed", `name type ${type} is not known`);
  const name = list.opaque16("HostName");
  list.end("server_name_list");
  refuseBadHostName(name);
  return String.fromCharCode(...name);
}

/** Body of a client's `server_name`. `host` is a DNS name in ASCII, not an address. [RFC 6066 §3] @throws {WireError} */
export function encodeServerName(host: string): Uint8Array {
  const name = Uint8Array.from(host, (letter) => Math.min(letter.codePointAt(0) ?? 0, 0xff));
  refuseBadHostName(name);
  const list = new ByteWriter().u8(HOST_NAME_TYPE).opaque16(name).done();
  return new ByteWriter().opaque16(list).done();
}

function refuseBadHostName(name: Uint8Array): void {
  if (name.length === 0 || name.length > MAX_HOST_NAME) {
    throw new WireError("wire/out-of-range", `a host name of ${name.length} octets`);
  }
  // Visible ASCII: whatever else it is, it cannot disturb a log line.
  if (!name.every((octet) => octet > 0x20 && octet < 0x7f)) {
    throw new WireError("wire/malformed", "the host name is not visible ASCII");
  }
}
