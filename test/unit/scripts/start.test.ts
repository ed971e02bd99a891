import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, describe, test, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { connectControl } from "../../../agent/control/transport/socket-client.ts";
import { desktopObstacle, electronProgram, openDesktop } from "../../../scripts/start.ts";
import { ROOT } from "../../../scripts/tree.ts";
import { environmentOf, scratchFolder } from "../../support/agent-process.ts";
import { run, type Program } from "../../support/program.ts";

const OPEN = /^Mayday is open at (http:\/\/127\.0\.0\.1:\d+\/login\?token=[\w-]+)$/m;
const NOT_INSTALLED = /^The desktop window needs Electron's runtime, which is not installed;.*$/m;

/** Electron may be installed where this runs; here it is not. */
function start(t: TestContext, dataDir: string, env: NodeJS.ProcessEnv = {}): Program {
  const here = { ...environmentOf(dataDir), DISPLAY: "", WAYLAND_DISPLAY: "", ...env };
  return run(t, process.execPath, [join(ROOT, "scripts/start.ts")], { env: here });
}

/** Whether a link logs a browser in. */
async function logsIn(link: string): Promise<boolean> {
  const answer = await fetch(link, { redirect: "manual" });
  return answer.status === 303 && answer.headers.has("set-cookie");
}

describe("npm start without a desktop window", () => {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    test(`opens the console, and ${signal} ends all of it`, async (t) => {
      const dataDir = scratchFolder(t);
      const program = start(t, dataDir);
      const [, link = ""] = await program.until(OPEN, 40_000);
      assert.equal(await logsIn(link), true);
      const socket = join(dataDir, "control.sock");
      assert.equal(existsSync(socket), true);
      const started = performance.now();
      await program.stop(signal);
      assert.equal(await program.exit(10_000), 0, program.output);
      assert.ok(performance.now() - started < 3000, "it took too long");
      assert.equal(existsSync(socket), false);
      await assert.rejects(fetch(link));
    });
  }

  test("prints why, and the address, each on a line of its own, and nothing else", async (t) => {
    const program = start(t, scratchFolder(t));
    await program.until(OPEN, 40_000);
    const lines = program.output.trimEnd().split("\n");
    assert.equal(lines.length, 2, program.output);
    assert.match(lines[0] ?? "", /desktop window/);
    assert.match(lines[1] ?? "", OPEN);
  });

  test("uses an agent that runs already, leaves it running, and says so", async (t) => {
    const dataDir = scratchFolder(t);
    const first = start(t, dataDir);
    await first.until(OPEN, 40_000);
    const second = start(t, dataDir);
    const [, link = ""] = await second.until(OPEN, 40_000);
    assert.match(second.output, /^An agent is running already and is used; Ctrl-C leaves it/m);
    assert.equal(await logsIn(link), true);
    await second.stop("SIGINT");
    assert.equal(await second.exit(), 0, second.output);
    const agent = await connectControl(join(dataDir, "control.sock"));
    assert.equal((await agent.call("agent.status", {})).sessions.length, 0);
    agent.close();
  });

  test("ends with a word when that agent does", async (t) => {
    const dataDir = scratchFolder(t);
    const first = start(t, dataDir);
    await first.until(OPEN, 40_000);
    const second = start(t, dataDir);
    await second.until(OPEN, 40_000);
    await first.stop("SIGTERM");
    assert.equal(await second.exit(), 1);
    assert.match(second.output, /^The agent has ended\.$/m);
  });

  test("says what is wrong with the data directory, and what to do", async (t) => {
    const program = start(t, "/proc/mayday");
    assert.equal(await program.exit(40_000), 1);
    assert.match(program.output, /^npm start: \/proc\/mayday.* cannot be made/m);
    assert.match(program.output, /\$MAYDAY_DATA_DIR/);
    assert.doesNotMatch(program.output, /^\s+at /m, "a stack is nothing for a user");
  });
});

