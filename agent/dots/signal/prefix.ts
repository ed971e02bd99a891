import ipaddr from "ipaddr.js";
import { parseLiteral } from "../../net/address.ts";

/** IP prefixes as targets name them and as a provider's configuration grants them. [RFC 9132 §4.4.1.1] */

/** An IP prefix with its host bits cleared. */
export interface Prefix {
  readonly family: 4 | 6;
  /** The network address: 4 or 16 octets. */
  readonly octets: readonly number[];
  /** Leading bits that count. */
  readonly length: number;
  /** The canonical text form, `203.0.113.0/28`. [RFC 6991 §4] */
  readonly text: string;
}

/** Longer than the text of any IPv6 prefix. */
const MAX_TEXT = 50;

/** The prefix that `text` writes in CIDR notation, or in words why it is none. Host bits are cleared. */
export function parsePrefix(text: string): Prefix | string {
  const match = /^([0-9a-fA-F:.]+)\/(0|[1-9]\d{0,2})$/.exec(text);
  const host = match?.[1];
  if (text.length > MAX_TEXT || host === undefined) return "is not an IP prefix in CIDR notation";
  const octets = octetsOf(host);
  if (octets === undefined) return "is not an IP prefix in CIDR notation";
  const length = Number(match?.[2]);
  const bits = octets.length * 8;
  if (length > bits) return `has a prefix length above ${bits}`;
  return prefixOf(octets, length);
}

/** The prefix of one address (`/32` or `/128`), if `text` is an IP address. */
export function hostPrefix(text: string): Prefix | undefined {
  const octets = octetsOf(text);
  return octets === undefined ? undefined : prefixOf(octets, octets.length * 8);
}

/** Whether every address of `inner` is in `outer`. */
export function covers(outer: Prefix, inner: Prefix): boolean {
  if (outer.family !== inner.family || outer.length > inner.length) return false;
  const whole = Math.floor(outer.length / 8);
  for (let i = 0; i < whole; i += 1) if (outer.octets[i] !== inner.octets[i]) return false;
  const bits = outer.length % 8;
  if (bits === 0) return true;
  const mask = 0xff << (8 - bits);
  return ((outer.octets[whole] ?? 0) & mask) === ((inner.octets[whole] ?? 0) & mask);
}

/** Whether two prefixes have an address in common. */
export function intersects(a: Prefix, b: Prefix): boolean {
  return covers(a, b) || covers(b, a);
}

/** Address ranges that can never be a target, by the word a diagnostic uses. [RFC 9132 §4.4.1.1] */
const NEVER_TARGETS: readonly (readonly [string, Prefix])[] = [
  ["unspecified", known("0.0.0.0/8")],
  ["loopback", known("127.0.0.0/8")],
  ["multicast", known("224.0.0.0/4")],
  ["broadcast", known("255.255.255.255/32")],
  ["unspecified", known("::/128")],
  ["loopback", known("::1/128")],
  ["multicast", known("ff00::/8")],
  // The same IPv4 address written a second way would slip past every comparison.
  ["IPv4-mapped", known("::ffff:0:0/96")],
];

/** Which kind of address in `prefix` forbids it as a target: "loopback", … [RFC 9132 §4.4.1.1] */
export function forbiddenKind(prefix: Prefix): string | undefined {
  return NEVER_TARGETS.find(([, range]) => intersects(range, prefix))?.[0];
}

/** One reading only: the library's other spellings (octal, two parts) mean different things to different readers. */
function octetsOf(host: string): number[] | undefined {
  const literal = parseLiteral(host);
  if (literal === undefined || literal.host.includes("%")) return undefined;
  return ipaddr.parse(literal.host).toByteArray();
}

function prefixOf(octets: readonly number[], length: number): Prefix {
  const network = octets.map((octet, i) => {
    const kept = Math.min(8, Math.max(0, length - i * 8));
    return octet & (0xff << (8 - kept)) & 0xff;
  });
  const host =
    network.length === 4
      ? new ipaddr.IPv4(network).toString()
      : new ipaddr.IPv6(network).toRFC5952String();
  return {
    family: network.length === 4 ? 4 : 6,
    octets: network,
    length,
    text: `${host}/${length}`,
  };
}

function known(text: string): Prefix {
  const prefix = parsePrefix(text);
  if (typeof prefix === "string") throw new Error(`${text} ${prefix}`);
  return prefix;
}
