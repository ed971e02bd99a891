import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { SetupError } from "../../../agent/host/setup-error.ts";
import { practiceProvider } from "../../../agent/provider/practice-provider.ts";
import { loadServerConfig } from "../../../agent/provider/server-config.ts";

const root = mkdtempSync(join(tmpdir(), "mayday-practice-"));
after(() => rmSync(root, { recursive: true }));

test("the files are made for their owner alone, and are a configuration that serves its client", () => {
  const { configFile, pskFile, pskIdentity, prefixes } = practiceProvider(join(root, "a"));
  for (const path of [configFile, pskFile]) assert.equal(statSync(path).mode & 0o777, 0o600);
  const { clients, warnings } = loadServerConfig(configFile);
  assert.deepEqual(warnings, []);
  assert.deepEqual(
    clients.map(({ psk, client }) => [psk?.identity, client.prefixes.map((p) => p.text)]),
    [[pskIdentity, prefixes]],
  );
});

test("what is there stays; another port is another address of the same provider", () => {
  const first = practiceProvider(join(root, "b"));
  const key = readFileSync(first.pskFile, "utf8");
  writeFileSync(first.configFile, "edited");
  const again = practiceProvider(join(root, "b"), 5000);
  assert.deepEqual(again, { ...first, server: "coaps://127.0.0.1:5000" });
  assert.equal(readFileSync(again.pskFile, "utf8"), key);
  assert.equal(readFileSync(again.configFile, "utf8"), "edited");
});

test("a data directory that cannot be used is named", () => {
  writeFileSync(join(root, "file"), "");
  mkdirSync(join(root, "c"));
  writeFileSync(join(root, "c", "practice"), "");
  for (const dir of ["file", "c"]) {
    assert.throws(
      () => practiceProvider(join(root, dir)),
      (error) =>
        error instanceof SetupError &&
        error.code === "data-dir" &&
        error.message.startsWith(join(root, dir, "practice")),
    );
  }
});
