import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { open, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { after, test } from "node:test";
import { MAYDAY, mayday } from "./mayday-process.ts";

const PACKAGE = new URL("../../../package.json", import.meta.url);

const folder = mkdtempSync(join(tmpdir(), "mayday-"));
after(() => rmSync(folder, { recursive: true }));

for (const args of [
  ["--help"],
  ["signal", "--help"],
  ["signal", "put", "--help"],
  ["signal", "get", "--help"],
  ["signal", "delete", "--help"],
  ["signal", "heartbeat", "--help"],
  ["server", "--help"],
  ["practice", "--help"],
]) {
  test(`mayday ${args.join(" ")} is useful and ends in exit 0`, async () => {
    const { exit, out } = await mayday(...args);
    assert.equal(exit, 0);
    assert.match(out, /^Usage: mayday/);
    assert.match(out, /Example/);
  });
}

for (const args of [["status"], ["request", "203.0.113.7"]]) {
  test(`mayday ${args.join(" ")} without an agent ends in exit 6 and says how to start one`, async () => {
    const dataDir = join(folder, "nobody");
    const said = await mayday(...args, "--json", "--data-dir", dataDir);
    assert.deepEqual([said.exit, said.err], [6, ""]);
    const { error } = JSON.parse(said.out) as { error: Record<string, string> };
    assert.equal(error["code"], "agent-not-running");
    assert.equal(error["hint"], `Start it with: mayday agent run --data-dir ${dataDir}`);
    assert.ok(!existsSync(dataDir)); // whoever only asks makes nothing
  });
}

test("mayday --version is the package's", async () => {
  const { version } = JSON.parse(await readFile(PACKAGE, "utf8")) as { version: string };
  assert.deepEqual(await mayday("--version"), { exit: 0, out: `${version}\n`, err: "" });
});

const RUN: readonly { flags: string[]; line: string }[] = [
  { flags: [], line: "mayday practice" },
  { flags: ["--port", "15555"], line: "mayday practice --port 15555" },
  {
    flags: ["--data-dir", join(folder, "it's here"), "--port", "15555"],
    line: `mayday practice --port 15555 --data-dir '${join(folder, String.raw`it'\''s here`)}'`,
  },
];

for (const { flags, line } of RUN) {
  test(`practice --print ${flags.join(" ")} tells how to run the same provider`, async () => {
    const env = { ...process.env, MAYDAY_DATA_DIR: folder };
    const child = spawn(process.execPath, [MAYDAY, "practice", "--print", ...flags], { env });
    const [out] = await Promise.all([text(child.stdout), once(child, "close")]);
    assert.equal(/^Run it: {2}(.*)$/m.exec(out)?.[1], line);
  });
}

test(
  "a data directory that cannot be made, in a file system that denies its own folder, is an error at once",
  { skip: !existsSync("/proc/self"), timeout: 20_000 },
  async () => {
    const { exit, out } = await mayday(
      "practice",
      "--print",
      "--json",
      "--data-dir",
      "/proc/no-such-folder",
    );
    assert.equal(exit, 2);
    const { error } = JSON.parse(out) as { error: Record<string, unknown> };
    assert.equal(error["code"], "data-dir");
    assert.match(String(error["message"]), /^\/proc\/no-such-folder\/practice cannot be made: /);
  },
);

/** What the streams are connected to, and how the command ends. */
async function mute(out: "pipe" | number, err: "pipe" | number, ...args: string[]) {
  const child = spawn(process.execPath, [MAYDAY, ...args], { stdio: ["ignore", out, err] });
  child.stdout?.destroy(); // a reader that wants nothing
  const said = child.stderr === null ? Promise.resolve("") : text(child.stderr);
  const [[exit], stderr] = await Promise.all([once(child, "close") as Promise<[number]>, said]);
  return { exit, stderr };
}

const FULL = "/dev/full";

for (const args of [
  ["practice", "--print", "--data-dir", folder],
  ["--help"],
  ["signal", "--json"],
]) {
  test(
    `mayday ${args[0]} whose answer cannot be written says so and ends in exit 1`,
    {
      skip: !existsSync(FULL),
    },
    async () => {
      await using full = await open(FULL, "w");
      const { exit, stderr } = await mute(full.fd, "pipe", ...args);
      assert.match(stderr, /^mayday: the answer cannot be written to stdout: ENOSPC/);
      assert.equal(exit, 1);
    },
  );
}

test(
  "a stderr that cannot be written leaves the exit code as it is",
  {
    skip: !existsSync(FULL),
  },
  async () => {
    await using full = await open(FULL, "w");
    assert.equal((await mute("pipe", full.fd, "signal", "put")).exit, 2);
  },
);

test("a reader that is gone hides no failure", async () => {
  const { exit, stderr } = await mute("pipe", "pipe", "signal", "put");
  assert.match(stderr, /--server/);
  assert.equal(exit, 2);
});

test("a reader that has seen enough ends the command quietly", async () => {
  assert.deepEqual(await mute("pipe", "pipe", "--help"), { exit: 0, stderr: "" });
});
