import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { openKeyLog } from "../../../agent/host/key-log-file.ts";

const folder = mkdtempSync(join(tmpdir(), "mayday-key-log-"));
after(() => rmSync(folder, { recursive: true }));

test("without a path there is no key log, and nothing to tell", () => {
  const told: string[] = [];
  for (const path of [undefined, ""]) {
    assert.equal(
      openKeyLog(path, (text) => told.push(text)),
      undefined,
    );
  }
  assert.deepEqual(told, []);
});

test("lines are appended to a file for its owner alone, and it is told once", () => {
  const path = join(folder, "new");
  const told: string[] = [];
  const log = openKeyLog(path, (text) => told.push(text));
  log?.("CLIENT_RANDOM 00 11");
  log?.("CLIENT_RANDOM 22 33");
  assert.equal(readFileSync(path, "utf8"), "CLIENT_RANDOM 00 11\nCLIENT_RANDOM 22 33\n");
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.equal(told.length, 1);
  assert.match(told[0] ?? "", /can read the traffic/);
});

test("what other programs wrote stays", () => {
  const path = join(folder, "old");
  const theirs = "CLIENT_HANDSHAKE_TRAFFIC_SECRET 0011223344 55\n";
  writeFileSync(path, theirs);
  openKeyLog(path, () => undefined)?.("ours");
  assert.equal(readFileSync(path, "utf8"), `${theirs}ours\n`);
});

test("a file of something else stays as it is", () => {
  const path = join(folder, "office.pem");
  const told: string[] = [];
  writeFileSync(path, "-----BEGIN CERTIFICATE-----\n");
  assert.equal(
    openKeyLog(path, (text) => told.push(text)),
    undefined,
  );
  assert.equal(readFileSync(path, "utf8"), "-----BEGIN CERTIFICATE-----\n");
  assert.match(told.join("\n"), /holds something else/);
});

test("a file that others may use is told of", () => {
  const path = join(folder, "open");
  const told: string[] = [];
  writeFileSync(path, "# keys\n", { mode: 0o644 });
  assert.ok(openKeyLog(path, (text) => told.push(text)));
  assert.match(told.join("\n"), /chmod 600/);
});

test("a path that cannot be opened is told of, and is no reason to fail", () => {
  const told: string[] = [];
  const path = join(folder, "no", "where");
  assert.equal(
    openKeyLog(path, (text) => told.push(text)),
    undefined,
  );
  assert.match(told.join("\n"), /no keys are logged: .*ENOENT/);
});

test("a file that cannot be written is told of once, and is no reason to fail", () => {
  const told: string[] = [];
  const log = openKeyLog("/dev/full", (text) => told.push(text));
  log?.("one");
  log?.("two");
  assert.equal(told.length, 2);
  assert.match(told[1] ?? "", /no more keys are logged: .*ENOSPC/);
});
