import { covers, intersects } from "../dots/signal/prefix.ts";
import type { Prefix } from "../dots/signal/prefix.ts";
import { readScope, SCOPE_LISTS } from "../dots/signal/scope.ts";
import type { PortRange, Target } from "../dots/signal/scope.ts";
import type { MitigationScope } from "../wire/cbor/types.ts";

/** How two scopes stand to each other, whatever the order and the spelling of what is in them. */

/** Whether both are scopes, and ask for the same. */
export function sameScope(a: MitigationScope, b: MitigationScope): boolean {
  const key = scopeKey(a);
  return key !== undefined && key === scopeKey(b);
}

/** What tells one scope from another; undefined: it cannot be asked for. */
export function scopeKey(scope: MitigationScope): string | undefined {
  const target = targetOf(scope);
  if (target === undefined) return undefined;
  return JSON.stringify([
    target.prefixes.map(({ text }) => text).toSorted(),
    target.ports.map(({ lower, upper }) => `${lower}-${upper}`).toSorted(),
    target.protocols.map(String).toSorted(),
    target.fqdns.toSorted(),
    target.uris.map(({ canonical }) => canonical).toSorted(),
    target.aliases.toSorted(),
  ]);
}

/**
 * What `older` covers and `newer` does not, in words, when they have an address, a name or a URI in common; ports do
 * not set them apart. Undefined: they have nothing in common, so that both may live. [RFC 9132 §4.4.1.3]
 */
export function leftOut(
  older: MitigationScope,
  newer: MitigationScope,
): readonly string[] | undefined {
  const [before, after] = [targetOf(older), targetOf(newer)];
  if (before === undefined || after === undefined) return undefined;
  const addresses = addressesOf(after);
  const names = new Set(namesOf(after));
  const common =
    addressesOf(before).some((one) => addresses.some((other) => intersects(one, other))) ||
    namesOf(before).some((name) => names.has(name));
  if (!common) return undefined;
  return [
    ...addressesOf(before).flatMap((prefix) => restOf(prefix, addresses)),
    ...namesOf(before).filter((name) => !names.has(name)),
    ...(within(before.ports, after.ports, inRanges) ? [] : ["other ports"]),
    ...(within(before.protocols, after.protocols, inList) ? [] : ["other protocols"]),
  ];
}

/** As readers of a scope see it; a server may show lists that are empty. */
function targetOf(scope: MitigationScope): Target | undefined {
  const lists = SCOPE_LISTS.filter((list) => (scope[list]?.length ?? 0) > 0);
  const asked = Object.fromEntries(lists.map((list) => [list, scope[list]]));
  const wish = readScope({ ...asked, lifetime: 1 }, "request");
  return typeof wish === "string" ? undefined : wish.target;
}

/** With those that its URIs hold: filtering for the one is filtering for the other. */
function addressesOf({ prefixes, uris }: Target): Prefix[] {
  return [...prefixes, ...uris.map(({ host }) => host).filter((host) => typeof host !== "string")];
}

function namesOf({ fqdns, uris }: Target): string[] {
  const hosts = uris.map(({ host }) => host).filter((host) => typeof host === "string");
  return [...new Set([...fqdns, ...hosts])];
}

function restOf(prefix: Prefix, others: readonly Prefix[]): string[] {
  if (others.some((other) => covers(other, prefix))) return [];
  const isWhole = !others.some((other) => covers(prefix, other));
  const { text, length, octets } = prefix;
  if (!isWhole) return [`the rest of ${text}`];
  return [length === octets.length * 8 ? text.slice(0, text.indexOf("/")) : text];
}

/** Whether limits leave out nothing that others let in; an empty list is no limit. */
function within<T>(
  inner: readonly T[],
  outer: readonly T[],
  isIn: (one: T, all: readonly T[]) => boolean,
): boolean {
  if (outer.length === 0) return true;
  return inner.length > 0 && inner.every((one) => isIn(one, outer));
}

function inRanges({ lower, upper }: PortRange, all: readonly PortRange[]): boolean {
  return all.some((range) => range.lower <= lower && upper <= range.upper);
}

function inList(one: number, all: readonly number[]): boolean {
  return all.includes(one);
}
