/** Domain names as targets name them and as a provider's configuration grants them. [RFC 6991 §4] */

const MAX_NAME = 253;
const LABEL = /^([a-z0-9_][a-z0-9_-]{0,61})?[a-z0-9]$/;
/** No top-level domain looks like that, and resolvers take the whole for an IPv4 address: `1.2.3.4`, `0x7f.1`. */
const NUMERIC = /^(\d+|0x[\da-f]*)$/;

/** `name` in lower case and without its final dot, if it is a domain name below the root. */
export function canonicalName(name: string): string | undefined {
  const canonical = name.toLowerCase().replace(/\.$/, "");
  if (canonical.length > MAX_NAME) return undefined;
  const labels = canonical.split(".");
  if (NUMERIC.test(labels.at(-1) ?? "")) return undefined;
  return labels.every((label) => LABEL.test(label)) ? canonical : undefined;
}
