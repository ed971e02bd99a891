import { AsnConvert } from "@peculiar/asn1-schema";
import {
  AttributeValue,
  AuthorityKeyIdentifier,
  BasicConstraints,
  ExtendedKeyUsage,
  type Extension,
  type GeneralName,
  type GeneralSubtree,
  id_ce_authorityKeyIdentifier,
  id_ce_basicConstraints,
  id_ce_extKeyUsage,
  id_ce_keyUsage,
  id_ce_nameConstraints,
  id_ce_subjectAltName,
  id_ce_subjectKeyIdentifier,
  KeyUsage as KeyUsageBits,
  NameConstraints as NameConstraintsAsn,
  SubjectAlternativeName,
  SubjectKeyIdentifier,
} from "@peculiar/asn1-x509";
import ipaddr from "ipaddr.js";
import { parseLiteral } from "../../net/address.ts";
import { sameBytes, WireError } from "../../wire/bytes.ts";
import type { Certificate, KeyUsage, NameConstraints, SubjectNames } from "../pki/certificate.ts";

/** What of a certificate stands in its extensions, as far as they are processed here. [RFC 5280 §4.2] */
export type Extensions = Pick<
  Certificate,
  | "isCa"
  | "pathLength"
  | "keyUsage"
  | "extendedKeyUsage"
  | "nameConstraints"
  | "authorityKeyId"
  | "subjectKeyId"
  | "unknownCritical"
> & { readonly names: Omit<SubjectNames, "commonName"> };

/** SRV-IDs are other names of this type. [RFC 4985 §2] */
const ID_ON_DNS_SRV = "1.3.6.1.5.5.7.8.7";

// Bits of keyUsage. [RFC 5280 §4.2.1.3]
const DIGITAL_SIGNATURE = 0x80;
const KEY_AGREEMENT = 0x08;
const KEY_CERT_SIGN = 0x04;

const PROCESSED: ReadonlySet<string> = new Set([
  id_ce_authorityKeyIdentifier,
  id_ce_basicConstraints,
  id_ce_extKeyUsage,
  id_ce_keyUsage,
  id_ce_nameConstraints,
  id_ce_subjectAltName,
  id_ce_subjectKeyIdentifier,
]);

/**
 * Reads the extensions of a certificate.
 * @throws {Error} any: of the ASN.1 library, or a `WireError` of ours. `parseCertificate` makes one kind of them.
 */
export function readExtensions(extensions: readonly Extension[]): Extensions {
  const byOid = new Map(extensions.map((extension) => [extension.extnID, extension]));
  // [RFC 5280 §4.2]: at most one of each; readers that differ in which one counts would differ in whom they believe.
  if (byOid.size !== extensions.length) {
    throw new WireError("wire/malformed", "an extension is there twice");
  }
  const constraints = parse(byOid, id_ce_basicConstraints, BasicConstraints);
  const usage = parse(byOid, id_ce_keyUsage, KeyUsageBits);
  const purposes = parse(byOid, id_ce_extKeyUsage, ExtendedKeyUsage);
  return {
    isCa: constraints?.cA ?? false,
    pathLength: pathLengthOf(constraints?.pathLenConstraint),
    keyUsage: usage && usagesOf(new Uint8Array(usage.value)),
    extendedKeyUsage: purposes && [...purposes],
    names: namesOf([...(parse(byOid, id_ce_subjectAltName, SubjectAlternativeName) ?? [])]),
    nameConstraints: nameConstraintsOf(byOid),
    authorityKeyId: idOf(
      parse(byOid, id_ce_authorityKeyIdentifier, AuthorityKeyIdentifier)?.keyIdentifier,
    ),
    subjectKeyId: idOf(parse(byOid, id_ce_subjectKeyIdentifier, SubjectKeyIdentifier)),
    unknownCritical: extensions
      .filter(({ critical, extnID }) => critical && !PROCESSED.has(extnID))
      .map(({ extnID }) => extnID),
  };
}

function parse<T>(
  byOid: ReadonlyMap<string, Extension>,
  oid: string,
  type: new () => T,
): T | undefined {
  const extension = byOid.get(oid);
  return extension && AsnConvert.parse(extension.extnValue, type);
}

/** The library gives a text for what does not fit 32 bits. */
function pathLengthOf(length: unknown): number | undefined {
  if (length === undefined) return undefined;
  if (typeof length === "number" && length >= 0) return length;
  throw new WireError("wire/malformed", "a path length that is none");
}

