import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { cipherSuites } from "../../../agent/dtls/cipher-suites.ts";
import { clients, servers } from "../../support/dtls-credentials.ts";
import { dtlsLab, echo, octetsOf, recordsOf, SERVER_ADDRESS } from "../../support/dtls-lab.ts";

describe("a session in the simulated network", () => {
  for (const suite of cipherSuites) {
    test(`${suite.name}: handshake, data both ways, goodbye`, async () => {
      const kind = suite.keyExchange.endsWith("psk") ? "psk" : "certificate";
      const lab = await dtlsLab(1, { server: { credentials: servers[kind] } });
      const session = await lab.connect({
        credentials: clients[kind],
        suites: [suite.name],
      });
      assert.equal(session.security.cipher, suite.name);
      assert.deepEqual(lab.sessions[0]?.identity, session.identity);
      assert.equal(await echo(lab, session, "hello"), "hello");
      session.close();
      await lab.network.run({ for: 100 });
      assert.deepEqual(lab.log, ["opened", "the peer closed the session"]);
      assert.equal(lab.network.pending, 0, "no timer is left behind");
    });
  }

  test("takes three round trips with the cookie, and measures one", async () => {
    const lab = await dtlsLab(1);
    const session = await lab.connect();
    assert.equal(session.handshakeMs, 120);
    assert.equal(session.rttMs, 40);
    assert.equal(lab.sessions[0]?.rttMs, 40);
  });

  test("the largest message fits the assumed path MTU of 1280 [RFC 9132 §7.3]", async () => {
    const lab = await dtlsLab(1, { path: { mtu: 1280 } });
    const session = await lab.connect();
    const text = "x".repeat(session.maxMessage);
    assert.equal(await echo(lab, session, text), text);
    assert.throws(() => session.send(new Uint8Array(session.maxMessage + 1)), {
      code: "dtls/too-large",
    });
  });

  test("flights are cut to the MTU and put together again [RFC 6347 §4.2.3]", async () => {
    const parameters = { maxDatagram: 100 };
    const lab = await dtlsLab(1, { server: { parameters } });
    const sizes: number[] = [];
    lab.network.trace = ({ packet }) => sizes.push(octetsOf(packet).length);
    const session = await lab.connect({ parameters: { maxDatagram: 200 } });
    assert.equal(await echo(lab, session, "hello"), "hello");
    assert.ok(Math.max(...sizes) <= 200, `largest datagram ${Math.max(...sizes)}`);
  });

  test("a client's two key shares differ, and so do two sessions' ciphertexts", async () => {
    const lab = await dtlsLab(1);
    const flights: string[] = [];
    lab.network.trace = ({ packet, fate }) => {
      if (fate === "delivered") flights.push(Buffer.from(octetsOf(packet)).toString("hex"));
    };
    for (let i = 0; i < 2; i += 1) (await lab.connect()).close();
    assert.equal(new Set(flights).size, flights.length);
  });
});

describe("loss, reordering, duplication", () => {
  for (const loss of [0.1, 0.25, 0.4]) {
    test(`at ${loss * 100} % loss each way, reordered and duplicated, 50 of 50 sessions stand in time`, async () => {
      for (let seed = 0; seed < 50; seed += 1) {
        const path = { loss, jitterMs: 30, reorder: 0.1, duplicate: 0.1 };
        const lab = await dtlsLab(seed, { path });
        const parameters = { maxTimeoutMs: 1000 };
        const session = await lab.connect({ parameters, timeoutMs: 60_000 });
        lab.link.set({ aToB: { loss: 0 }, bToA: { loss: 0 } });
        assert.equal(await echo(lab, session, "hello"), "hello", `seed ${seed}`);
      }
    });
  }

  test("the last flight is sent again when it was lost [RFC 6347 §4.2.4]", async () => {
    const lab = await dtlsLab(1);
    let cut = false;
    lab.network.trace = ({ packet, fate }) => {
      // From the client's proof on nothing comes back for a second and a half.
      const proof = recordsOf(packet).some((record) => record.epoch === 1);
      if (!cut && proof && fate === "delivered") {
        cut = true;
        lab.link.set({ bToA: { loss: 1 } });
        lab.clientHost.clock.after(1500, () => lab.link.set({ bToA: { loss: 0 } }));
      }
    };
    const session = await lab.connect();
    assert.ok(session.handshakeMs > 1500);
    assert.equal(lab.server.statistics.sessions, 1);
    assert.equal(await echo(lab, session, "hello"), "hello");
  });

  test("a record that is replayed reaches nobody [RFC 6347 §4.1.2.6]", async () => {
    const lab = await dtlsLab(1, { path: { duplicate: 1 } });
    const session = await lab.connect();
    let heard = 0;
    session.listen({ message: () => (heard += 1), closed: () => {} });
    session.send(Uint8Array.of(1));
    await lab.network.run({ for: 1000 });
    assert.equal(heard, 1);
  });

  test("nobody answers: dtls/timeout in time, nothing left behind", async () => {
    const lab = await dtlsLab(1, { path: { loss: 1 } });
    await assert.rejects(lab.connect({ timeoutMs: 5000 }), { code: "dtls/timeout" });
    assert.equal(lab.clientHost.clock.now(), 5000);
    assert.equal(lab.network.pending, 0);
  });

  test("nobody listens: dtls/refused at once, naming the address", async () => {
    const lab = await dtlsLab(1);
    const to = { ...SERVER_ADDRESS, port: 9 };
    await assert.rejects(lab.connect({ to }), {
      code: "dtls/refused",
      message: /198\.51\.100\.1:9/,
    });
    assert.ok(lab.clientHost.clock.now() < 100);
  });
});
