/** What anybody can make of a certificate by a CA with ECDSA, with nothing but its octets. */

const ORDERS = {
  "ec-p256": "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551",
  "ec-p384":
    "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973",
  "ec-p521":
    "01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409",
} as const;

/** The same certificate with the signature (r, n - s) in place of (r, s). */
export function twinOf(der: Uint8Array, curve: keyof typeof ORDERS): Uint8Array {
  const [tbs = Buffer.of(), algorithm = Buffer.of(), bits = Buffer.of()] = parts(der);
  const [r = Buffer.of(), s = Buffer.of()] = parts(content(bits).subarray(1));
  const other = BigInt(`0x${ORDERS[curve]}`) - BigInt(`0x${content(s).toString("hex")}`);
  const digits = other.toString(16);
  const octets = Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, "hex");
  const sign = (octets[0] ?? 0) > 127 ? [0] : [];
  const value = tlv(0x30, r, tlv(2, Buffer.from(sign), octets));
  return Uint8Array.from(tlv(0x30, tbs, algorithm, tlv(3, Buffer.of(0), value)));
}

/** A value of DER. */
export function tlv(tag: number, ...inside: readonly Uint8Array[]): Buffer {
  const all = Buffer.concat(inside);
  const { length } = all;
  const long = length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.of(tag, ...(length < 128 ? [length] : long)), all]);
}

/** What is in one. */
export function content(whole: Uint8Array): Buffer {
  return Buffer.from(whole).subarray(start(whole), end(whole));
}

/** The values in one, whole. */
export function parts(whole: Uint8Array): readonly Buffer[] {
  const all: Buffer[] = [];
  for (let rest = content(whole); rest.length > 0; rest = rest.subarray(end(rest))) {
    all.push(rest.subarray(0, end(rest)));
  }
  return all;
}

function start(octets: Uint8Array): number {
  const first = octets[1] ?? 0;
  return first < 128 ? 2 : 2 + (first & 127);
}

function end(octets: Uint8Array): number {
  const at = start(octets);
  const length = at === 2 ? (octets[1] ?? 0) : Buffer.from(octets).readUIntBE(2, at - 2);
  return at + length;
}
