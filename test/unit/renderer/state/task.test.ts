import assert from "node:assert/strict";
import { test } from "node:test";
import { ControlError } from "../../../../agent/control/control-error.ts";
import { Task } from "../../../../renderer/state/task.ts";

test("runs once at a time", async () => {
  const task = new Task();
  let finish = (): void => {};
  const promise = new Promise<void>((resolve) => {
    finish = resolve;
  });
  let runs = 0;
  const work = (): Promise<void> => {
    runs += 1;
    return promise;
  };
  const first = task.run(work);
  await task.run(work);
  assert.deepEqual([runs, task.busy], [1, true]);
  finish();
  await first;
  assert.equal(task.busy, false);
});

test("keeps what went wrong until the next try", async () => {
  const task = new Task();
  await task.run(() => Promise.reject(new ControlError({ reason: "busy", message: "" })));
  assert.equal(task.fault?.reason, "busy");
  await task.run(() => Promise.resolve());
  assert.equal(task.fault, undefined);
});

test("what went wrong can be forgiven", async () => {
  const task = new Task();
  await task.run(() => Promise.reject(new Error("x")));
  task.forgive();
  assert.equal(task.fault, undefined);
});
