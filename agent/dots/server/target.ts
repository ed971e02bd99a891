import { intersects, parsePrefix } from "../signal/prefix.ts";
import type { Prefix } from "../signal/prefix.ts";
import type { PortRange, Target } from "../signal/scope.ts";
import { parseTargetUri } from "../signal/target-uri.ts";
import type { TargetUri } from "../signal/target-uri.ts";

/** The target as records keep it: plain strings and numbers. */
export interface TargetRecord {
  readonly prefixes: readonly string[];
  readonly ports: readonly PortRange[];
  readonly protocols: readonly number[];
  readonly fqdns: readonly string[];
  readonly uris: readonly { readonly text: string; readonly host: string }[];
  readonly aliases: readonly string[];
}

/** What two targets have in common; undefined when nothing. Ports do not set two requests apart. [RFC 9132 §4.4.1.3] */
export interface Overlap {
  readonly prefixes: readonly Prefix[];
  readonly fqdns: readonly string[];
  readonly uris: readonly string[];
  readonly aliases: readonly string[];
}

/** Whether two targets have anything in common; see `overlapOf`. Asked for every mitigation on every new request. */
export function doOverlap(a: Target, b: Target): boolean {
  if (a.prefixes.some((ours) => b.prefixes.some((theirs) => intersects(ours, theirs)))) return true;
  const onlyPrefixes =
    a.fqdns.length + a.uris.length + a.aliases.length === 0 && b.uris.length === 0;
  return !onlyPrefixes && overlapOf(a, b) !== undefined;
}

/**
 * What of `a` is also in `b`: a common address, prefix, name, URI or alias. The host of a URI counts as a name
 * or an address of its target: filtering for the one is filtering for the other. [RFC 9132 §4.4.1.3]
 */
export function overlapOf(a: Target, b: Target): Overlap | undefined {
  const prefixes = commonPrefixes(addressesOf(a), addressesOf(b));
  const fqdns = commonNames(a, b);
  const uris = commonUris(a, b);
  const aliases = a.aliases.filter((alias) => b.aliases.includes(alias));
  const found = prefixes.length + fqdns.length + uris.length + aliases.length > 0;
  return found ? { prefixes, fqdns, uris, aliases } : undefined;
}

/** Whether two targets ask for the same, whatever the order of their lists. [RFC 9132 §4.4.1.3] */
export function sameTarget(a: Target, b: Target): boolean {
  return fingerprint(a) === fingerprint(b);
}

/** For keeping. */
export function recordOf(target: Target): TargetRecord {
  return {
    prefixes: target.prefixes.map((prefix) => prefix.text),
    ports: target.ports,
    protocols: target.protocols,
    fqdns: target.fqdns,
    uris: target.uris.map(({ text, host }) => ({
      text,
      host: typeof host === "string" ? host : host.text,
    })),
    aliases: target.aliases,
  };
}

/** From what was kept. @throws {RangeError} a prefix or URI that is none: the record was not made here. */
export function targetOfRecord(record: TargetRecord): Target {
  return {
    ...record,
    prefixes: record.prefixes.map(keptPrefix),
    uris: record.uris.map(({ text }) => keptUri(text)),
  };
}

function keptPrefix(text: string): Prefix {
  const prefix = parsePrefix(text);
  if (typeof prefix === "string") throw new RangeError(`${JSON.stringify(text)} ${prefix}`);
  return prefix;
}

function keptUri(text: string): TargetUri {
  const uri = parseTargetUri(text);
  if (typeof uri === "string") throw new RangeError(`${JSON.stringify(text)} ${uri}`);
  return uri;
}

/** The prefixes of a target, and the addresses that its URIs hold. */
export function addressesOf(target: Target): Prefix[] {
  const hosts = target.uris.map((uri) => uri.host).filter((host) => typeof host !== "string");
  return [...target.prefixes, ...hosts];
}

/** The names of a target, and the names that its URIs hold. */
function namesOf(target: Target): string[] {
  const hosts = target.uris.map((uri) => uri.host).filter((host) => typeof host === "string");
  return [...target.fqdns, ...hosts];
}

function commonNames(a: Target, b: Target): string[] {
  const theirs = new Set(namesOf(b));
  return [...new Set(namesOf(a))].filter((name) => theirs.has(name));
}

/** As `a` wrote them. */
function commonUris(a: Target, b: Target): string[] {
  const theirs = new Set(b.uris.map(({ canonical }) => canonical));
  return a.uris.filter(({ canonical }) => theirs.has(canonical)).map(({ text }) => text);
}

/** Of each pair that meets, the narrower one: that is what both name. */
function commonPrefixes(a: readonly Prefix[], b: readonly Prefix[]): Prefix[] {
  const common = new Map<string, Prefix>();
  for (const ours of a) {
    for (const theirs of b) {
      if (!intersects(ours, theirs)) continue;
      const narrower = ours.length >= theirs.length ? ours : theirs;
      common.set(narrower.text, narrower);
    }
  }
  return [...common.values()];
}

function fingerprint(target: Target): string {
  const record = recordOf(target);
  return JSON.stringify([
    record.prefixes.toSorted(),
    record.ports.map(({ lower, upper }) => `${lower}-${upper}`).toSorted(),
    record.protocols.map(String).toSorted(),
    record.fqdns.toSorted(),
    target.uris.map(({ canonical }) => canonical).toSorted(),
    record.aliases.toSorted(),
  ]);
}
