import type { MitigationScope, PortRange as WirePortRange } from "../../wire/cbor/types.ts";
import { quoted } from "./diagnostic.ts";
import { canonicalName } from "./domain-name.ts";
import { forbiddenKind, parsePrefix } from "./prefix.ts";
import type { Prefix } from "./prefix.ts";
import { parseTargetUri } from "./target-uri.ts";
import type { TargetUri } from "./target-uri.ts";

/**
 * The rules of a mitigation request's scope, apart from who asks: one reading of them for whoever sends a
 * request and for whoever receives it. [RFC 9132 §4.4.1.1] [RFC 9132 §4.4.1.3]
 */

/** Ports from `lower` to `upper`, both included. */
export interface PortRange {
  readonly lower: number;
  readonly upper: number;
}

/** What a mitigation protects: a mitigation-scope after validation, in canonical form and in the order given. */
export interface Target {
  readonly prefixes: readonly Prefix[];
  readonly ports: readonly PortRange[];
  readonly protocols: readonly number[];
  /** In lower case, without a final dot. */
  readonly fqdns: readonly string[];
  readonly uris: readonly TargetUri[];
  readonly aliases: readonly string[];
}

/** A mitigation request that makes sense. */
export interface MitigationWish {
  readonly target: Target;
  /** In seconds, -1 for indefinite. Absent only in an efficacy update. [RFC 9132 §4.4.3 Figure 16] */
  readonly lifetimeS?: number;
  readonly trigger: boolean;
  readonly attackStatus?: "under-attack" | "attack-successfully-mitigated";
}

/** What a PUT is: an efficacy update (If-Match) need not repeat the lifetime. */
export type PutKind = "request" | "efficacy";

/** The lists of a scope. */
export const SCOPE_LISTS = [
  "target-prefix",
  "target-port-range",
  "target-protocol",
  "target-fqdn",
  "target-uri",
  "alias-name",
] as const;

/** One of these must be there. [RFC 9132 §4.4.1.1] */
const TARGETS = ["target-prefix", "target-fqdn", "target-uri", "alias-name"] as const;

/** What a client may send; all else in a scope comes from servers only. [RFC 9132 §5.1] */
const CLIENT_NODES: ReadonlySet<string> = new Set([
  ...SCOPE_LISTS,
  "lifetime",
  "trigger-mitigation",
  "attack-status",
]);

/** The longest lifetime but -1, in seconds: uint32. [RFC 9132 §5.3] */
const MAX_LIFETIME_S = 0xffff_ffff;
const MAX_PORT = 0xffff;
const MAX_PROTOCOL = 0xff;

/** Thrown and caught in this file only: the first fault ends the check. */
class ScopeFault extends Error {}

/** What a scope asks for, in canonical form, or in words what is wrong with it; the words name attribute and value. */
export function readScope(scope: MitigationScope, kind: PutKind): MitigationWish | string {
  try {
    return wishOf(scope, kind);
  } catch (error) {
    if (error instanceof ScopeFault) return error.message;
    throw error;
  }
}

/** The prefix that `text` writes if it can be a target, or in words why not. [RFC 9132 §4.4.1.1] */
export function readTargetPrefix(text: string): Prefix | string {
  const prefix = parsePrefix(text);
  return typeof prefix === "string" ? prefix : (forbidden(prefix) ?? prefix);
}

/** The URI that `text` writes if it can be a target, or in words why not. [RFC 9132 §4.4.1.1] */
export function readTargetUri(text: string): TargetUri | string {
  const uri = parseTargetUri(text);
  if (typeof uri === "string" || typeof uri.host === "string") return uri;
  return forbidden(uri.host) ?? uri;
}

/** The ports of one entry, or in words why they are none. A missing `upper-port` is the lower one. */
export function readPortRange(range: WirePortRange): PortRange | string {
  const lower = range["lower-port"];
  const upper = range["upper-port"] ?? lower;
  const wrong = [lower, upper].find((port) => !isIntegerIn(port, 0, MAX_PORT));
  if (wrong !== undefined) return `${wrong} is not 0 to ${MAX_PORT}`;
  return upper < lower ? `upper-port ${upper} is below lower-port ${lower}` : { lower, upper };
}

/** Whether a request may carry this lifetime: uint32 but 0, or -1. [RFC 9132 §4.4.1.1] [RFC 9132 §5.3] */
export function isLifetime(seconds: number): boolean {
  return seconds === -1 || isIntegerIn(seconds, 1, MAX_LIFETIME_S);
}

