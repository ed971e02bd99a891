/** How much of the interface a browser loads before it shows the first page. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { buildInterface, BUILT_INTERFACE } from "../../scripts/built-interface.ts";

/** In octets, compressed as the web console compresses. */
const MOST = 100_000;

/** What a module loads before it runs; `import("…")`, which loads later, is none of it. */
const IMPORTS = /(?:^|[;}\s])(?:import|export)\s*(?:[\w$*{][^"'()]*?from\s*)?["'](\.[^"']+)["']/g;

/** `index.html` and everything it loads by itself: sheets, scripts, preloads, and what they import. */
function firstFiles(): string[] {
  const html = readFileSync(join(BUILT_INTERFACE, "index.html"), "utf8");
  const named = [...html.matchAll(/(?:src|href)="\.?\/?([^"]+\.(?:js|css))"/g)];
  const files = new Set(named.map(([, path = ""]) => path));
  for (const file of files) {
    if (!file.endsWith(".js")) continue;
    const text = readFileSync(join(BUILT_INTERFACE, file), "utf8");
    for (const [, path = ""] of text.matchAll(IMPORTS)) files.add(posix.join(dirname(file), path));
  }
  return [...files];
}

test(`the first page's scripts and styles are at most ${MOST / 1000} kB, compressed`, (t) => {
  buildInterface();
  const files = firstFiles();
  assert.ok(
    files.some((file) => file.endsWith(".js")) && files.some((file) => file.endsWith(".css")),
  );
  const sizes = files.map((file) => gzipSync(readFileSync(join(BUILT_INTERFACE, file))).length);
  const sum = sizes.reduce((all, one) => all + one, 0);
  const later = readdirSync(join(BUILT_INTERFACE, "assets")).length - files.length;
  t.diagnostic(
    `${(sum / 1000).toFixed(1)} kB in ${files.length} files; ${later} files are loaded later, if at all`,
  );
  assert.ok(sum <= MOST, files.map((file, index) => `${file}: ${sizes[index]}`).join(", "));
});
