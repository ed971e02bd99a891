import assert from "node:assert/strict";
import { test } from "node:test";
import { SimulatedNetwork } from "../../../../agent/net/simulated/network.ts";

const SESSIONS = 1000;
const HOUR = 3_600_000;
const EVERY = 30_000;

test(
  "a thousand clients' heartbeats of an hour leave nothing behind",
  { timeout: 30_000 },
  async () => {
    const network = new SimulatedNetwork({ seed: 1, path: { jitterMs: 5, loss: 0.1 } });
    const to = { family: 4, host: "198.51.100.1", port: 4646 } as const;
    const server = network.host([to.host]);
    let asked = 0;
    const echo = await server.datagrams.bind(
      { local: to },
      {
        message: (data, from) => {
          asked++;
          echo.send(data, from);
        },
        error: () => {},
      },
    );
    let answered = 0;
    for (let k = 0; k < SESSIONS; k++) {
      const host = network.host([`10.0.${k >> 8}.${k & 255}`]);
      const listener = { message: () => answered++, error: () => {} };
      const socket = await host.datagrams.bind({ remote: to }, listener);
      const beat = (): void => {
        socket.send(new Uint8Array(16), to);
        host.clock.after(2 * EVERY, () => {}).cancel();
        if (host.clock.now() < HOUR - EVERY) host.clock.after(EVERY, beat);
      };
      host.clock.after(host.random.fraction() * EVERY, beat);
    }
    await network.run({ for: HOUR + 1000 });
    const beats = (SESSIONS * HOUR) / EVERY;
    assert.ok(Math.abs(asked / beats - 0.9) < 0.01, `${asked} of ${beats} arrived`);
    assert.ok(Math.abs(answered / asked - 0.9) < 0.01, `${answered} of ${asked} came back`);
    assert.equal(network.pending, 0);
  },
);
