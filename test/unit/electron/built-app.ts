/** The desktop app as it is built, in a folder that looks like the repository to whoever packs or runs it. */
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT } from "../../../scripts/tree.ts";

/** A built app. */
export interface BuiltApp {
  readonly folder: string;
  /** How long building took, in milliseconds. */
  readonly builtInMs: number;
  /** A path in it. */
  at(...parts: string[]): string;
  remove(): void;
}

/** What a package is made of, besides dist/. */
const PARTS = ["package.json", "package-lock.json", "electron-builder.yml", "resources"];

/** Builds main, preload and interface. */
export function buildApp(): BuiltApp {
  const folder = mkdtempSync(join(tmpdir(), "mayday-app-"));
  const at = (...parts: string[]): string => join(folder, ...parts);
  const started = performance.now();
  const cli = join(ROOT, "node_modules/electron-vite/bin/electron-vite.js");
  execFileSync(process.execPath, [cli, "build", "--outDir", at("dist/electron")], {
    cwd: ROOT,
    stdio: ["ignore", "ignore", "pipe"],
  });
  const builtInMs = performance.now() - started;
  renameSync(at("dist/electron/renderer"), at("dist/renderer")); // an --outDir holds all three
  for (const part of PARTS) cpSync(join(ROOT, part), at(part), { recursive: true });
  symlinkSync(join(ROOT, "node_modules"), at("node_modules"));
  mkdirSync(at("data"));
  return { folder, builtInMs, at, remove: () => rmSync(folder, { recursive: true }) };
}
