import { spawnSync } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { filesUnder, ROOT } from "./tree.ts";

/** Where the built interface is: what the agent serves to browsers. */
export const BUILT_INTERFACE = join(ROOT, "dist", "renderer");

/** What it is built from; `agent/control` is the contract and the client of it. */
const SOURCES = ["renderer", "agent/control"];

/** What is bundled, and what bundles it, is of the versions in the lock file. */
const LOCK = "package-lock.json";

/** Builds the interface if it was never built, or if what it is built from has changed. Whether it did. */
export function buildInterface(): boolean {
  if (!isStale()) return false;
  const vite = join(ROOT, "node_modules/vite/bin/vite.js");
  const config = join(ROOT, "renderer/vite.config.ts");
  const result = spawnSync(process.execPath, [vite, "build", "-c", config], {
    cwd: ROOT,
    encoding: "utf8",
    timeout: 120_000,
  });
  if (result.status === 0) return true;
  throw new Error(`the interface cannot be built:\n${result.stdout}${result.stderr}`);
}

/** Folders count as well: they change when a file is removed. */
function isStale(): boolean {
  const built = changedAt(join(BUILT_INTERFACE, "index.html"));
  if (built === undefined) return true;
  const files = [...SOURCES.flatMap(filesUnder), ...SOURCES.flatMap(foldersUnder), LOCK];
  return files.some((file) => (changedAt(join(ROOT, file)) ?? 0) > built);
}

function foldersUnder(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length + 1));
}

/** In milliseconds since the Unix epoch; undefined: there is no such file. */
function changedAt(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs;
}
