/**
 * `npm run build [-- FILE]`: bundles the `mayday` command into dist/mayday.mjs (or FILE) and the chunks/ beside it, for
 * any Node from 20 on; without FILE also the interface, into dist/renderer, from where the agent serves it. Each group of commands is a chunk of its own, so that `mayday status` reads 60 KiB and not a
 * megabyte.
 */
import { chmodSync, mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import { basename, dirname, extname, join, relative, resolve } from "node:path";
import { build, type Metafile } from "esbuild";
import { BUILT_INTERFACE, buildInterface } from "./built-interface.ts";
import { ROOT } from "./tree.ts";

const FILE = process.argv[2];
const OUT = resolve(FILE ?? join(ROOT, "dist", "mayday.mjs"));
const FOLDER = dirname(OUT);
const CHUNKS = join(FOLDER, "chunks");

// Packages that are CommonJS call require() for Node's own modules; a module has none until it makes one.
// The first line, which makes it a program, is the entry's own.
const BANNER = [
  'import { createRequire as __createRequire } from "node:module";',
  "const require = __createRequire(import.meta.url);",
].join("\n");

/** The names that esbuild gives to chunks: what an earlier build left must not pile up. */
const CHUNK_NAME = /^[\w-]+-[A-Z0-9]{8}\.mjs$/;

mkdirSync(FOLDER, { recursive: true }); // esbuild works in it

const { metafile } = await build({
  entryPoints: [{ in: join(ROOT, "agent", "cli", "mayday.ts"), out: basename(OUT, extname(OUT)) }],
  outdir: FOLDER,
  outExtension: { ".js": extname(OUT) },
  chunkNames: "chunks/[name]-[hash]",
  absWorkingDir: FOLDER,
  splitting: true,
  bundle: true,
  platform: "node",
  target: "node20",
  format: "esm",
  external: ["better-sqlite3"], // brings native code, and the router's path does not need it
  banner: { js: BANNER },
  legalComments: "eof",
  minify: true,
  keepNames: true,
  metafile: true,
  logLevel: "warning",
});
chmodSync(OUT, 0o755);
removeOldChunks(metafile);
report(metafile);
if (FILE === undefined) {
  const state = buildInterface() ? "built" : "is up to date";
  console.log(`${relative(process.cwd(), BUILT_INTERFACE)} ${state}`);
}

function removeOldChunks({ outputs }: Metafile): void {
  for (const name of readdirSync(CHUNKS)) {
    if (CHUNK_NAME.test(name) && !(`chunks/${name}` in outputs)) rmSync(join(CHUNKS, name));
  }
}

function report({ outputs }: Metafile): void {
  const octets = Object.values(outputs).reduce((sum, { bytes }) => sum + bytes, 0);
  const kib = (count: number): string => `${Math.round(count / 1024)} KiB`;
  const entry = relative(process.cwd(), OUT);
  const chunks = Object.keys(outputs).length - 1;
  console.log(`${entry} ${kib(statSync(OUT).size)}, with ${chunks} chunks ${kib(octets)}`);
}
