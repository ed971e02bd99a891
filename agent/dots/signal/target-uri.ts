import { canonicalName } from "./domain-name.ts";
import { hostPrefix } from "./prefix.ts";
import type { Prefix } from "./prefix.ts";

/** URIs as targets name them. [RFC 9132 §4.4.1.1] [RFC 3986 §3] */

/** A URI with a host. */
export interface TargetUri {
  /** As the client wrote it. */
  readonly text: string;
  /** What two spellings of one URI share: for comparing, never for sending. [RFC 3986 §6.2] */
  readonly canonical: string;
  /** The host: a name in lower case, or an address as a prefix. */
  readonly host: string | Prefix;
}

/**
 * The grammar and nothing beside it, so that whoever reads the text later finds the host that was checked: a
 * parser that repairs its input (a backslash, a missing authority) may find another. [RFC 3986 §3]
 */
const PCHAR = "[\\w.~!$&'()*+,;=:@-]|%[0-9a-f]{2}";
const URI = new RegExp(
  "^(?<scheme>[a-z][a-z0-9+.-]*)://" +
    "(?<host>\\[[0-9a-f:.]+\\]|[\\w.-]+)(?::(?<port>\\d*))?" +
    `(?<path>(?:/(?:${PCHAR}|/)*)?)` +
    `(?<rest>(?:\\?(?:${PCHAR}|[/?])*)?(?:#(?:${PCHAR}|[/?])*)?)$`,
  "i",
);

/** Ports that go without saying. [RFC 9110 §4.2] [RFC 7252 §6] */
const PORTS: Readonly<Record<string, number>> = { http: 80, https: 443, coap: 5683, coaps: 5684 };

/** The URI that `text` writes, or in words why it is none. User information is refused: it only ever misleads. */
export function parseTargetUri(text: string): TargetUri | string {
  const groups = URI.exec(text)?.groups;
  if (groups === undefined) return "is not a URI with a host and nothing before it";
  const { scheme = "", host: hostText = "", port = "", path = "", rest = "" } = groups;
  const host = hostOf(hostText);
  if (host === undefined) return "has a host that is neither a domain name nor an IP address";
  if (Number(port) > 0xffff) return "has a port above 65535";
  const lower = scheme.toLowerCase();
  const authority = authorityOf(host, port === "" ? undefined : Number(port), PORTS[lower]);
  return { text, canonical: `${lower}://${authority}${path === "" ? "/" : path}${rest}`, host };
}

/** [RFC 3986 §3.2.2] Percent-encoded names are refused: their octets need not be those of a domain name. */
function hostOf(text: string): string | Prefix | undefined {
  if (text.startsWith("[")) {
    const prefix = hostPrefix(text.slice(1, -1));
    return prefix?.family === 6 ? prefix : undefined;
  }
  return hostPrefix(text) ?? canonicalName(text);
}

function literalOf({ family, text }: Prefix): string {
  const address = text.slice(0, text.indexOf("/"));
  return family === 4 ? address : `[${address}]`;
}

function authorityOf(
  host: string | Prefix,
  port: number | undefined,
  usual: number | undefined,
): string {
  const name = typeof host === "string" ? host : literalOf(host);
  return port === undefined || port === usual ? name : `${name}:${port}`;
}
