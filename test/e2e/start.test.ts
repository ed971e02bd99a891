/** What `npm start` runs, as in a terminal without a desktop, to the end by Ctrl-C. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { ROOT } from "../../scripts/tree.ts";
import { environmentOf, scratchFolder } from "../support/agent-process.ts";
import { browserTest } from "../support/browser.ts";
import type { Owner } from "../support/server-process.ts";
import { AGENT_GONE } from "./lab.ts";
import { Home } from "./pages.ts";

const START_MS = 20_000;
const END_MS = 5000;

/** The script, and whatever it starts. npm itself is left out: it says that it died of Ctrl-C whatever it ran says. */
interface Started {
  /** The line that matches. */
  line(pattern: RegExp): Promise<RegExpExecArray>;
  /** What a terminal does to all of them at Ctrl-C. The exit code. */
  interrupt(): Promise<number | null>;
  /** Whether anything of it is left. */
  runs(): boolean;
}

/** Starts it as a group of processes of its own, which a terminal would make of it. */
function start(owner: Owner, dataDir: string): Started {
  const env = { ...environmentOf(dataDir), DISPLAY: "", WAYLAND_DISPLAY: "" };
  const child = spawn(process.execPath, [join(ROOT, "scripts/start.ts")], {
    cwd: ROOT,
    env,
    detached: true,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const group = -(child.pid ?? Number.NaN);
  const runs = (): boolean => canSignal(group, 0);
  owner.after(async () => void canSignal(group, "SIGKILL"));
  const lines = createInterface(child.stdout);
  return {
    line: async (pattern) => {
      const signal = AbortSignal.timeout(START_MS);
      for (;;) {
        const [line] = (await once(lines, "line", { signal })) as [string];
        const match = pattern.exec(line);
        if (match !== null) return match;
      }
    },
    interrupt: async () => {
      const closed = once(child, "close", { signal: AbortSignal.timeout(END_MS) });
      canSignal(group, "SIGINT");
      const [code] = (await closed) as [number | null];
      return code;
    },
    runs,
  };
}

function canSignal(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false; // there is none any more
  }
}

browserTest(
  "npm start prints a link that logs in, and Ctrl-C leaves nothing behind",
  async (visit) => {
    const { page, owner, tolerate } = visit;
    tolerate(AGENT_GONE);
    const dataDir = scratchFolder(owner);
    const started = start(owner, dataDir);
    const [link] = await started.line(/http:\/\/127\.0\.0\.1:\d+\/login\?token=[\w-]+/);
    await page.goto(link);
    const home = new Home(page);
    await home.waitFor("not-set-up");
    assert.ok(existsSync(`${dataDir}/control.sock`));

    assert.equal(await started.interrupt(), 0);
    assert.equal(started.runs(), false, "no process is left");
    const left = readdirSync(dataDir).filter((name) => /\.sock$|-wal$/.test(name));
    assert.deepEqual(left, [], "neither a socket nor an unfinished database");
    await home.waitFor("no-agent");
  },
);
