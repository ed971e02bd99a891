import { join } from "node:path";
import { defineConfig } from "electron-vite";
import { mergeConfig } from "vite";
import { contract } from "./agent/control/contract.ts";
import { byName } from "./agent/control/define.ts";
import renderer from "./renderer/vite.config.ts";

const at = (...parts: string[]): string => join(import.meta.dirname, ...parts);

/** Brings native code, which cannot be bundled; everything else is, so that the package holds no other module. */
const NATIVE = ["better-sqlite3"];

/** The desktop shell's three parts. The interface among them is the one that the browser gets, too. */
// oxlint-disable-next-line import/no-default-export -- electron-vite takes its configuration from there
export default defineConfig({
  main: {
    logLevel: "warn",
    build: {
      outDir: at("dist/electron/main"),
      externalizeDeps: false,
      rolldownOptions: {
        input: {
          index: at("electron/main/index.ts"),
          "agent-process": at("electron/main/agent-process.ts"),
        },
        external: NATIVE,
        output: {
          format: "es",
          entryFileNames: "[name].mjs",
          chunkFileNames: "[name]-[hash].mjs",
        },
      },
    },
  },
  preload: {
    logLevel: "warn",
    // Names alone: the contract's schemas are not for the page's process.
    define: {
      __MAYDAY_CALLS__: JSON.stringify([...byName<unknown>(contract.calls).keys()]),
      __MAYDAY_EVENTS__: JSON.stringify([...byName<unknown>(contract.events).keys()]),
    },
    build: {
      outDir: at("dist/electron/preload"),
      externalizeDeps: false,
      rolldownOptions: {
        input: at("electron/preload/index.ts"),
        // A sandboxed preload is CommonJS.
        output: { format: "cjs", entryFileNames: "[name].cjs" },
      },
    },
  },
  // What electron-vite would do differently is set back, so that both builds are the same to the octet.
  renderer: mergeConfig(renderer, {
    root: at("renderer"),
    build: {
      outDir: at("dist/renderer"),
      minify: true,
      rolldownOptions: { input: at("renderer/index.html") },
    },
  }),
});
