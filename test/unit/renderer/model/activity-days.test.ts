import assert from "node:assert/strict";
import { test } from "node:test";
import {
  activityDays,
  entryDetails,
  mergedEntries,
  MOST_ENTRIES,
} from "../../../../renderer/model/activity-days.ts";
import { anActivity } from "../../../support/control-samples.ts";
import { before, NOW } from "../facts.ts";

process.env["TZ"] = "UTC";

const entry = (id: number, age = 0) => anActivity({ id, at: before(age) });

test("entries are grouped by day, newest first", () => {
  const days = activityDays([entry(3, 60), entry(2, 15 * 3600), entry(1, 16 * 3600)], NOW);
  assert.deepEqual(
    days.map(({ name, entries }) => [name, entries.map(({ id }) => id)]),
    [
      ["Today", [3]],
      ["Yesterday", [2, 1]],
    ],
  );
});

test("lists are merged without doubles, newest first", () => {
  const merged = mergedEntries([entry(5), entry(4)], [entry(4), entry(6), entry(3)]);
  assert.deepEqual(
    merged.map(({ id }) => id),
    [6, 5, 4, 3],
  );
});

test("the oldest fall out of a list that grows without end", () => {
  const many = Array.from({ length: MOST_ENTRIES + 5 }, (_, index) => entry(index));
  const merged = mergedEntries(many, []);
  assert.equal(merged.length, MOST_ENTRIES);
  assert.equal(merged.at(-1)?.id, 5);
});

test("details are what an engineer wants, each as text", () => {
  const details = entryDetails(
    anActivity({ provider: "Northline", details: { code: "4.03", retry: null, resumed: true } }),
  );
  assert.deepEqual(details.slice(1), [
    ["Kind", "agent-started"],
    ["Provider", "Northline"],
    ["code", "4.03"],
    ["retry", "none"],
    ["resumed", "yes"],
  ]);
});
