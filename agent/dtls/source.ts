import type { Address } from "../net/ports.ts";

/** Who counts as one host: an IPv4 address, or the /64 of an IPv6 address, which is one host's to fill. */
export function sourceOf(address: Address): string {
  return address.family === 4 ? address.host : front(address.host, 4);
}

/** Who may be one network: an IPv4 address, or the /48 of an IPv6 address, which is what a site is given. [RFC 6177 §2] */
export function siteOf(address: Address): string {
  return address.family === 4 ? address.host : front(address.host, 3);
}

/** The first groups of an IPv6 address. */
function front(host: string, groups: number): string {
  const [head = "", tail = ""] = host.split("%")[0]?.split("::") ?? [];
  const before = head === "" ? [] : head.split(":");
  const after = tail === "" ? [] : tail.split(":");
  const zeros = Array.from({ length: Math.max(0, 8 - before.length - after.length) }, () => "0");
  return [...before, ...zeros, ...after].slice(0, groups).join(":");
}
