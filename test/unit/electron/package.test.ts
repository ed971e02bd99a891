import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { extractFile, listPackage, statFile } from "@electron/asar";
import { readJson, ROOT } from "../../../scripts/tree.ts";
import { buildApp } from "./built-app.ts";
import { fusesOf, makeFakeRuntime } from "./fake/runtime.ts";

/** What the packager itself reads and judges configurations with. */
interface PackagerParts {
  getConfig(project: string, path: string | null, more: object): Promise<object>;
  validateConfiguration(config: object, log: object): Promise<void>;
}

const require = createRequire(import.meta.url);
const packager = require("app-builder-lib/out/util/config/config") as PackagerParts;
const QUIET = { isEnabled: false, add: () => {} };
const readConfig = () =>
  packager.getConfig(ROOT, join(ROOT, "electron-builder.yml"), {}) as Promise<
    Record<string, unknown>
  >;

describe("electron-builder.yml", () => {
  test("is what electron-builder takes", async () => {
    await packager.validateConfiguration(await readConfig(), QUIET);
  });

  const faults: readonly [string, object][] = [
    ["a key that is not known", { nothingLikeIt: true }],
    ["a fuse that is not known", { electronFuses: { runAsNothing: false } }],
    ["a fuse that is no switch", { electronFuses: { runAsNode: "no" } }],
    ["a target without a name", { linux: { target: [{ arch: "x64" }] } }],
  ];
  for (const [title, fault] of faults) {
    test(`with ${title} would be refused`, async () => {
      const config = { ...(await readConfig()), ...fault };
      await assert.rejects(packager.validateConfiguration(config, QUIET), /configuration/i);
    });
  }

  test("makes what each system takes, and puts it nowhere", async () => {
    const { deb, linux, mac, publish, win } = await readConfig();
    assert.equal(publish, null);
    assert.deepEqual((linux as { target: string[] }).target, ["AppImage", "deb"]);
    assert.deepEqual((mac as { target: string[] }).target, ["dmg"]);
    assert.deepEqual((win as { target: string[] }).target, ["nsis"]);
    assert.equal((linux as { category: string }).category, "Network;Security");
    assert.match((deb as { maintainer: string }).maintainer, /^[^<>]+ <[^@<>]+@[^@<>]+>$/);
  });
});

describe("the package", () => {
  const app = buildApp();
  after(() => app.remove());
  const { version } = readJson("node_modules/electron/package.json") as { version: string };
  makeFakeRuntime(app.at("runtime"), version);
  const builder = require.resolve("electron-builder/cli.js");
  const overrides = [
    `-c.electronDist=${app.at("runtime")}`,
    `-c.directories.output=${app.at("packages")}`,
  ];
  execFileSync(process.execPath, [builder, "--linux", "dir", "--x64", ...overrides], {
    cwd: app.folder,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const out = app.at("packages", "linux-unpacked");
  const archive = join(out, "resources", "app.asar");
  const isFolder = (path: string): boolean => "files" in statFile(archive, path.slice(1));
  const files = listPackage(archive, { isPack: false }).filter((path) => !isFolder(path));

  test("holds the shell's parts, the interface and the tray's pictures", () => {
    for (const path of [
      "/dist/electron/main/index.mjs",
      "/dist/electron/main/agent-process.mjs",
      "/dist/electron/preload/index.cjs",
      "/dist/renderer/index.html",
      "/resources/icons/256x256.png",
      "/resources/tray/attention.png",
      "/resources/tray/attention@2x.png",
      "/resources/tray/attentionTemplate.png",
    ]) {
      assert.ok(files.includes(path), `${path} is missing`);
    }
  });

  test("holds nothing else", () => {
    const expected =
      /^\/(dist\/(electron|renderer)\/|resources\/(tray|icons)\/[\w@]+\.png$|package\.json$|node_modules\/better-sqlite3\/(lib|prebuilds)\/|node_modules\/better-sqlite3\/(LICENSE|package\.json)$)/;
    const never =
      /\.(map|ts|tsx|test\.\w+|db|sqlite|key|pem|psk|c|cpp|h|gyp|svg\.ts)$|\/(test|src|deps)\//;
    const strange = files.filter((path) => !expected.test(path) || never.test(path));
    assert.deepEqual(strange, []);
  });

  test("has one binary, which is outside the archive, where it can be loaded from", () => {
    const binaries = files.filter((path) => path.endsWith(".node"));
    const binary = "node_modules/better-sqlite3/prebuilds/linux-x64.node";
    assert.deepEqual(binaries, [`/${binary}`]);
    assert.equal(statFile(archive, binary).unpacked, true);
    assert.ok(existsSync(join(`${archive}.unpacked`, binary)));
    const outside = files.filter((path) => statFile(archive, path.slice(1)).unpacked === true);
    assert.deepEqual(outside, binaries, "what is outside has no integrity");
  });

  test("begins where the build puts its entry, and names no source map", () => {
    const { main } = JSON.parse(extractFile(archive, "package.json").toString()) as {
      main: string;
    };
    assert.ok(files.includes(`/${main}`));
    for (const path of files.filter((one) => /^\/dist\/.*js$/.test(one))) {
      const source = extractFile(archive, path.slice(1)).toString();
      assert.doesNotMatch(source, /^\/\/# sourceMappingURL/m, path);
    }
  });

  test("has its executable's fuses set", () => {
    assert.deepEqual(fusesOf(join(out, "mayday-desktop")), {
      runAsNode: false,
      enableCookieEncryption: true,
      enableNodeOptionsEnvironmentVariable: false,
      enableNodeCliInspectArguments: false,
      enableEmbeddedAsarIntegrityValidation: true,
      onlyLoadAppFromAsar: true,
      loadBrowserProcessSpecificV8Snapshot: false,
      grantFileProtocolExtraPrivileges: false,
      wasmTrapHandlers: true, // as Electron ships it
    });
  });

  test("holds no more than 5 MB of ours", () => {
    assert.ok(readFileSync(archive).length < 5_000_000);
  });
});
