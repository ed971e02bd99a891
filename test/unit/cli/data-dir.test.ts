import assert from "node:assert/strict";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { CliError, EXIT } from "../../../agent/cli/exit.ts";
import { dataDirOf, dataFolder } from "../../../agent/cli/data-dir.ts";

const PLACES = [
  [
    "the user's own choice",
    { MAYDAY_DATA_DIR: "/x", XDG_DATA_HOME: "/y", STATE_DIRECTORY: "/z" },
    false,
    "/x",
  ],
  [
    "a service's directory",
    { STATE_DIRECTORY: "/var/lib/mayday:/other", XDG_DATA_HOME: "/y" },
    false,
    "/var/lib/mayday",
  ],
  ["a router's", { XDG_DATA_HOME: "/y" }, true, "/etc/mayday"],
  ["XDG's", { XDG_DATA_HOME: "/y" }, false, "/y/mayday"],
  ["XDG's default", {}, false, "/home/u/.local/share/mayday"],
  [
    "the default in place of a relative XDG path",
    { XDG_DATA_HOME: "y" },
    false,
    "/home/u/.local/share/mayday",
  ],
  [
    "the default when all are empty",
    { MAYDAY_DATA_DIR: "", STATE_DIRECTORY: "", XDG_DATA_HOME: "" },
    false,
    "/home/u/.local/share/mayday",
  ],
] as const;

for (const [what, env, isRouter, expected] of PLACES) {
  test(`the data directory is ${what}`, () =>
    assert.equal(dataDirOf({ env, home: "/home/u", isRouter }), expected));
}

const root = mkdtempSync(join(tmpdir(), "mayday-data-"));
after(() => rmSync(root, { recursive: true }));

test("a folder is made with every level above it, for its owner alone; a second time it is just there", () => {
  const folder = dataFolder(join(root, "a", "b"), "practice");
  assert.equal(folder, join(root, "a", "b", "practice"));
  assert.equal(dataFolder(join(root, "a", "b"), "practice"), folder);
  for (const level of ["a", "a/b", "a/b/practice"]) {
    assert.equal(statSync(join(root, level)).mode & 0o777, 0o700);
  }
});

for (const place of ["file", "file/below"]) {
  test(`a folder in the place of ${place} cannot be made: exit 2, naming it`, () => {
    writeFileSync(join(root, "file"), "");
    assert.throws(
      () => dataFolder(root, place),
      (error) =>
        error instanceof CliError &&
        error.exit === EXIT.usage &&
        error.message.startsWith(`${join(root, place)} cannot be made: `),
    );
  });
}