/** Whether this is the number of a protocol. [RFC 9132 §4.4.1.1] */
export function isProtocol(protocol: number): boolean {
  return isIntegerIn(protocol, 0, MAX_PROTOCOL);
}

function wishOf(scope: MitigationScope, kind: PutKind): MitigationWish {
  checkNodes(scope);
  const target = targetOf(scope);
  const lifetimeS = lifetimeOf(scope, kind);
  const attackStatus = scope["attack-status"];
  return {
    target,
    trigger: scope["trigger-mitigation"] ?? true,
    ...(lifetimeS === undefined ? {} : { lifetimeS }),
    ...(attackStatus === undefined ? {} : { attackStatus }),
  };
}

function checkNodes(scope: MitigationScope): void {
  for (const [node, value] of Object.entries(scope)) {
    if (value !== undefined && !CLIENT_NODES.has(node)) {
      refuse(`${node} must not be in a mitigation request`);
    }
  }
  for (const list of SCOPE_LISTS) {
    const entries: readonly unknown[] | undefined = scope[list];
    if (entries?.length === 0) refuse(`${list} is empty: leave it out instead`);
    if (entries?.includes("") === true) refuse(`${list} holds an empty value`);
  }
  if (!TARGETS.some((list) => scope[list] !== undefined)) {
    refuse(`nothing to protect: one of ${TARGETS.join(", ")} is needed`);
  }
}

function targetOf(scope: MitigationScope): Target {
  return {
    prefixes: uniqueBy(scope["target-prefix"]?.map(prefixOf) ?? [], ({ text }) => text),
    ports: portsOf(scope["target-port-range"] ?? []),
    protocols: [...new Set(scope["target-protocol"]?.map(protocolOf))],
    fqdns: [...new Set(scope["target-fqdn"]?.map(fqdnOf))],
    uris: uniqueBy(scope["target-uri"]?.map(uriOf) ?? [], ({ canonical }) => canonical),
    aliases: [...new Set(scope["alias-name"])],
  };
}

function lifetimeOf({ lifetime }: MitigationScope, kind: PutKind): number | undefined {
  if (lifetime === undefined)
    return kind === "efficacy" ? undefined : refuse("lifetime is missing");
  if (lifetime === 0) refuse("lifetime 0 is not valid; DELETE withdraws a mitigation");
  if (isLifetime(lifetime)) return lifetime;
  return refuse(`lifetime ${lifetime} is neither -1 (indefinite) nor 1 to ${MAX_LIFETIME_S}`);
}

function prefixOf(text: string): Prefix {
  const prefix = readTargetPrefix(text);
  return typeof prefix === "string" ? refuse(`target-prefix ${quoted(text)} ${prefix}`) : prefix;
}

function portsOf(entries: readonly WirePortRange[]): PortRange[] {
  const ranges = entries.map((entry) => {
    const range = readPortRange(entry);
    return typeof range === "string" ? refuse(`target-port-range: ${range}`) : range;
  });
  const lowers = new Set(ranges.map((range) => range.lower)); // the list's key [RFC 9132 §5.1]
  if (lowers.size < ranges.length) {
    refuse("target-port-range: two entries have the same lower-port");
  }
  return ranges;
}

function protocolOf(protocol: number): number {
  return isProtocol(protocol)
    ? protocol
    : refuse(`target-protocol ${protocol} is not 0 to ${MAX_PROTOCOL}`);
}

function fqdnOf(text: string): string {
  return canonicalName(text) ?? refuse(`target-fqdn ${quoted(text)} is not a domain name`);
}

function uriOf(text: string): TargetUri {
  const uri = readTargetUri(text);
  return typeof uri === "string" ? refuse(`target-uri ${quoted(text)} ${uri}`) : uri;
}

function forbidden(prefix: Prefix): string | undefined {
  const kind = forbiddenKind(prefix);
  return kind === undefined ? undefined : `includes ${kind} addresses`;
}

/** Of several values with one key, the first. */
function uniqueBy<T>(values: readonly T[], key: (value: T) => string): T[] {
  const unique = new Map<string, T>();
  for (const value of values) if (!unique.has(key(value))) unique.set(key(value), value);
  return [...unique.values()];
}

function isIntegerIn(value: number, least: number, most: number): boolean {
  return Number.isInteger(value) && value >= least && value <= most;
}

function refuse(message: string): never {
  throw new ScopeFault(message);
}
