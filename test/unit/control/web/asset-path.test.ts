import assert from "node:assert/strict";
import { test } from "node:test";
import { assetPath, isHashed } from "../../../../agent/control/web/asset-path.ts";

const FILES = [
  ["/", "index.html"],
  ["/index.html", "index.html"],
  ["/assets/index-B3x_8kQa.js", "assets/index-B3x_8kQa.js"],
  ["/assets/_x-12345678.css", "assets/_x-12345678.css"],
  ["/mark.svg", "mark.svg"],
] as const;

for (const [path, file] of FILES) {
  test(`${path} is the file ${file}`, () => assert.equal(assetPath(path), file));
}

const NO_FILES = [
  "",
  "index.html",
  "//",
  "//index.html",
  "/assets/",
  "/assets//x.js",
  "/.",
  "/..",
  "/../index.html",
  "/assets/../index.html",
  "/assets/./x.js",
  "/...",
  "/.env",
  "/assets/.vite",
  "/%2e%2e/x.js",
  "/%2e%2e%2fx.js",
  "/assets%2fx.js",
  "/assets%5cx.js",
  "/x.js%00",
  "/x.js\0",
  String.raw`/assets\x.js`,
  String.raw`/..\x.js`,
  "/C:/x.js",
  "/index.html::$DATA",
  "/INDEX~1.HTM",
  "/index.html.",
  "/index.html ",
  "/ü.js",
  `/${"x".repeat(256)}`,
  "http://127.0.0.1/index.html",
];

for (const path of NO_FILES) {
  test(`${JSON.stringify(path.slice(0, 40))} is no file`, () =>
    assert.equal(assetPath(path), undefined));
}

test("a name with a hash never changes its content", () => {
  assert.equal(isHashed("assets/index-B3x_8kQa.js"), true);
  assert.equal(isHashed("assets/index.js"), false);
  assert.equal(isHashed("index-B3x_8kQa.js"), false);
  assert.equal(isHashed("index.html"), false);
});
