import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import type { FileResult } from "../../../scripts/test-file.ts";

const folder = mkdtempSync(join(tmpdir(), "mayday-test-file-"));
after(() => rmSync(folder, { recursive: true }));

const RUNNER = new URL("../../../scripts/test-file.ts", import.meta.url).href;

/** Runs a test file with this text in a Node of its own: node:test refuses to run inside itself. */
function resultOf(name: string, source: string, timeoutMs = 20_000): FileResult {
  const path = join(folder, `${name}.test.ts`);
  writeFileSync(path, source);
  const program = `
    const { runTestFile } = await import(${JSON.stringify(RUNNER)});
    console.log(JSON.stringify(await runTestFile(${JSON.stringify(path)}, ${timeoutMs})));
    process.exit(0);`;
  const { NODE_TEST_CONTEXT: _inside, ...env } = process.env;
  const driver = join(folder, "driver.mjs"); // not --eval: the runner hands Node's flags on
  writeFileSync(driver, program);
  const { stdout } = spawnSync(process.execPath, [driver], { encoding: "utf8", env });
  return JSON.parse(stdout) as FileResult;
}

const IMPORT = 'import { describe, test } from "node:test";\n';

test("counts tests, not the suites around them", () => {
  const result = resultOf(
    "counts",
    `${IMPORT}describe("s", () => { test("a", () => {}); test("b", () => {}); });
    test("c", { skip: "no peer" }, () => {}); test("d", { skip: true }, () => {});`,
  );
  assert.equal(result.passed, 2);
  assert.deepEqual(result.failures, []);
  assert.deepEqual(result.skipped, ["no peer", "no reason given"]);
});

test("tells a failure once, in full, with what the file wrote", () => {
  const result = resultOf(
    "fails",
    `${IMPORT}console.log("a trace");
    test("outer", async (t) => { await t.test("inner", () => { throw new Error("boom"); }); });`,
  );
  assert.equal(result.failures.length, 1);
  assert.equal(result.failures[0]?.title, "inner");
  assert.match(result.failures[0]?.detail ?? "", /boom/);
  assert.match(result.output, /a trace/);
});

const broken: readonly [title: string, source: string, detail: RegExp][] = [
  ["holds no test", "export {};", /holds no test/],
  ["does not load", 'throw new Error("at load");', /exit|failed/],
  ["does not end", "setInterval(() => {}, 1000);", /too long/],
];

for (const [title, source, detail] of broken) {
  test(`a file that ${title} has failed`, () => {
    const result = resultOf("broken", source, 1500);
    assert.equal(result.passed, 0);
    assert.equal(result.failures.length, 1);
    assert.match(result.failures[0]?.detail ?? "", detail);
  });
}
