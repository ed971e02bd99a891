/** The bodies of application/dots+cbor: CBOR on the wire, the RFC's JSON in the program. [RFC 9132 §6] */

import { encode } from "cborg";
import { WireError } from "../bytes.ts";
import { BodyPath } from "./body-path.ts";
import { CborReader, MAJOR } from "./cbor-reader.ts";
import { hundredthsOfText } from "./decimal64.ts";
import {
  MAX_KEY,
  dotsMessages,
  isComprehensionOptional,
  parameterName,
  schemaNode,
} from "./dots-schema.ts";
import type { ArrayNode, MapShape, SchemaNode } from "./dots-schema.ts";
import { leafCodecs } from "./leaf-codecs.ts";
import type { CborLeaf } from "./leaf-codecs.ts";
import type { DotsBody } from "./types.ts";

/** The longest body that is read or written, in octets. */
export const MAX_BODY_OCTETS = 65536;

/** The optional tag in front of a body. [RFC 9132 §10.5] */
const TAG_DOTS = 271;

type JsonMap = Record<string, unknown>;

/**
 * Reads a body. Comprehension-optional keys that are unknown are skipped with their values; null is the same as
 * nothing; where the bounds of a configuration parameter come the wrong way round, the larger is the maximum.
 * @throws {WireError} `wire/truncated`, `wire/leftover`, `wire/malformed`, `wire/out-of-range`, or
 * `wire/unknown-critical` for a comprehension-required key that is unknown; the message names place and key.
 */
export function decodeDots(data: Uint8Array): DotsBody {
  if (data.length > MAX_BODY_OCTETS) throw tooLong(data.length);
  const reader = new CborReader(data);
  reader.head();
  if (reader.major === MAJOR.tag && reader.argument === TAG_DOTS) reader.head();
  const body = decodeMap(reader, dotsMessages);
  if (reader.left > 0) {
    throw new WireError("wire/leftover", `body: ${reader.left} octets left over`);
  }
  assertOneMessage(body);
  return body;
}

/**
 * Writes a body: definite and shortest lengths, keys ascending, decimals as [-2, n].
 * @throws {WireError} `wire/malformed` or `wire/out-of-range` when `body` does not fit the schema after all.
 */
export function encodeDots(body: DotsBody): Uint8Array {
  const map = encodeMap(body, dotsMessages, new BodyPath());
  assertOneMessage(body);
  const data = encode(map);
  if (data.length > MAX_BODY_OCTETS) throw tooLong(data.length);
  return new Uint8Array(data); // the encoder may hand out a piece of a larger, pooled buffer
}

function tooLong(octets: number): WireError {
  return new WireError(
    "wire/out-of-range",
    `body: ${octets} octets are more than ${MAX_BODY_OCTETS}`,
  );
}

/** What makes a map of the schema's members a body; the types say the same as the schema. */
function assertOneMessage(body: object): asserts body is DotsBody {
  const messages = Object.values(body).filter((message) => message !== undefined).length;
  if (messages !== 1)
    throw new WireError("wire/malformed", `body: holds ${messages} messages instead of one`);
}

/** Reads the map whose head was read. */
function decodeMap(reader: CborReader, shape: MapShape): JsonMap {
  if (reader.major !== MAJOR.map) throw reader.path.fault("wire/malformed", "expected a map");
  const map: JsonMap = {};
  let leftOut: Set<number> | undefined; // keys without a member to show for it, made only when there are any
  for (let pairs = reader.count; pairs > 0; pairs -= 1) {
    const key = decodeKey(reader);
    const name = parameterName(key);
    if ((name !== undefined && Object.hasOwn(map, name)) || leftOut?.has(key) === true) {
      throw reader.path.fault("wire/malformed", `key ${key} twice`);
    }
    const value =
      name === undefined ? skipUnknown(reader, key) : decodeMember(reader, shape, key, name);
    if (name !== undefined && value !== undefined) map[name] = value;
    else leftOut = (leftOut ?? new Set()).add(key);
  }
  requireMandatory(map, shape, reader.path);
  orderBounds(map);
  return map;
}

/** A key is an integer of the registry's range. [RFC 9132 §10.6.1.1] */
function decodeKey(reader: CborReader): number {
  reader.head();
  if (reader.major !== MAJOR.unsigned)
    throw reader.path.fault("wire/malformed", "a key that is no unsigned integer");
  const key = Number(reader.argument);
  if (key < 1 || key > MAX_KEY)
    throw reader.path.fault("wire/malformed", `key ${reader.argument} is not from 1 to ${MAX_KEY}`);
  return key;
}

function skipUnknown(reader: CborReader, key: number): undefined {
  if (!isComprehensionOptional(key)) {
    throw reader.path.fault("wire/unknown-critical", `unknown comprehension-required key ${key}`);
  }
  reader.skip();
}

