import type { PortRange } from "../wire/cbor/types.ts";
import type { TargetScope } from "./target-scope.ts";

/**
 * Several targets in one request. Its ports and protocols go with all of its addresses and names: a target with ports
 * beside one without would narrow the other, and two with different ports widen each other. Nothing that was asked
 * for may be left out, so the union is as wide as it must be, and says where it is wider. [RFC 9132 §4.4.1.1]
 */

/** One target of a request, as its user named it. */
export interface NamedScope {
  readonly given: string;
  readonly scope: TargetScope;
}

export interface UnitedScope {
  readonly scope: TargetScope;
  /** What it covers that nobody named, one plain sentence each. */
  readonly warnings: readonly string[];
}

/** Ports or protocols; undefined is all of them. */
type Limits<T> = readonly T[] | undefined;

const PROTOCOL_NAMES: Readonly<Record<number, string>> = { 6: "TCP", 17: "UDP" };

/** All targets in one scope. URIs name their ports themselves and share nobody's. */
export function uniteScopes(items: readonly NamedScope[]): UnitedScope {
  const sharing = items.filter(({ scope }) => scope["target-uri"] === undefined);
  const ports = united(sharing.map(({ scope }) => scope["target-port-range"]));
  const protocols = united(sharing.map(({ scope }) => scope["target-protocol"]));
  const merged = ports === undefined ? undefined : mergedPorts(ports);
  const lists = {
    "target-prefix": listed(items, "target-prefix"),
    "target-port-range": merged ?? [],
    "target-protocol": [...new Set(protocols)].toSorted((a, b) => a - b),
    "target-fqdn": listed(items, "target-fqdn"),
    "target-uri": listed(items, "target-uri"),
  };
  return {
    scope: withoutEmpty(lists),
    warnings: sharing.flatMap((item) => wideningOf(item, merged, protocols)),
  };
}

function withoutEmpty(lists: Required<TargetScope>): TargetScope {
  return Object.fromEntries(Object.entries(lists).filter(([, entries]) => entries.length > 0));
}

/** As soon as one wants all, the union is all. */
function united<T>(limits: readonly Limits<T>[]): Limits<T> {
  const named = limits.flatMap((one) => (one === undefined ? [] : [one]));
  return named.length < limits.length || named.length === 0 ? undefined : named.flat();
}

function listed(
  items: readonly NamedScope[],
  list: "target-prefix" | "target-fqdn" | "target-uri",
): string[] {
  return [...new Set(items.flatMap(({ scope }) => scope[list] ?? []))];
}

/** In order, and joined where they touch: no two entries may begin at the same port. [RFC 9132 §5.1] */
function mergedPorts(ranges: readonly PortRange[]): PortRange[] {
  const merged: { lower: number; upper: number }[] = [];
  const sorted = ranges.map(boundsOf).toSorted((a, b) => a.lower - b.lower || a.upper - b.upper);
  for (const { lower, upper } of sorted) {
    const last = merged.at(-1);
    if (last !== undefined && lower <= last.upper + 1) last.upper = Math.max(last.upper, upper);
    else merged.push({ lower, upper });
  }
  return merged.map(({ lower, upper }) =>
    lower === upper ? { "lower-port": lower } : { "lower-port": lower, "upper-port": upper },
  );
}

function wideningOf(
  { given, scope }: NamedScope,
  ports: Limits<PortRange>,
  protocols: Limits<number>,
): string[] {
  const own = scope["target-port-range"];
  const more = [
    ...(samePorts(own, ports) ? [] : [`on ${portsText(ports)}`]),
    ...(sameNumbers(scope["target-protocol"], protocols)
      ? []
      : [`for ${protocolsText(protocols)}`]),
  ];
  if (more.length === 0) return [];
  return [
    `${given} would be protected ${more.join(" and ")}: the targets of one request share their ports and protocols.`,
  ];
}

function samePorts(own: Limits<PortRange>, all: Limits<PortRange>): boolean {
  return portsText(own === undefined ? undefined : mergedPorts(own)) === portsText(all);
}

function sameNumbers(own: Limits<number>, all: Limits<number>): boolean {
  return protocolsText(own) === protocolsText(all);
}

function portsText(ports: Limits<PortRange>): string {
  if (ports === undefined) return "all ports";
  const texts = ports
    .map(boundsOf)
    .map(({ lower, upper }) => (lower === upper ? String(lower) : `${lower}-${upper}`));
  return `port${texts.length > 1 ? "s" : ""} ${inWords(texts)}`;
}

function protocolsText(protocols: Limits<number>): string {
  if (protocols === undefined) return "all protocols";
  const numbers = [...new Set(protocols)].toSorted((a, b) => a - b);
  return inWords(numbers.map((number) => PROTOCOL_NAMES[number] ?? `protocol ${number}`));
}

function inWords(texts: readonly string[]): string {
  const last = texts.at(-1) ?? "";
  return texts.length < 2 ? last : `${texts.slice(0, -1).join(", ")} and ${last}`;
}

function boundsOf(range: PortRange): { readonly lower: number; readonly upper: number } {
  const lower = range["lower-port"];
  return { lower, upper: range["upper-port"] ?? lower };
}
