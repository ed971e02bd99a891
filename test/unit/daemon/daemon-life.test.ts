import assert from "node:assert/strict";
import { test } from "node:test";
import { daemonLab, DRAFT, MINUTE, SECOND } from "./daemon-lab.ts";

test("a request from the first word to the last", async () => {
  const lab = await daemonLab(1);
  const agent = lab.agent();
  await agent.call("provider.add", DRAFT);
  const asked = await agent.request(["203.0.113.7:443/tcp"]);
  assert.equal(asked.phase, "asking");
  assert.equal(asked.mid, 1);
  assert.deepEqual(asked.scope, {
    "target-prefix": ["203.0.113.7/32"],
    "target-port-range": [{ "lower-port": 443 }],
    "target-protocol": [6],
  });
  const accepted = await agent.reach(asked.id, "accepted");
  assert.ok(accepted.lifetimeLeftS !== null && accepted.lifetimeLeftS > 3590);
  const filtering = await agent.reach(asked.id, "filtering");
  assert.equal(filtering.statusText, "attack-successfully-mitigated");
  assert.deepEqual(filtering.dropped, { bps: 1000, pps: 2, bytes: 1000, pkts: 2 });
  assert.deepEqual(lab.provider.mitigator.mids, [1]);

  lab.provider.mitigator.report(1, 3);
  await agent.reach(asked.id, "attack-over");
  const withdrawn = await agent.call("mitigation.withdraw", { id: asked.id });
  assert.equal(withdrawn.phase, "withdrawing");
  const ended = await agent.reach(asked.id, "ended");
  assert.equal(ended.outcome, "withdrawn");
  assert.deepEqual(agent.status.mitigations, []);
  await lab.run(5 * SECOND);
  assert.deepEqual(lab.provider.mitigator.calls, ["start 1", "stop 1"]);
  assert.deepEqual(agent.story(asked.id), [
    "requested",
    "sent",
    "accepted",
    "filtering",
    "attack-over",
    "withdrawing",
    "ended",
  ]);
  await agent.close();
});

test("it renews itself when it says so, until it is withdrawn", async () => {
  const lab = await daemonLab(2);
  const agent = lab.agent();
  await agent.call("provider.add", DRAFT);
  const { id } = await agent.request(["203.0.113.7"], { lifetimeS: 600 });
  const { renewsAt, lifetimeLeftS } = await agent.reach(id, "filtering");
  assert.ok(renewsAt !== null && lifetimeLeftS !== null);
  const untilMs = Date.parse(renewsAt) - lab.network.clock.wallTime();
  await lab.run(untilMs - SECOND);
  assert.equal((await agent.show(id)).renewsAt, renewsAt, "not before");
  await lab.run(2 * SECOND);
  const renewed = await agent.show(id);
  assert.ok((renewed.lifetimeLeftS ?? 0) > 590, "the whole lifetime again");
  await lab.run(20 * MINUTE);
  assert.equal((await agent.show(id)).phase, "filtering");
  assert.deepEqual(lab.provider.mitigator.calls, ["start 1"]);
  assert.deepEqual(agent.story(id), ["requested", "sent", "accepted", "filtering"]);
  await agent.close();
});

test("statuses come soon after something changed, and not more often than four a second", async () => {
  const lab = await daemonLab(3);
  const agent = lab.agent();
  await agent.call("provider.add", DRAFT);
  const { id } = await agent.request(["203.0.113.7"]);
  await agent.reach(id, "filtering");
  await lab.run(MINUTE);
  const times = agent.statuses.map(({ at }) => at);
  assert.ok(times.length > 5);
  for (const [i, at] of times.entries()) {
    assert.ok(i === 0 || at - (times[i - 1] ?? 0) >= 249, `${times[i - 1]} and ${at}`);
  }
  assert.deepEqual(agent.statuses.at(-1)?.status.mitigations[0]?.phase, "filtering");
  const points = await agent.call("mitigation.samples", { id });
  assert.ok(points.length > 5);
  await agent.close();
});

test("the log and the list go back, page by page", async () => {
  const lab = await daemonLab(4);
  const agent = lab.agent();
  await agent.call("provider.add", DRAFT);
  const { id } = await agent.request(["203.0.113.7"]);
  await agent.reach(id, "filtering");
  await agent.call("mitigation.withdraw", { id });
  await agent.reach(id, "ended");
  const newer = await agent.request(["203.0.113.8"]);
  const page = await agent.call("activity.list", { limit: 3 });
  assert.deepEqual(
    page.map(({ kind }) => kind),
    ["mitigation-sent", "mitigation-requested", "mitigation-ended"],
  );
  const [next] = await agent.call("activity.list", { limit: 1, before: page.at(-1)?.id ?? 0 });
  assert.equal(next?.kind, "mitigation-withdrawing");
  const ids = async (all: boolean): Promise<string[]> =>
    (await agent.call("mitigation.list", { all })).map((one) => one.id);
  assert.deepEqual(await ids(false), [newer.id]);
  assert.deepEqual(await ids(true), [newer.id, id]);
  await agent.close();
});

test("closed, it leaves nothing behind, and withdraws nothing", async () => {
  const lab = await daemonLab(5, { serving: false });
  const agent = lab.agent();
  await agent.call("provider.add", DRAFT);
  const { id } = await agent.request(["203.0.113.7"]);
  await lab.run(SECOND);
  const began = lab.network.clock.now();
  await agent.close();
  assert.ok(lab.network.clock.now() - began < 2 * SECOND);
  await lab.run(SECOND);
  assert.equal(lab.network.pending, 0, "no timer, no packet");
  assert.deepEqual(agent.story(id), ["requested"]);
  assert.equal(agent.logged.at(-1)?.kind, "agent-stopped");
});
