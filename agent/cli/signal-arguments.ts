import ipaddr from "ipaddr.js";
import { InvalidArgumentError } from "commander";
import type { PortRange } from "../wire/cbor/types.ts";
import { MAX_UINT32 } from "../dots/signal/paths.ts";
import { parseLiteral } from "../net/address.ts";

/** Readers of single arguments of `mayday signal`. Each throws `InvalidArgumentError`; commander names the flag. */

/** Protocols by the names people use. [IANA protocol numbers] */
const PROTOCOLS: Readonly<Record<string, number>> = {
  icmp: 1,
  tcp: 6,
  udp: 17,
  gre: 47,
  esp: 50,
  icmpv6: 58,
  sctp: 132,
};

/** Adds what `read` makes of a repeatable argument to what came before. */
export function collect<T>(
  read: (text: string) => T,
): (text: string, before?: readonly T[]) => T[] {
  return (text, before = []) => [...before, read(text)];
}

/**
 * A prefix in canonical form; a bare address becomes a /32 or /128. Host bits are refused: whoever wrote
 * them may have meant the one address or the whole network, and the difference is who loses traffic.
 */
export function readPrefix(text: string): string {
  const [address = "", length, ...rest] = text.split("/");
  const literal = parseLiteral(address);
  if (literal === undefined || rest.length > 0 || literal.host.includes("%")) {
    throw new InvalidArgumentError(
      "Not an address or prefix such as 203.0.113.7 or 2001:db8::/48.",
    );
  }
  const bits = literal.family === 4 ? 32 : 128;
  if (length === undefined) return `${literal.host}/${bits}`;
  if (!/^(0|[1-9]\d{0,2})$/.test(length) || Number(length) > bits) {
    throw new InvalidArgumentError(`The prefix length must be 0 to ${bits}.`);
  }
  const network = networkOf(`${literal.host}/${length}`, literal.family);
  if (network !== literal.host) {
    throw new InvalidArgumentError(
      `It has host bits set: did you mean ${network}/${length} or ${literal.host}/${bits}?`,
    );
  }
  return `${literal.host}/${length}`;
}

function networkOf(cidr: string, family: 4 | 6): string {
  return family === 4
    ? ipaddr.IPv4.networkAddressFromCIDR(cidr).toString()
    : (parseLiteral(ipaddr.IPv6.networkAddressFromCIDR(cidr).toString())?.host ?? "");
}

/** `443` or `1000-2000`. */
export function readPorts(text: string): PortRange {
  const match = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text);
  const lower = Number(match?.[1]);
  const upper = match?.[2] === undefined ? undefined : Number(match[2]);
  if (match === null || lower > 65_535 || (upper !== undefined && upper > 65_535)) {
    throw new InvalidArgumentError("Not a port (0 to 65535) or a range such as 1000-2000.");
  }
  if (upper !== undefined && upper < lower) {
    throw new InvalidArgumentError("The range ends before it begins.");
  }
  return upper === undefined
    ? { "lower-port": lower }
    : { "lower-port": lower, "upper-port": upper };
}

/** `tcp`, `udp`, `icmp`, … or a protocol number. */
export function readProtocol(text: string): number {
  const known = Object.hasOwn(PROTOCOLS, text.toLowerCase());
  const number = known ? PROTOCOLS[text.toLowerCase()] : readDigits(text);
  if (number === undefined || number > 255) {
    const names = Object.keys(PROTOCOLS).join(", ");
    throw new InvalidArgumentError(`Not a protocol: ${names}, or a number from 0 to 255.`);
  }
  return number;
}

/** A mitigation identifier. [RFC 9132 §4.4.1.1] */
export function readMid(text: string): number {
  const mid = readDigits(text);
  if (mid === undefined || mid > MAX_UINT32) {
    throw new InvalidArgumentError(`Not an integer from 0 to ${MAX_UINT32}.`);
  }
  return mid;
}

/** Seconds, or -1 for a lifetime without end. [RFC 9132 §4.4.1.1] */
export function readLifetime(text: string): number {
  const seconds = text === "-1" ? -1 : readDigits(text);
  if (seconds === undefined || seconds === 0 || seconds > 0x7fff_ffff) {
    throw new InvalidArgumentError("Not a number of seconds from 1 on, or -1 (without end).");
  }
  return seconds;
}

/** Seconds above 0, fractions allowed. */
export function readSeconds(text: string): number {
  const seconds = /^\d{1,9}(\.\d{1,6})?$/.test(text) ? Number(text) : 0;
  if (seconds <= 0) throw new InvalidArgumentError("Not a number of seconds above 0.");
  return seconds;
}

/** A number of repetitions, from 1. */
export function readCount(text: string): number {
  const count = readDigits(text);
  if (count === undefined || count < 1 || count > 1_000_000_000) {
    throw new InvalidArgumentError("Not a number from 1 on.");
  }
  return count;
}

/** Text that must not be empty. */
export function readText(text: string): string {
  if (text === "") throw new InvalidArgumentError("It is empty.");
  return text;
}

/** A client identifier as it goes into a Uri-Path option. [RFC 9132 §4.4.1.1] */
export function readCuid(text: string): string {
  if (text === "" || new TextEncoder().encode(text).length > 250) {
    throw new InvalidArgumentError("Not 1 to 250 octets long.");
  }
  return text;
}

function readDigits(text: string): number | undefined {
  return /^\d{1,10}$/.test(text) ? Number(text) : undefined;
}
