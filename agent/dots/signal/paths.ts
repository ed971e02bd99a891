import { quoted } from "./diagnostic.ts";

/**
 * The resources of the signal channel under `/.well-known/dots`, as Uri-Path segments.
 * [RFC 9132 §4.2] [RFC 9132 §4.4.1.1]
 */

/** The path of one mitigation (with `mid`), or of all mitigations of a client (without). */
export interface MitigatePath {
  /** Set by a server-domain gateway, never by a client. [RFC 9132 §4.4.1.2] */
  readonly cdid?: string;
  readonly cuid?: string;
  readonly mid?: number;
}

/** What a request's Uri-Path names. `invalid` deserves a 4.00 with the reason, `unknown` a 4.04. */
export type DotsPath =
  | ({ readonly tag: "mitigate" } & MitigatePath)
  | { readonly tag: "hb" }
  | { readonly tag: "config"; readonly sid?: number }
  | { readonly tag: "invalid"; readonly reason: string }
  | { readonly tag: "unknown" };

/** The largest `mid` and `sid`: both are uint32. [RFC 9132 §5.3] */
export const MAX_UINT32 = 0xffff_ffff;

/** A Uri-Path option holds at most this many octets. [RFC 7252 §5.10 Table 4] */
const MAX_SEGMENT_OCTETS = 255;

const PREFIX = [".well-known", "dots"] as const;

/** Uri-Path parameters of `mitigate`, in the one order that they may have. [RFC 9132 §4.4.1.2] */
const MITIGATE_ORDER = ["cdid", "cuid", "mid"] as const;

/** What the Uri-Path segments of a request name. Total: any input gives a value, none throws. */
export function parseDotsPath(segments: readonly string[]): DotsPath {
  if (segments[0] !== PREFIX[0] || segments[1] !== PREFIX[1]) return { tag: "unknown" };
  const parameters = segments.slice(3);
  switch (segments[2]) {
    case "mitigate":
      return parseMitigate(parameters);
    case "hb": // a heartbeat carries no cuid, cdid or mid [RFC 9132 §4.7]
      return parameters.length === 0 ? { tag: "hb" } : invalid("hb takes no Uri-Path parameters");
    case "config":
      return parseConfig(parameters);
    default:
      return { tag: "unknown" };
  }
}

/**
 * The segments of a mitigation's path.
 * @throws {RangeError} an empty or overlong value, or a `mid` that is no uint32: faults of the caller.
 */
export function mitigatePath(path: MitigatePath): string[] {
  const segments = [...PREFIX, "mitigate"];
  if (path.cdid !== undefined) segments.push(parameter("cdid", path.cdid));
  if (path.cuid !== undefined) segments.push(parameter("cuid", path.cuid));
  if (path.mid !== undefined) segments.push(`mid=${checkedUint32("mid", path.mid)}`);
  return segments;
}

/** The segments of the heartbeat resource. [RFC 9132 §4.7] */
export function heartbeatPath(): string[] {
  return [...PREFIX, "hb"];
}

/**
 * The segments of the session configuration. [RFC 9132 §4.5]
 * @throws {RangeError} a `sid` that is no uint32.
 */
export function configPath(sid?: number): string[] {
  const segments = [...PREFIX, "config"];
  if (sid !== undefined) segments.push(`sid=${checkedUint32("sid", sid)}`);
  return segments;
}

function parseMitigate(parameters: readonly string[]): DotsPath {
  const values = new Map<string, string>();
  let next = 0; // index of the first name in MITIGATE_ORDER that may still come
  for (const text of parameters) {
    const found = splitParameter(text);
    if (typeof found === "string") return invalid(found);
    const at = MITIGATE_ORDER.findIndex((name) => name === found.name);
    if (at < 0) return invalid(`unknown Uri-Path parameter ${quoted(found.name)}`);
    if (at < next) return invalid(misplaced(found.name, values));
    next = at + 1;
    values.set(found.name, found.value);
  }
  return mitigateOf(values);
}

function mitigateOf(values: ReadonlyMap<string, string>): DotsPath {
  const cdid = values.get("cdid");
  const cuid = values.get("cuid");
  const midText = values.get("mid");
  const mid = midText === undefined ? undefined : uint32Of(midText);
  if (midText !== undefined && mid === undefined) {
    return invalid(`mid ${quoted(midText)} is not a uint32`);
  }
  if (mid !== undefined && cuid === undefined) return invalid("mid must follow cuid");
  return {
    tag: "mitigate",
    ...(cdid === undefined ? {} : { cdid }),
    ...(cuid === undefined ? {} : { cuid }),
    ...(mid === undefined ? {} : { mid }),
  };
}

function parseConfig(parameters: readonly string[]): DotsPath {
  const [first, second] = parameters;
  if (first === undefined) return { tag: "config" };
  const found = splitParameter(first);
  if (typeof found === "string") return invalid(found);
  if (found.name !== "sid") return invalid(`unknown Uri-Path parameter ${quoted(found.name)}`);
  if (second !== undefined) return invalid("config takes one Uri-Path parameter, sid");
  const sid = uint32Of(found.value);
  return sid === undefined
    ? invalid(`sid ${quoted(found.value)} is not a uint32`)
    : { tag: "config", sid };
}

/** `name=value`, or why it is none. */
function splitParameter(text: string): { readonly name: string; readonly value: string } | string {
  const at = text.indexOf("=");
  if (at < 1) return `${quoted(text)} is not a Uri-Path parameter of the form name=value`;
  if (at === text.length - 1) return `Uri-Path parameter ${quoted(text.slice(0, at))} is empty`;
  return { name: text.slice(0, at), value: text.slice(at + 1) };
}

function misplaced(name: string, seen: ReadonlyMap<string, string>): string {
  return seen.has(name)
    ? `Uri-Path parameter ${name} occurs twice`
    : `${name} is out of order: cdid, cuid, mid`;
}

/** Only the canonical form: two spellings of one number would be two paths of one resource. */
function uint32Of(text: string): number | undefined {
  if (!/^(0|[1-9]\d{0,9})$/.test(text)) return undefined;
  const value = Number(text);
  return value <= MAX_UINT32 ? value : undefined;
}

function invalid(reason: string): DotsPath {
  return { tag: "invalid", reason };
}

function parameter(name: string, value: string): string {
  if (value === "") throw new RangeError(`${name} is empty`);
  const segment = `${name}=${value}`;
  if (new TextEncoder().encode(segment).length > MAX_SEGMENT_OCTETS) {
    throw new RangeError(`${name} is longer than a Uri-Path option can be`);
  }
  return segment;
}

function checkedUint32(name: string, value: number): number {
  if (Number.isInteger(value) && value >= 0 && value <= MAX_UINT32) return value;
  throw new RangeError(`${name} ${value} is not an integer from 0 to ${MAX_UINT32}`);
}
