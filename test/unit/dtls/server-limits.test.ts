/** What a server does not let one client, or one network, do to it. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Address } from "../../../agent/net/ports.ts";
import {
  decodeClientHello,
  encodeClientHello,
  type ClientHello,
} from "../../../agent/wire/dtls/client-hello.ts";
import { encodeHandshakeFragment, HandshakeType } from "../../../agent/wire/dtls/handshake.ts";
import { decodeHelloVerifyRequest } from "../../../agent/wire/dtls/hello-verify-request.ts";
import { ContentType, DTLS12, encodeRecord } from "../../../agent/wire/dtls/record.ts";
import { KEY, pskServer } from "../../support/dtls-credentials.ts";
import {
  dtlsLab,
  echo,
  IDENTITY,
  octetsOf,
  recordsOf,
  SERVER_ADDRESS,
  type DtlsLab,
} from "../../support/dtls-lab.ts";
import { seeded } from "../../support/seeded.ts";

const chance = seeded(11);
/** Somebody's, who has no key. */
const at = (port: number): Address => ({ family: 4, host: "203.0.113.9", port });

function put(lab: DtlsLab, from: Address, data: Uint8Array): void {
  lab.serverHost.receive({ from, to: SERVER_ADDRESS, body: { tag: "udp", data } });
}

function record(hello: ClientHello, number: number): Uint8Array {
  const fragment = encodeHandshakeFragment({
    type: HandshakeType.clientHello,
    length: encodeClientHello(hello).length,
    messageSeq: number,
    offset: 0,
    fragment: encodeClientHello(hello),
  });
  const type = ContentType.handshake;
  return encodeRecord({ type, version: DTLS12, epoch: 0, sequence: number, fragment });
}

/** A ClientHello such as a true client's. */
async function anyHello(lab: DtlsLab): Promise<ClientHello> {
  let hello: ClientHello | undefined;
  lab.network.trace = ({ packet }) => (hello ??= decodeClientHello(octetsOf(packet).subarray(25)));
  (await lab.connect()).close();
  await lab.network.run({ for: 100 });
  lab.network.trace = undefined;
  assert.ok(hello);
  return { ...hello, extensions: hello.extensions.filter(({ type }) => type !== 35) };
}

/** A ClientHello of each of these addresses with the cookie that it was given. */
function withCookies(lab: DtlsLab, model: ClientHello, from: readonly Address[]): Uint8Array[] {
  lab.network.host([at(0).host]);
  const made: Uint8Array[] = [];
  for (const address of from) {
    const hello = { ...model, random: chance.bytes(32), cookie: new Uint8Array() };
    lab.network.trace = ({ packet, fate }) => {
      const [answer] = recordsOf(packet);
      if (fate !== "sent" || packet.to.host !== address.host || !answer) return;
      const { cookie } = decodeHelloVerifyRequest(answer.fragment.subarray(12));
      made.push(record({ ...hello, cookie: cookie.slice() }, 1));
    };
    put(lab, address, record(hello, 0));
  }
  lab.network.trace = undefined;
  assert.equal(made.length, from.length);
  return made;
}

describe("handshakes that cost the server, and their clients nothing", () => {
  test("two ClientHellos by turns from one address: one handshake a second", async () => {
    const lab = await dtlsLab(1);
    const model = await anyHello(lab);
    const hellos = withCookies(lab, model, [at(1), at(1)]);
    const before = lab.server.statistics.handshakes;
    for (const seconds of [1, 2, 3]) {
      for (let i = 0; i < 100; i += 1) for (const hello of hellos) put(lab, at(1), hello);
      assert.equal(lab.server.statistics.handshakes - before, seconds);
      await lab.network.run({ for: 1000 });
    }
  });

  test("one host from many ports: twenty handshakes, then five a second; others are served", async () => {
    const lab = await dtlsLab(1);
    const model = await anyHello(lab);
    const ports = Array.from({ length: 100 }, (_, i) => at(1000 + i));
    const hellos = withCookies(lab, model, ports);
    const before = lab.server.statistics.handshakes;
    const flood = (): void => {
      for (const [i, hello] of hellos.entries()) put(lab, ports[i] ?? at(1), hello);
    };
    flood();
    assert.equal(lab.server.statistics.handshakes - before, 20);
    await lab.network.run({ for: 1000 });
    flood();
    assert.equal(lab.server.statistics.handshakes - before, 25);
    assert.equal(await echo(lab, await lab.connect(), "hello"), "hello");
  });

  test("clients that have a key are not counted: many behind one address get in, one after the other", async () => {
    const lab = await dtlsLab(1, { path: { delayMs: 1 } });
    for (let i = 0; i < 60; i += 1) {
      const session = await lab.connect();
      assert.ok(session.handshakeMs < 100, `the ${i}th in ${session.handshakeMs} ms`);
      session.close();
    }
  });
});

