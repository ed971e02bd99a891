/** What waits for a session goes along with the end of its handshake. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  ask,
  leftAfter,
  MINUTE,
  sessionLab,
  type SessionLab,
  type Watched,
} from "./session-lab.ts";

const ROUND_TRIP = 40;

/** A session that has come so far that a request may go, and no further. */
async function almost(lab: SessionLab): Promise<Watched> {
  const watched = lab.open();
  const until = (): boolean => watched.early.length > 0;
  assert.ok(await lab.network.run({ until, limit: MINUTE }));
  assert.equal(watched.session.view.state, "connecting");
  assert.equal(watched.session.client, undefined, "only who is told may use it");
  return watched;
}

test("a request is answered with the server's last word", async () => {
  const lab = await sessionLab(1);
  const watched = await almost(lab);
  const [client] = watched.early;
  assert.equal(await ask(lab, client), "2.01");
  assert.equal(lab.network.clock.now(), 3 * ROUND_TRIP, "a cookie, a flight, and this");
  assert.ok(await lab.reach(watched, "active", 1));
  assert.equal(watched.session.client, client, "it is the same client");
  await lab.network.run({ for: 10 * MINUTE });
  assert.ok(watched.session.view.heartbeat.sent > 10, "which beats");
  assert.deepEqual([watched.told, watched.early.length], [["up"], 1]);
  assert.equal(await leftAfter(lab, watched), 0);
});

test("where the handshake comes to nothing, the client is taken back", async () => {
  const lab = await sessionLab(2);
  const watched = await almost(lab);
  const [client] = watched.early;
  lab.link.cut();
  assert.ok(await lab.reach(watched, "down", MINUTE));
  assert.deepEqual(watched.told, ["down"]);
  assert.ok(client !== undefined);
  await assert.rejects(client.withdraw(1), { code: "coap/closed" });
  lab.link.mend();
  assert.ok(await lab.reach(watched, "active", 2 * MINUTE));
  assert.deepEqual(watched.told, ["down", "up"]);
  assert.equal(await leftAfter(lab, watched), 0);
});

test("closed meanwhile, nothing is told and nothing is left", async () => {
  const lab = await sessionLab(3);
  const watched = await almost(lab);
  assert.equal(await leftAfter(lab, watched), 0);
  assert.deepEqual(watched.told, []);
});

test("beside a session that is in use, or held, none goes before the new one stands", async () => {
  const lab = await sessionLab(4);
  const watched = lab.open();
  assert.ok(await lab.reach(watched, "active", MINUTE));
  lab.provider.kill();
  await lab.provider.start();
  const until = (): boolean => watched.clients.length > 1;
  assert.ok(await lab.network.run({ until, limit: 30 * MINUTE }));
  assert.equal(watched.session.view.security?.resumed, false);
  assert.equal(watched.early.length, 1);
  assert.equal(await leftAfter(lab, watched), 0);
});
