import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Address } from "../../../agent/net/ports.ts";
import { concatBytes } from "../../../agent/wire/bytes.ts";
import { ContentType, encodeRecord, splitDatagram } from "../../../agent/wire/dtls/record.ts";
import {
  dtlsLab,
  echo,
  IDENTITY,
  KEY,
  octetsOf,
  recordsOf,
  SERVER_ADDRESS,
  type DtlsLab,
} from "../../support/dtls-lab.ts";

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

/** What a client sends first: its two ClientHellos, without and with the cookie, and where from. */
async function helloDatagrams(lab: DtlsLab): Promise<[Uint8Array, Uint8Array, Address]> {
  const sent: Uint8Array[] = [];
  lab.network.trace = ({ packet, fate }) => {
    if (fate === "delivered" && packet.to.port === SERVER_ADDRESS.port) {
      sent.push(octetsOf(packet).slice());
    }
  };
  const session = await lab.connect();
  session.close();
  await lab.network.run({ for: 100 });
  lab.network.trace = undefined;
  const [first, second] = sent;
  assert.ok(first && second);
  return [first, second, session.local];
}

describe("hostile and mistaken peers", () => {
  const wrong = new TextEncoder().encode("another key");
  for (const [what, credentials] of [
    ["a wrong key", { type: "psk", identity: IDENTITY, key: wrong }],
    ["an unknown identity", { type: "psk", identity: "nobody", key: KEY }],
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

  for (const [what, loss, atMs] of [
    ["on a path that loses nothing, after the given patience", 0, 4080],
    ["on a path that loses, at the end of the handshake's time", 1, 20_000],
  ] as const) {
    test(`a server that says nothing of a wrong key is given up ${what}`, async () => {
      const lab = await dtlsLab(1);
      // Its alerts never arrive; a first ClientHello is lost where there is to be loss.
      lab.link.set({ aToB: { loss } });
      lab.clientHost.clock.after(900, () => lab.link.set({ aToB: { loss: 0 } }));
      lab.network.trace = ({ packet, fate }) => {
        const records = recordsOf(packet);
        const proof = records.some(({ epoch }) => epoch === 1);
        if (fate === "delivered" && proof) lab.link.set({ bToA: { loss: 1 } });
      };
      const credentials = { type: "psk", identity: IDENTITY, key: wrong } as const;
      const parameters = { proofPatienceMs: 4000 };
      await assert.rejects(lab.connect({ credentials, parameters, timeoutMs: 20_000 }), {
        code: "dtls/proof-unanswered",
      });
      assert.equal(lab.clientHost.clock.now(), atMs);
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

  for (const messages of [0, 1, 5, 200]) {
    test(`a client that lost its state gets in from the same port, at once, after ${messages} messages [RFC 6347 §4.2.8]`, async () => {
      const lab = await dtlsLab(1);
      const first = await lab.connect();
      for (let i = 0; i < messages; i += 1) await echo(lab, first, `hello ${i}`);
      // As after a reboot: the old socket is gone without a goodbye, the new one is bound to its port.
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
      assert.equal(second.handshakeMs, 120);
      assert.deepEqual(lab.log, ["opened", "the client began a new session", "opened"]);
      assert.equal(await echo(lab, second, "hello"), "hello");
    });
  }

  test("half-open handshakes of one source are limited: the oldest gives way, others are served", async () => {
    const lab = await dtlsLab(1, { server: { halfOpen: { total: 8, perSource: 3 } } });
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
    const late = await lab.connect();
    assert.equal(await echo(lab, late, "hello"), "hello");
    await lab.network.run({ for: 30_000 });
    assert.equal(lab.network.pending, 0);
  });

  test("sessions are limited; a client that replaces its own is let in", async () => {
    const lab = await dtlsLab(1, { server: { maxSessions: 2 } });
    await lab.connect();
    const second = await lab.connect();
    await assert.rejects(lab.connect({ timeoutMs: 3000 }));
    assert.equal(lab.sessions.length, 2);
    second.close();
    await lab.network.run({ for: 100 });
    const third = await lab.connect();
    assert.equal(await echo(lab, third, "hello"), "hello");
  });

  for (const sequence of [2 ** 48 - 1, 2 ** 48 - 8, 2 ** 47 + 1, 2 ** 47]) {
    test(`a ClientHello numbered ${sequence} is ${sequence > 2 ** 47 ? "dropped: it leaves our records no room" : "served"}`, async () => {
      const lab = await dtlsLab(1);
      const [, withCookie, from] = await helloDatagrams(lab);
      const [record] = splitDatagram(withCookie).records;
      assert.ok(record);
      const body = { tag: "udp", data: encodeRecord({ ...record, sequence }) } as const;
      lab.serverHost.receive({ from, to: SERVER_ADDRESS, body });
      await lab.network.run({ for: 60_000 });
      assert.equal(lab.server.statistics.handshakes, sequence > 2 ** 47 ? 1 : 2);
      assert.equal(await echo(lab, await lab.connect(), "hello"), "hello");
    });
  }

  test("a datagram full of ClientHellos gets one answer", async () => {
    const lab = await dtlsLab(1);
    const [hello] = await helloDatagrams(lab);
    const answers = await sendRaw(lab, concatBytes(...Array.from({ length: 8 }, () => hello)));
    assert.equal(answers.length, 1);
  });

  test("a proof that fails over and over gets few alerts", async () => {
    const lab = await dtlsLab(1);
    let alerts = 0;
    let replayed = false;
    lab.network.trace = ({ packet, fate }) => {
      if (fate !== "delivered") return;
      const records = recordsOf(packet);
      if (records.some(({ type }) => type === ContentType.alert)) alerts += 1;
      if (replayed || !records.some(({ epoch }) => epoch === 1)) return;
      replayed = true;
      for (let i = 0; i < 50; i += 1) queueMicrotask(() => lab.serverHost.receive(packet));
    };
    const credentials = {
      type: "psk",
      identity: IDENTITY,
      key: new TextEncoder().encode("another key"),
    } as const;
    await assert.rejects(lab.connect({ credentials, timeoutMs: 5000 }));
    assert.ok(alerts >= 1 && alerts <= 6, `${alerts} alerts`);
  });

  test("the server's numbers go on from the ClientHello's [RFC 6347 §4.2.1]", async () => {
    const lab = await dtlsLab(1);
    const numbers: number[] = [];
    lab.network.trace = ({ packet, fate }) => {
      const [record] = recordsOf(packet);
      if (fate === "delivered" && record?.epoch === 0) numbers.push(record.sequence);
    };
    await lab.connect();
    // ClientHello, HelloVerifyRequest, ClientHello, ServerHello, ClientKeyExchange, ChangeCipherSpec.
    assert.deepEqual(numbers, [0, 0, 1, 1, 2, 4]);
  });

  test("a round trip is measured on what was sent twice, too: the cookie says which it answers", async () => {
    const lab = await dtlsLab(1, { path: { delayMs: 600 } });
    const session = await lab.connect();
    assert.equal(session.rttMs, 1200);
  });

  test("what overtakes the messages that its keys are made from is kept for them", async () => {
    const credentials = { type: "psk", identity: "b".repeat(60), key: KEY } as const;
    const server = { credentials: { pskOf: () => KEY } };
    for (let seed = 0; seed < 40; seed += 1) {
      const lab = await dtlsLab(seed, { path: { reorder: 0.5, reorderMs: 100 }, server });
      // So small that the ClientKeyExchange and the Finished travel apart.
      const parameters = { maxDatagram: 140 };
      const suites = ["TLS_PSK_WITH_AES_128_GCM_SHA256"];
      const session = await lab.connect({ parameters, credentials, suites });
      assert.ok(session.handshakeMs < 1000, `seed ${seed}: ${session.handshakeMs} ms`);
    }
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
    { type: "psk", identity: "", key: KEY },
    { type: "psk", identity: IDENTITY, key: new Uint8Array() },
  ] as const) {
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
