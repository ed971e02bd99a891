/** `npm run check`: every static check, each on its own line with its time; all run, whatever fails. */
import { spawn } from "node:child_process";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { inPool } from "./pool.ts";
import { ROOT } from "./tree.ts";

interface Check {
  readonly name: string;
  readonly what: string;
  readonly command: readonly [string, ...string[]];
}

const bin = (name: string): string => join(ROOT, "node_modules", ".bin", name);
const script = (name: string): readonly [string, string] => [
  process.execPath,
  join("scripts", name),
];

// The slow ones first, so that a pool of two is never left waiting for one of them.
const CHECKS: readonly Check[] = [
  {
    name: "lint",
    what: "bugs, sizes, time and chance",
    command: [bin("oxlint"), "--type-aware", "--deny-warnings"],
  },
  { name: "types", what: "strict TypeScript", command: [bin("tsc"), "-p", "."] },
  {
    name: "page types",
    what: "the interface, with a browser's types",
    command: [bin("tsc"), "-p", "renderer"],
  },
  {
    name: "shell types",
    what: "the desktop shell, with Electron's",
    command: [bin("tsc"), "-p", "electron"],
  },
  { name: "dead code", what: "unused files, exports, packages", command: [bin("knip")] },
  { name: "format", what: "oxfmt", command: [bin("oxfmt"), "--check"] },
  { name: "imports", what: "directions, homes, circles", command: script("check-imports.ts") },
  {
    name: "directives",
    what: "reasons of switched-off rules",
    command: script("check-directives.ts"),
  },
  { name: "lock", what: "npm ci will accept it", command: script("check-lock.ts") },
];

interface Outcome {
  readonly check: Check;
  readonly ok: boolean;
  readonly output: string;
}

function run(check: Check): Promise<Outcome> {
  const [program, ...args] = check.command;
  const started = performance.now();
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] });
    const chunks: string[] = [];
    const take = (chunk: Buffer): void => void chunks.push(chunk.toString());
    child.stdout.on("data", take);
    child.stderr.on("data", take);
    child.on("error", (error) => chunks.push(String(error)));
    child.on("close", (status) => {
      const ok = status === 0;
      const seconds = ((performance.now() - started) / 1000).toFixed(1).padStart(5);
      console.log(`${ok ? "ok  " : "FAIL"} ${check.name.padEnd(11)} ${seconds} s  ${check.what}`);
      resolve({ check, ok, output: chunks.join("") });
    });
  });
}

const outcomes = await inPool(Math.min(2, availableParallelism()), CHECKS, run);
const failed = outcomes.filter((outcome) => !outcome.ok);
for (const { check, output } of failed) console.log(`\n--- ${check.name}\n${output.trimEnd()}`);
console.log(failed.length === 0 ? "all checks passed" : `\n${failed.length} checks failed`);
process.exitCode = failed.length === 0 ? 0 : 1;
