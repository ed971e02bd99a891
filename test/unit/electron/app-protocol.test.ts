import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import {
  answerFrom,
  pathOf,
  registerAppScheme,
  serveApp,
} from "../../../electron/main/app-protocol.ts";
import type { AppRequest } from "../../../electron/main/app-protocol.ts";

const base = mkdtempSync(join(tmpdir(), "mayday-app-"));
const folder = join(base, "renderer");
mkdirSync(join(folder, "assets"), { recursive: true });
mkdirSync(join(base, "renderer-of-others"));
writeFileSync(join(folder, "index.html"), "<!doctype html>");
writeFileSync(join(folder, "assets", "main-DVcO6u7l.js"), "export {};");
writeFileSync(join(folder, "notes.txt"), "not served");
writeFileSync(join(folder, ".hidden.json"), "{}");
writeFileSync(join(base, "secret.json"), "{}");
writeFileSync(join(base, "renderer-of-others", "page.html"), "");
symlinkSync(join(base, "secret.json"), join(folder, "link.json"));
symlinkSync(join(base, "renderer-of-others"), join(folder, "beside"));
symlinkSync(join(folder, "index.html"), join(folder, "home.html"));
after(() => rmSync(base, { recursive: true }));

const get = (url: string, method = "GET"): Promise<Response> => answerFrom(folder, { method, url });

describe("files that are there", () => {
  const cases: readonly [url: string, type: RegExp][] = [
    ["app://mayday/", /^text\/html/],
    ["app://mayday/index.html", /^text\/html/],
    ["app://mayday/#/help", /^text\/html/],
    ["app://mayday/?x=../../y#z", /^text\/html/],
    ["app://mayday/assets/main-DVcO6u7l.js", /^text\/javascript/],
    ["app://mayday/home.html", /^text\/html/],
  ];
  for (const [url, type] of cases) {
    test(`serves ${url}`, async () => {
      const answer = await get(url);
      assert.equal(answer.status, 200);
      assert.match(answer.headers.get("Content-Type") ?? "", type);
      assert.notEqual((await answer.arrayBuffer()).byteLength, 0);
    });
  }
});

describe("what is not the interface is not there", () => {
  const urls = [
    "app://mayday/../secret.json",
    "app://mayday/assets/../../secret.json",
    "app://mayday/%2e%2e/secret.json",
    "app://mayday/..%2fsecret.json",
    "app://mayday/%252e%252e%252fsecret.json",
    "app://mayday/..\\secret.json",
    "app://mayday/..%5csecret.json",
    "app://mayday/assets\\main-DVcO6u7l.js",
    "app://mayday//index.html",
    "app://mayday/./index.html",
    "app://mayday/assets//main-DVcO6u7l.js",
    "app://mayday/index.html\0.png",
    "app://mayday/index.html%00.png",
    "app://mayday/C:/windows.html",
    `app://mayday/${join(base, "secret.json")}`,
    "app://mayday/.hidden.json",
    "app://mayday/link.json",
    "app://mayday/beside/page.html",
    "app://mayday/notes.txt",
    "app://mayday/assets",
    "app://mayday/assets/",
    "app://mayday/nothing.html",
    "app://mayday/index.html/",
    "app://elsewhere/index.html",
    "app://mayday.elsewhere/index.html",
    "app://mayday@elsewhere/index.html",
    "app://mayday:80/index.html",
    "file:///etc/hostname.html",
    "https://mayday/index.html",
    "",
    `app://mayday/${"a/".repeat(10_000)}a.html`,
  ];
  for (const url of urls) {
    test(`refuses ${JSON.stringify(url).slice(0, 80)}`, async () => {
      const answer = await get(url);
      assert.equal(answer.status, 404);
      assert.equal((await answer.arrayBuffer()).byteLength, 0);
    });
  }

  test("a folder that is not there is a 404, too", async () => {
    const request = { method: "GET", url: "app://mayday/" };
    assert.equal((await answerFrom(join(base, "none"), request)).status, 404);
  });
});

test("answers GET and HEAD alone", async () => {
  const head = await get("app://mayday/", "HEAD");
  assert.equal(head.status, 200);
  assert.equal((await head.arrayBuffer()).byteLength, 0);
  for (const method of ["POST", "PUT", "DELETE", "OPTIONS"]) {
    assert.equal((await get("app://mayday/", method)).status, 405, method);
  }
});

test("every answer carries the strict policy and nosniff", async () => {
  for (const url of ["app://mayday/", "app://mayday/nothing.html"]) {
    const { headers } = await get(url);
    const policy = headers.get("Content-Security-Policy") ?? "";
    assert.match(policy, /^default-src 'none'; script-src 'self'; style-src 'self';/);
    assert.match(policy, /connect-src 'none'/);
    assert.doesNotMatch(policy, /unsafe|\*|https?:/);
    assert.equal(headers.get("X-Content-Type-Options"), "nosniff");
  }
});

test("pathOf takes the page for the root", () => {
  assert.equal(pathOf("app://mayday/"), "index.html");
  assert.equal(pathOf("app://mayday/assets/a.js?b#c"), "assets/a.js");
});

test("the scheme is registered as a standard and secure one, and handled", async () => {
  const schemes: { scheme: string; privileges: object }[] = [];
  registerAppScheme({ registerSchemesAsPrivileged: (some) => void schemes.push(...some) });
  const [{ scheme, privileges } = { scheme: "", privileges: {} }] = schemes;
  assert.equal(scheme, "app");
  assert.deepEqual(privileges, { standard: true, secure: true, supportFetchAPI: true });
  const handlers = new Map<string, (request: AppRequest) => Promise<Response>>();
  serveApp({ handle: (name, handler) => void handlers.set(name, handler) }, folder);
  const answer = await handlers.get("app")?.({ method: "GET", url: "app://mayday/" });
  assert.equal(answer?.status, 200);
});
