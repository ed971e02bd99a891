import assert from "node:assert/strict";
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { WebConsoleError } from "../../../../agent/control/web/console-error.ts";
import {
  keepWebConsolePort,
  webConsoleSecret,
} from "../../../../agent/control/web/console-file.ts";
import { scratch } from "./lab.ts";

const WINDOWS = process.platform === "win32";

test("it is made once, for its owner alone, and read again", (t) => {
  const dataDir = scratch(t);
  const made = webConsoleSecret(dataDir);
  assert.equal(made.secret.length, 32);
  assert.equal(made.port, undefined);
  assert.deepEqual(made.warnings, []);
  assert.deepEqual(webConsoleSecret(dataDir), made);
  assert.deepEqual(readdirSync(dataDir), ["console.json"]);
  if (!WINDOWS) assert.equal(statSync(join(dataDir, "console.json")).mode & 0o777, 0o600);
});

test("two data directories have two secrets", (t) =>
  assert.notDeepEqual(webConsoleSecret(scratch(t)).secret, webConsoleSecret(scratch(t)).secret));

test("the port is kept beside the same secret", (t) => {
  const dataDir = scratch(t);
  const made = webConsoleSecret(dataDir);
  keepWebConsolePort(dataDir, made, 4680);
  assert.deepEqual(webConsoleSecret(dataDir), { ...made, port: 4680 });
});

test("a port that is kept already is not written again", (t) => {
  const dataDir = scratch(t);
  keepWebConsolePort(dataDir, webConsoleSecret(dataDir), 4680);
  const before = statSync(join(dataDir, "console.json")).ino;
  keepWebConsolePort(dataDir, webConsoleSecret(dataDir), 4680);
  assert.equal(statSync(join(dataDir, "console.json")).ino, before);
});

const GOOD_SECRET = "A".repeat(43);
const DAMAGED: ReadonlyArray<readonly [what: string, content: string]> = [
  ["is empty", ""],
  ["is cut short", `{"port":4680,"secret":"AAA`],
  ["is no object", "[]"],
  ["is null", "null"],
  ["has no secret", `{"port":4680}`],
  ["has a short secret", `{"port":4680,"secret":"AAAA"}`],
  ["has an odd secret", `{"port":4680,"secret":"${GOOD_SECRET.slice(1)}!"}`],
  ["has port 0", `{"port":0,"secret":"${GOOD_SECRET}"}`],
  ["has a port as text", `{"port":"4680","secret":"${GOOD_SECRET}"}`],
  ["has no port", `{"secret":"${GOOD_SECRET}"}`],
  ["is huge", `{"port":4680,"secret":"${GOOD_SECRET}"}${" ".repeat(5000)}`],
];

for (const [what, content] of DAMAGED) {
  test(`a file that ${what} is made anew, with a warning`, (t) => {
    const dataDir = scratch(t);
    writeFileSync(join(dataDir, "console.json"), content, { mode: 0o600 });
    const made = webConsoleSecret(dataDir);
    assert.deepEqual(made.warnings, [
      `${join(dataDir, "console.json")} is damaged; it was made anew, logins have ended`,
    ]);
    assert.notEqual(Buffer.from(made.secret).toString("base64url"), GOOD_SECRET);
    assert.deepEqual(webConsoleSecret(dataDir), { ...made, warnings: [] });
  });
}

test("a secret that others could read is made anew", { skip: WINDOWS }, (t) => {
  const dataDir = scratch(t);
  const made = webConsoleSecret(dataDir);
  chmodSync(join(dataDir, "console.json"), 0o640);
  const again = webConsoleSecret(dataDir);
  assert.notDeepEqual(again.secret, made.secret);
  assert.match(again.warnings[0] ?? "", /could be read by others/);
  assert.equal(statSync(join(dataDir, "console.json")).mode & 0o777, 0o600);
});

test("what an agent left that was killed while writing is in nobody's way", (t) => {
  const dataDir = scratch(t);
  writeFileSync(join(dataDir, "console.json.new"), "{", { mode: 0o644 });
  const made = webConsoleSecret(dataDir);
  assert.deepEqual(webConsoleSecret(dataDir), made);
  assert.deepEqual(readdirSync(dataDir), ["console.json"]);
});

test("a link that waits where it is written is not written through", { skip: WINDOWS }, (t) => {
  const dataDir = scratch(t);
  const elsewhere = join(scratch(t), "elsewhere");
  writeFileSync(elsewhere, "kept");
  symlinkSync(elsewhere, join(dataDir, "console.json.new"));
  webConsoleSecret(dataDir);
  assert.equal(readFileSync(elsewhere, "utf8"), "kept");
});

test("a folder where it cannot be is named", (t) => {
  const dataDir = join(scratch(t), "none");
  assert.throws(
    () => webConsoleSecret(dataDir),
    (error) =>
      error instanceof WebConsoleError &&
      error.code === "console/file" &&
      error.message.startsWith(`${join(dataDir, "console.json")} cannot be written: `),
  );
});

test("another folder of its name is not removed", (t) => {
  const dataDir = scratch(t);
  mkdirSync(join(dataDir, "console.json"));
  assert.throws(() => webConsoleSecret(dataDir), { code: "console/file" });
  assert.deepEqual(readdirSync(join(dataDir, "console.json")), []);
});
