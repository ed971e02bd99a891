import type { MitigationScope } from "../../wire/cbor/types.ts";
import { quoted } from "./diagnostic.ts";
import { forbiddenKind, hostPrefix, parsePrefix } from "./prefix.ts";
import type { Prefix } from "./prefix.ts";
import type { PortRange, Target, TargetUri } from "./target.ts";

/** The rules of a mitigation request's body, apart from who asks. [RFC 9132 §4.4.1.1] [RFC 9132 §4.4.1.3] */

/** A mitigation request that makes sense. */
export interface MitigationWish {
  readonly target: Target;
  /** In seconds, -1 for indefinite. Absent only in an efficacy update. [RFC 9132 §4.4.3 Figure 16] */
  readonly lifetimeS?: number;
  readonly trigger: boolean;
  readonly attackStatus?: "under-attack" | "attack-successfully-mitigated";
}

/** What a PUT is: an efficacy update (If-Match) need not repeat the lifetime, but must say how the attack goes. */
export type PutKind = "request" | "efficacy";

/** A body that cannot be accepted, in words: the diagnostic of a 4.00. */
export interface Fault {
  readonly tag: "fault";
  readonly message: string;
}

/** What a client may send; all else in a scope comes from servers only. [RFC 9132 §5.1] */
const CLIENT_NODES: ReadonlySet<string> = new Set([
  "target-prefix",
  "target-port-range",
  "target-protocol",
  "target-fqdn",
  "target-uri",
  "alias-name",
  "lifetime",
  "trigger-mitigation",
  "attack-status",
]);

const LISTS = [
  "target-prefix",
  "target-port-range",
  "target-protocol",
  "target-fqdn",
  "target-uri",
  "alias-name",
] as const;

/** One of these must be there. [RFC 9132 §4.4.1.1] */
const TARGETS = ["target-prefix", "target-fqdn", "target-uri", "alias-name"] as const;

/** Thrown and caught in this file only: the first fault ends the check. */
class ScopeFault extends Error {}

/** Checks a scope and brings it into canonical form. `maxEntries`: of any one list. */
export function validateScope(
  scope: MitigationScope,
  kind: PutKind,
  maxEntries: number,
): MitigationWish | Fault {
  try {
    checkNodes(scope, maxEntries);
    const target = targetOf(scope);
    const lifetimeS = lifetimeOf(scope, kind);
    const attackStatus = scope["attack-status"];
    if (kind === "efficacy" && attackStatus === undefined) {
      refuse("attack-status is missing: an efficacy update (If-Match) must have it");
    }
    return {
      target,
      trigger: scope["trigger-mitigation"] ?? true,
      ...(lifetimeS === undefined ? {} : { lifetimeS }),
      ...(attackStatus === undefined ? {} : { attackStatus }),
    };
  } catch (error) {
    if (error instanceof ScopeFault) return { tag: "fault", message: error.message };
    throw error;
  }
}

/** Whether the outcome of `validateScope` is a fault. */
export function isFault(outcome: MitigationWish | Fault): outcome is Fault {
  return "tag" in outcome;
}

function checkNodes(scope: MitigationScope, maxEntries: number): void {
  for (const node of Object.keys(scope)) {
    if (!CLIENT_NODES.has(node)) refuse(`${node} must not be in a mitigation request`);
  }
  for (const list of LISTS) {
    const entries = scope[list];
    if (entries === undefined) continue;
    if (entries.length === 0) refuse(`${list} is empty: leave it out instead`);
    if (entries.length > maxEntries) refuse(`${list} has more than ${maxEntries} entries`);
  }
  if (!TARGETS.some((list) => scope[list] !== undefined)) {
    refuse(`nothing to protect: one of ${TARGETS.join(", ")} is needed`);
  }
}

function lifetimeOf(scope: MitigationScope, kind: PutKind): number | undefined {
  const { lifetime } = scope;
  if (lifetime === undefined) {
    if (kind === "efficacy") return undefined;
    refuse("lifetime is missing");
  }
  if (lifetime === 0) refuse("lifetime 0 is not valid; DELETE withdraws a mitigation");
  if (lifetime < -1) refuse(`lifetime ${lifetime} is not valid; -1 is indefinite`);
  return lifetime;
}

