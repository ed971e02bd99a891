/** The whole stack on a path that loses half of everything, both ways, for an hour. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { keepMitigation } from "../../../agent/dots/client/keep-mitigation.ts";
import { stackLab } from "../../support/stack-lab.ts";

const HOUR_MS = 3_600_000;
const LIFETIME_S = 120;

for (const seed of [1, 2, 3]) {
  test(`at 50 % loss each way three mitigations are kept alive for an hour without a gap, seed ${seed}`, async () => {
    const lab = await stackLab(seed);
    let lost: string | undefined;
    const onClosed = (reason: Error): void => {
      lost = reason.message;
    };
    const client = await lab.network.settle(lab.connect(10_000, { onClosed }), 10_000);
    lab.link.set({ aToB: { loss: 0.5 }, bToA: { loss: 0.5 } });
    const grants: number[][] = [[], [], []];
    const kept = grants.map((times, i) => {
      const scope = { "target-prefix": [`203.0.113.${i + 1}/32`], lifetime: LIFETIME_S };
      return keepMitigation(lab.network, client, { mid: i + 1, scope }, (event) => {
        if (event.tag === "granted") times.push(lab.network.clock.now());
      });
    });
    await lab.network.run({ for: HOUR_MS });
    assert.equal(lost, undefined);
    for (const times of grants) {
      const gaps = times.map((at, i) => (times[i + 1] ?? lab.network.clock.now()) - at);
      assert.ok(Math.max(...gaps) < LIFETIME_S * 1000, `longest gap ${Math.max(...gaps)} ms`);
      assert.ok(times.length >= HOUR_MS / (LIFETIME_S * 1000), `${times.length} grants`);
    }
    for (const mitigation of kept) mitigation.stop();
    client.close();
    await lab.server.close();
    lab.dtls.close();
  });
}
