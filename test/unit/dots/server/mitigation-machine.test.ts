import assert from "node:assert/strict";
import { test } from "node:test";
import {
  created,
  isHeld,
  isRunning,
  statusOf,
  step,
} from "../../../../agent/dots/server/mitigation-machine.ts";
import type {
  Mitigation,
  MitigationInput,
} from "../../../../agent/dots/server/mitigation-machine.ts";

const LIMITS = { maxTerminatingMs: 300_000, terminatedMs: 15_000 };

function fresh(trigger: boolean, expiresAt: number | undefined = 3_600_000): Mitigation {
  return created({ trigger, expiresAt, wallS: 1000, terminatingMs: 120_000 })[0];
}

/** Runs inputs one after the other; returns the end and the effects of the last one. */
function after(
  start: Mitigation,
  ...inputs: MitigationInput[]
): { end: Mitigation; effects: string[] } {
  let end = start;
  let effects: string[] = [];
  for (const input of inputs) {
    const [next, told] = step(end, input, LIMITS);
    end = next;
    effects = told.map(({ tag }) => tag);
  }
  return { end, effects };
}

const refresh = (expiresAt: number | undefined | "keep"): MitigationInput => ({
  tag: "refresh",
  expiresAt,
});
const report = (status: 1 | 2 | 3 | 4): MitigationInput => ({ tag: "report", status });
const withdraw = (at: number): MitigationInput => ({ tag: "withdraw", at });
const due = (at: number): MitigationInput => ({ tag: "due", at });
const lost: MitigationInput = { tag: "session-lost", wallS: 2000 };
const notice: MitigationInput = { tag: "notice" };
const deactivate: MitigationInput = { tag: "deactivate" };

const STORIES: readonly (readonly [string, boolean, MitigationInput[], number, string[]])[] = [
  ["the mitigator's news is the status", true, [report(2)], 2, ["save", "notify"]],
  ["the same news changes nothing", true, [report(1)], 1, []],
  ["capacity exceeded is told", true, [report(4)], 4, ["save", "notify"]],
  [
    "a withdrawn one terminates slowly [RFC 9132 §4.4.4]",
    true,
    [withdraw(0)],
    5,
    ["save", "notify"],
  ],
  ["a second withdrawal does not prolong it", true, [withdraw(0), withdraw(9)], 5, []],
  [
    "the period over, it is terminated",
    true,
    [withdraw(0), due(120_000)],
    6,
    ["forget", "stop", "notify"],
  ],
  ["not a moment before", true, [withdraw(0), due(119_999)], 5, []],
  [
    "asked again, it is active as it was",
    true,
    [report(2), withdraw(0), refresh(9e6)],
    2,
    ["save", "update", "notify"],
  ],
  ["its lifetime over, it is removed", true, [due(3_600_000)], 6, ["forget", "stop", "notify"]],
  ["overridden, it is removed", true, [{ tag: "override" }], 6, ["forget", "stop", "notify"]],
  [
    "the server's own withdrawal has no terminating period [RFC 9132 §4.4.1.3]",
    true,
    [{ tag: "expel" }],
    7,
    ["forget", "stop", "notify"],
  ],
  ["session loss leaves an immediate one alone", true, [lost], 1, []],
  ["an immediate one is not deactivated", true, [deactivate], 1, []],
  [
    "attack-stopped stays for an immediate one",
    true,
    [report(3), notice, notice, notice, notice, notice],
    3,
    ["notify"],
  ],
  ["a preconfigured one waits", false, [], 8, []],
  ["a preconfigured one hears nothing of the mitigator", false, [report(2)], 8, []],
  [
    "a preconfigured one begins with session loss [RFC 9132 §4.4.1.1]",
    false,
    [lost],
    1,
    ["save", "start", "notify"],
  ],
  ["session loss again does not start it again", false, [lost, lost], 1, []],
  ["withdrawn before it began, it is gone at once", false, [withdraw(0)], 6, ["forget", "notify"]],
  [
    "withdrawn after it began, it terminates slowly",
    false,
    [lost, withdraw(0)],
    5,
    ["save", "notify"],
  ],
  [
    "an immediate request makes the server withdraw it",
    false,
    [lost, deactivate],
    7,
    ["save", "stop", "notify"],
  ],
  ["7 is told three times more", false, [lost, deactivate, notice, notice, notice], 7, ["notify"]],
  [
    "then it waits again [RFC 9132 §4.4.2 Table 3]",
    false,
    [lost, deactivate, notice, notice, notice, notice],
    8,
    ["save", "notify"],
  ],
  ["3 is told four times in all", false, [lost, report(3), notice, notice, notice], 3, ["notify"]],
  [
    "then it waits again, and mitigation ends",
    false,
    [lost, report(3), notice, notice, notice, notice],
    8,
    ["save", "stop", "notify"],
  ],
  [
    "one that is waiting again can begin again",
    false,
    [lost, deactivate, lost],
    1,
    ["save", "start", "notify"],
  ],
  ["waiting ends with the lifetime too", false, [due(3_600_000)], 6, ["forget", "notify"]],
];

