/** `npm run build [-- FILE]`: bundles the `mayday` command into dist/mayday.mjs (or FILE) for any Node from 20 on. */
import { chmodSync, statSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { build } from "esbuild";
import { ROOT } from "./tree.ts";

const OUT = resolve(process.argv[2] ?? join(ROOT, "dist", "mayday.mjs"));

// Packages that are CommonJS call require() for Node's own modules; a module has none until it makes one.
// The first line, which makes it a program, is the entry's own.
const BANNER = [
  'import { createRequire as __createRequire } from "node:module";',
  "const require = __createRequire(import.meta.url);",
].join("\n");

await build({
  entryPoints: [join(ROOT, "agent", "cli", "mayday.ts")],
  outfile: OUT,
  bundle: true,
  platform: "node",
  target: "node20",
  format: "esm",
  external: ["better-sqlite3"], // brings native code, and the router's path does not need it
  banner: { js: BANNER },
  legalComments: "eof",
  minify: true,
  keepNames: true,
  logLevel: "warning",
});
chmodSync(OUT, 0o755);
console.log(`${relative(process.cwd(), OUT)} ${Math.round(statSync(OUT).size / 1024)} KiB`);
