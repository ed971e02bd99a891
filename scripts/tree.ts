/** The repository as the scripts see it. Paths are from its root, with forward slashes. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";

/** The repository's root folder. */
export const ROOT = join(import.meta.dirname, "..");

const SOURCE_FOLDERS = ["agent", "electron", "plugins", "renderer", "scripts", "test"];

/** All files under `folder` (none if there is no such folder), sorted. */
export function filesUnder(folder: string): string[] {
  const start = join(ROOT, folder);
  if (!existsSync(start)) return [];
  return readdirSync(start, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length + 1))
    .map((path) => path.replaceAll("\\", posix.sep))
    .toSorted();
}

/** All TypeScript sources. */
export function sourceFiles(): string[] {
  return SOURCE_FOLDERS.flatMap(filesUnder).filter((path) => /\.tsx?$/.test(path));
}

/** The text of a file of the repository. */
export function readText(path: string): string {
  return readFileSync(join(ROOT, path), "utf8");
}

/** A JSON file of the repository. */
export function readJson(path: string): unknown {
  return JSON.parse(readText(path)) as unknown;
}

/** Whether the module with this file name is the program that was started. */
export function isEntry(filename: string): boolean {
  return process.argv[1] === filename;
}
