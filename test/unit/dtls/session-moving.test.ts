import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { ConnectOptions } from "../../../agent/dtls/client.ts";
import type { DtlsSession } from "../../../agent/dtls/session.ts";
import { ContentType } from "../../../agent/wire/dtls/record.ts";
import type { Packet } from "../../../agent/net/simulated/packet.ts";
import type { Path } from "../../../agent/net/simulated/path.ts";
import {
  dtlsLab,
  echo,
  onArrival,
  recordsOf,
  SERVER_ADDRESS,
  type DtlsLab,
} from "../../support/dtls-lab.ts";

/** The port that the server sends to from now on. */
function rebind(lab: DtlsLab, session: DtlsSession): number {
  return lab.clientHost.rebind(session.local.port);
}

/** Octets of a heartbeat of DOTS, about. */
const HEARTBEAT = 60;

/** Says something, lets `forMs` pass, and takes no notice of an answer. */
async function say(
  lab: DtlsLab,
  session: DtlsSession,
  forMs: number,
  octets = HEARTBEAT,
): Promise<void> {
  session.listen({ message: () => {}, closed: () => {} });
  session.send(new Uint8Array(octets));
  await lab.network.run({ for: forMs });
}

const isToServer = ({ to }: Packet): boolean => to.port === SERVER_ADDRESS.port;

/** The same packet with another source, which is nobody's. */
function spoofed(packet: Packet): Packet {
  return { ...packet, from: { ...packet.from, port: 7 } };
}

describe("a client whose address changes [RFC 9146 §6] [RFC 9853]", () => {
  test("is found again with the first thing that it says", async () => {
    const lab = await dtlsLab(1);
    const session = await lab.connect();
    assert.equal(session.security.connectionId, true);
    const port = rebind(lab, session);
    assert.equal(await echo(lab, session, "hello", 85), "hello", "in two round trips");
    assert.deepEqual(lab.log, ["opened", `moved to ${port}`]);
    assert.equal(lab.sessions[0]?.peer.port, port);
    assert.equal(await echo(lab, session, "hello", 50), "hello");
    assert.equal(lab.server.statistics.handshakes, 1);
    assert.equal(lab.network.pending, 0, "no timer is left behind");
  });

  test("again and again, and with messages in flight", async () => {
    const lab = await dtlsLab(1);
    const session = await lab.connect();
    for (let i = 0; i < 20; i += 1) {
      rebind(lab, session);
      await say(lab, session, 5000);
      assert.equal(await echo(lab, session, `hello ${i}`, 50), `hello ${i}`);
    }
    assert.equal(lab.server.statistics.moved, 20);
  });

  test("what it says from there is delivered before it is found, and answered to the old address until then", async () => {
    const lab = await dtlsLab(1);
    const session = await lab.connect();
    const before = lab.sessions[0]?.peer;
    rebind(lab, session);
    const answers: [number, number][] = [];
    lab.network.trace = ({ packet, fate }) => {
      if (fate !== "sent" || isToServer(packet)) return;
      for (const { fragment } of recordsOf(packet)) {
        answers.push([packet.to.port, fragment.length]);
      }
    };
    await say(lab, session, 30);
    assert.ok(before);
    assert.equal(lab.sessions[0]?.peer.port, before.port);
    const [challenge, answer] = answers;
    assert.equal(answers.length, 2);
    assert.notEqual(challenge?.[0], before.port, "a challenge to the new address");
    assert.equal(answer?.[0], before.port, "the answer to the old one");
    await lab.network.run({ for: 40 });
    assert.deepEqual(answers[2], [challenge?.[0], answer?.[1]], "and to the new one, now proved");
  });

  for (const what of ["the client", "the server"] as const) {
    test(`without ids, as ${what} wants it, the session cannot be found again`, async () => {
      const none = { connectionId: false };
      const lab = await dtlsLab(1, what === "the server" ? { server: none } : {});
      const session = await lab.connect(what === "the client" ? none : {});
      assert.equal(session.security.connectionId, false);
      assert.equal(lab.sessions[0]?.security.connectionId, false);
      rebind(lab, session);
      assert.equal(await echo(lab, session, "hello"), undefined);
      assert.deepEqual(lab.log, ["opened"]);
    });
  }

  for (const [what, path] of [
    ["40 % loss each way", { loss: 0.4 }],
    ["reordering and duplication", { jitterMs: 30, reorder: 0.3, reorderMs: 100, duplicate: 0.3 }],
  ] as const satisfies readonly (readonly [string, Partial<Path>])[]) {
    test(`is found again under ${what}`, async () => {
      for (let seed = 0; seed < 30; seed += 1) {
        const lab = await dtlsLab(seed);
        const session = await lab.connect();
        lab.link.set({ aToB: path, bToA: path });
        const port = rebind(lab, session);
        // As often as heartbeats and requests come under attack.
        for (let i = 0; i < 10; i += 1) await say(lab, session, 4000);
        assert.equal(lab.sessions[0]?.peer.port, port, `seed ${seed}`);
      }
    });
  }

  test("a lost challenge is sent again, later and later, four times at most", async () => {
    const lab = await dtlsLab(1);
    const session = await lab.connect();
    const before = lab.sessions[0]?.peer.port;
    rebind(lab, session);
    lab.link.set({ bToA: { loss: 1 } });
    const times: number[] = [];
    lab.network.trace = ({ at, packet, fate }) => {
      if (fate === "lost" && packet.to.port !== before) times.push(at);
    };
    await say(lab, session, 60_000, 200);
    // The round trip was 40 ms: first 200 ms, the least there is.
    const gaps = times.slice(1).map((time, i) => time - (times[i] ?? 0));
    assert.deepEqual(gaps, [200, 400, 800]);
    assert.equal(lab.sessions[0]?.peer.port, before);
    assert.equal(lab.network.pending, 0);
    lab.link.set({ bToA: { loss: 0 } });
    assert.equal(await echo(lab, session, "hello", 85), "hello", "it is asked anew");
  });

  test("a challenge that lacks octets from there goes as soon as they have come", async () => {
    const lab = await dtlsLab(1);
    const session = await lab.connect();
    const port = rebind(lab, session);
    lab.link.set({ bToA: { loss: 1 } });
    await say(lab, session, 300, 0); // pays for one challenge, which is lost; the next is due after 200 ms
    lab.link.set({ bToA: { loss: 0 } });
    await say(lab, session, 70, 0); // the one after that after 600 ms
    assert.equal(lab.sessions[0]?.peer.port, port);
  });
});

