import ipaddr from "ipaddr.js";
import type { Certificate, ConstrainedNames, NameConstraints } from "./certificate.ts";
import { covers } from "./server-name.ts";

/**
 * A name of `certificate` that a CA with these constraints may not issue for; undefined if there is none. Forms that
 * are not processed are the caller's. [RFC 5280 §4.2.1.10]
 * @param legacy whether the common name counts as a DNS name where there is none
 */
export function forbiddenName(
  certificate: Certificate,
  constraints: NameConstraints,
  legacy: boolean,
): string | undefined {
  const { permitted, excluded } = constraints;
  const dns = dnsNamesOf(certificate, legacy).find(
    (name) => !isDnsAllowed(name, permitted, excluded),
  );
  return dns ?? certificate.names.ip.find((address) => !isIpAllowed(address, permitted, excluded));
}

/** An SRV-ID is a name of its own form [RFC 4985 §4]; without this it would lead around a constraint on DNS names. */
function dnsNamesOf({ names }: Certificate, legacy: boolean): readonly string[] {
  const { dns, srv, ip, commonName } = names;
  const all = [...dns, ...srv.map((name) => name.slice(name.indexOf(".") + 1))];
  const nameless = all.length === 0 && ip.length === 0;
  return legacy && nameless && commonName !== undefined ? [commonName.toLowerCase()] : all;
}

/** A wildcard is not below an excluded name that it stands for. */
function isDnsAllowed(
  name: string,
  permitted: ConstrainedNames,
  excluded: ConstrainedNames,
): boolean {
  if (excluded.dns.some((base) => isBelow(name, base) || covers(name, base))) return false;
  return permitted.dns.length === 0 || permitted.dns.some((base) => isBelow(name, base));
}

/** Any number of labels may stand before the base. Some CAs begin it with a dot, and mean the same. */
function isBelow(name: string, base: string): boolean {
  const root = base.replace(/^\./, "");
  return root === "" || name === root || name.endsWith(`.${root}`);
}

function isIpAllowed(
  address: string,
  permitted: ConstrainedNames,
  excluded: ConstrainedNames,
): boolean {
  if (excluded.ip.some((prefix) => isWithin(address, prefix))) return false;
  return permitted.ip.length === 0 || permitted.ip.some((prefix) => isWithin(address, prefix));
}

function isWithin(address: string, prefix: string): boolean {
  const one = ipaddr.parse(address);
  const [base, bits] = ipaddr.parseCIDR(prefix);
  if (one instanceof ipaddr.IPv4) return base instanceof ipaddr.IPv4 && one.match(base, bits);
  return base instanceof ipaddr.IPv6 && one.match(base, bits);
}
