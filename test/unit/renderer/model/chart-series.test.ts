import assert from "node:assert/strict";
import { test } from "node:test";
import {
  chartColumns,
  chartSpan,
  chartText,
  withSample,
} from "../../../../renderer/model/chart-series.ts";
import { before, NOW } from "../facts.ts";

process.env["TZ"] = "UTC";

const sample = (age: number, bps: number) => ({ at: before(age), bps, pps: 1 });

test("a new sample is added at the end", () => {
  const samples = [sample(10, 1)];
  assert.deepEqual(withSample(samples, sample(5, 2)), [sample(10, 1), sample(5, 2)]);
});

test("one that is known, or older, changes nothing", () => {
  const samples = [sample(10, 1)];
  for (const known of [undefined, sample(10, 9), sample(11, 9)]) {
    assert.equal(withSample(samples, known), samples);
  }
});

test("what is older than half an hour falls out", () => {
  const samples = withSample([sample(1900, 1), sample(1700, 2)], sample(5, 3));
  assert.deepEqual(
    samples.map(({ bps }) => bps),
    [2, 3],
  );
});

test("the line breaks where nobody knows what was", () => {
  const [times, rates] = chartColumns([sample(300, 5), sample(209, 6), sample(200, 7)]);
  assert.deepEqual(rates, [5, null, 6, 7]);
  assert.deepEqual(
    times.map((time) => NOW / 1000 - time),
    [300, 299, 209, 200],
  );
});

for (const [what, age, minutes] of [
  ["a curve without a sample spans three minutes", undefined, 3],
  ["a young one, too", 10, 3],
  ["an older one spans what there is of it", 600, 10],
  ["an old one the last half hour", 1800, 30],
  ["a sample that is just leaving does not stretch it", 1810, 30],
] as const) {
  test(what, () => {
    const samples = age === undefined ? [] : [sample(age, 1), sample(5, 2)];
    assert.deepEqual(chartSpan(samples, NOW), [NOW / 1000 - minutes * 60, NOW / 1000]);
  });
}

test("can be read aloud", () => {
  assert.equal(chartText([]), undefined);
  assert.match(
    chartText([sample(120, 3e9), sample(60, 4e9), sample(5, 3.1e9)]) ?? "",
    /last 3.1 Gbit\/s, highest 4 Gbit\/s at 13:59$/,
  );
});
