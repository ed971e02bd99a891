import assert from "node:assert/strict";
import { test } from "node:test";
import type { Mitigation } from "../../../../agent/control/contract.ts";
import type { ControlDouble } from "../../../support/control-double.ts";
import { aPreview, anActivity, aProvider, aTarget } from "../../../support/control-samples.ts";
import { BACK_MS, openLab } from "./lab.ts";

const inputsOf = (double: ControlDouble, wanted: string): unknown[] =>
  double.asked.filter(({ name }) => name === wanted).map(({ input }) => input);

async function shown() {
  const lab = await openLab();
  const sent: Mitigation[] = [];
  const take = (mitigation: Mitigation): void => void sent.push(mitigation);
  lab.desk.edit({ named: ["Shop"] });
  await lab.desk.look();
  return { ...lab, sent, take };
}

test("addresses are checked one by one, once the user has stopped typing", async () => {
  const { desk, double, clock } = await openLab();
  for (const typed of ["2", "203.0.113.9", "203.0.113.9, 203.0.113.10"]) {
    desk.edit({ typed });
    await clock.advance(200);
  }
  assert.deepEqual(inputsOf(double, "scope.preview"), []);
  await clock.advance(200);
  const provider = "Northline";
  assert.deepEqual(inputsOf(double, "scope.preview"), [
    { targets: ["203.0.113.9"], provider },
    { targets: ["203.0.113.10"], provider },
  ]);
  assert.deepEqual([...desk.checks.values()], [{ tag: "good" }, { tag: "good" }]);
});

test("what is wrong with an address stands beside it", async () => {
  const { desk, double, clock } = await openLab();
  const message = "192.168.1.10 is an address inside your network";
  double.refuse("scope.preview", "bad-target", { message, times: 1 });
  desk.edit({ typed: "192.168.1.10, 203.0.113.9" });
  await clock.advance(400);
  assert.deepEqual(desk.checks.get("192.168.1.10"), { tag: "bad", words: message });
  assert.equal(desk.checks.get("203.0.113.9")?.tag, "good");
});

test("an address that could not be checked is checked again at the next edit", async () => {
  const { desk, double, clock } = await openLab();
  double.refuse("scope.preview", "busy", { times: 1 });
  desk.edit({ typed: "203.0.113.9" });
  await clock.advance(400);
  assert.equal(desk.checks.get("203.0.113.9")?.tag, "unchecked");
  desk.edit({ lifetimeS: 900 });
  await clock.advance(400);
  assert.equal(desk.checks.get("203.0.113.9")?.tag, "good");
});

test("two clicks make one request", async () => {
  const { desk, double, clock, sent, take } = await shown();
  const release = double.hold("mitigation.request");
  void desk.send(take);
  void desk.send(take);
  await clock.advance(0);
  assert.equal(desk.sending.busy, true);
  release();
  await clock.advance(0);
  assert.equal(inputsOf(double, "mitigation.request").length, 1);
  assert.equal(sent.length, 1);
});

test("a try after a lost answer is the same request", async () => {
  const { desk, double, clock, sent, take, lose } = await shown();
  const release = double.hold("mitigation.request");
  void desk.send(take);
  await clock.advance(0);
  lose();
  await clock.advance(0);
  assert.equal(desk.sending.fault?.reason, "answer-lost");
  release();
  await clock.advance(BACK_MS);
  assert.deepEqual([desk.sending.fault, desk.notice], [undefined, "may-have-gone-out"]);
  await desk.send(take);
  const keys = new Set(
    inputsOf(double, "mitigation.request").map((input) => JSON.stringify(input)),
  );
  assert.equal(keys.size, 1);
  assert.equal(sent.length, 1);
  assert.equal(double.state.status.mitigations.length, 1);
});

test("after a change it is another request", async () => {
  const { desk, double, take } = await shown();
  double.refuse("mitigation.request", "busy", { times: 1 });
  await desk.send(take);
  desk.edit({ lifetimeS: 900 });
  await desk.look();
  await desk.send(take);
  const [first, second] = inputsOf(double, "mitigation.request") as { requestKey: string }[];
  assert.notEqual(first?.requestKey, second?.requestKey);
});

