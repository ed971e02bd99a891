import ipaddr from "ipaddr.js";
import { formatAddress, NetError } from "./ports.ts";
import type { Address, Datagrams } from "./ports.ts";

/** An IP address without a port, in the canonical text form that `Address.host` asks for. */
export interface Literal {
  readonly family: 4 | 6;
  readonly host: string;
}

const MAX_NAME = 253;
const LABEL = /^[\p{L}\p{M}\p{N}_-]{1,63}$/u;
/** Resolvers read a name that ends so as an IPv4 address in an old notation: `1.2.3`, `0x7f.1`. */
const ENDS_IN_NUMBER = /(^|\.)(\d+|0x[\da-f]*)\.?$/i;
/** Deprecated [RFC 4291 §2.5.5.1], and ipaddr.js reads it as an IPv4-mapped address. */
const IPV4_COMPATIBLE = /^::\d+(\.\d+){3}/;

/**
 * Reads an IP literal (no brackets, no port). IPv6 becomes the form that the system prints, so that
 * addresses compare as text; a `%zone` stays as it is. [RFC 5952 §4]
 * @returns undefined when the text is no literal; old forms such as `1.2.3`, `01.2.3.4` are none.
 */
export function parseLiteral(text: string): Literal | undefined {
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return { family: 4, host: text };
  if (!text.includes(":") || IPV4_COMPATIBLE.test(text)) return undefined;
  if (!ipaddr.IPv6.isValid(text)) return undefined;
  return { family: 6, host: canonicalV6(ipaddr.IPv6.parse(text)) };
}

function canonicalV6(address: ipaddr.IPv6): string {
  if (!address.isIPv4MappedAddress()) return address.toRFC5952String();
  const zone = address.zoneId === undefined ? "" : `%${address.zoneId}`;
  return `::ffff:${address.toIPv4Address().toString()}${zone}`;
}

/** Whether two addresses name the same endpoint; both in canonical form. */
export function sameAddress(a: Address, b: Address): boolean {
  return a.port === b.port && a.family === b.family && a.host === b.host;
}

/**
 * The family of the socket that these options of `Datagrams.bind` ask for; 4 when nothing says.
 * @throws {NetError} `net/other` when the remote address is of another one
 */
export function socketFamily({ local, remote, family }: Parameters<Datagrams["bind"]>[0]): 4 | 6 {
  const asked = local?.family ?? remote?.family ?? family ?? 4;
  if (remote === undefined || remote.family === asked) return asked;
  throw new NetError("net/other", `${formatAddress(remote)} is not an IPv${asked} address`);
}

/**
 * Reads `1.2.3.4`, `1.2.3.4:5`, `[::1]`, `[::1]:5`, `name` or `name:5`. An IPv6 host comes back
 * canonical and without brackets; a name comes back as written.
 * @throws {NetError} `net/other`; the message says what is wrong.
 */
export function parseHostPort(text: string, defaultPort: number): { host: string; port: number } {
  const [host, port] = text.startsWith("[") ? splitBracketed(text) : splitPlain(text);
  return { host, port: port === undefined ? defaultPort : portOf(port, text) };
}

function splitBracketed(text: string): [host: string, port: string | undefined] {
  const close = text.indexOf("]");
  if (close < 0) throw wrong(text, 'the "]" after the IPv6 address is missing');
  const inside = text.slice(1, close);
  const literal = parseLiteral(inside);
  if (literal?.family !== 6) throw wrong(text, `"${inside}" is not an IPv6 address`);
  const rest = text.slice(close + 1);
  if (rest === "") return [literal.host, undefined];
  if (!rest.startsWith(":")) throw wrong(text, 'only ":" and a port may follow the "]"');
  return [literal.host, rest.slice(1)];
}

function splitPlain(text: string): [host: string, port: string | undefined] {
  const colon = text.indexOf(":");
  if (colon !== text.lastIndexOf(":")) {
    throw wrong(text, `write an IPv6 address in brackets, such as "[2001:db8::1]:4646"`);
  }
  const host = colon < 0 ? text : text.slice(0, colon);
  checkPlainHost(host, text);
  return [host, colon < 0 ? undefined : text.slice(colon + 1)];
}

function checkPlainHost(host: string, text: string): void {
  if (host === "") throw wrong(text, "the host is missing");
  if (parseLiteral(host) !== undefined) return;
  if (ENDS_IN_NUMBER.test(host)) throw wrong(text, `"${host}" is not an IPv4 address`);
  const labels = (host.endsWith(".") ? host.slice(0, -1) : host).split(".");
  if (host.length > MAX_NAME || !labels.every((label) => LABEL.test(label))) {
    throw wrong(text, `"${host}" is not a host name`);
  }
}

function portOf(digits: string, text: string): number {
  if (digits === "") throw wrong(text, 'the port after ":" is missing');
  const port = /^\d{1,5}$/.test(digits) ? Number(digits) : Number.NaN;
  if (!(port <= 65_535)) throw wrong(text, `"${digits}" is not a port (0 to 65535)`);
  return port;
}

function wrong(text: string, why: string): NetError {
  return new NetError("net/other", `"${text}" is not HOST or HOST:PORT: ${why}`);
}
