import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { environmentOf } from "../../support/agent-process.ts";
import { run } from "../../support/program.ts";
import { buildApp } from "./built-app.ts";

const app = buildApp();
after(() => app.remove());

// Where the shell's imports look first.
const place = app.at("dist/electron/node_modules/electron");
mkdirSync(place, { recursive: true });
const fake = import.meta.resolve("./fake/electron.ts");
writeFileSync(join(place, "package.json"), '{"type":"module","exports":"./index.js"}');
writeFileSync(join(place, "index.js"), `export * from "${fake}";`);

const RUN = fileURLToPath(import.meta.resolve("./fake/shell-run.ts"));

interface Outcome {
  readonly code: number;
  /** What each step found, by its name. */
  readonly steps: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly output: string;
  /** What is left in the data directory. */
  readonly left: readonly string[];
}

/** Runs the built shell on a fake Electron, on a data directory of its own, until it ends. */
async function shell(t: TestContext, story: string): Promise<Outcome> {
  const data = mkdtempSync(join(tmpdir(), "mayday-"));
  t.after(() => rmSync(data, { recursive: true }));
  const env = { ...environmentOf(data), XDG_CURRENT_DESKTOP: "KDE" };
  const entry = app.at("dist/electron/main/index.mjs");
  const program = run(t, process.execPath, [RUN, entry, story], { env });
  const code = await program.exit(50_000);
  const lines = program.output.split("\n").filter((line) => line.startsWith('{"step"'));
  const steps = lines.map((line) => {
    const { step, ...found } = JSON.parse(line) as { step: string };
    return [step, found] as const;
  });
  const { output } = program;
  return { code, steps: Object.fromEntries(steps), output, left: readdirSync(data) };
}

describe("the built shell on a fake Electron", () => {
  test("runs an agent, shows it to the page, survives its death, and leaves nothing", async (t) => {
    const { code, left, output, steps } = await shell(t, "own");
    assert.equal(code, 0, output);
    assert.deepEqual(steps["window"], {
      sandboxed: true,
      data: true,
      preload: "/preload/index.cjs",
    });
    assert.deepEqual(steps["page"], { status: 200, type: "text/html; charset=utf-8" });
    assert.deepEqual(steps["practice"], { sentence: "Practice: nothing real is filtered" });
    assert.equal(steps["refused"]?.["reason"], "no-such-provider");
    assert.deepEqual(steps["again"], { agents: 2, providers: 1 });
    assert.deepEqual(steps["help"], { url: "app://mayday/#/help", isShown: true });
    assert.deepEqual(steps["exit"], { notices: [] });
    assert.ok(!left.some((name) => name.endsWith(".sock")), left.join(" "));
  });

  test("uses an agent that runs already, and starts its own when that ends", async (t) => {
    const { code, output, steps } = await shell(t, "joined");
    assert.equal(code, 0, output);
    assert.deepEqual([steps["joined"], steps["own"]], [{ agents: 1 }, { agents: 2 }]);
  });

  test("leaves that agent running when it quits", async (t) => {
    const { code, output, steps } = await shell(t, "left");
    assert.equal(code, 0, output);
    assert.match(String(steps["left"]?.["version"]), /^\d+\.\d+\.\d+/);
  });
});
