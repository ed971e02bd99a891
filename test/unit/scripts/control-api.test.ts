import assert from "node:assert/strict";
import { test } from "node:test";
import { z } from "zod";
import { contract } from "../../../agent/control/contract.ts";
import { byName } from "../../../agent/control/define.ts";
import { controlApiPage } from "../../../scripts/control-api.ts";
import { SchemaNames } from "../../../scripts/schema-text.ts";
import { readText } from "../../../scripts/tree.ts";

test("docs/control-api.md is fresh", () => {
  const isFresh = readText("docs/control-api.md") === controlApiPage();
  assert.ok(isFresh, "run node scripts/control-api.ts"); // both texts in full would help nobody
});

test("the page names every call, event and reason", () => {
  const page = controlApiPage();
  for (const [name, { errors }] of byName<{ errors: readonly string[] }>(contract.calls)) {
    assert.ok(page.includes(`### ${name}\n`), name);
    for (const reason of errors) assert.ok(page.includes(`\`${reason}\``), reason);
  }
  for (const name of byName<object>(contract.events).keys())
    assert.ok(page.includes(`### ${name}\n`), name);
});

const FORMS: readonly [schema: z.ZodType, text: string][] = [
  [z.string(), "string"],
  [z.string().max(9), "string of at most 9"],
  [z.int(), "integer"],
  [z.int().min(1).max(5), "integer from 1 to 5"],
  [z.number().nullable(), "number | null"],
  [z.iso.datetime(), "instant"],
  [z.array(z.boolean()), "boolean[]"],
  [z.array(z.string().max(9)), "(string of at most 9)[]"],
  [z.array(z.object({ a: z.number() })), "{\n  a: number;\n}[]"],
  [z.enum(["a", "b"]), '"a" | "b"'],
  [z.record(z.string(), z.null()), "{ [name]: null }"],
  [z.object({}), "{}"],
  [z.object({ "a-b": z.string().optional() }), '{\n  "a-b"?: string;\n}'],
  [z.union([z.string(), z.boolean()]), "string | boolean"],
];

for (const [schema, text] of FORMS) {
  test(`${text.replaceAll("\n", " ")} is the text of its schema`, () =>
    assert.equal(new SchemaNames({}).formOf(schema), text));
}

test("a schema with a name is written by it, also where it was given a description", () => {
  const Inner = z.object({ a: z.number() });
  const names = new SchemaNames({ Inner });
  const outer = z.object({ one: Inner, many: z.array(Inner.describe("several")) });
  assert.equal(names.formOf(outer), "{\n  one: Inner;\n  many: Inner[];\n}");
  assert.deepEqual(names.used(), [["Inner", "{\n  a: number;\n}"]]);
});

test("a schema of a kind that there are no words for is refused", () =>
  assert.throws(
    () => new SchemaNames({}).formOf(z.bigint()),
    /no words for a schema of type bigint/,
  ));
