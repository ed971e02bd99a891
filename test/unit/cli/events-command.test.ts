import assert from "node:assert/strict";
import { test } from "node:test";
import { eventsCommand } from "../../../agent/cli/events-command.ts";
import { contract, type Activity } from "../../../agent/control/contract.ts";
import { anActivity } from "../../support/control-samples.ts";
import { controlLab } from "./control-lab.ts";

const newestFirst: readonly Activity[] = [
  anActivity({ id: 3, severity: "bad", text: "Northline refused: <b>\u{1b}[2J" }),
  anActivity({ id: 2, severity: "good", text: "Northline is listening." }),
  anActivity({ id: 1 }),
];
const state = { activity: [...newestFirst] };
const { list } = contract.calls.activity;

test("events: oldest first, so that what happened last stands last", async (t) => {
  const lab = await controlLab(t, { state });
  const { exit, out } = await lab.run(eventsCommand, "events");
  assert.equal(exit, 0);
  assert.equal(
    out,
    `2030-01-01 12:00:00   The agent has started.
2030-01-01 12:00:00 ✓ Northline is listening.
2030-01-01 12:00:00 ✗ Northline refused: <b>�[2J
`,
  );
});

test("events --limit --json: the newest of them, in one document", async (t) => {
  const lab = await controlLab(t, { state });
  const { out } = await lab.run(eventsCommand, "events", "--limit", "2", "--json");
  assert.deepEqual(
    list.output.parse(JSON.parse(out)).map(({ id }) => id),
    [2, 3],
  );
});

test("events --follow: the past, then each once as it happens, until Ctrl-C: exit 0", async (t) => {
  const lab = await controlLab(t, { state });
  const release = lab.double.hold("activity.list");
  const running = lab.run(eventsCommand, "events", "--follow", "--json");
  await lab.called("activity.list");
  // Between the past and the present: told by both.
  lab.double.set({ activity: [anActivity({ id: 4 }), ...newestFirst] });
  release();
  lab.double.set({ activity: [anActivity({ id: 5 }), ...lab.double.state.activity] });
  await lab.told(5);
  lab.interrupt.abort();
  const { exit, out, err } = await running;
  assert.deepEqual([exit, err], [0, ""]);
  const lines = out.trimEnd().split("\n");
  assert.deepEqual(
    lines.map((line) => contract.events.activity.logged.payload.parse(JSON.parse(line)).id),
    [1, 2, 3, 4, 5],
  );
});

test("events --follow ends with the agent: exit 6", async (t) => {
  const lab = await controlLab(t, { state });
  const running = lab.run(eventsCommand, "events", "--follow");
  await lab.told(3);
  await lab.close();
  const { exit, out, err } = await running;
  assert.equal(exit, 6);
  assert.match(out, /The agent has started\./);
  assert.match(err, /connection to the agent has ended/);
});

for (const [limit, says] of [
  ["0", /It is less than 1\./],
  ["1001", /It is more than 1000\./],
  ["x", /Not a whole number\./],
  ["1.5", /Not a whole number\./],
] as const) {
  test(`events --limit ${limit}: exit 2`, async (t) => {
    const lab = await controlLab(t);
    const { exit, err } = await lab.run(eventsCommand, "events", "--limit", limit);
    assert.equal(exit, 2);
    assert.match(err, /--limit/);
    assert.match(err, says);
    assert.deepEqual(lab.double.asked, []);
  });
}
