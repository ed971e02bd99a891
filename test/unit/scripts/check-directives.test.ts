import assert from "node:assert/strict";
import { test } from "node:test";
import { checkDirectives } from "../../../scripts/check-directives.ts";

const cases: readonly [line: string, faults: number][] = [
  ["// oxlint-disable-next-line max-lines", 1],
  ["// oxlint-disable-next-line", 1],
  ["/* oxlint-disable */", 1],
  ["// eslint-disable-line complexity -- why", 1],
  ["// oxlint-disable-next-line complexity -- one row for each code of the table", 0],
  ["// oxlint-disable-line typescript/no-explicit-any, complexity -- the library says any", 0],
  ["const x = 1;", 0],
];

for (const [line, faults] of cases) {
  test(`${faults === 0 ? "accepts" : "refuses"} ${line}`, () => {
    assert.equal(checkDirectives("a.ts", `\n${line}\n`).length, faults);
  });
}

test("names the file and the line", () => {
  assert.match(checkDirectives("a.ts", "\n\n/* oxlint-disable */").join(""), /^a\.ts:3: /);
});
