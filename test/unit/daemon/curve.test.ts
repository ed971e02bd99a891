import assert from "node:assert/strict";
import { test } from "node:test";
import { Curve } from "../../../agent/daemon/curve.ts";

test("points are five seconds apart at least, and half an hour in all", () => {
  const curve = new Curve();
  for (let at = 0; at < 2 * 3_600_000; at += 1000) curve.add(at, { atMs: at, bps: at, pps: 0 });
  const { points } = curve;
  assert.equal(points.length, 360);
  assert.equal(points.at(-1)?.atMs, 7_195_000);
  assert.equal(points[0]?.atMs, 5_400_000);
});
