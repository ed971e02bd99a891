import { InvalidArgumentError } from "commander";
import type { PortRange } from "../wire/cbor/types.ts";
import { canonicalName } from "../dots/signal/domain-name.ts";
import { MAX_UINT32 } from "../dots/signal/paths.ts";
import { hostPrefix } from "../dots/signal/prefix.ts";
import {
  isLifetime,
  isProtocol,
  readPortRange,
  readTargetPrefix,
  readTargetUri,
} from "../dots/signal/scope.ts";

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
  const bare = hostPrefix(text);
  const prefix = readTargetPrefix(bare?.text ?? text);
  if (typeof prefix === "string") {
    throw new InvalidArgumentError(
      `It ${prefix}. Write it as 203.0.113.7, 203.0.113.0/28 or 2001:db8::/48.`,
    );
  }
  const written = hostPrefix(text.split("/", 1)[0] ?? "");
  if (written?.octets.some((octet, i) => octet !== prefix.octets[i]) === true) {
    throw new InvalidArgumentError(
      `It has host bits set: did you mean ${prefix.text} or ${written.text}?`,
    );
  }
  return prefix.text;
}

/** `443` or `1000-2000`. */
export function readPorts(text: string): PortRange {
  const match = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text);
  if (match === null) throw new InvalidArgumentError("Not a port or a range such as 1000-2000.");
  const lower = { "lower-port": Number(match[1]) };
  const range = match[2] === undefined ? lower : { ...lower, "upper-port": Number(match[2]) };
  const read = readPortRange(range);
  if (typeof read === "string") throw new InvalidArgumentError(`Not a port or range: ${read}.`);
  return range;
}

/** A domain name, as written. */
export function readFqdn(text: string): string {
  if (canonicalName(text) !== undefined) return text;
  throw new InvalidArgumentError(
    "Not a domain name such as www.example.com (an international one in its xn-- form).",
  );
}

/** A URI with a host, as written. */
export function readUri(text: string): string {
  const uri = readTargetUri(text);
  if (typeof uri !== "string") return text;
  throw new InvalidArgumentError(`It ${uri}. Write it as https://www.example.com/.`);
}

/** `tcp`, `udp`, `icmp`, … or a protocol number. */
export function readProtocol(text: string): number {
  const known = Object.hasOwn(PROTOCOLS, text.toLowerCase());
  const number = known ? PROTOCOLS[text.toLowerCase()] : readDigits(text);
  if (number === undefined || !isProtocol(number)) {
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
  if (seconds === undefined || !isLifetime(seconds)) {
    throw new InvalidArgumentError(
      `Not a number of seconds from 1 to ${MAX_UINT32}, or -1 (without end).`,
    );
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

/** The least is what every host must take of IPv4. [RFC 9132 §7.3] */
export function readMtu(text: string): number {
  const mtu = readDigits(text);
  if (mtu === undefined || mtu < 576 || mtu > 1500) {
    throw new InvalidArgumentError("Not a number of octets from 576 to 1500.");
  }
  return mtu;
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
