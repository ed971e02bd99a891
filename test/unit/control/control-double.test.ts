import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import type { Activity } from "../../../agent/control/contract.ts";
import { ControlError } from "../../../agent/control/control-error.ts";
import { createDouble } from "../../support/control-double.ts";
import {
  aMitigation,
  aPreview,
  aProvider,
  aSession,
  aStatus,
  aTarget,
  anActivity,
} from "../../support/control-samples.ts";
import { Served } from "./lab.ts";

const draft = { name: "Southline", server: "dots.example.org", pskIdentity: "x", key: "hunter2" };

/** A call of each name that a double with all of this in it does not refuse. */
const ASKED: Readonly<Record<string, object>> = {
  "agent.status": {},
  "provider.list": {},
  "provider.show": { provider: "Northline" },
  "provider.add": draft,
  "provider.addPractice": {},
  "provider.test": { provider: "p1" },
  "target.list": {},
  "target.add": { name: "Mail", target: "203.0.113.8" },
  "target.remove": { target: "Shop" },
  "scope.preview": { targets: ["Shop"] },
  "mitigation.request": { targets: ["Shop"], requestKey: "0123456789" },
  "mitigation.list": { all: true },
  "mitigation.show": { id: "m1" },
  "mitigation.samples": { id: "m1" },
  "mitigation.withdraw": { id: "m1" },
  "activity.list": {},
  "console.link": {},
  "provider.remove": { provider: "p1" },
};

test("every call of the contract is answered in the contract's form", async () => {
  const status = aStatus({ sessions: [aSession()], mitigations: [aMitigation()] });
  const state = {
    status,
    providers: [aProvider()],
    targets: [aTarget()],
    activity: [anActivity()],
  };
  const served = new Served({ state });
  assert.deepEqual(Object.keys(ASKED).toSorted(), Object.keys(served.double.handlers).toSorted());
  for (const [name, input] of Object.entries(ASKED)) {
    assert.equal(await served.reasonFor(name, input), undefined, name);
  }
  assert.deepEqual(served.log.lines, []);
  assert.equal(served.double.asked.length, Object.keys(ASKED).length);
});

test("what an agent could never say is refused when it is set", () => {
  const double = createDouble();
  const strange = { ...anActivity(), severity: "dreadful" } as unknown as Activity;
  assert.throws(
    () => double.set({ activity: [strange] }),
    /activity\[0\]\.severity: is not one of/,
  );
  assert.throws(() => double.fire("activity.logged", strange), TypeError);
  assert.throws(() => double.answer("activity.list", [strange]), TypeError);
  assert.throws(() => createDouble({ activity: [strange] }), TypeError);
  assert.deepEqual(double.state.activity, []);
});

test("what is asked changes the state, and whoever listens is told", async () => {
  const served = new Served();
  await served.ask("events.subscribe", { names: ["agent.changed"] });
  await served.ask("provider.add", draft);
  assert.equal(await served.reasonFor("provider.add", draft), "name-taken");
  const request = { targets: ["Shop"], requestKey: "0123456789" };
  await served.ask("mitigation.request", request);
  await served.ask("mitigation.request", request);
  const { status, providers } = served.double.state;
  assert.deepEqual(
    [providers.length, status.sessions.length, status.mitigations.length],
    [1, 1, 1],
  );
  assert.equal(JSON.stringify(served.heard).includes("hunter2"), false);
  assert.equal(served.heard.filter(({ method }) => method === "event").length, 3);
});

test("a mitigation that is over is among those that ended", async () => {
  const served = new Served({ state: { status: aStatus({ mitigations: [aMitigation()] }) } });
  await served.ask("mitigation.withdraw", { id: "m1" });
  assert.equal(served.double.state.status.mitigations[0]?.phase, "withdrawing");
  served.double.setMitigation("m1", { phase: "ended", outcome: "withdrawn" });
  const { mitigations, ended } = served.double.state.status;
  assert.deepEqual([mitigations.length, ended.length], [0, 1]);
});

test("calls are refused as often as they are to be", async () => {
  const served = new Served();
  served.double.refuse("target.list", "store-failed", { times: 1 });
  assert.equal(await served.reasonFor("target.list"), "store-failed");
  assert.equal(await served.reasonFor("target.list"), undefined);
});

test("answers can be set, and can be held back", async () => {
  const served = new Served();
  const preview = aPreview({ warnings: ["It covers more."] });
  served.double.answer("scope.preview", preview);
  const release = served.double.hold("scope.preview");
  assert.deepEqual(await served.ask("scope.preview", { targets: ["x"] }), []);
  release();
  await turn();
  assert.deepEqual(served.heard[0]?.result, preview);
});

test("a refusal that a handler throws is an agent's refusal", async () => {
  const { handlers } = createDouble();
  const context = {
    progress: () => {},
    signal: new AbortController().signal,
    right: "read",
  } as const;
  await assert.rejects(
    async () => handlers["provider.show"]({ provider: "none" }, context),
    (error) => error instanceof ControlError && error.reason === "no-such-provider",
  );
});
