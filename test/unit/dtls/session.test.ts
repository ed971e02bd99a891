import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { cipherSuites } from "../../../agent/dtls/cipher-suites.ts";
import { splitDatagram } from "../../../agent/wire/dtls/record.ts";
import type { Packet } from "../../../agent/net/simulated/packet.ts";
import {
  dtlsLab,
  echo,
  IDENTITY,
  KEY,
  SERVER_ADDRESS,
  type DtlsLab,
} from "../../support/dtls-lab.ts";

/** What a packet of the trace carries. */
function octetsOf(packet: Packet): Uint8Array {
  return packet.body.tag === "udp" ? packet.body.data : new Uint8Array();
}

/** Sends raw octets to the server from the address of the client's host. */
async function sendRaw(lab: DtlsLab, data: Uint8Array): Promise<Uint8Array[]> {
  const answers: Uint8Array[] = [];
  const socket = await lab.clientHost.datagrams.bind(
    { remote: SERVER_ADDRESS },
    { message: (answer) => answers.push(answer), error: () => {} },
  );
  socket.send(data, SERVER_ADDRESS);
  await lab.network.run({ for: 100 });
  socket.close();
  return answers;
}

describe("a session in the simulated network", () => {
  for (const suite of cipherSuites) {
    test(`${suite.name}: handshake, data both ways, goodbye`, async () => {
      const lab = await dtlsLab(1);
      const session = await lab.connect({ suites: [suite.name] });
      assert.equal(session.security.cipher, suite.name);
      assert.deepEqual(lab.sessions[0]?.identity, { type: "psk", identity: IDENTITY });
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
      const proof = splitDatagram(octetsOf(packet)).records.some((record) => record.epoch === 1);
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

describe("hostile and mistaken peers", () => {
  const wrong = new TextEncoder().encode("another key");
  for (const [what, credentials] of [
    ["a wrong key", { identity: IDENTITY, key: wrong }],
    ["an unknown identity", { identity: "nobody", key: KEY }],
  ] as const) {
    test(`${what}: refused within a second, others undisturbed`, async () => {
      const lab = await dtlsLab(1);
      const other = await lab.connect();
      await assert.rejects(lab.connect({ credentials }), {
        code: "dtls/authentication",
        message: new RegExp(`the server refused this key \\(identity ${credentials.identity}\\)`),
      });
      assert.ok(lab.clientHost.clock.now() < 1000);
      assert.deepEqual(lab.log, ["opened", `refused ${credentials.identity}`]);
      assert.equal(await echo(lab, other, "still here"), "still here");
    });
  }

  test("no common suite: said so", async () => {
    const lab = await dtlsLab(1, { server: { suites: ["TLS_PSK_WITH_AES_128_CCM_8"] } });
    await assert.rejects(lab.connect({ suites: ["TLS_PSK_WITH_AES_128_GCM_SHA256"] }), {
      code: "dtls/no-common-suite",
    });
  });

  test("before the cookie is back nothing is kept, and no more is sent than came [RFC 6347 §4.2.1]", async () => {
    const lab = await dtlsLab(1);
    let hello: Uint8Array | undefined;
    lab.network.trace = ({ packet }) => (hello ??= octetsOf(packet).slice());
    await assert.rejects(lab.connect({ to: { ...SERVER_ADDRESS, port: 9 } }));
    assert.ok(hello);
    const answers = await sendRaw(lab, hello);
    assert.equal(answers.length, 1);
    assert.ok((answers[0]?.length ?? Infinity) < hello.length);
    assert.equal(lab.server.statistics.handshakes, 0);
    assert.equal(lab.network.pending, 0);
  });

  test("a cookie is good for its own address only", async () => {
    const lab = await dtlsLab(1);
    const seen: Uint8Array[] = [];
    lab.network.trace = ({ packet, fate }) => {
      if (fate === "delivered" && packet.to.port === SERVER_ADDRESS.port) {
        seen.push(octetsOf(packet).slice());
      }
    };
    await lab.connect();
    const withCookie = seen[1];
    assert.ok(withCookie);
    await sendRaw(lab, withCookie); // from another port
    assert.equal(lab.server.statistics.handshakes, 1);
  });

  test("a forged alert does not end a handshake that goes well", async () => {
    const lab = await dtlsLab(1);
    lab.network.trace = ({ packet, fate }) => {
      if (fate !== "delivered" || packet.from.port !== SERVER_ADDRESS.port) return;
      // Right behind each genuine datagram comes a fatal handshake_failure in the clear.
      const forged = Buffer.from("15fefd000000000000006400020228", "hex");
      const body = { tag: "udp", data: forged } as const;
      queueMicrotask(() => lab.clientHost.receive({ ...packet, body }));
    };
    const session = await lab.connect();
    lab.network.trace = undefined;
    assert.equal(await echo(lab, session, "hello"), "hello");
  });

  test("a session stands against clear alerts, data and handshakes from its address", async () => {
    const lab = await dtlsLab(1);
    const session = await lab.connect();
    const seat = lab.sessions[0];
    assert.ok(seat);
    for (const record of [
      "15fefd000000000000006400020200", // close_notify in the clear
      "15fefd000000000000006500020228",
      "17fefd00000000000000660003414243",
      "16fefd0000000000000067000c140000000000000000000000",
      "17fefd0001000000000999002000".repeat(32),
    ]) {
      const data = Buffer.from(record, "hex");
      const to = { ...SERVER_ADDRESS };
      lab.serverHost.receive({ from: seat.peer, to, body: { tag: "udp", data } });
    }
    assert.equal(await echo(lab, session, "hello"), "hello");
  });

  test("a client that lost its state gets in from the same port; the old session ends then [RFC 6347 §4.2.8]", async () => {
    const lab = await dtlsLab(1);
    const first = await lab.connect();
    // The new client is bound to the old one's port, as after a reboot: the old socket says no goodbye.
    const { port } = first.local;
    const bind = lab.clientHost.datagrams.bind.bind(lab.clientHost.datagrams);
    lab.link.set({ aToB: { loss: 1 } });
    first.close();
    await lab.network.run({ for: 100 });
    lab.link.set({ aToB: { loss: 0 } });
    lab.clientHost.datagrams.bind = (options, listener) =>
      bind({ ...options, local: { family: 4, host: "192.0.2.7", port } }, listener);
    const second = await lab.connect();
    assert.equal(second.local.port, port);
    assert.deepEqual(lab.log, ["opened", "the client began a new session", "opened"]);
    assert.equal(await echo(lab, second, "hello"), "hello");
  });

  test("half-open handshakes are limited; sessions go on", async () => {
    const lab = await dtlsLab(1, { server: { maxHandshakes: 3 } });
    const session = await lab.connect();
    // Each goes as far as a verified cookie; what the server then says is lost, and the client gives up.
    const cutOff = (): void => lab.link.set({ bToA: { loss: 1 } });
    for (let i = 0; i < 5; i += 1) {
      lab.link.set({ bToA: { loss: 0 } });
      lab.clientHost.clock.after(50, cutOff);
      await lab.connect({ timeoutMs: 300 }).catch(() => {});
    }
    lab.link.set({ bToA: { loss: 0 } });
    assert.equal(lab.server.statistics.turnedAway, 2);
    assert.equal(await echo(lab, session, "hello"), "hello");
    await lab.network.run({ for: 30_000 });
    const late = await lab.connect();
    assert.equal(await echo(lab, late, "hello"), "hello");
  });

  test("closing the server says goodbye to every client", async () => {
    const lab = await dtlsLab(1);
    const session = await lab.connect();
    let why = "";
    session.listen({ message: () => {}, closed: (reason) => (why = reason.message) });
    lab.server.close();
    await lab.network.run({ for: 100 });
    assert.equal(why, "the peer closed the session");
    assert.equal(lab.network.pending, 0);
  });

  for (const credentials of [
    { identity: "", key: KEY },
    { identity: IDENTITY, key: new Uint8Array() },
  ]) {
    test("an empty identity or key is told before any packet", async () => {
      const lab = await dtlsLab(1);
      await assert.rejects(lab.connect({ credentials }), { code: "dtls/configuration" });
      assert.equal(lab.link.statistics.aToB.sent, 0);
    });
  }

  test("an attempt can be given up", async () => {
    const lab = await dtlsLab(1, { path: { loss: 1 } });
    const stop = new AbortController();
    lab.clientHost.clock.after(700, () => stop.abort());
    await assert.rejects(lab.connect({ signal: stop.signal }), { code: "dtls/closed" });
    assert.equal(lab.network.pending, 0);
  });
});
