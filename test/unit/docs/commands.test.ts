import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { filesUnder, readJson, readText, ROOT } from "../../../scripts/tree.ts";

const pages = [
  "README.md",
  "CONTRIBUTING.md",
  "SECURITY.md",
  "CHANGELOG.md",
  ...filesUnder("docs").filter((path) => path.endsWith(".md")),
];
const { scripts } = readJson("package.json") as { scripts: Record<string, string> };

for (const page of pages) {
  const text = readText(page);

  test(`${page}: every npm script it names exists`, () => {
    const named = text.matchAll(/npm (?:run ([\w:-]+)|(test|start)\b)/g);
    for (const [whole, script = "", short = ""] of named) {
      assert.ok((script || short) in scripts, whole);
    }
  });

  test(`${page}: every file it links to exists`, () => {
    for (const [, target = ""] of text.matchAll(/\]\(([^)#]+)[^)]*\)/g)) {
      if (/^[a-z]+:/.test(target)) continue;
      assert.ok(existsSync(join(ROOT, page, "..", target)), target);
    }
  });

  test(`${page}: every source path it names exists`, () => {
    const paths = text.matchAll(
      /`((?:agent|electron|renderer|scripts|test|plugins|docs)\/[\w./-]*)`/g,
    );
    for (const [, path = ""] of paths) assert.ok(existsSync(join(ROOT, path)), path);
  });
}

test("the README shows how to install, test and try", () => {
  const readme = readText("README.md");
  for (const command of ["npm ci && npm start", "npm ci && npm test", "npm ci && npm run demo"]) {
    assert.ok(readme.includes(command), command);
  }
});

test("every script of package.json that starts a file starts one that exists", () => {
  for (const [name, command] of Object.entries(scripts)) {
    const file = /^node (\S+\.ts)/.exec(command)?.[1];
    if (file !== undefined) assert.ok(existsSync(join(ROOT, file)), `${name}: ${file}`);
  }
});

test("docs/decisions/dependencies.md gives a reason for each dependency, and for no other", () => {
  const manifest = readJson("package.json") as Record<string, Record<string, string> | undefined>;
  const groups = ["dependencies", "devDependencies", "optionalDependencies"];
  const listed = groups.flatMap((group) => Object.keys(manifest[group] ?? {}));
  const rows = readText("docs/decisions/dependencies.md").matchAll(/^\| `([^`]+)` \| \S/gm);
  const reasoned = [...rows].map(([, name = ""]) => name);
  assert.deepEqual(reasoned.toSorted(), listed.toSorted());
});
