/** The end of a session, at every moment of its life. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as afterMicrotasks } from "node:timers/promises";
import { counting, leftAfter, MINUTE, sessionLab } from "./session-lab.ts";

for (const [when, ms] of [
  ["at once", 0],
  ["while connecting", 30],
  ["just before the session stands", 119],
  ["when it stands", 121],
  ["later", 45_000],
] as const) {
  test(`closed ${when}, it leaves nothing and says nothing more`, async () => {
    const lab = await sessionLab(19);
    const watched = lab.open();
    await lab.network.run({ for: ms });
    const { changes } = watched;
    const told = [...watched.told];
    await lab.network.settle(watched.session.close(), 1000);
    await lab.network.settle(watched.session.close(), 1000); // twice does no harm
    assert.equal(watched.session.view.state, "closed");
    assert.equal(watched.session.client, undefined);
    watched.session.kick();
    watched.session.unanswered();
    lab.provider.stop();
    await lab.network.run({ for: 500 });
    assert.deepEqual([watched.changes, watched.told], [changes, told]);
    assert.equal(lab.network.pending, 0);
  });
}

test("closed as soon as it is opened, it says nothing", async () => {
  const lab = await sessionLab(19);
  const watched = lab.open();
  assert.equal(await leftAfter(lab, watched), 0);
  assert.deepEqual([watched.changes, watched.told], [0, []]);
});

test("closed at any turn in which a session comes to stand, it keeps none", async () => {
  for (let turns = 0; turns < 30; turns += 1) {
    const lab = await sessionLab(19, { turns: 2 });
    const counted = counting(lab.clientHost);
    const watched = lab.open({}, { world: counted.world });
    await afterMicrotasks();
    await lab.network.run({ until: () => lab.network.clock.now() >= 120, limit: 1000 });
    for (let i = 0; i < turns; i += 1) await Promise.resolve();
    const closing = watched.session.close();
    await afterMicrotasks();
    await lab.network.settle(closing, 1000);
    await lab.network.run({ for: 100 });
    assert.equal(counted.open, 0, `after ${turns} turns`);
    lab.provider.stop();
  }
});

test("closed while a new session is tried beside the old one, it leaves nothing", async () => {
  const lab = await sessionLab(20);
  const watched = lab.open();
  await lab.reach(watched, "active", 1000);
  lab.link.cut();
  assert.ok(await lab.reach(watched, "degraded", 5 * MINUTE));
  await lab.network.run({ for: 5000 });
  lab.link.mend();
  assert.equal(await leftAfter(lab, watched), 0);
});

test("closed while the name is looked up, it does not wait for the resolver", async () => {
  const lab = await sessionLab(21);
  const watched = lab.open({}, { resolve: () => new Promise(() => {}) });
  await lab.network.run({ for: 1000 });
  const from = lab.network.clock.now();
  await lab.network.settle(watched.session.close(), 1000);
  assert.ok(lab.network.clock.now() - from < 1000);
  assert.equal(await leftAfter(lab), 0);
});

test("the server hears the goodbye", async () => {
  const lab = await sessionLab(22);
  const watched = lab.open();
  await lab.reach(watched, "active", 1000);
  const heard: string[] = [];
  lab.provider.accepted[0]?.listen({
    message: () => undefined,
    closed: (reason) => heard.push(reason.message),
  });
  await lab.network.settle(watched.session.close(), 1000);
  await lab.network.run({ for: 100 });
  assert.deepEqual(heard, ["the peer closed the session"]);
  assert.equal(await leftAfter(lab), 0);
});

test("bursts of changes come as one", async () => {
  const lab = await sessionLab(23, { serving: false });
  const watched = lab.open();
  await lab.network.run({ for: 1000 });
  const before = watched.changes;
  watched.session.kick();
  watched.session.kick();
  watched.session.unanswered();
  await lab.network.run({ for: 1 });
  assert.equal(watched.changes, before + 1);
  assert.equal(await leftAfter(lab, watched), 0);
});