for (const [what, trigger, inputs, status, effects] of STORIES) {
  test(what, () => {
    const { end, effects: last } = after(fresh(trigger), ...inputs);
    assert.equal(statusOf(end), status);
    assert.deepEqual(last, effects);
  });
}

test("acceptance is kept before mitigation starts", () => {
  const [, immediate] = created({ trigger: true, expiresAt: 1, wallS: 1, terminatingMs: 1 });
  assert.deepEqual(
    immediate.map(({ tag }) => tag),
    ["save", "start", "notify"],
  );
  const [, preconfigured] = created({ trigger: false, expiresAt: 1, wallS: 1, terminatingMs: 1 });
  assert.deepEqual(
    preconfigured.map(({ tag }) => tag),
    ["save", "notify"],
  );
});

test("each return from termination doubles the next period, up to the maximum [RFC 9132 §4.4.4]", () => {
  let mitigation = fresh(true);
  const periods = [];
  for (let round = 0; round < 3; round += 1) {
    mitigation = after(mitigation, withdraw(1000)).end;
    periods.push((mitigation.expiresAt ?? 0) - 1000);
    mitigation = after(mitigation, refresh(9e9)).end;
  }
  assert.deepEqual(periods, [120_000, 240_000, 300_000]);
});

test("an efficacy update without lifetime leaves the deadline alone", () => {
  const told = after(fresh(true, 5000), {
    tag: "refresh",
    expiresAt: "keep",
    attackStatus: "under-attack",
  });
  assert.equal(told.end.expiresAt, 5000);
  assert.equal(told.end.attackStatus, "under-attack");
  assert.deepEqual(told.effects, ["save", "update"]);
});

test("an indefinite one has no deadline; withdrawn, it has", () => {
  const indefinite = created({
    trigger: true,
    expiresAt: undefined,
    wallS: 1,
    terminatingMs: 10,
  })[0];
  assert.equal(statusOf(after(indefinite, due(1e15)).end), 1);
  assert.equal(after(indefinite, withdraw(5)).end.expiresAt, 15);
});

test("mitigation-start and counters belong to one activation", () => {
  const dropped = { bytes: 1n, pkts: 1n, bps: 1n, pps: 1n };
  const { end } = after(
    fresh(false),
    lost,
    { tag: "report", dropped },
    deactivate,
    notice,
    notice,
    notice,
    notice,
  );
  assert.equal(end.startedAtS, undefined);
  assert.equal(end.dropped, undefined);
  assert.equal(after(end, { tag: "session-lost", wallS: 3000 }).end.startedAtS, 3000);
});

test("total: every input in every state gives a state, and what is removed stays so", () => {
  const inputs: MitigationInput[] = [
    refresh(1),
    report(2),
    withdraw(1),
    { tag: "override" },
    { tag: "expel" },
    deactivate,
    lost,
    notice,
    due(1e9),
  ];
  const states = [
    [],
    [lost],
    [withdraw(0)],
    [withdraw(0), due(2e5)],
    [lost, deactivate],
    [{ tag: "override" } as const],
  ];
  for (const trigger of [true, false]) {
    for (const path of states) {
      for (const input of inputs) {
        const { end: before } = after(fresh(trigger), ...path);
        const { end, effects } = after(before, input);
        assert.ok(statusOf(end) >= 1);
        if (before.state.tag === "removed") assert.deepEqual(effects, []);
        if (end.state.tag === "removed") assert.ok(!isHeld(end) && !isRunning(end));
      }
    }
  }
});
