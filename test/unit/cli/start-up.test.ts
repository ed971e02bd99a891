import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { json as readJson, text as readText } from "node:stream/consumers";
import type { Readable } from "node:stream";
import { test } from "node:test";
import { build, type Metafile } from "esbuild";
import { contract } from "../../../agent/control/contract.ts";
import { ROOT } from "../../../scripts/tree.ts";
import { scratchFolder } from "../../support/agent-process.ts";
import { controlLab } from "./control-lab.ts";

/** What of the sources and packages is read before `mayday status` can do its work. */
async function readFor(command: string): Promise<readonly string[]> {
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: ["agent/cli/mayday.ts"],
    outdir: "nowhere",
    write: false,
    metafile: true,
    splitting: true,
    bundle: true,
    platform: "node",
    format: "esm",
    external: ["better-sqlite3"],
  });
  const isEntry = (path: string): boolean =>
    path === "agent/cli/mayday.ts" || path === `agent/cli/${command}-command.ts`;
  const entries = Object.entries(metafile.outputs)
    .filter(([, { entryPoint }]) => entryPoint !== undefined && isEntry(entryPoint))
    .map(([name]) => name);
  assert.equal(entries.length, 2, `mayday ${command} has a chunk of its own`);
  return [...closureOf(metafile, entries)].flatMap((name) =>
    Object.keys(metafile.outputs[name]?.inputs ?? {}),
  );
}

function closureOf({ outputs }: Metafile, entries: readonly string[]): ReadonlySet<string> {
  const reached = new Set(entries);
  for (const name of reached) {
    for (const { path, kind } of outputs[name]?.imports ?? []) {
      if (kind === "import-statement" && path in outputs) reached.add(path);
    }
  }
  return reached;
}

test("mayday status reads neither the protocol, nor the contract's schemas, nor a log", async () => {
  const files = await readFor("status");
  const packages = files.flatMap((path) => /^node_modules\/([^/]+)/.exec(path)?.[1] ?? []);
  assert.deepEqual([...new Set(packages)], ["commander"]);
  const folders = new Set(files.flatMap((path) => /^agent\/(\w+)\//.exec(path)?.[1] ?? []));
  assert.deepEqual([...folders].toSorted(), ["cli", "control", "host", "net"]);
  assert.ok(files.includes("agent/control/transport/socket-client.ts")); // else this test sees nothing
  assert.ok(!files.includes("agent/control/schemas.ts"));
});

interface Run {
  /** What user and system spent on it, in milliseconds, until it began to end. */
  readonly cpuMs: number;
  readonly out: string;
}

test("mayday status --json, built, costs less CPU than four empty programs", async (t) => {
  const folder = scratchFolder(t);
  const built = join(folder, "mayday.mjs");
  execFileSync(process.execPath, [join(ROOT, "scripts/build.ts"), built]);
  const meter = join(folder, "meter.cjs");
  writeFileSync(
    meter,
    `process.on("exit", () => require("node:fs").writeSync(3, JSON.stringify(process.cpuUsage())));`,
  );
  const lab = await controlLab(t);
  const env = { ...process.env, MAYDAY_CONTROL: lab.path };
  const run = async (...args: string[]): Promise<Run> => {
    const stdio = ["ignore", "pipe", "inherit", "pipe"] as const;
    const child = spawn(process.execPath, ["-r", meter, ...args], { env, stdio: [...stdio] });
    const spent = readJson(child.stdio[3] as Readable) as Promise<NodeJS.CpuUsage>;
    const [{ user, system }, out, [code]] = await Promise.all([
      spent,
      readText(child.stdio[1] as Readable),
      once(child, "close") as Promise<[number]>,
    ]);
    assert.equal(code, 0);
    return { cpuMs: (user + system) / 1000, out };
  };

  const empty: number[] = [];
  const status: number[] = [];
  for (let i = 0; i < 7; i += 1) {
    empty.push((await run("-e", "0")).cpuMs);
    const { cpuMs, out } = await run(built, "status", "--json");
    contract.calls.agent.status.output.parse(JSON.parse(out));
    status.push(cpuMs);
  }
  // What else the machine does makes a run dearer, and never cheaper.
  const [least, leastEmpty] = [Math.min(...status), Math.min(...empty)];
  t.diagnostic(`${least.toFixed(0)} ms; an empty program ${leastEmpty.toFixed(0)} ms`);
  assert.ok(least < 4 * leastEmpty, `${least} ms, an empty program ${leastEmpty} ms`);
});
