import { concatBytes } from "../../wire/bytes.ts";
import { boundValues, DerTag, type DerValue, derValues, malformed, naturalOf } from "./x509-der.ts";
import { hexOf } from "./x509-extensions.ts";

/** A certificate as its signature sees it. [RFC 5280 §4.1.1] */
export interface SignedParts {
  /** All that is signed. */
  readonly signed: Uint8Array;
  /**
   * The other certificates that anybody can make of this one: of a signature by ECDSA `(r, s)` the other one,
   * `(r, n - s)`, for each order `n` that it might be by. The same key made both, for all that anybody can tell.
   */
  readonly twins: readonly Uint8Array[];
}

/** `ansi-X9-62 signatures(4)`: all of ECDSA's that are believed here. [RFC 5758 §3.2] */
const ECDSA = Uint8Array.of(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04);

/** Orders of P-256, P-384 and P-521. [FIPS 186-5] [SP 800-186 §3.2.1] */
const ORDERS: readonly bigint[] = [
  0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
  0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
  0x01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409n,
];

/** In all, with what is in the extensions; an ordinary certificate has under a hundred. */
const MAX_VALUES = 512;
const MAX_FIELDS = 16;
const MAX_EXTENSIONS = 64;
const MAX_NAMES = 64;
/** Extensions with GeneralNames: subjectAltName, issuerAltName. [RFC 5280 §4.2.1.6] */
const ALT_NAMES: ReadonlySet<string> = new Set(["551d11", "551d12"]);
const NAME_CONSTRAINTS = "551d1e";

/**
 * Takes a certificate apart, as far as its signature needs.
 * @throws {WireError} `wire/malformed` for what is not DER, or has a signature by ECDSA in a form that is not
 */
export function signedParts(der: Uint8Array): SignedParts {
  const [tbs, algorithm, signature] = sequence(onlyOne(der), 3);
  if (!tbs || !algorithm || signature?.tag !== DerTag.bitString) throw malformed("it is not X.509");
  const [oid] = sequence(algorithm, 2);
  const isEcdsa = oid !== undefined && ECDSA.every((octet, i) => oid.content[i] === octet);
  if (!isEcdsa) return { signed: tbs.whole, twins: [] };
  const [r, s] = ecdsaValues(signature.content);
  const twins = ORDERS.filter((n) => r < n && s < n).map((n) =>
    encode(DerTag.sequence, tbs.whole, algorithm.whole, signatureOf(r, n - s)),
  );
  return { signed: tbs.whole, twins };
}

/**
 * Refuses a certificate that would take long to read: one with too many values, or names.
 * @throws {WireError} `wire/malformed`
 */
export function boundCertificate(der: Uint8Array): void {
  let left = boundValues(der, MAX_VALUES);
  const [tbs] = sequence(onlyOne(der), 3);
  const fields = tbs ? sequence(tbs, MAX_FIELDS) : [];
  const list = fields.find(({ tag }) => tag === DerTag.extensions);
  if (!list) return;
  for (const extension of sequence(onlyOne(list.content), MAX_EXTENSIONS)) {
    const [oid, ...values] = sequence(extension, 3);
    const value = values.find(({ tag }) => tag === DerTag.octetString);
    if (!oid || !value) throw malformed("an extension without a value");
    left = boundValues(value.content, left);
    boundNames(hexOf(oid.content), value.content);
  }
}

function boundNames(oid: string, value: Uint8Array): void {
  if (ALT_NAMES.has(oid)) sequence(onlyOne(value), MAX_NAMES);
  if (oid !== NAME_CONSTRAINTS) return;
  for (const subtrees of sequence(onlyOne(value), 2)) derValues(subtrees.content, MAX_NAMES);
}

/** [RFC 3279 §2.2.3], without a bit that is left over. */
function ecdsaValues(bits: Uint8Array): readonly [bigint, bigint] {
  const values = bits[0] === 0 ? sequence(onlyOne(bits.subarray(1)), 2) : [];
  const [r, s] = values.map(naturalOf);
  if (r === undefined || s === undefined) throw malformed("its signature is not DER");
  return [r, s];
}

function signatureOf(r: bigint, s: bigint): Uint8Array {
  const value = encode(DerTag.sequence, integer(r), integer(s));
  return encode(DerTag.bitString, Uint8Array.of(0), value);
}

function integer(value: bigint): Uint8Array {
  const digits = value.toString(16);
  const even = digits.length % 2 === 0 ? digits : `0${digits}`;
  const octets = (even.match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16));
  const sign = (octets[0] ?? 0) >= 0x80 ? [0] : [];
  return encode(DerTag.integer, Uint8Array.from([...sign, ...octets]));
}

function encode(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const content = concatBytes(...parts);
  const { length } = content;
  if (length < 0x80) return concatBytes(Uint8Array.of(tag, length), content);
  const long = length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return concatBytes(Uint8Array.from([tag, ...long]), content);
}

function onlyOne(octets: Uint8Array): DerValue {
  const [value] = derValues(octets, 1);
  if (!value) throw malformed("it is not X.509");
  return value;
}

function sequence({ tag, content }: DerValue, limit: number): readonly DerValue[] {
  if (tag !== DerTag.sequence) throw malformed("it is not X.509");
  return derValues(content, limit);
}
