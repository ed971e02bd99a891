import { intersects, parsePrefix } from "../dots/signal/prefix.ts";
import type { Prefix } from "../dots/signal/prefix.ts";

/**
 * Addresses and names that mean something inside a network only: the provider cannot protect them, and would refuse
 * them in words that help nobody.
 */

/** [RFC 1918 §3] [RFC 6598 §7] [RFC 3927 §2.1] */
const INSIDE_V4: readonly Prefix[] = [
  "10.0.0.0/8",
  "172.16.0.0/12",
  "192.168.0.0/16",
  "100.64.0.0/10",
  "169.254.0.0/16",
].map(known);

/** Also the ways in which IPv6 writes those of IPv4. [RFC 4193 §3.1] [RFC 4291 §2.5.6] [RFC 3879 §4] */
const INSIDE: readonly Prefix[] = [
  ...INSIDE_V4,
  ...["fc00::/7", "fe80::/10", "fec0::/10"].map(known),
  ...INSIDE_V4.flatMap(({ octets: [a = 0, b = 0, c = 0, d = 0], length }) => {
    const embedded = [a * 256 + b, c * 256 + d].map((group) => group.toString(16)).join(":");
    return [
      known(`64:ff9b::${embedded}/${96 + length}`), // NAT64 [RFC 6052 §2.1]
      known(`2002:${embedded}::/${16 + length}`), // 6to4 [RFC 3056 §2]
    ];
  }),
];

/** Last labels that no public name has. [RFC 6761 §6.3] [RFC 6762 §3] [RFC 8375 §7] */
const INSIDE_NAMES = ["localhost", "local", "internal", "home.arpa", "lan"];

/** Whether a prefix includes addresses that are used inside networks. */
export function isInside(prefix: Prefix): boolean {
  return INSIDE.some((range) => intersects(range, prefix));
}

/** Whether a name (canonical) is known inside a network only; a name of one label always is. */
export function isInsideName(name: string): boolean {
  return !name.includes(".") || INSIDE_NAMES.some((last) => name.endsWith(`.${last}`));
}

function known(text: string): Prefix {
  const prefix = parsePrefix(text);
  if (typeof prefix === "string") throw new Error(`${text} ${prefix}`);
  return prefix;
}
