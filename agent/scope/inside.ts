import { intersects, parsePrefix } from "../dots/signal/prefix.ts";
import type { Prefix } from "../dots/signal/prefix.ts";

/**
 * Addresses and names that mean something inside a network only: the provider cannot protect them, and would refuse
 * them in words that help nobody.
 */

/** [RFC 1918 §3] [RFC 6598 §7] [RFC 3927 §2.1] [RFC 4193 §3.1] [RFC 4291 §2.5.6] */
const INSIDE: readonly Prefix[] = [
  "10.0.0.0/8",
  "172.16.0.0/12",
  "192.168.0.0/16",
  "100.64.0.0/10",
  "169.254.0.0/16",
  "fc00::/7",
  "fe80::/10",
].map(known);

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
