/** `npm run build`: bundles the `mayday` command into dist/mayday.mjs for any Node from 20 on. */
import { chmodSync, statSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { ROOT } from "./tree.ts";

const OUT = join(ROOT, "dist", "mayday.mjs");

// Packages that are CommonJS call require() for Node's own modules; a module has none until it makes one.
const BANNER = [
  "#!/usr/bin/env node",
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
  logLevel: "warning",
});
chmodSync(OUT, 0o755);
console.log(`dist/mayday.mjs ${Math.round(statSync(OUT).size / 1024)} KiB`);
