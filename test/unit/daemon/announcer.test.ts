import assert from "node:assert/strict";
import { test } from "node:test";
import type { Activity, Status } from "../../../agent/control/contract.ts";
import { Announcer } from "../../../agent/daemon/announcer.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

const ENTRY: Activity = {
  id: 1,
  at: "2030-01-01T00:00:00.000Z",
  kind: "agent-started",
  severity: "info",
  provider: null,
  mitigation: null,
  text: "Mayday started.",
  details: {},
};

function scene() {
  const clock = new VirtualClock();
  let made = 0;
  const faults: string[] = [];
  const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => faults.push("") };
  const status = (): Status => ({
    agent: { version: "1", uptimeS: (made += 1), rssBytes: 0, startedAt: ENTRY.at },
    sessions: [],
    mitigations: [],
    ended: [],
    triggers: [],
  });
  const announcer = new Announcer(clock, log, status);
  const told: string[] = [];
  const listen = () =>
    announcer.subscribe((name, payload) => {
      const what = "agent" in payload ? payload.agent.uptimeS : payload.id;
      told.push(`${clock.now()} ${name} ${what}`);
    });
  return { clock, announcer, told, listen, faults, made: () => made };
}

test("statuses: soon, together, and at most four a second", async () => {
  const { clock, announcer, told, listen } = scene();
  listen();
  for (let ms = 0; ms < 1000; ms += 10) {
    announcer.changed();
    await clock.advance(10);
  }
  await clock.advance(1000);
  assert.deepEqual(
    told.map((line) => line.split(" ")[0]),
    ["0", "250", "500", "750", "1000"],
  );
});

test("entries of the log: at once, each", () => {
  const { announcer, told, listen } = scene();
  listen();
  announcer.logged(ENTRY);
  announcer.logged({ ...ENTRY, id: 2 });
  assert.deepEqual(told, ["0 activity.logged 1", "0 activity.logged 2"]);
});

test("a status is made for somebody only", async () => {
  const { clock, announcer, made } = scene();
  announcer.changed();
  await clock.advance(1000);
  assert.equal(made(), 0);
  assert.equal(announcer.first("agent.changed")?.agent.uptimeS, 1);
  assert.equal(announcer.first("activity.logged"), undefined);
});

test("whoever stops hears nothing more, the others do", () => {
  const { announcer, told, listen } = scene();
  const one = listen();
  listen();
  one.stop();
  announcer.logged(ENTRY);
  assert.equal(told.length, 1);
});

test("a listener that throws does not keep the others from hearing", () => {
  const { announcer, told, listen, faults } = scene();
  announcer.subscribe(() => {
    throw new Error("broken");
  });
  listen();
  announcer.logged(ENTRY);
  assert.equal(told.length, 1);
  assert.equal(faults.length, 1);
});

test("closed: the last change is told, then nothing", async () => {
  const { clock, announcer, told, listen } = scene();
  listen();
  announcer.changed();
  announcer.close();
  announcer.changed();
  announcer.logged(ENTRY);
  await clock.advance(1000);
  assert.deepEqual(told, ["0 agent.changed 1"]);
  assert.equal(clock.pending, 0);
});
