import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import { confirm } from "../../../agent/cli/confirm.ts";

const answers: readonly [typed: string, yes: boolean][] = [
  ["y\n", true],
  ["Yes\n", true],
  [" YES \r\n", true],
  ["n\n", false],
  ["\n", false],
  ["yesterday\n", false],
  ["no, yes\n", false],
  ["no\nyes\n", false],
];

for (const [typed, yes] of answers) {
  test(`${JSON.stringify(typed)} is ${yes ? "a yes" : "no yes"}`, async () => {
    const input = new PassThrough();
    let asked = "";
    const stderr = (text: string): void => void (asked += text);
    const answer = confirm("Now? ", input, { stdout: stderr, stderr });
    input.write(typed);
    assert.deepEqual([await answer, asked], [yes, "Now? "]);
  });
}

test("an input that ends is no yes, and the next line begins anew", async () => {
  const input = new PassThrough();
  let asked = "";
  const stderr = (text: string): void => void (asked += text);
  input.end();
  const answer = await confirm("Now? ", input, { stdout: stderr, stderr });
  assert.deepEqual([answer, asked], [false, "Now? \n"]);
});