describe("who would move a session that is not his [RFC 9146 §6, §9]", () => {
  test("a copy with a forged source that comes after the original is dropped", async () => {
    const lab = await dtlsLab(1);
    const session = await lab.connect();
    onArrival(lab, (packet) => {
      if (isToServer(packet) && packet.from.port !== 7) {
        queueMicrotask(() => lab.serverHost.receive(spoofed(packet)));
      }
    });
    for (let i = 0; i < 5; i += 1) assert.equal(await echo(lab, session, `${i}`, 50), `${i}`);
    assert.deepEqual(lab.log, ["opened"]);
    assert.equal(lab.link.statistics.bToA.undeliverable, 0, "nothing goes to the forged address");
  });

  test("one that comes before the original gets challenges, and nothing else, and does not move it", async () => {
    const lab = await dtlsLab(1);
    const session = await lab.connect();
    const before = lab.sessions[0]?.peer;
    const toForged: number[] = [];
    lab.network.trace = ({ packet, fate }) => {
      if (fate === "sent" && isToServer(packet)) {
        // Faster than the network: the true one arrives as a repetition.
        const copy = { ...packet, body: structuredClone(packet.body) };
        queueMicrotask(() => lab.serverHost.receive(spoofed(copy)));
      } else if (fate === "sent" && packet.to.port === 7) {
        toForged.push(...recordsOf(packet).map(({ type }) => type));
      }
    };
    for (let i = 0; i < 50; i += 1) {
      assert.equal(await echo(lab, session, `${i}`, 50), `${i}`, "answered to the true address");
      await lab.network.run({ for: 150 });
    }
    assert.deepEqual(lab.sessions[0]?.peer, before);
    assert.ok(toForged.length >= 4 && toForged.length <= 14, `${toForged.length} challenges`);
    assert.deepEqual([...new Set(toForged)], [ContentType.returnRoutabilityCheck]);
  });

  test("nobody moves it by an id alone, and what does not authenticate is dropped in silence", async () => {
    const lab = await dtlsLab(1);
    const session = await lab.connect();
    onArrival(lab, (packet) => {
      if (!isToServer(packet) || packet.from.port === 7 || packet.body.tag !== "udp") return;
      for (let at = 11; at < packet.body.data.length; at += 1) {
        const data = packet.body.data.slice();
        data[at] = (data[at] ?? 0) ^ 1;
        lab.serverHost.receive(spoofed({ ...packet, body: { tag: "udp", data } }));
      }
    });
    assert.equal(await echo(lab, session, "hello"), "hello");
    assert.equal(lab.link.statistics.bToA.undeliverable, 0);
    assert.deepEqual(lab.log, ["opened"]);
  });

  test("a plain protected record does not reach a session with ids [RFC 9146 §3]", async () => {
    const lab = await dtlsLab(1);
    const session = await lab.connect();
    const dropped = lab.server.statistics.dropped;
    const data = Buffer.from("17fefd0001000000000001001d".padEnd(2 * (13 + 29), "0"), "hex");
    const from = lab.sessions[0]?.peer;
    assert.ok(from);
    lab.serverHost.receive({ from, to: SERVER_ADDRESS, body: { tag: "udp", data } });
    assert.equal(lab.server.statistics.dropped, dropped + 1);
    assert.equal(await echo(lab, session, "hello"), "hello");
  });
});

