import assert from "node:assert/strict";
import { test } from "node:test";
import { WallTime } from "../../../agent/session/wall-time.ts";

/** Clocks that a test sets. */
function clocks() {
  const set = { now: 1000, wall: 50_000 };
  const clock = {
    now: () => set.now,
    wallTime: () => set.wall,
    after: () => ({ cancel() {} }),
  };
  return { set, wall: new WallTime(clock) };
}

test("an instant is told the same whenever it is asked for", () => {
  const { set, wall } = clocks();
  assert.equal(wall.of(400), 49_400);
  for (const [now, told] of [
    [1000.7, 50_000],
    [1001.2, 50_002],
    [61_000, 110_900],
  ] as const) {
    Object.assign(set, { now, wall: told });
    assert.equal(wall.of(400), 49_400);
  }
});

test("when the wall clock is set, the past moves with it", () => {
  const { set, wall } = clocks();
  for (const jump of [3_600_000, -3_600_000]) {
    Object.assign(set, { now: 2000, wall: 51_000 + jump });
    assert.equal(wall.of(400), 49_400 + jump);
  }
});

test("instants are whole milliseconds", () => {
  const { wall } = clocks();
  assert.equal(wall.of(400.26), 49_400);
});
