/** The cookie exchange. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { MemorySessionStore } from "../../agent/dtls/stored-session.ts";
import type { ClientHello } from "../../agent/wire/dtls/client-hello.ts";
import { HandshakeType } from "../../agent/wire/dtls/handshake.ts";
import { encodeHelloVerifyRequest } from "../../agent/wire/dtls/hello-verify-request.ts";
import { DTLS10, DTLS12 } from "../../agent/wire/dtls/record.ts";
import { clients, servers } from "../support/dtls-credentials.ts";
import { dtlsLab, echo } from "../support/dtls-lab.ts";
import {
  bodyOf,
  clearHandshakes,
  clientHellos,
  cookieIn,
  greet,
  handshakeDatagram,
  helloDatagram,
  recordsFrom,
  relay,
  stranger,
  taken,
  watch,
  type Rule,
} from "./wire-view.ts";

const KINDS = ["psk", "certificate", "raw-public-key"] as const;

/** A HelloVerifyRequest of our own. */
function verifyRequest(version: number, cookie: Uint8Array, messageSeq = 0): Uint8Array {
  const body = encodeHelloVerifyRequest({ version, cookie });
  return handshakeDatagram(HandshakeType.helloVerifyRequest, body, { messageSeq });
}

/** Changes the HelloVerifyRequest on its way. */
function asVersion(version: number): Rule {
  return (datagram) => {
    const { records } = taken(datagram);
    if (!bodyOf(records, HandshakeType.helloVerifyRequest)) return [datagram];
    return [verifyRequest(version, cookieIn([datagram]).cookie)];
  };
}

/** What two ClientHellos of one handshake have in common. */
function withoutCookie(hello: ClientHello): ClientHello {
  return { ...hello, cookie: new Uint8Array() };
}

describe("the client", () => {
  for (const kind of KINDS) {
    test(`[RFC 6347 §4.2.1] ${kind}: says its ClientHello again, with the cookie, and otherwise the same`, async () => {
      const lab = await dtlsLab(1, { server: { credentials: servers[kind] } });
      const seen = watch(lab);
      await lab.connect({ credentials: clients[kind] });
      const [first, second, ...more] = clientHellos(seen);
      assert.ok(first && second && more.length === 0);
      const asked = cookieIn(seen.filter(({ from }) => from === "server").map((s) => s.octets));
      assert.equal(first.cookie.length, 0);
      assert.deepEqual(second.cookie, asked.cookie);
      assert.deepEqual(withoutCookie(second), withoutCookie(first));
    });
  }

  for (const version of [DTLS10, DTLS12, 0xfefc]) {
    test(`[RFC 6347 §4.2.1] takes a HelloVerifyRequest of version ${version.toString(16)} for no negotiation`, async () => {
      const lab = await dtlsLab(1);
      const between = await relay(lab, { toClient: asVersion(version) });
      const seen = watch(lab);
      const session = await lab.connect({ to: between.address });
      assert.equal(session.security.version, "DTLS1.2");
      assert.deepEqual(
        clientHellos(seen).map((hello) => hello.version),
        [DTLS12, DTLS12],
      );
    });
  }

  test("[RFC 6347 §4.2.1] is prepared for a cookie exchange when it resumes", async () => {
    const lab = await dtlsLab(1, { server: { resumption: { tickets: false } } });
    const options = { resumption: { store: new MemorySessionStore(), server: "the server" } };
    await lab.connect(options);
    const seen = watch(lab);
    const session = await lab.connect(options);
    assert.equal(session.security.resumed, true);
    const [first, second] = clientHellos(seen);
    assert.ok(first && second && second.cookie.length > 0);
    assert.deepEqual(withoutCookie(second), withoutCookie(first));
  });

  test("[RFC 6347 §4.2.1] is prepared for a second cookie, when the first is good no longer", async () => {
    const lab = await dtlsLab(1);
    let asked = 0;
    const stale: Rule = (datagram) => {
      const { records } = taken(datagram);
      if (!bodyOf(records, HandshakeType.helloVerifyRequest)) return [datagram];
      const messageSeq = asked++;
      const cookie = messageSeq === 0 ? new Uint8Array(16) : cookieIn([datagram]).cookie;
      return [verifyRequest(DTLS10, cookie, messageSeq)];
    };
    const between = await relay(lab, { toClient: stale });
    const session = await lab.connect({ to: between.address });
    assert.equal(asked, 2);
    assert.equal(await echo(lab, session, "hello"), "hello");
  });
});