/** The first bit is the highest of the first octet. [X.690 §8.6] */
function usagesOf(bits: Uint8Array): ReadonlySet<KeyUsage> {
  const usages = new Set<KeyUsage>();
  const first = bits[0] ?? 0;
  if (first & DIGITAL_SIGNATURE) usages.add("digitalSignature");
  if (first & KEY_AGREEMENT) usages.add("keyAgreement");
  if (first & KEY_CERT_SIGN) usages.add("keyCertSign");
  const rest = first & ~(DIGITAL_SIGNATURE | KEY_AGREEMENT | KEY_CERT_SIGN);
  if (rest !== 0 || bits.length > 1) usages.add("other");
  return usages;
}

function namesOf(all: readonly GeneralName[]): Extensions["names"] {
  const names = { dns: new Set<string>(), ip: new Set<string>(), srv: new Set<string>() };
  const more = { email: new Set<string>(), others: new Set<string>() };
  for (const name of all) {
    const srv = srvOf(name);
    if (name.dNSName !== undefined) names.dns.add(name.dNSName.toLowerCase());
    else if (name.iPAddress !== undefined) names.ip.add(literalOf(name.iPAddress));
    else if (srv !== undefined) names.srv.add(srv);
    else if (name.rfc822Name !== undefined) more.email.add(name.rfc822Name);
    else more.others.add(formOf(name));
  }
  return {
    dns: [...names.dns],
    ip: [...names.ip],
    srv: [...names.srv],
    email: [...more.email],
    others: [...more.others],
  };
}

function srvOf({ otherName }: GeneralName): string | undefined {
  if (otherName?.typeId !== ID_ON_DNS_SRV) return undefined;
  // An attribute's value is a choice that has IA5String, too: the library has no type for it alone.
  const { ia5String } = AsnConvert.parse(otherName.value, AttributeValue);
  if (ia5String === undefined) throw new WireError("wire/malformed", "an SRV-ID is not IA5String");
  return ia5String.toLowerCase();
}

function literalOf(text: string): string {
  const literal = parseLiteral(text);
  if (!literal) throw new WireError("wire/malformed", "an IP address of the wrong length");
  return literal.host;
}

/** What kind of name it is, by its name in [RFC 5280 §4.2.1.6]. */
function formOf(name: GeneralName): string {
  const [form = "unknown"] =
    Object.entries(name).find(([, value]) => value !== undefined && value !== null) ?? [];
  return form;
}

function nameConstraintsOf(byOid: ReadonlyMap<string, Extension>): NameConstraints | undefined {
  const extension = byOid.get(id_ce_nameConstraints);
  const parsed = parse(byOid, id_ce_nameConstraints, NameConstraintsAsn);
  if (!extension || !parsed) return undefined;
  // The library counts the bits of a mask. One with gaps, or a minimum that is written out, does not come back.
  const again = new Uint8Array(AsnConvert.serialize(parsed));
  if (!sameBytes(again, new Uint8Array(extension.extnValue.buffer))) {
    throw new WireError("wire/malformed", "name constraints that are not DER, or have odd masks");
  }
  const permitted = [...(parsed.permittedSubtrees ?? [])];
  const excluded = [...(parsed.excludedSubtrees ?? [])];
  return {
    critical: extension.critical,
    permitted: subtreesOf(permitted),
    excluded: subtreesOf(excluded),
    unprocessed: [...new Set([...permitted, ...excluded].flatMap(unprocessed))],
  };
}

function subtreesOf(subtrees: readonly GeneralSubtree[]): NameConstraints["permitted"] {
  const bases = subtrees.filter(isWhole).map(({ base }) => base);
  return {
    dns: bases.flatMap(({ dNSName }) => dNSName?.toLowerCase() ?? []),
    ip: bases.flatMap(({ iPAddress }) => (iPAddress === undefined ? [] : [prefixOf(iPAddress)])),
  };
}

/** In a constraint an address has a mask, 8 or 32 octets in all; the library takes one without. */
function prefixOf(text: string): string {
  if (ipaddr.isValidCIDR(text)) return text;
  throw new WireError("wire/malformed", "a constraint on addresses that is no prefix");
}

/** A subtree with a minimum or a maximum means something that nobody defined. [RFC 5280 §4.2.1.10] */
function isWhole({ minimum, maximum }: GeneralSubtree): boolean {
  return minimum === 0 && maximum === undefined;
}

function unprocessed(subtree: GeneralSubtree): readonly string[] {
  const form = formOf(subtree.base);
  const known = form === "dNSName" || form === "iPAddress";
  return known && isWhole(subtree) ? [] : [form];
}

/** In lower case. */
export function hexOf(octets: Uint8Array): string {
  return Array.from(octets, (octet) => octet.toString(16).padStart(2, "0")).join("");
}

function idOf(id: { readonly buffer: ArrayBuffer } | undefined): string | undefined {
  return id && hexOf(new Uint8Array(id.buffer));
}
