import { quoted } from "../signal/diagnostic.ts";
import { canonicalName } from "../signal/domain-name.ts";
import { hostPrefix, intersects, parsePrefix } from "../signal/prefix.ts";
import type { Target } from "../signal/scope.ts";
import { parseTargetUri } from "../signal/target-uri.ts";
import type { TargetUri } from "../signal/target-uri.ts";
import { addressesOf } from "./target.ts";

/** The Uri-Query options of a GET: what of each mitigation, and which ones. [RFC 9132 §4.4.2] [RFC 9244 §9.2] */

/** Which data nodes are wanted. [RFC 9132 §4.4.2 Table 2] */
export type Content = "c" | "n" | "a";

/** One test of a target; a mitigation is shown when all pass. */
export type TargetFilter = (target: Target) => boolean;

export interface MitigationQuery {
  readonly content: Content;
  readonly filters: readonly TargetFilter[];
}

/** Thrown and caught in this file only. */
class QueryFault extends Error {}

type FilterMaker = (values: readonly string[]) => TargetFilter;

/**
 * Values are separated by commas, ranges written with a "-", and a name's leftmost label may be "*".
 * [RFC 9244 §8.3] Figure 48 there writes `target-alias` for `alias-name`: both are known.
 */
const FILTERS: ReadonlyMap<string, FilterMaker> = new Map([
  ["target-prefix", byPrefix],
  ["target-port", byPort],
  ["target-protocol", byProtocol],
  ["target-fqdn", byName],
  ["target-uri", byUri],
  ["alias-name", byAlias],
  ["target-alias", byAlias],
]);

/** Reads the query, or says in words what is wrong with it: the diagnostic of a 4.00. [RFC 9244 §8.3] */
export function parseQuery(options: readonly string[]): MitigationQuery | string {
  try {
    return readQuery(options);
  } catch (error) {
    if (error instanceof QueryFault) return error.message;
    throw error;
  }
}

function readQuery(options: readonly string[]): MitigationQuery {
  let content: Content = "a";
  const filters: TargetFilter[] = [];
  const seen = new Set<string>();
  for (const option of options) {
    const at = option.indexOf("=");
    const name = at < 0 ? option : option.slice(0, at);
    const value = at < 0 ? "" : option.slice(at + 1);
    if (value === "") refuse(`Uri-Query ${quoted(name)} has no value`);
    if (seen.has(name)) refuse(`Uri-Query ${quoted(name)} occurs twice: separate values by commas`);
    seen.add(name);
    if (name === "c") content = contentOf(value);
    else filters.push(filterOf(name, value));
  }
  return { content, filters };
}

function contentOf(value: string): Content {
  if (value === "c" || value === "n" || value === "a") return value;
  return refuse(`Uri-Query c=${quoted(value)}: c, n or a is known`);
}

function filterOf(name: string, value: string): TargetFilter {
  const make = FILTERS.get(name);
  if (make === undefined) return refuse(`Uri-Query ${quoted(name)} is not known`);
  const values = value.split(",");
  if (values.includes("")) refuse(`Uri-Query ${name} holds an empty value`);
  return make(values);
}

function byPrefix(values: readonly string[]): TargetFilter {
  const wanted = values.map((text) => {
    const prefix = parsePrefix(text);
    return typeof prefix === "string" ? refuse(`target-prefix ${quoted(text)} ${prefix}`) : prefix;
  });
  return (target) =>
    addressesOf(target).some((own) => wanted.some((each) => intersects(own, each)));
}

/** A target without ports is a target on every port; the same goes for protocols. */
function byPort(values: readonly string[]): TargetFilter {
  const wanted = values.map((text) => rangeOf("target-port", text, 0xffff));
  return ({ ports }) =>
    ports.length === 0 ||
    ports.some((own) => wanted.some((each) => own.lower <= each.upper && each.lower <= own.upper));
}

function byProtocol(values: readonly string[]): TargetFilter {
  const wanted = values.map((text) => rangeOf("target-protocol", text, 255));
  return ({ protocols }) =>
    protocols.length === 0 ||
    protocols.some((own) => wanted.some((each) => own >= each.lower && own <= each.upper));
}

function byName(values: readonly string[]): TargetFilter {
  const matches = values.map((text) => nameMatcher("target-fqdn", text));
  return (target) => target.fqdns.some((own) => matches.some((match) => match(own)));
}

function byUri(values: readonly string[]): TargetFilter {
  const matches = values.map(uriMatcher);
  return ({ uris }) => uris.some((own) => matches.some((match) => match(own)));
}

/** A value is a whole URI, or its host: an address, or a name (which alone can have a wildcard). */
function uriMatcher(text: string): (own: TargetUri) => boolean {
  if (text.includes("://")) {
    const uri = parseTargetUri(text);
    if (typeof uri === "string") return refuse(`Uri-Query target-uri: ${quoted(text)} ${uri}`);
    return ({ canonical }) => canonical === uri.canonical;
  }
  const address = hostPrefix(text);
  if (address !== undefined) {
    return ({ host }) => typeof host !== "string" && host.text === address.text;
  }
  const matches = nameMatcher("target-uri", text);
  return ({ host }) => typeof host === "string" && matches(host);
}

function byAlias(values: readonly string[]): TargetFilter {
  return (target) => target.aliases.some((own) => values.includes(own));
}

function nameMatcher(node: string, text: string): (name: string) => boolean {
  const wild = text.startsWith("*.");
  const name = canonicalName(wild ? text.slice(2) : text);
  if (name === undefined) return refuse(`Uri-Query ${node}: ${quoted(text)} is not a name`);
  return wild ? (own) => own.endsWith(`.${name}`) : (own) => own === name;
}

function rangeOf(node: string, text: string, max: number): { lower: number; upper: number } {
  const match = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text);
  const lower = Number(match?.[1]);
  const upper = Number(match?.[2] ?? match?.[1]);
  if (match === null || upper > max || lower > upper) {
    return refuse(`Uri-Query ${node}: ${quoted(text)} is not a number or range up to ${max}`);
  }
  return { lower, upper };
}

function refuse(message: string): never {
  throw new QueryFault(message);
}
