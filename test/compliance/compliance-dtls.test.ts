import assert from "node:assert/strict";
import { test } from "node:test";
import { filesUnder, readText } from "../../scripts/tree.ts";

const PAGE = "docs/compliance-dtls.md";

/** The titles of the tests for one RFC each, with `…` for what varies. */
function written(): ReadonlySet<string> {
  const files = filesUnder("test/compliance").filter((path) => /\/rfc[\d-]+\.test\.ts$/.test(path));
  assert.ok(files.length > 0);
  const titles = files.flatMap((path) =>
    [...readText(path).matchAll(/\btest\(\s*(["`])(.+?)\1,/g)].map(([, , title = ""]) => title),
  );
  return new Set(titles.map((title) => title.replaceAll(/(?:\$\{[^}]*\})+/g, "…")));
}

/** The titles that the page's tables name, with the section of their row. */
function named(): ReadonlySet<string> {
  const titles: string[] = [];
  for (const [, rfc = "", part = ""] of readText(PAGE).matchAll(
    /^## (RFC \d+)\n([^]*?)(?=^## |$(?![^]))/gm,
  )) {
    for (const [, section = "", tests = ""] of part.matchAll(/^\| (§[\d.]+) \|.*\| (.*) \|$/gm)) {
      for (const [, title = ""] of tests.matchAll(/`([^`]+)`/g)) {
        if (!/^(agent|test)\//.test(title)) titles.push(`[${rfc} ${section}] ${title}`);
      }
    }
  }
  return new Set(titles);
}

test(`every test that ${PAGE} names exists`, () => {
  const there = written();
  assert.ok(named().size > 0);
  for (const title of named()) assert.ok(there.has(title), title);
});

test(`${PAGE} names every test of the standards`, () => {
  const told = named();
  for (const title of written()) assert.ok(told.has(title), title);
});

test(`every row of ${PAGE} names a test, or gives a reason`, () => {
  const rows = [...readText(PAGE).matchAll(/^\| §.*$/gm)].map(([row]) => row);
  assert.ok(rows.length > 0);
  for (const row of rows) assert.match(row, /\| §[\d.]+ \| \S.* \| .*(`.+`|[a-z]{3}).* \|$/);
});