describe("the server", () => {
  for (const sequence of [0, 7, 2 ** 40]) {
    test(`[RFC 6347 §4.2.1] answers a ClientHello in record ${sequence} in records of that number, and those after it`, async () => {
      const lab = await dtlsLab(1);
      const peer = await stranger(lab);
      const { cookie, record } = cookieIn(await peer.ask(helloDatagram({}, { sequence })));
      assert.equal(record.sequence, sequence);
      const next = sequence + 3; // some were lost
      const hello = helloDatagram({ cookie }, { sequence: next, messageSeq: 1 });
      const records = (await peer.ask(hello)).flatMap((answer) => taken(answer).records);
      assert.ok(bodyOf(records.slice(0, 1), HandshakeType.serverHello));
      assert.deepEqual(
        records.map((one) => one.sequence),
        records.map((_, i) => next + i),
      );
      assert.ok(records.length > 1);
    });
  }

  test("[RFC 6347 §4.2.1] asks in version 1.0, and negotiates 1.2", async () => {
    const lab = await dtlsLab(1);
    const peer = await stranger(lab);
    const asked = cookieIn(await peer.ask(helloDatagram({})));
    assert.deepEqual([asked.version, asked.record.version], [DTLS10, DTLS10]);
    const { hello, records } = await greet(lab);
    assert.equal(hello?.version, DTLS12);
    assert.deepEqual([...new Set(records.map(({ version }) => version))], [DTLS12]);
  });

  for (const [what, cookie] of [
    ["none", new Uint8Array()],
    ["one of its length that it did not bake", new Uint8Array(16)],
    ["one of another length", new Uint8Array(255)],
  ] as const) {
    test(`[RFC 6347 §4.2.1] keeps nothing before a cookie is back: ${what}`, async () => {
      const lab = await dtlsLab(1);
      const peer = await stranger(lab);
      const answers = await peer.ask(helloDatagram({ cookie }, { messageSeq: 1 }));
      assert.ok(cookieIn(answers).cookie.length > 0, "it asks");
      assert.equal(lab.server.statistics.handshakes, 0);
      assert.equal(lab.network.pending, 0);
    });
  }

  for (const [what, change] of [
    ["random", { random: new Uint8Array(32).fill(8) }],
    ["session_id", { sessionId: new Uint8Array(32) }],
    ["cipher_suites", { cipherSuites: [0xd001, 0xc02b, 0xc030] }],
    ["compression_methods", { compressionMethods: [1, 0] }],
    ["client_version", { version: 0xfefc }],
  ] as const satisfies readonly (readonly [string, Partial<ClientHello>])[]) {
    test(`[RFC 6347 §4.2.1] a cookie is good for what was said: not with another ${what}`, async () => {
      const lab = await dtlsLab(1);
      const peer = await stranger(lab);
      const { cookie } = cookieIn(await peer.ask(helloDatagram({})));
      const again = helloDatagram({ ...change, cookie }, { sequence: 1, messageSeq: 1 });
      assert.ok(cookieIn(await peer.ask(again)), "asked anew");
      assert.equal(lab.server.statistics.handshakes, 0);
    });
  }

  test("[RFC 6347 §4.2.1] a cookie is good for its address, and for a while", async () => {
    const lab = await dtlsLab(1);
    const peer = await stranger(lab);
    const { cookie } = cookieIn(await peer.ask(helloDatagram({})));
    const hello = helloDatagram({ cookie }, { sequence: 1, messageSeq: 1 });
    assert.ok(cookieIn(await (await stranger(lab)).ask(hello)), "another port");
    assert.ok(cookieIn(await peer.ask(helloDatagram({}), 180_000)));
    assert.ok(cookieIn(await peer.ask(hello)), "three minutes later");
    assert.equal(lab.server.statistics.handshakes, 0);
  });
});

test("[RFC 6347 §4.2.2] messages are numbered from 0 on; said again they keep their number, in new records", async () => {
  const lab = await dtlsLab(1);
  const seen = watch(lab);
  lab.link.set({ bToA: { loss: 1 } });
  lab.clientHost.clock.after(500, () => lab.link.set({ bToA: { loss: 0 } }));
  await lab.connect();
  for (const end of ["client", "server"] as const) {
    // The HelloVerifyRequest keeps to the number of the record that it answers.
    const records = recordsFrom(seen, end).filter(({ version }) => version === DTLS12);
    const numbers = records.map(({ epoch, sequence }) => `${epoch}/${sequence}`);
    assert.equal(new Set(numbers).size, numbers.length, end);
  }
  const said = clearHandshakes(recordsFrom(seen, "client"));
  assert.ok(said.filter(({ messageSeq }) => messageSeq === 0).length > 1, "it was repeated");
  const types = new Map(said.map(({ messageSeq, type }) => [messageSeq, type]));
  const { clientHello, clientKeyExchange } = HandshakeType;
  assert.deepEqual(
    [...types],
    [
      [0, clientHello],
      [1, clientHello],
      [2, clientKeyExchange],
    ],
  );
  const answers = clearHandshakes(recordsFrom(seen, "server"));
  const order = [...new Set(answers.map(({ messageSeq }) => messageSeq))];
  assert.deepEqual(order, [0, 1, 2, 3], "HelloVerifyRequest to ServerHelloDone");
});
