import assert from "node:assert/strict";
import { test } from "node:test";
import { parseSync } from "vite";
import { strings } from "../../../renderer/strings.ts";
import { filesUnder, readText } from "../../../scripts/tree.ts";

/** Attributes whose value a user can read or hear. */
const READ_OUT = new Set([
  "title",
  "alt",
  "placeholder",
  "label",
  "aria-label",
  "aria-description",
]);

interface Node {
  readonly type: string;
  readonly [key: string]: unknown;
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "type" in value;
}

function* nodes(value: unknown): Generator<Node> {
  if (Array.isArray(value)) {
    for (const one of value) yield* nodes(one);
  } else if (isNode(value)) {
    yield value;
    for (const child of Object.values(value)) yield* nodes(child);
  }
}

/** Texts of a component that do not come from the catalogue. */
function literalTexts(source: string): string[] {
  const found: string[] = [];
  const take = (value: unknown): void => {
    if (isNode(value) && value.type === "Literal" && typeof value["value"] === "string") {
      if (/\p{L}/u.test(value["value"])) found.push(value["value"]);
    }
  };
  for (const node of nodes(parseSync("x.tsx", source).program)) {
    const { name } = node;
    if (node.type === "JSXText" && /\p{L}/u.test(String(node["value"]))) {
      found.push(String(node["value"]).trim());
    } else if (node.type === "JSXElement" && Array.isArray(node["children"])) {
      for (const child of node["children"]) if (isNode(child)) take(child["expression"]);
    } else if (node.type === "JSXAttribute" && isNode(name)) {
      if (READ_OUT.has(String(name["name"]))) take(node["value"]);
    }
  }
  return found;
}

test("finds text that is not from the catalogue", () => {
  const found = (jsx: string): string[] => literalTexts(`const x = ${jsx};`);
  assert.deepEqual(found("<p>Hello</p>"), ["Hello"]);
  assert.deepEqual(found('<p>{"Hello"}</p>'), ["Hello"]);
  assert.deepEqual(found('<p aria-label="Hello" class="note" />'), ["Hello"]);
  assert.deepEqual(found("<p>{words.hello} · 3</p>"), []);
});

for (const file of filesUnder("renderer").filter((path) => path.endsWith(".tsx"))) {
  test(`${file} takes its words from the catalogue`, () => {
    assert.deepEqual(literalTexts(readText(file)), []);
  });
}

/** Every text of the catalogue; one that takes values is called with plain ones. */
function* texts(value: unknown, path: string): Generator<readonly [path: string, text: string]> {
  if (typeof value === "string") {
    yield [path, value];
  } else if (typeof value === "function") {
    const plain: unknown[] = Array.from({ length: value.length }, () => "7");
    yield [path, String(Reflect.apply(value, undefined, plain))];
  } else if (typeof value === "object" && value !== null) {
    for (const [key, one] of Object.entries(value)) yield* texts(one, `${path}.${key}`);
  }
}

test("no text is empty, shouts, blames or holds what it should not", () => {
  const all = [...texts(strings, "strings")];
  assert.ok(all.length > 200);
  for (const [path, text] of all) {
    assert.notEqual(text.trim(), "", path);
    assert.doesNotMatch(text, /!|undefined|\[object|NaN|invalid|illegal|\byou must\b/i, path);
    assert.equal(text, text.trim(), path);
  }
});

test("engineers' words stay behind the details", () => {
  const { engineer, ...common } = strings.common;
  assert.ok(Object.keys(engineer).length > 0);
  for (const [path, text] of texts({ ...strings, common }, "strings")) {
    assert.doesNotMatch(text, /\b(mid|cuid|CoAP|DTLS|PSK|DOTS|[245]\.\d\d)\b/, path);
  }
});
