import assert from "node:assert/strict";
import { test } from "node:test";
import type { Status } from "../../../agent/control/contract.ts";
import { BEHIND_OCTETS } from "../../../agent/control/event-feed.ts";
import { aStatus, anActivity } from "../../support/control-samples.ts";
import { Served, type Heard } from "./lab.ts";

const CHANGED = { names: ["agent.changed"] };
const LOGGED = { names: ["activity.logged"] };

/** A status that tests can tell from others. */
function status(uptimeS: number): Status {
  return aStatus({ agent: { ...aStatus().agent, uptimeS } });
}

/** The statuses that were heard, by their uptimes. */
const uptimes = (heard: readonly Heard[]): unknown[] =>
  heard
    .map(({ params }) => params)
    .filter((params) => params?.name === "agent.changed")
    .map((params) => (params as { payload: Status }).payload.agent.uptimeS);

test("who begins to listen is answered, and told the status at once", async () => {
  const served = new Served();
  const heard = await served.ask("events.subscribe", CHANGED);
  const params = { name: "agent.changed", payload: aStatus() };
  assert.deepEqual(heard, [
    { jsonrpc: "2.0", id: 1, result: {} },
    { jsonrpc: "2.0", method: "event", params },
  ]);
});

test("only what was asked for is told, until it is asked for no more", async () => {
  const served = new Served();
  await served.ask("events.subscribe", LOGGED);
  served.double.fire("agent.changed", status(1));
  served.double.fire("activity.logged", anActivity());
  await served.settle();
  assert.deepEqual(
    served.heard.slice(1).map(({ params }) => params?.name),
    ["activity.logged"],
  );
  await served.ask("events.unsubscribe", LOGGED);
  served.double.fire("activity.logged", anActivity({ id: 2 }));
  await served.settle();
  assert.equal(served.heard.length, 3);
});

test("who subscribes again is told the first thing again, and every event still once", async () => {
  const served = new Served();
  await served.ask("events.subscribe", CHANGED);
  await served.ask("events.subscribe", CHANGED);
  served.double.fire("agent.changed", status(1));
  await served.settle();
  assert.deepEqual(uptimes(served.heard), [60, 60, 1]);
});

const WRONG: readonly [params: unknown, words: RegExp][] = [
  [{}, /^names: is missing/],
  [{ names: "agent.changed" }, /^names: is not a list/],
  [{ names: [] }, /^names: has fewer entries than 1/],
  [{ names: ["agent.changed", "agent.secret"] }, /^names\[1\]: is not one of agent\.changed, /],
  [{ names: Array.from({ length: 17 }, () => "agent.changed") }, /more entries than 16/],
];

for (const [params, words] of WRONG) {
  test(`events.subscribe refuses ${JSON.stringify(params).slice(0, 50)}`, async () => {
    const served = new Served();
    const [answer] = await served.ask("events.subscribe", params);
    assert.equal(answer?.error?.data.reason, "invalid-input");
    assert.match(answer.error.message, words);
    assert.equal(served.double.listeners, 0);
  });
}

test("a connection that has ended listens no more", async () => {
  const served = new Served();
  await served.ask("events.subscribe", CHANGED);
  assert.equal(served.double.listeners, 1);
  served.peer.close();
  await served.settle();
  assert.equal(served.double.listeners, 0);
});

test("a reader that is behind is spared all statuses but the newest, told when it has caught up", async () => {
  const served = new Served();
  await served.ask("events.subscribe", CHANGED);
  served.agent.queued = BEHIND_OCTETS + 1;
  for (let uptime = 1; uptime <= 100; uptime += 1) {
    served.double.fire("agent.changed", status(uptime));
    await served.clock.advance(50);
  }
  assert.deepEqual(uptimes(served.heard), [60]);
  served.agent.queued = 0;
  await served.clock.advance(250);
  assert.deepEqual(uptimes(served.heard), [60, 100]);
  assert.equal(served.clock.pending, 0);
});

test("a status that comes once the reader has caught up takes the place of the one held back", async () => {
  const served = new Served();
  await served.ask("events.subscribe", CHANGED);
  served.agent.queued = BEHIND_OCTETS + 1;
  served.double.fire("agent.changed", status(1));
  served.agent.queued = 0;
  served.double.fire("agent.changed", status(2));
  await served.clock.advance(1000);
  assert.deepEqual(uptimes(served.heard), [60, 2]);
});

test("entries of the log are told to a reader that is behind, every one of them", async () => {
  const served = new Served();
  await served.ask("events.subscribe", LOGGED);
  served.agent.queued = BEHIND_OCTETS + 1;
  for (const id of [1, 2, 3]) served.double.fire("activity.logged", anActivity({ id }));
  await served.settle();
  assert.equal(served.heard.length, 4);
});

test("a reader that never catches up leaves no timer behind when it goes", async () => {
  const served = new Served();
  await served.ask("events.subscribe", CHANGED);
  served.agent.queued = BEHIND_OCTETS + 1;
  served.double.fire("agent.changed", status(1));
  await served.clock.advance(10_000);
  assert.equal(served.clock.pending, 1);
  served.peer.close();
  await served.settle();
  assert.equal(served.clock.pending, 0);
});

test("what is no longer asked for is not held back either", async () => {
  const served = new Served();
  await served.ask("events.subscribe", CHANGED);
  served.agent.queued = BEHIND_OCTETS + 1;
  served.double.fire("agent.changed", status(1));
  await served.ask("events.unsubscribe", CHANGED);
  served.agent.queued = 0;
  await served.clock.advance(1000);
  assert.deepEqual(uptimes(served.heard), [60]);
});