test("a client whose handshake gives way to another's is told so, and not of its key", async () => {
  const lab = await dtlsLab(1, { server: { halfOpen: { total: 1, perSource: 1 } } });
  const model = await anyHello(lab);
  const [hello] = withCookies(lab, model, [at(1)]);
  assert.ok(hello);
  const connecting = lab.connect();
  let done = false;
  lab.network.trace = ({ packet, fate }) => {
    // As soon as the server has answered the cookie.
    const types = recordsOf(packet).map(({ fragment }) => fragment[0]);
    if (done || fate !== "sent" || !types.includes(HandshakeType.serverHello)) return;
    done = true;
    lab.link.set({ aToB: { loss: 1 } });
    queueMicrotask(() => put(lab, at(1), hello));
  };
  await assert.rejects(connecting, {
    code: "dtls/protocol",
    message: "the server ended the handshake: internal_error",
  });
  assert.ok(lab.clientHost.clock.now() < 3000);
});

describe("an internal fault", () => {
  const boom = new Error("boom");

  test("in a handshake ends that alone, and is counted and told", async () => {
    const faults: unknown[] = [];
    const pskOf = (identity: string): Uint8Array => {
      if (identity === IDENTITY) return KEY;
      throw boom;
    };
    const onFault = (error: unknown): void => void faults.push(error);
    const lab = await dtlsLab(1, { server: { credentials: { pskOf }, onFault } });
    const session = await lab.connect();
    const credentials = { type: "psk", identity: "nobody", key: KEY } as const;
    await assert.rejects(lab.connect({ credentials, timeoutMs: 3000 }));
    assert.deepEqual(faults, [boom]);
    assert.equal(lab.server.statistics.faults, 1);
    assert.equal(await echo(lab, session, "hello"), "hello");
    session.close();
    await lab.network.run({ for: 60_000 });
    assert.equal(lab.network.pending, 0);
  });

  test("in a session ends that alone, which is told why", async () => {
    const reasons: Error[] = [];
    const lab = await dtlsLab(1, {
      server: {
        onFault: () => {},
        onSession: (session) =>
          session.listen({
            message(data) {
              if (data.length === 4) throw boom;
              session.send(data);
            },
            closed: (reason) => void reasons.push(reason),
          }),
      },
    });
    const [one, other] = [await lab.connect(), await lab.connect()];
    assert.equal(await echo(lab, one, "boom"), undefined);
    assert.equal(reasons[0]?.message, "an internal fault");
    assert.equal(reasons[0]?.cause, boom);
    assert.equal(await echo(lab, other, "hello"), "hello");
    assert.equal(lab.server.statistics.faults, 1);
  });

  test("at the client ends its session alone", async () => {
    const lab = await dtlsLab(1);
    const [one, other] = [await lab.connect(), await lab.connect()];
    let reason: Error | undefined;
    one.listen({
      message() {
        throw boom;
      },
      closed: (why) => (reason = why),
    });
    one.send(new Uint8Array(3));
    await lab.network.run({ for: 100 });
    assert.equal(reason?.message, "an internal fault");
    assert.equal(await echo(lab, other, "hello"), "hello");
  });
});

test("the key log has nothing of clients that did not prove themselves", async () => {
  const lines: string[] = [];
  const server = { credentials: pskServer, keyLog: (line: string) => void lines.push(line) };
  const lab = await dtlsLab(1, { server });
  for (const identity of [IDENTITY, "nobody"]) {
    const key = new TextEncoder().encode("another key");
    const credentials = { type: "psk", identity, key } as const;
    await assert.rejects(lab.connect({ credentials, timeoutMs: 3000 }));
  }
  assert.deepEqual(lines, []);
  await lab.connect();
  assert.equal(lines.length, 1);
});
