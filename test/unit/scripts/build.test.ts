import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { ROOT } from "../../../scripts/tree.ts";

/** Every `node` of the search path that is not this one: on a new machine the one that npm runs under. */
function otherNodes(): string[] {
  const { stdout } = spawnSync("which", ["-a", "node"], { encoding: "utf8" });
  return stdout.split("\n").filter((path) => path !== "" && !path.includes("node_modules"));
}

describe("the built command", () => {
  const folder = mkdtempSync(join(tmpdir(), "mayday-build-"));
  const dist = join(folder, "dist"); // which the build makes
  const built = join(dist, "mayday.mjs");
  const build = (): Buffer =>
    execFileSync(process.execPath, [join(ROOT, "scripts/build.ts"), built]);
  before(build);
  after(() => rmSync(folder, { recursive: true }));

  for (const node of new Set([process.execPath, ...otherNodes()])) {
    const version = execFileSync(node, ["--version"], { encoding: "utf8" }).trim();
    test(`runs on Node ${version}, alone in its folder: help, and a session that nobody answers`, () => {
      const help = spawnSync(node, [built, "signal", "put", "--help"], { encoding: "utf8" });
      assert.equal(help.status, 0, help.stderr);
      assert.match(help.stdout, /--target-prefix/);
      const psk = join(ROOT, "test/unit/scripts/build.test.ts"); // any file will do for a key
      const flags = ["--server", "coaps://127.0.0.1:1", "--psk-identity", "x", "--psk-file", psk];
      const tried = spawnSync(node, [built, "signal", "get", ...flags, "--json"], {
        encoding: "utf8",
      });
      assert.equal(tried.status, 4, tried.stderr);
      assert.equal(
        (JSON.parse(tried.stdout) as { error: { code: string } }).error.code,
        "dtls/refused",
      );
    });
  }

  test("leaves no chunk of an earlier build, and what is not its own alone", () => {
    const chunks = join(dist, "chunks");
    const ours = readdirSync(chunks);
    writeFileSync(join(chunks, "old-ABCDEFGH.mjs"), "");
    writeFileSync(join(chunks, "notes.txt"), "");
    build();
    assert.deepEqual(readdirSync(chunks).toSorted(), [...ours, "notes.txt"].toSorted());
    assert.ok(existsSync(built));
  });

  test("is a program: its first line names node, once", () => {
    const [first, second] = readFileSync(built, "utf8").split("\n");
    assert.equal(first, "#!/usr/bin/env node");
    assert.doesNotMatch(second ?? "", /^#!/);
  });
});
