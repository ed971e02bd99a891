/** Something that the packager takes for Electron's runtime, so that packing needs nothing from elsewhere. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** What precedes the fuses in Electron's executable; then come a version, their number, and one character each. */
const SENTINEL = "dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX";

/** In the order of the executable: what `electronFuses` calls them. */
const FUSES = [
  "runAsNode",
  "enableCookieEncryption",
  "enableNodeOptionsEnvironmentVariable",
  "enableNodeCliInspectArguments",
  "enableEmbeddedAsarIntegrityValidation",
  "onlyLoadAppFromAsar",
  "loadBrowserProcessSpecificV8Snapshot",
  "grantFileProtocolExtraPrivileges",
  "wasmTrapHandlers",
] as const;

/** The fuses of an executable by their names. */
export type FuseStates = Readonly<Record<(typeof FUSES)[number], boolean>>;

/** Makes the runtime's folder for Linux, with every fuse on. */
export function makeFakeRuntime(folder: string, version: string): void {
  mkdirSync(join(folder, "resources"), { recursive: true });
  const fuses = `${SENTINEL}\u0001${String.fromCharCode(FUSES.length)}${"1".repeat(FUSES.length)}`;
  writeFileSync(join(folder, "electron"), `before ${fuses} after`, { mode: 0o755 });
  writeFileSync(join(folder, "version"), version);
  writeFileSync(join(folder, "LICENSE"), "");
}

/** Reads what the packager made of the fuses. */
export function fusesOf(executable: string): FuseStates {
  const text = readFileSync(executable, "latin1");
  const start = text.indexOf(SENTINEL) + SENTINEL.length + 2;
  const states = FUSES.map((name, i) => [name, text[start + i] === "1"] as const);
  return Object.fromEntries(states) as FuseStates;
}
