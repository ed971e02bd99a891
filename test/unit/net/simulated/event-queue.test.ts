import assert from "node:assert/strict";
import { test } from "node:test";
import { EventQueue } from "../../../../agent/net/simulated/event-queue.ts";
import { Prng } from "../../../../agent/net/simulated/prng.ts";

test("events come in order of time, those of one instant in the order they were added", () => {
  const random = new Prng("order");
  const queue = new EventQueue();
  const added: Array<readonly [at: number, order: number]> = [];
  const seen: Array<readonly [at: number, order: number]> = [];
  for (let order = 0; order < 5000; order++) {
    const at = random.word() % 500;
    added.push([at, order]);
    queue.add(at, () => seen.push([at, order]));
  }
  for (let event = queue.take(); event !== undefined; event = queue.take()) event.fire();
  assert.deepEqual(
    seen,
    added.toSorted((a, b) => a[0] - b[0] || a[1] - b[1]),
  );
});

test("cancelled events never come, whether few or most are, and the rest keep their order", () => {
  for (const share of [0.1, 0.9]) {
    const random = new Prng(`cancel ${share}`);
    const queue = new EventQueue();
    const kept: number[] = [];
    const seen: number[] = [];
    for (let k = 0; k < 5000; k++) {
      const at = random.word();
      const event = queue.add(at, () => seen.push(at));
      if (random.chance(share)) event.cancel();
      else kept.push(at);
    }
    assert.equal(queue.size, kept.length);
    for (let event = queue.take(); event !== undefined; event = queue.take()) event.fire();
    assert.deepEqual(
      seen,
      kept.toSorted((a, b) => a - b),
    );
    assert.equal(queue.size, 0);
  }
});

test("cancelling twice, or after it happened, changes nothing", () => {
  const queue = new EventQueue();
  let fired = 0;
  const first = queue.add(1, () => fired++);
  const second = queue.add(2, () => fired++);
  first.cancel();
  first.cancel();
  assert.equal(queue.size, 1);
  queue.take()?.fire();
  second.cancel();
  assert.equal(fired, 1);
  assert.equal(queue.size, 0);
  assert.equal(queue.take(), undefined);
});
