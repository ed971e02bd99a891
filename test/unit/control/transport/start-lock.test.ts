import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, lstatSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { test } from "node:test";
import { withStartLock } from "../../../../agent/control/transport/start-lock.ts";
import { scratch, skip } from "./lab.ts";

test("one works at a time, and the lock is gone afterwards", { skip }, async (t) => {
  const path = join(scratch(t), "lock");
  let working = 0;
  let most = 0;
  const work = async (): Promise<void> => {
    working += 1;
    most = Math.max(most, working);
    await turn();
    working -= 1;
  };
  await Promise.all(Array.from({ length: 10 }, () => withStartLock(path, work)));
  assert.equal(most, 1);
  assert.equal(existsSync(path), false);
});

test("work that fails gives the lock back", { skip }, async (t) => {
  const path = join(scratch(t), "lock");
  const work = (): Promise<void> => Promise.reject(new Error("no"));
  await assert.rejects(withStartLock(path, work), /^Error: no$/);
  assert.equal(await withStartLock(path, () => Promise.resolve(7)), 7);
});

test("the lock of a process that is no more is taken over", { skip }, async (t) => {
  const path = join(scratch(t), "lock");
  const child = spawn(process.execPath, ["-e", ""]);
  await once(child, "close");
  symlinkSync(String(child.pid), path);
  assert.equal(await withStartLock(path, () => Promise.resolve(7)), 7);
});

test("what is no lock is left alone", { skip }, async (t) => {
  const path = join(scratch(t), "lock");
  writeFileSync(path, "mine");
  await assert.rejects(
    withStartLock(path, () => Promise.resolve(7)),
    /is in the way/,
  );
  assert.equal(lstatSync(path).isFile(), true);
});
