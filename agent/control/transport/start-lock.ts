import { readlinkSync, rmSync, symlinkSync } from "node:fs";
import { performance } from "node:perf_hooks";
import process from "node:process";
import { setTimeout as delay } from "node:timers/promises";
import { codeOf } from "./system-error.ts";

/** How often one that waits looks again. */
const LOOK_AGAIN_MS = 20;

/** Nobody holds the lock for as long as this: its process is another one that was given the same number later. */
const PATIENCE_MS = 10_000;

/**
 * Runs `work` while no other process does so for the same `path`. The lock is a symbolic link that names the process
 * which holds it: made in one step together with what it says, and never followed. It is held only while an agent
 * starts; one whose process is gone is left from a crash in that moment, and is taken over.
 * @throws {Error} the system's, and what `work` throws.
 */
export async function withStartLock<Result>(
  path: string,
  work: () => Promise<Result>,
): Promise<Result> {
  const patientUntil = performance.now() + PATIENCE_MS;
  while (!take(path)) {
    if (performance.now() > patientUntil || isLeft(path)) rmSync(path, { force: true });
    else await delay(LOOK_AGAIN_MS);
  }
  try {
    return await work();
  } finally {
    rmSync(path, { force: true });
  }
}

function take(path: string): boolean {
  try {
    symlinkSync(String(process.pid), path);
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw error;
  }
}

function isLeft(path: string): boolean {
  try {
    process.kill(Number(readlinkSync(path)), 0);
    return false;
  } catch (error) {
    switch (codeOf(error)) {
      case "ESRCH": // there is no such process
        return true;
      case "ENOENT": // it was given back just now
      case "EPERM": // another user's, so it lives
        return false;
      default:
        throw new Error(`${path} is in the way: remove it`, { cause: error });
    }
  }
}