describe("whether there is a desktop window", () => {
  const folder = mkdtempSync(join(tmpdir(), "mayday-electron-"));
  after(() => rmSync(folder, { recursive: true }));

  test("its program is where Electron's package says", () => {
    assert.equal(electronProgram(folder, {}), undefined, "nothing is there");
    writeFileSync(join(folder, "path.txt"), "electron");
    assert.equal(electronProgram(folder, {}), undefined, "it was not fetched");
    mkdirSync(join(folder, "dist"));
    writeFileSync(join(folder, "dist", "electron"), "");
    assert.equal(electronProgram(folder, {}), join(folder, "dist", "electron"));
  });

  test("or where $ELECTRON_OVERRIDE_DIST_PATH says", () => {
    const env = { ELECTRON_OVERRIDE_DIST_PATH: join(folder, "other") };
    assert.equal(electronProgram(folder, env), undefined);
    mkdirSync(join(folder, "other"));
    writeFileSync(join(folder, "other", "electron"), "");
    assert.equal(electronProgram(folder, env), join(folder, "other", "electron"));
    assert.equal(electronProgram(join(folder, "none"), env), join(folder, "other", "electron"));
  });

  type Case = readonly [
    title: string,
    program: string | undefined,
    platform: NodeJS.Platform,
    env: Record<string, string>,
    uid: number | undefined,
    why: RegExp | undefined,
  ];
  const cases: readonly Case[] = [
    ["no runtime", undefined, "linux", { DISPLAY: ":0" }, 1000, NOT_INSTALLED],
    ["no runtime on macOS", undefined, "darwin", {}, 501, NOT_INSTALLED],
    ["root on Linux", "/e", "linux", { DISPLAY: ":0" }, 0, /root/],
    ["no screen on Linux", "/e", "linux", { DISPLAY: "" }, 1000, /no screen/],
    ["X", "/e", "linux", { DISPLAY: ":0" }, 1000, undefined],
    ["Wayland", "/e", "linux", { WAYLAND_DISPLAY: "wayland-0" }, 1000, undefined],
    ["macOS", "/e", "darwin", {}, 501, undefined],
    ["Windows", "/e", "win32", {}, undefined, undefined],
  ];
  for (const [title, program, platform, env, uid, why] of cases) {
    test(`${title}: ${why === undefined ? "there is" : "there is none, and it says why"}`, () => {
      const obstacle = desktopObstacle(program, platform, env, uid);
      if (why === undefined) assert.equal(obstacle, undefined);
      else assert.match(obstacle ?? "", why);
    });
  }

  test("what is not installed is got by a command that there is", () => {
    const line = desktopObstacle(undefined, "linux", {}, 1000) ?? "";
    const [, command = ""] = /to get it: npx (\S+)$/.exec(line) ?? [];
    assert.ok(existsSync(join(ROOT, "node_modules", ".bin", command)), command);
  });
});

describe("the desktop window's program", () => {
  const folder = mkdtempSync(join(tmpdir(), "mayday-electron-"));
  after(() => rmSync(folder, { recursive: true }));
  /** Ends as `code` says, or, without one, when it is told to. */
  const program = (name: string, ...lines: string[]): string => {
    const path = join(folder, name);
    writeFileSync(path, ["#!/bin/sh", ...lines, ""].join("\n"));
    chmodSync(path, 0o755);
    return path;
  };

  test("that is closed ends npm start well", async () => {
    assert.equal(await openDesktop(program("closed", "exit 0"), []).ended, undefined);
  });

  test("that dies is told of", async () => {
    const died = /has ended unexpectedly/;
    assert.match((await openDesktop(program("dies", "exit 7"), []).ended) ?? "", /exit 7/);
    assert.match((await openDesktop(program("killed", "kill -9 $$"), []).ended) ?? "", died);
    const none = join(folder, "none");
    assert.match((await openDesktop(none, []).ended) ?? "", /cannot be started: .*ENOENT/);
  });

  test("is given the shell's entry, and ended in good order", async () => {
    const ready = join(folder, "ready");
    const waits = program(
      "waits",
      'trap "exit 0" TERM',
      `echo "$1" > ${ready}`,
      "while :; do sleep 0.05; done",
    );
    const running = openDesktop(waits, ["main.mjs"]);
    while (!existsSync(ready)) await sleep(10);
    await running.close();
    assert.equal(await running.ended, undefined);
  });
});