test("an edit takes the preview away, so that nothing else than what is shown can be sent", async () => {
  const { desk, double, take } = await shown();
  assert.notEqual(desk.preview, undefined);
  desk.edit({ named: ["Mail"] });
  assert.equal(desk.preview, undefined);
  await desk.send(take);
  assert.deepEqual(inputsOf(double, "mitigation.request"), []);
});

const OTHER = { "target-prefix": ["203.0.113.9/32"] };

test("a name that stands for something else takes the preview away, and says so", async () => {
  const { desk, double, clock, take } = await shown();
  double.set({
    targets: [aTarget({ id: "t9", scope: OTHER })],
    activity: [anActivity({ kind: "target-added" })],
  });
  await clock.advance(0);
  assert.deepEqual([desk.preview, desk.notice], [undefined, "changed"]);
  await desk.send(take);
  assert.deepEqual(inputsOf(double, "mitigation.request"), []);
});

test("a target that is gone takes its name and the preview away", async () => {
  const { desk, double, clock } = await shown();
  double.set({ targets: [], activity: [anActivity({ kind: "target-removed" })] });
  await clock.advance(0);
  assert.deepEqual([desk.preview, desk.notice, desk.form.named], [undefined, "changed", []]);
});

test("what the agent now takes it for is shown instead of sent", async () => {
  const { desk, double, sent, take } = await shown();
  const now = aPreview({ scope: OTHER });
  double.set({ preview: now });
  await desk.send(take);
  assert.deepEqual(inputsOf(double, "mitigation.request"), []);
  assert.deepEqual([desk.preview?.scope, desk.notice], [OTHER, "changed"]);
  await desk.send(take);
  assert.equal(sent.length, 1);
});

test("a preview that comes after an edit is not shown", async () => {
  const { desk, double, clock } = await openLab();
  const release = double.hold("scope.preview");
  desk.edit({ named: ["Shop"] });
  const looking = desk.look();
  await clock.advance(0);
  desk.edit({ named: ["Mail"] });
  release();
  await looking;
  assert.equal(desk.preview, undefined);
});

test("what went wrong is forgotten when the form changes", async () => {
  const { desk, double } = await openLab();
  double.refuse("scope.preview", "bad-target", { times: 1 });
  desk.edit({ named: ["Shop"] });
  await desk.look();
  assert.equal(desk.previewing.fault?.reason, "bad-target");
  desk.edit({ named: ["Mail"] });
  assert.equal(desk.previewing.fault, undefined);
});

test("once it is sent the form is empty and the mitigation is known", async () => {
  const { desk, view, sent, take } = await shown();
  await desk.send(take);
  assert.deepEqual(desk.form.named, []);
  assert.deepEqual(
    sent.map(({ id }) => view.mitigation(id)?.value.id),
    sent.map(({ id }) => id),
  );
});

test("a typed address can be given a name, by which it is then chosen", async () => {
  const { desk, view } = await openLab();
  desk.edit({ typed: "203.0.113.9, 203.0.113.10" });
  await desk.giveName("203.0.113.9", "Printer");
  assert.deepEqual([desk.form.named, desk.form.typed], [["Printer"], "203.0.113.10"]);
  assert.ok(view.targets?.some(({ name }) => name === "Printer"));
});

test("a name that is taken leaves the form as it was", async () => {
  const { desk } = await openLab();
  desk.edit({ typed: "203.0.113.9" });
  await desk.giveName("203.0.113.9", "shop");
  assert.equal(desk.naming.fault?.reason, "name-taken");
  assert.equal(desk.form.typed, "203.0.113.9");
});

test("the first real provider is asked unless another is chosen", async () => {
  const { desk, double, clock } = await openLab();
  const practice = aProvider({ id: "p0", name: "Practice provider", kind: "practice" });
  double.set({ providers: [practice, aProvider()] });
  double.fire("activity.logged", {
    id: 9,
    at: "2030-01-01T12:00:00.000Z",
    kind: "provider-added",
    severity: "info",
    provider: "Practice provider",
    mitigation: null,
    text: "You added the practice provider.",
    details: {},
  });
  await clock.advance(0);
  assert.equal(desk.provider, "Northline");
  desk.edit({ provider: "Practice provider" });
  assert.equal(desk.provider, "Practice provider");
  desk.edit({ provider: "one that was removed" });
  assert.equal(desk.provider, "Northline");
});