describe("an address that passes from one client to another", () => {
  const keyOf = (identity: string): Uint8Array =>
    new TextEncoder().encode(`the key of ${identity}`);
  const as = (identity: string, connectionId = true): Partial<ConnectOptions> => ({
    credentials: { type: "psk", identity, key: keyOf(identity) },
    connectionId,
  });
  const crowded = (): Promise<DtlsLab> => dtlsLab(1, { server: { credentials: { pskOf: keyOf } } });

  for (const [what, identity, ids, log] of [
    ["another client's session with an id goes on", "second", true, []],
    ["one without an id ends", "second", false, ["the client began a new session"]],
    ["the same client's ends", "first", true, ["the client began a new session"]],
  ] as const) {
    test(`a new session there: ${what}`, async () => {
      const lab = await crowded();
      const first = await lab.connect(as("first", ids));
      lab.clientHost.changeAddress("192.0.2.7", "192.0.2.8");
      const host = lab.network.host(["192.0.2.7"]);
      const second = await lab.connect(as(identity), host);
      assert.deepEqual(lab.sessions[1]?.peer, lab.sessions[0]?.peer, "the same address");
      assert.deepEqual(lab.log, ["opened", ...log, "opened"]);
      await say(lab, first, 200);
      const goesOn = log.length === 0;
      assert.equal(await echo(lab, first, "one", 100), goesOn ? "one" : undefined);
      assert.equal(await echo(lab, second, "two", 100), "two");
    });
  }

  test("a session that moves there and the one that has it are both reached", async () => {
    const lab = await crowded();
    const first = await lab.connect(as("first"));
    const host = lab.network.host(["192.0.2.9"]);
    const second = await lab.connect(as("second"), host);
    host.changeAddress("192.0.2.9", "192.0.2.10");
    lab.clientHost.changeAddress("192.0.2.7", "192.0.2.9");
    await say(lab, first, 200);
    assert.deepEqual(lab.sessions[0]?.peer, lab.sessions[1]?.peer, "the same address");
    assert.equal(await echo(lab, first, "one", 100), "one");
    await say(lab, second, 200);
    assert.equal(await echo(lab, second, "two", 100), "two");
    assert.equal(await echo(lab, first, "one", 100), "one");
    assert.deepEqual(lab.log.toSorted(), ["moved to 49152", "moved to 49152", "opened", "opened"]);
    second.close();
    await lab.network.run({ for: 100 });
    assert.equal(await echo(lab, first, "one", 100), "one");
    // Whoever now begins a session at the second one's first address finds no trace of it.
    const third = await lab.connect(as("third"), lab.network.host(["192.0.2.11"]));
    assert.equal(await echo(lab, third, "three", 100), "three");
  });

  test("one without an id keeps its address when another one was found there meanwhile", async () => {
    const lab = await crowded();
    const first = await lab.connect(as("first"));
    const host = lab.network.host(["192.0.2.9"]);
    const second = await lab.connect(as("second", false), host);
    host.changeAddress("192.0.2.9", "192.0.2.10");
    lab.clientHost.changeAddress("192.0.2.7", "192.0.2.9");
    await say(lab, first, 200);
    lab.clientHost.changeAddress("192.0.2.9", "192.0.2.7");
    host.changeAddress("192.0.2.10", "192.0.2.9");
    await say(lab, first, 200);
    assert.equal(await echo(lab, second, "two", 100), "two");
    assert.equal(await echo(lab, first, "one", 100), "one");
  });

  test("one that has moved away is not replaced at its old address, even by its own client", async () => {
    const lab = await crowded();
    const first = await lab.connect(as("first"));
    lab.clientHost.changeAddress("192.0.2.7", "192.0.2.8");
    await say(lab, first, 200);
    const again = await lab.connect(as("first"), lab.network.host(["192.0.2.7"]));
    assert.equal(await echo(lab, first, "one", 100), "one");
    assert.equal(await echo(lab, again, "again", 100), "again");
  });
});
