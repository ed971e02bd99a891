import assert from "node:assert/strict";
import { test } from "node:test";
import { nodeClock } from "../../../../agent/net/node/clock.ts";

function after(delay: number): Promise<void> {
  return new Promise((resolve) => {
    nodeClock.after(delay, resolve);
  });
}

test("time goes forwards and the wall clock shows today", () => {
  const before = nodeClock.now();
  assert.ok(nodeClock.now() >= before);
  assert.ok(Math.abs(nodeClock.wallTime() - Date.now()) < 1000);
});

test("a timer never fires before its delay is over", async () => {
  for (const delay of [0.4, 1, 2.7, 5]) {
    const start = nodeClock.now();
    await after(delay);
    const passed = nodeClock.now() - start;
    assert.ok(passed >= delay, `fired after ${passed} of ${delay} ms`);
  }
});

for (const delay of [0, -5, Number.NaN]) {
  test(`a delay of ${delay} fires at once, but not synchronously`, async () => {
    let fired = false;
    const done = after(delay).then(() => (fired = true));
    assert.equal(fired, false);
    await done;
    assert.equal(fired, true);
  });
}

for (const delay of [2 ** 31, 2 ** 40, Number.POSITIVE_INFINITY]) {
  test(`a delay of ${delay} ms does not fire at once`, async () => {
    let fired = false;
    const warnings: Error[] = [];
    const note = (warning: Error): void => void warnings.push(warning);
    process.on("warning", note); // the runtime warns of a delay that it cuts to 1 ms
    const timer = nodeClock.after(delay, () => (fired = true));
    await after(5);
    timer.cancel();
    process.off("warning", note);
    assert.deepEqual([fired, warnings], [false, []]);
  });
}

test("a cancelled timer does not fire, at once or later", async () => {
  let fired = 0;
  const timers = [0, 1].map((delay) => nodeClock.after(delay, () => fired++));
  for (const timer of timers) timer.cancel();
  await after(5);
  assert.equal(fired, 0);
});