/** The value of a known key; undefined for null, which go-dots sends for what a query left out. */
function decodeMember(reader: CborReader, shape: MapShape, key: number, name: string): unknown {
  const node = schemaNode(name);
  if (node === undefined || !shape.children.includes(name)) {
    throw reader.path.fault("wire/malformed", `${name} (key ${key}) does not belong here`);
  }
  reader.path.enter(name);
  reader.head();
  const value = reader.isNull ? undefined : decodeValue(reader, node, name);
  reader.path.leave();
  return value;
}

/** Reads the value whose head was read. Recursion is as deep as the schema, whatever the peer sends. */
function decodeValue(reader: CborReader, node: SchemaNode, name: string): unknown {
  switch (node.type) {
    case "container":
      return decodeMap(reader, node);
    case "list":
    case "leaf-list":
      return decodeList(reader, node, name);
    default:
      return leafCodecs[node.type].decode(reader, name);
  }
}

function decodeList(reader: CborReader, node: ArrayNode, name: string): unknown[] {
  if (reader.major !== MAJOR.array) throw reader.path.fault("wire/malformed", "expected a list");
  const list: unknown[] = [];
  const entries = reader.count;
  for (let index = 0; index < entries; index += 1) {
    reader.path.enter(index);
    reader.head();
    list.push(
      node.type === "list" ? decodeEntry(reader, node) : leafCodecs[node.of].decode(reader, name),
    );
    reader.path.leave();
  }
  return list;
}

function decodeEntry(reader: CborReader, shape: MapShape): JsonMap {
  const entry = decodeMap(reader, shape);
  for (const name in entry) if (Object.hasOwn(entry, name)) return entry;
  throw emptyEntry(reader.path);
}

/** Entries say something; else one octet of a peer's would cost us a hundred. */
function emptyEntry(path: BodyPath): WireError {
  return path.fault("wire/malformed", "an entry with nothing in it");
}

function requireMandatory(members: object, shape: MapShape, path: BodyPath): void {
  for (const name of shape.mandatory ?? NOTHING) {
    if (!Object.hasOwn(members, name)) throw path.fault("wire/malformed", `${name} is missing`);
  }
}

const NOTHING: readonly string[] = [];

/** Table 5 and the IANA registry disagree about which key is the maximum, and so do peers. */
function orderBounds(map: JsonMap): void {
  swapIfReversed(map, "max-value", "min-value", Number);
  swapIfReversed(
    map,
    "max-value-decimal",
    "min-value-decimal",
    (value) => hundredthsOfText(String(value)) ?? 0n,
  );
}

function swapIfReversed(
  map: JsonMap,
  max: string,
  min: string,
  size: (value: unknown) => number | bigint,
): void {
  const upper = map[max];
  const lower = map[min];
  if (upper === undefined || lower === undefined || size(upper) >= size(lower)) return;
  map[max] = lower;
  map[min] = upper;
}

/** What the encoder is given: a map from keys, a list, or a leaf. */
type CborValue = CborLeaf | readonly CborValue[] | ReadonlyMap<number, CborValue>;

function encodeMap(
  value: unknown,
  shape: MapShape,
  path: BodyPath,
): ReadonlyMap<number, CborValue> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw path.fault("wire/malformed", "expected an object");
  }
  const map = new Map<number, CborValue>();
  const members = membersOf(value);
  for (const [name, member] of Object.entries(members)) {
    const node = schemaNode(name);
    if (node === undefined)
      throw path.fault("wire/malformed", `unknown parameter ${JSON.stringify(name)}`);
    if (!shape.children.includes(name))
      throw path.fault("wire/malformed", `${name} does not belong here`);
    path.enter(name);
    map.set(node.key, encodeValue(member, node, name, path));
    path.leave();
  }
  requireMandatory(members, shape, path);
  return map;
}

/** The members that are there: as in JSON, undefined is the same as nothing. */
function membersOf(value: object): JsonMap {
  const entries: [string, unknown][] = Object.entries(value);
  return Object.fromEntries(entries.filter(([, member]) => member !== undefined));
}

function encodeValue(value: unknown, node: SchemaNode, name: string, path: BodyPath): CborValue {
  switch (node.type) {
    case "container":
      return encodeMap(value, node, path);
    case "list":
    case "leaf-list":
      return encodeList(value, node, name, path);
    default:
      return leafCodecs[node.type].encode(value, path, name);
  }
}

function encodeList(value: unknown, node: ArrayNode, name: string, path: BodyPath): CborValue {
  if (!Array.isArray(value)) throw path.fault("wire/malformed", "expected a list");
  return Array.from(value, (item: unknown, index) => {
    path.enter(index); // Array.from, unlike map(), also visits the holes of a sparse array
    const entry =
      node.type === "list"
        ? encodeEntry(item, node, path)
        : leafCodecs[node.of].encode(item, path, name);
    path.leave();
    return entry;
  });
}

function encodeEntry(value: unknown, shape: MapShape, path: BodyPath): CborValue {
  const entry = encodeMap(value, shape, path);
  if (entry.size === 0) throw emptyEntry(path);
  return entry;
}
