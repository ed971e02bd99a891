import assert from "node:assert/strict";
import { test } from "node:test";
import {
  aMitigation,
  anActivity,
  aProvider,
  aStatus,
  aTarget,
} from "../../../support/control-samples.ts";
import { BACK_MS, openLab } from "./lab.ts";

const names = (list: readonly { readonly name: string }[] | undefined) =>
  list?.map(({ name }) => name);

test("knows the status and both lists as soon as the agent is there", async () => {
  const { view } = await openLab();
  assert.equal(view.status?.value.sessions.length, 1);
  assert.deepEqual([names(view.targets), names(view.providers)], [["Shop", "Mail"], ["Northline"]]);
});

test("keeps the time at which it was told", async () => {
  const { view, double, clock } = await openLab();
  await clock.advance(5000);
  double.set({ status: aStatus() });
  await clock.advance(0);
  assert.equal(view.status?.at, clock.wallTime());
});

const kinds = [
  ["target-added", "targets"],
  ["target-removed", "targets"],
  ["provider-added", "providers"],
  ["provider-removed", "providers"],
] as const;

for (const [kind, list] of kinds) {
  test(`${list} are asked for again when the log says ${kind}`, async () => {
    const { view, double, clock } = await openLab();
    const before = names(view[list]);
    double.set({ targets: [aTarget({ name: "New" })], providers: [aProvider({ name: "New" })] });
    await clock.advance(0);
    assert.deepEqual(names(view[list]), before);
    double.set({ activity: [anActivity({ kind })] });
    await clock.advance(0);
    assert.deepEqual(names(view[list]), ["New"]);
  });
}

test("what was known stays while the agent is away, and is renewed when it is back", async () => {
  const { view, double, clock, lose } = await openLab();
  lose();
  double.set({ providers: [aProvider({ name: "Southline" })] });
  assert.deepEqual(names(view.providers), ["Northline"]);
  await clock.advance(BACK_MS);
  assert.deepEqual(names(view.providers), ["Southline"]);
});

test("a list that cannot be had leaves what was known", async () => {
  const { view, double, clock } = await openLab();
  double.refuse("target.list", "internal");
  double.set({ activity: [anActivity({ kind: "target-removed" })] });
  await clock.advance(0);
  assert.deepEqual(names(view.targets), ["Shop", "Mail"]);
});

test("an answer about a mitigation is shown until the status tells of it", async () => {
  const { view, double, clock } = await openLab();
  const { id } = aMitigation();
  view.showMitigation(aMitigation({ phase: "asking" }));
  assert.equal(view.mitigation(id)?.value.phase, "asking");
  double.set({ status: aStatus({ mitigations: [aMitigation({ phase: "accepted" })] }) });
  await clock.advance(0);
  assert.equal(view.mitigation(id)?.value.phase, "accepted");
  double.set({ status: aStatus() });
  await clock.advance(0);
  assert.equal(view.mitigation(id), undefined, "what the status told last is not outlived");
});

test("an old request that was looked up stays, and is not one of the status", async () => {
  const { view, double, clock } = await openLab();
  const old = aMitigation({ id: "old", phase: "ended", endedAt: "2030-01-01T12:00:00.000Z" });
  view.showMitigation(old);
  double.set({ status: aStatus({ mitigations: [aMitigation()] }) });
  await clock.advance(0);
  assert.equal(view.mitigation("old")?.value.phase, "ended");
  const { mitigations = [], ended = [] } = view.status?.value ?? {};
  assert.ok([...mitigations, ...ended].every(({ id }) => id !== "old"));
});

test("what the user has taken note of is put aside", async () => {
  const { view } = await openLab();
  view.takeNote("m1");
  view.takeNote("m2");
  assert.deepEqual([...view.putAside], ["m1", "m2"]);
});
