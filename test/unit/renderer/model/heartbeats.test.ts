import assert from "node:assert/strict";
import { test } from "node:test";
import { beatStrip } from "../../../../renderer/model/heartbeats.ts";
import { before, NOW, session } from "../facts.ts";

const beats = (count: number, missed: readonly number[] = []) =>
  Array.from({ length: count }, (_, index) => ({
    at: before((count - index) * 30),
    rttMs: missed.includes(index) ? null : 20,
  }));

test("says how many were answered, how quickly, and what was missed last", () => {
  const strip = beatStrip(session({ heartbeat: { recent: beats(120, [101, 102]) } }), NOW);
  assert.deepEqual(strip.facts, ["118 of 120 answered", "19 ms", "last missed 9 minutes ago"]);
  assert.equal(strip.over, "last 1 hour");
  assert.equal(strip.accessible, "Heartbeats of Northline: 118 of 120 answered, 19 ms");
});

test("shows the latest ones as bars", () => {
  const { bars } = beatStrip(session({ heartbeat: { recent: beats(70, [0, 69]) } }), NOW);
  assert.equal(bars.length, 60);
  assert.deepEqual(bars.map(({ missed }) => missed).filter(Boolean), [true]);
  assert.equal(bars.at(-1)?.missed, true);
});

test("a missed one is higher than any that was answered", () => {
  const recent = [...beats(3, [1]), { at: before(1), rttMs: 900 }];
  const { bars } = beatStrip(session({ heartbeat: { recent } }), NOW);
  const [answered, missed] = [false, true].map((which) =>
    bars.filter((bar) => bar.missed === which).map(({ height }) => height),
  );
  assert.ok(Math.max(...(answered ?? [])) < Math.min(...(missed ?? [])));
});

test("one slow answer does not make dwarfs of the others, and one alone covers no time", () => {
  const recent = [{ at: before(60), rttMs: 300 }, ...beats(5, [])];
  const { bars } = beatStrip(session({ heartbeat: { recent } }), NOW);
  assert.ok((bars[1]?.height ?? 0) > (bars[0]?.height ?? 1) / 2);
  const alone = beatStrip(session({ heartbeat: { recent: beats(1, []) } }), NOW);
  assert.equal(alone.over, undefined);
});

test("none yet", () => {
  const strip = beatStrip(session({ rttMs: null }), NOW);
  assert.deepEqual(strip.bars, []);
  assert.deepEqual(strip.facts, ["No heartbeat has been sent yet"]);
  assert.equal(strip.over, undefined);
});
