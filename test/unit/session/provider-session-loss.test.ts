/** A session on lines that lose: packets, answers, or everything. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ask, gaps, leftAfter, MINUTE, sessionLab } from "./session-lab.ts";

test("a lost server is never tried more often than once a minute [RFC 9132 §4.7]", async () => {
  const lab = await sessionLab(9);
  const watched = lab.open();
  await lab.reach(watched, "active", 1000);
  lab.provider.kill();
  await lab.network.run({ for: 120 * MINUTE });
  const waits = gaps(lab.hellos.slice(1));
  assert.ok(Math.min(...waits) >= MINUTE, `${Math.min(...waits)} ms`);
  assert.ok(waits.length >= 20, `${waits.length} tries in two hours`);
  assert.ok(waits.slice(4).every((wait) => wait >= 5 * MINUTE));
  assert.equal(await leftAfter(lab, watched), 0);
});

test("a silent session is down for people, but held and beaten on until a new one stands [RFC 9132 §4.7]", async () => {
  const lab = await sessionLab(10);
  const watched = lab.open({ heartbeat: { intervalMs: 15_000, missingHbAllowed: 4 } });
  await lab.reach(watched, "active", 1000);
  lab.link.set({ bToA: { loss: 1 } }); // the line to us is saturated, the line from us is not
  assert.ok(await lab.reach(watched, "down", 5 * MINUTE));
  await lab.network.run({ for: 10 * MINUTE });
  assert.deepEqual(watched.told, ["up"]);
  const unheard = watched.session.client?.requestMitigation(1, {
    "target-prefix": ["203.0.113.1/32"],
    lifetime: 3600,
  });
  assert.ok(unheard !== undefined);
  await assert.rejects(lab.network.settle(unheard, MINUTE), { code: "coap/timeout" });
  assert.ok(["down", "connecting"].includes(watched.session.view.state));
  lab.link.set({ bToA: { loss: 0 } });
  assert.ok(await lab.reach(watched, "active", 20_000), "the next heartbeat is answered");
  assert.equal(watched.session.view.fault, null);
  const got = await lab.network.settle(
    watched.session.client?.getMitigations() ?? Promise.reject(new Error("no client")),
    MINUTE,
  );
  const { scope } = got.payload?.["ietf-dots-signal-channel:mitigation-scope"] ?? { scope: [] };
  assert.deepEqual(
    scope.map(({ mid }) => mid),
    [1],
    "the request had arrived",
  );
  assert.equal(await leftAfter(lab, watched), 0);
});

test("a silent server is named as the fault", async () => {
  const lab = await sessionLab(11);
  const watched = lab.open({ heartbeat: { intervalMs: 15_000, missingHbAllowed: 1 } });
  await lab.reach(watched, "active", 1000);
  lab.link.cut();
  await lab.network.run({ until: () => watched.session.view.state !== "active", limit: MINUTE });
  assert.equal(watched.session.view.fault?.code, "silent");
  lab.link.mend();
  assert.ok(await lab.reach(watched, "active", 2 * MINUTE));
  assert.equal(await leftAfter(lab, watched), 0);
});

for (const seed of [1, 2, 3]) {
  test(`40 % loss each way for an hour keeps a session, seed ${seed}`, async () => {
    const lab = await sessionLab(seed);
    const watched = lab.open();
    await lab.reach(watched, "active", 1000);
    lab.link.set({ aToB: { loss: 0.4 }, bToA: { loss: 0.4 } });
    for (let minute = 0; minute < 60; minute += 5) {
      await lab.network.run({ for: 5 * MINUTE });
      assert.match(await ask(lab, watched.session.client, minute + 1), /^2\./, `minute ${minute}`);
    }
    assert.ok(!watched.told.includes("down"), "there was always a client");
    const { states } = watched;
    assert.ok(!states.slice(2).some(({ state }) => state === "down" || state === "connecting"));
    assert.ok(watched.clients.length <= 15, `${watched.clients.length} sessions in an hour`);
    const { sent, missed, recent } = watched.session.view.heartbeat;
    assert.ok(missed > sent * 0.4 && missed < sent * 0.9, `${missed} of ${sent}`);
    assert.ok(recent.some(({ rttMs }) => rttMs === null));
    assert.equal(await leftAfter(lab, watched), 0);
  });
}

test("a key that was accepted is not suspected when a saturated line swallows the proof", async () => {
  const lab = await sessionLab(15);
  const watched = lab.open();
  await lab.reach(watched, "active", 1000);
  lab.provider.kill();
  lab.network.trace = ({ packet: { body } }) => {
    // The server's hello gets through, nothing after it.
    if (body.tag === "udp" && body.data[13] === 16) lab.link.set({ bToA: { loss: 1 } });
  };
  await lab.provider.start();
  watched.session.unanswered();
  await lab.network.run({ for: 40_000 }); // one try
  assert.deepEqual([lab.provider.accepted.length, watched.told], [2, ["up"]]);
  assert.equal(watched.session.view.fault?.code, "unreachable");
  assert.equal(await leftAfter(lab, watched), 0);
});