function targetOf(scope: MitigationScope): Target {
  if (scope["alias-name"] !== undefined) {
    // An alias that its client did not make must be refused; without a data channel none can be made. [RFC 9132 §4.4.1.3]
    refuse("alias-name cannot be used: this server has no data channel, so no alias exists");
  }
  return {
    prefixes: uniqueBy(scope["target-prefix"]?.map(prefixOf) ?? [], (prefix) => prefix.text),
    ports: portsOf(scope),
    protocols: [...new Set(scope["target-protocol"]?.map(protocolOf))],
    fqdns: [...new Set(scope["target-fqdn"]?.map(fqdnOf))],
    uris: uniqueBy(scope["target-uri"]?.map(uriOf) ?? [], (uri) => uri.text),
    aliases: [],
  };
}

function prefixOf(text: string): Prefix {
  if (text === "") refuse("target-prefix holds an empty value");
  const prefix = parsePrefix(text);
  if (typeof prefix === "string") refuse(`target-prefix ${quoted(text)} ${prefix}`);
  checkAddresses("target-prefix", text, prefix);
  return prefix;
}

function checkAddresses(node: string, text: string, prefix: Prefix): void {
  const kind = forbiddenKind(prefix);
  if (kind !== undefined) refuse(`${node} ${quoted(text)} includes ${kind} addresses`);
}

function portsOf(scope: MitigationScope): PortRange[] {
  const ranges = (scope["target-port-range"] ?? []).map((range) => {
    const lower = range["lower-port"];
    const upper = range["upper-port"] ?? lower;
    if (upper < lower)
      refuse(`target-port-range: upper-port ${upper} is below lower-port ${lower}`);
    if (upper > 0xffff) refuse(`target-port-range: ${upper} is above 65535`);
    return { lower, upper };
  });
  const lowers = new Set(ranges.map((range) => range.lower)); // the list's key [RFC 9132 §5.1]
  if (lowers.size < ranges.length)
    refuse("target-port-range: two entries have the same lower-port");
  return ranges;
}

function protocolOf(protocol: number): number {
  if (protocol > 255) refuse(`target-protocol ${protocol} is above 255`);
  return protocol;
}

const LABEL = /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?$/;

/** `name` in lower case and without its final dot, if it is a domain name below the root. [RFC 6991 §4] */
export function canonicalName(name: string): string | undefined {
  const canonical = name.toLowerCase().replace(/\.$/, "");
  if (canonical.length > 253) return undefined;
  return canonical.split(".").every((label) => LABEL.test(label)) ? canonical : undefined;
}

function fqdnOf(text: string): string {
  if (text === "") refuse("target-fqdn holds an empty value");
  const name = canonicalName(text);
  if (name === undefined) refuse(`target-fqdn ${quoted(text)} is not a domain name`);
  return name;
}

function uriOf(text: string): TargetUri {
  if (text === "") refuse("target-uri holds an empty value");
  const host = hostOf(text);
  if (host === undefined) refuse(`target-uri ${quoted(text)} is not a URI with a host`);
  if (typeof host !== "string") checkAddresses("target-uri", text, host);
  return { text, host };
}

/** The host subcomponent of a URI's authority. [RFC 3986 §3.2.2] */
function hostOf(text: string): string | Prefix | undefined {
  if (!/^[a-z][a-z0-9+.-]*:\/\/[\u0021-\u007e]+$/i.test(text)) return undefined;
  const host = URL.canParse(text) ? new URL(text).hostname : "";
  return hostPrefix(host.replace(/^\[|\]$/g, "")) ?? canonicalName(host);
}

/** Values of one key are equal: it makes no difference that the map keeps the last of them, in the first's place. */
function uniqueBy<T>(values: readonly T[], key: (value: T) => string): T[] {
  return [...new Map(values.map((value) => [key(value), value])).values()];
}

function refuse(message: string): never {
  throw new ScopeFault(message);
}
