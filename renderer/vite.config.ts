import { defineConfig } from "vite";

/** The user interface as static files: the same for the browser, which the agent serves, and for the desktop shell. */
// oxlint-disable-next-line import/no-default-export -- Vite takes its configuration from there
export default defineConfig({
  root: import.meta.dirname,
  base: "./", // http://127.0.0.1:PORT/ and app://mayday/ alike
  logLevel: "warn",
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    outDir: "../dist/renderer",
    emptyOutDir: true,
    target: "chrome123", // what light-dark() needs: also Firefox 120, Safari 17.5
    sourcemap: false,
    assetsInlineLimit: 0, // everything is a file of its own: nothing inline for the CSP to allow
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
});
