import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { build } from "esbuild";
import { ROOT } from "../../../scripts/tree.ts";

test("the client's core takes neither schemas nor Node with it into a page", async () => {
  const { metafile, outputFiles } = await build({
    entryPoints: [join(ROOT, "agent/control/client-core.ts")],
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    format: "esm",
    platform: "browser", // a module of Node does not resolve
  });
  const strangers = Object.keys(metafile.inputs).filter((path) => path.includes("node_modules"));
  assert.deepEqual(strangers, []);
  assert.ok((outputFiles[0]?.contents.length ?? Infinity) < 10_000);
});
