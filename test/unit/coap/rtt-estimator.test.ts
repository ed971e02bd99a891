import assert from "node:assert/strict";
import { test } from "node:test";
import {
  paceIntervalMs,
  repeatIntervalMs,
  withLowerBound,
  withSample,
  type RttEstimate,
} from "../../../agent/coap/rtt-estimator.ts";

test("the first round trip is taken as it is, later ones by an eighth [RFC 6298 §2]", () => {
  const first = withSample(undefined, 100);
  assert.deepEqual(first, { srttMs: 100, rttvarMs: 50 });
  assert.deepEqual(withSample(first, 180), { srttMs: 110, rttvarMs: 57.5 });
});

test("a clock's rounding below zero counts as no time", () => {
  assert.deepEqual(withSample(undefined, -1), { srttMs: 0, rttvarMs: 0 });
});

const intervals: readonly (readonly [string, RttEstimate | undefined, number, number])[] = [
  ["no estimate", undefined, 3000, 3000],
  ["a path of 200 ms", { srttMs: 200, rttvarMs: 100 }, 600, 200],
  ["a steady path of 200 ms", { srttMs: 200, rttvarMs: 0 }, 200, 200],
  ["loopback", { srttMs: 0.2, rttvarMs: 0.1 }, 100, 1],
  ["a restless path of 1 s", { srttMs: 1000, rttvarMs: 900 }, 3000, 1000],
  ["a path of 5 s", { srttMs: 5000, rttvarMs: 2500 }, 5000, 5000],
];
for (const [name, estimate, repeat, pace] of intervals) {
  test(`${name}: repeat after ${repeat} ms, one datagram in ${pace} ms [RFC 9132 §4.4]`, () => {
    assert.equal(repeatIntervalMs(estimate, 0), repeat);
    assert.equal(paceIntervalMs(estimate), pace);
  });
}

const STEADY: RttEstimate = { srttMs: 20, rttvarMs: 0 };

for (const [waitedMs, interval] of [
  [0, 100],
  [400, 100],
  [2000, 500],
  [11_000, 2750],
  [60_000, 3000],
] as const) {
  test(`after ${waitedMs} ms without an answer a path of 20 ms is tried again in ${interval} ms [RFC 9132 §4.4]`, () => {
    assert.equal(repeatIntervalMs(STEADY, waitedMs), interval);
  });
}

test("a lower bound raises an estimate as a sample does, and never lowers it", () => {
  assert.deepEqual(withLowerBound(STEADY, 180), withSample(STEADY, 180));
  assert.deepEqual(withLowerBound(STEADY, 19), STEADY);
});

test("a lower bound begins no estimate, and never raises one above 3 s [RFC 9132 §4.4]", () => {
  assert.equal(withLowerBound(undefined, 100), undefined);
  let estimate: RttEstimate | undefined = STEADY;
  for (let i = 0; i < 100; i += 1) estimate = withLowerBound(estimate, 60_000);
  const { srttMs } = estimate ?? STEADY;
  assert.ok(srttMs > 2900 && srttMs <= 3000, `${srttMs}`);
  const slow = { srttMs: 5000, rttvarMs: 0 };
  assert.deepEqual(withLowerBound(slow, 60_000), slow);
});
