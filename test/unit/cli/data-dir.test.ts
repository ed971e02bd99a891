import assert from "node:assert/strict";
import { test } from "node:test";
import { dataDirOf } from "../../../agent/cli/data-dir.ts";

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
