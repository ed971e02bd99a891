import assert from "node:assert/strict";
import { test } from "node:test";
import {
  dotsEnumerations,
  dotsMessages,
  dotsSchema,
  enumCode,
  enumName,
  isComprehensionOptional,
  parameterName,
  schemaNode,
} from "../../../../agent/wire/cbor/dots-schema.ts";
import type {
  Enumeration,
  EnumName,
  ParameterName,
  SchemaNode,
} from "../../../../agent/wire/cbor/dots-schema.ts";
import type { DotsBody, MessageName } from "../../../../agent/wire/cbor/types.ts";
import { vectors } from "./vector-file.ts";
import type { TableRow } from "./vector-file.ts";

const table = vectors("table-5.json");

test("has the names and keys of Table 5, all 51 of them [RFC 9132 §6]", () => {
  const ours = Object.entries(dotsSchema).map(([name, { key }]) => [key, name]);
  assert.equal(ours.length, 51);
  assert.deepEqual(
    ours,
    table.map(({ key, name }) => [key, name]),
  );
});

/** The CBOR major types and the JSON type of a leaf of ours, as Table 5 writes them. */
const leafForms: Readonly<Record<string, readonly [cbor: string, json: string]>> = {
  boolean: ["7 bits 20, 7 bits 21", "Boolean"],
  decimal64: ["6 tag 4 [-2, integer]", "String"],
  enumeration: ["0 unsigned", "String"],
  lifetime: ["0 unsigned, 1 negative", "Number"],
  text: ["3 text string", "String"],
  uint8: ["0 unsigned", "Number"],
  uint16: ["0 unsigned", "Number"],
  uint32: ["0 unsigned", "Number"],
  "uint32-text": ["0 unsigned", "String"],
  "uint64-text": ["0 unsigned", "String"],
};

function formOf(node: SchemaNode): readonly [cbor: string, json: string] {
  switch (node.type) {
    case "container":
      return ["5 map", "Object"];
    case "list":
      return ["4 array", "Array"];
    case "leaf-list":
      return [`4 array, ${leafForms[node.of]?.[0]}`, "Array"];
    default:
      return leafForms[node.type] ?? ["", ""];
  }
}

for (const { name, cbor, json } of table satisfies readonly TableRow[]) {
  test(`maps ${name} as Table 5 does [RFC 9132 §6]`, () => {
    const node = schemaNode(name);
    assert.ok(node);
    assert.deepEqual(formOf(node), [cbor.join(", "), json]);
  });
}

test("gives every key a place in some body but cdid, cuid and sid [RFC 9132 §5.3]", () => {
  const placed = new Set<string>(dotsMessages.children);
  for (const node of Object.values<SchemaNode>(dotsSchema)) {
    if (node.type !== "container" && node.type !== "list") continue;
    for (const child of node.children) placed.add(child);
    for (const name of node.mandatory ?? []) assert.ok(node.children.includes(name), name);
  }
  assert.deepEqual(
    [...placed].filter((name) => schemaNode(name) === undefined),
    [],
  );
  assert.deepEqual(
    Object.keys(dotsSchema).filter((name) => !placed.has(name)),
    ["cdid", "cuid", "sid"],
  );
});

test("names the key of a parameter, and no other key", () => {
  assert.equal(parameterName(14), "lifetime");
  assert.equal(parameterName(0), undefined);
  assert.equal(parameterName(52), undefined);
  assert.equal(schemaNode("toString"), undefined);
});

/** First and last keys of the ranges. [RFC 9132 §10.6.1.1] */
const ranges: readonly (readonly [number, number, boolean])[] = [
  [1, 127, false],
  [128, 255, true],
  [256, 16383, false],
  [16384, 32767, true],
  [32768, 49151, true],
  [49152, 65535, true],
];

for (const [first, last, optional] of ranges) {
  test(`takes keys ${first} to ${last} as comprehension-${optional ? "optional" : "required"} [RFC 9132 §10.6.1.1]`, () => {
    for (let key = first; key <= last; key += 1)
      assert.equal(isComprehensionOptional(key), optional);
  });
}

test("knows enumeration codes both ways [RFC 9132 §10.6.2]", () => {
  assert.equal(enumCode("status", "attack-mitigation-in-progress"), 1);
  assert.equal(enumName("status", 8), "attack-mitigation-signal-loss");
  for (const enumeration of Object.keys(dotsEnumerations) as Enumeration[]) {
    const codes = Object.entries(dotsEnumerations[enumeration]);
    assert.deepEqual(
      codes.map(([, code]) => code),
      codes.map((_, index) => index + 1),
    );
    for (const [name, code] of codes) {
      assert.equal(enumCode(enumeration, name), code);
      assert.equal(enumName(enumeration, code), name);
    }
    assert.equal(enumName(enumeration, 0), undefined);
    assert.equal(enumName(enumeration, codes.length + 1), undefined);
    assert.equal(enumCode(enumeration, "hasOwnProperty"), undefined);
  }
});

// The types of bodies, derived from the schema, and checked by the compiler against those written in types.ts.
type Schema = typeof dotsSchema;
type JsonOf<Leaf extends string, Name extends string> = Leaf extends "boolean"
  ? boolean
  : Leaf extends "lifetime" | "uint8" | "uint16" | "uint32"
    ? number
    : Leaf extends "enumeration"
      ? EnumName<Name & Enumeration>
      : string;
type MapOf<Children extends readonly string[], Mandatory extends string> = {
  readonly [Name in Exclude<Children[number], Mandatory>]?: ValueOf<Name & ParameterName>;
} & { readonly [Name in Mandatory]: ValueOf<Name & ParameterName> };
type MandatoryOf<Node> = Node extends { mandatory: readonly (infer Name extends string)[] }
  ? Name
  : never;
type ValueOf<Name extends ParameterName> = Schema[Name] extends {
  type: "container";
  children: infer Children extends readonly string[];
}
  ? MapOf<Children, MandatoryOf<Schema[Name]>>
  : Schema[Name] extends { type: "list"; children: infer Children extends readonly string[] }
    ? readonly MapOf<Children, MandatoryOf<Schema[Name]>>[]
    : Schema[Name] extends { type: "leaf-list"; of: infer Leaf extends string }
      ? readonly JsonOf<Leaf, Name>[]
      : Schema[Name] extends { type: infer Leaf extends string }
        ? JsonOf<Leaf, Name>
        : never;
type Message<Name extends MessageName> = NonNullable<DotsBody[Name]>;
/** The same type without intersections and names, and with every member required, its absence a null. */
type Plain<T> = T extends readonly (infer Entry)[]
  ? readonly Plain<Entry>[]
  : T extends object
    ? {
        readonly [K in keyof T]-?:
          | Plain<T[K]>
          | (Pick<T, K> extends Required<Pick<T, K>> ? never : null);
      }
    : T;
/** Whether either type can stand for the other. */
type Same<A, B> = [Plain<A>, Plain<B>] extends [Plain<B>, Plain<A>] ? true : false;

test("has types that say the same as the schema (checked when this file compiles)", () => {
  const same: { readonly [Name in MessageName]: Same<Message<Name>, ValueOf<Name>> } = {
    "ietf-dots-signal-channel:mitigation-scope": true,
    "ietf-dots-signal-channel:signal-config": true,
    "ietf-dots-signal-channel:redirected-signal": true,
    "ietf-dots-signal-channel:heartbeat": true,
  };
  assert.deepEqual(Object.keys(same), [...dotsMessages.children]);
});
