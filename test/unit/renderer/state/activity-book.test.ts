import assert from "node:assert/strict";
import { test } from "node:test";
import { createDouble } from "../../../support/control-double.ts";
import { anActivity } from "../../../support/control-samples.ts";
import { BACK_MS, openLab } from "./lab.ts";

const log = (count: number) =>
  Array.from({ length: count }, (_, index) => anActivity({ id: count - index }));

async function opened(count: number) {
  return openLab(createDouble({ activity: log(count) }));
}

test("loads the newest, and older ones when asked", async () => {
  const { activity } = await opened(120);
  assert.equal(activity.entries?.length, 50);
  await activity.loadOlder();
  await activity.loadOlder();
  assert.deepEqual([activity.entries?.length, activity.entries?.at(-1)?.id], [120, 1]);
  assert.equal(activity.complete, true);
});

test("knows when there is nothing older", async () => {
  const { activity } = await opened(3);
  assert.equal(activity.complete, true);
});

test("a new entry comes on top, once, and is announced", async () => {
  const { activity, double, clock } = await opened(3);
  double.set({ activity: [anActivity({ id: 4, text: "Northline is listening." }), ...log(3)] });
  await clock.advance(0);
  assert.deepEqual(
    activity.entries?.map(({ id }) => id),
    [4, 3, 2, 1],
  );
  assert.equal(activity.latest?.text, "Northline is listening.");
});

test("what happened while the agent was away is there when it is back", async () => {
  const { activity, double, clock, lose } = await opened(2);
  lose();
  double.set({ activity: log(4) });
  await clock.advance(BACK_MS);
  assert.equal(activity.entries?.length, 4);
});

test("what cannot be loaded is said, and can be tried again", async () => {
  const { activity, double } = await opened(60);
  double.refuse("activity.list", "store-failed", { times: 1 });
  await activity.loadOlder();
  assert.equal(activity.loading.fault?.reason, "store-failed");
  await activity.loadOlder();
  assert.equal(activity.loading.fault, undefined);
  assert.equal(activity.entries?.length, 60);
});
