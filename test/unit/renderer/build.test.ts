import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";
import { build } from "vite";
import { ROOT } from "../../../scripts/tree.ts";

/** What the first page may cost a browser, in octets as they travel. */
const FIRST_PAGE_OCTETS = 60_000;

const folder = mkdtempSync(join(tmpdir(), "mayday-renderer-"));
const files = new Map<string, string>();

before(async () => {
  const configFile = join(ROOT, "renderer", "vite.config.ts");
  await build({ configFile, logLevel: "error", build: { outDir: folder } });
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    if (name.includes(".")) files.set(name, readFileSync(join(folder, name), "utf8"));
  }
});

after(() => rmSync(folder, { recursive: true }));

const page = (): string => files.get("index.html") ?? "";
const first = (): string[] =>
  [...page().matchAll(/(?:src|href)="\.\/(assets\/[^"]+)"/g)].map(([, name]) => name ?? "");

test("the first page is small", () => {
  const octets = first().reduce((sum, name) => sum + gzipSync(files.get(name) ?? "").length, 0);
  assert.ok(octets > 10_000 && octets < FIRST_PAGE_OCTETS, `${octets} octets`);
});

test("what draws the curve is loaded when it is needed", () => {
  const drawing = [...files].filter(([, text]) => text.includes("u-over")).map(([name]) => name);
  assert.ok(drawing.length > 0);
  assert.deepEqual(
    drawing.filter((name) => first().includes(name)),
    [],
  );
});

test("the contract's schemas stay with the agent", () => {
  for (const [name, text] of files) assert.doesNotMatch(text, /ZodType|_zod|safeParse/, name);
});

test("nothing is inline for a content security policy to allow", () => {
  assert.doesNotMatch(page(), /<style|\sstyle=|\son\w+=|javascript:/i);
  for (const [, attributes, body] of page().matchAll(/<script([^>]*)>([^]*?)<\/script>/g)) {
    assert.match(attributes ?? "", /\ssrc="\.\/assets\//);
    assert.equal(body, "");
  }
});

test("every file but the page has a hash in its name, and none is a source map", () => {
  const others = [...files.keys()].filter((name) => name !== "index.html");
  for (const name of others) assert.match(name, /^assets[/\\][\w-]+-[\w-]{8}\.(js|css|svg)$/);
});

test("no file makes code from text or HTML from strings", () => {
  for (const [name, text] of files) {
    if (!name.endsWith(".js")) continue;
    assert.doesNotMatch(text, /\beval\(|new Function\(|document\.write|insertAdjacentHTML/, name);
  }
});
