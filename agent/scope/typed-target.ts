import { canonicalName } from "../dots/signal/domain-name.ts";
import { hostPrefix } from "../dots/signal/prefix.ts";
import type { Prefix } from "../dots/signal/prefix.ts";
import { readPortRange, readTargetPrefix, readTargetUri } from "../dots/signal/scope.ts";
import type { PortRange } from "../wire/cbor/types.ts";
import { isInside, isInsideName } from "./inside.ts";
import type { TargetScope } from "./target-scope.ts";

/**
 * Targets as people type them: `203.0.113.7`, `203.0.113.7:443/tcp`, `203.0.113.7:1000-2000`, `203.0.113.0/28`,
 * `[2001:db8::1]:443`, `2001:db8::/48`, `www.example.com:443`, `https://www.example.com/shop`.
 */

/** A target that could be read. */
export interface TypedTarget {
  readonly scope: TargetScope;
}

/** The numbers that the words stand for. [RFC 9132 §4.4.1.1] */
const PROTOCOLS: Readonly<Record<string, number>> = { tcp: 6, udp: 17 };

/** Thrown and caught in this file only: words that follow the target. */
class TargetFault extends Error {}

/** What `text` asks protection for, or in words what is wrong with it; the words follow the target in quotes. */
export function parseTypedTarget(text: string): TypedTarget | string {
  try {
    return { scope: scopeOf(text.trim()) };
  } catch (error) {
    if (error instanceof TargetFault) return error.message;
    throw error;
  }
}

function scopeOf(text: string): TargetScope {
  if (text.includes("://")) return uriScope(text);
  if (/\/\d*$/.test(text)) return prefixScope(text);
  const suffix = /^(?<rest>.*)\/(?<word>[a-z]+)$/i.exec(text)?.groups;
  if (suffix === undefined) return hostScope(text);
  const protocol = PROTOCOLS[suffix["word"]?.toLowerCase() ?? ""];
  if (protocol === undefined) refuse("ends in neither /tcp nor /udp, nor in a prefix length");
  return { ...hostScope(suffix["rest"] ?? ""), "target-protocol": [protocol] };
}

function uriScope(text: string): TargetScope {
  const uri = readTargetUri(text);
  if (typeof uri === "string") return refuse(uri);
  if (typeof uri.host === "string") refuseInsideName(uri.host);
  else refuseInside(uri.host);
  return { "target-uri": [uri.text] };
}

function prefixScope(text: string): TargetScope {
  const bare = text.replace(/^\[(.*)\]/, "$1");
  if (
    /[:\]]\d+(-\d+)?\//.test(text) &&
    hostPrefix(bare.slice(0, bare.indexOf("/"))) === undefined
  ) {
    refuse("has ports beside a prefix; ports go with an address or a name");
  }
  const prefix = readTargetPrefix(bare);
  if (typeof prefix === "string") return refuse(prefix);
  refuseHostBits(bare, prefix);
  refuseInside(prefix);
  return { "target-prefix": [prefix.text] };
}

/** Whoever wrote an address within the network may have meant that address alone. */
function refuseHostBits(text: string, prefix: Prefix): void {
  const written = hostPrefix(text.slice(0, text.indexOf("/")));
  if (written === undefined || written.octets.every((octet, i) => octet === prefix.octets[i]))
    return;
  const address = written.text.slice(0, written.text.indexOf("/"));
  refuse(`is not the first address of its prefix; write ${prefix.text} or ${address}`);
}

function hostScope(text: string): TargetScope {
  const [host, ports] = splitPorts(text);
  return { ...addresseeOf(host), ...(ports === undefined ? {} : portScope(ports)) };
}

/** `[v6]:ports`, `v6` alone, or anything else before its last colon. */
function splitPorts(text: string): [host: string, ports: string | undefined] {
  const bracketed = /^\[([^\]]*)\](?::(.*))?$/.exec(text);
  if (bracketed !== null) {
    const inside = bracketed[1] ?? "";
    if (hostPrefix(inside)?.family !== 6) refuse("holds no IPv6 address in its brackets");
    return [inside, bracketed[2]];
  }
  if (hostPrefix(text) !== undefined) return [text, undefined];
  const colon = text.indexOf(":");
  if (colon < 0) return [text, undefined];
  if (colon !== text.lastIndexOf(":")) {
    refuse('has several colons; an IPv6 address goes in brackets, such as "[2001:db8::1]:443"');
  }
  return [text.slice(0, colon), text.slice(colon + 1)];
}

function addresseeOf(host: string): TargetScope {
  const address = hostPrefix(host);
  if (address !== undefined) {
    const prefix = readTargetPrefix(address.text);
    if (typeof prefix === "string") return refuse(prefix);
    refuseInside(prefix);
    return { "target-prefix": [prefix.text] };
  }
  const name = canonicalName(host);
  if (name === undefined) return refuse("is neither an address, a prefix, a domain name nor a URI");
  refuseInsideName(name);
  return { "target-fqdn": [name] };
}

function portScope(text: string): TargetScope {
  const match = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text);
  if (match === null) return refuse("has no port or PORT-PORT after the colon");
  const lower = Number(match[1]);
  const upper = Number(match[2] ?? match[1]);
  const entry: PortRange =
    upper === lower ? { "lower-port": lower } : { "lower-port": lower, "upper-port": upper };
  const range = readPortRange(entry);
  return typeof range === "string"
    ? refuse(`has ports that are none: ${range}`)
    : { "target-port-range": [entry] };
}

function refuseInside(prefix: Prefix): void {
  if (!isInside(prefix)) return;
  const isOne = prefix.length === prefix.octets.length * 8;
  refuse(
    isOne
      ? "is an address inside your network; the provider needs the outside one"
      : "has addresses inside your network; the provider needs the outside ones",
  );
}

function refuseInsideName(name: string): void {
  if (!isInsideName(name)) return;
  refuse(
    name.includes(".")
      ? "is a name inside your network; the provider needs the outside one"
      : "is neither a target you named nor a whole address or domain name",
  );
}

function refuse(words: string): never {
  throw new TargetFault(words);
}
