/** What somebody off the path can say in a handshake: that it ends, and things that no end would say. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { listenDtls } from "../../../agent/dtls/server.ts";
import { MemorySessionStore } from "../../../agent/dtls/stored-session.ts";
import type { Packet } from "../../../agent/net/simulated/packet.ts";
import { encodeAlert } from "../../../agent/wire/dtls/alert.ts";
import { encodeHandshakeFragment, HandshakeType } from "../../../agent/wire/dtls/handshake.ts";
import { encodeHelloVerifyRequest } from "../../../agent/wire/dtls/hello-verify-request.ts";
import { ContentType, DTLS12, encodeRecord } from "../../../agent/wire/dtls/record.ts";
import { pskServer } from "../../support/dtls-credentials.ts";
import { dtlsLab, echo, onArrival, SERVER_ADDRESS, type DtlsLab } from "../../support/dtls-lab.ts";

type Piece = Parameters<typeof encodeHandshakeFragment>[0];

/** A record of epoch 0 that anyone can make. */
function record(type: number, fragment: Uint8Array, sequence = 9): Uint8Array {
  return encodeRecord({ type, version: DTLS12, epoch: 0, sequence, fragment });
}

function piece(type: number, messageSeq: number, over: Partial<Piece> = {}): Uint8Array {
  const fragment = over.fragment ?? Uint8Array.of(1, 2, 3);
  const whole = { type, length: fragment.length, messageSeq, offset: 0, fragment, ...over };
  return record(ContentType.handshake, encodeHandshakeFragment(whole));
}

function cookieRequest(sequence: number): Uint8Array {
  const body = encodeHelloVerifyRequest({ version: DTLS12, cookie: new Uint8Array(8) });
  const type = HandshakeType.helloVerifyRequest;
  const message = { type, length: body.length, messageSeq: 0, offset: 0, fragment: body };
  return record(ContentType.handshake, encodeHandshakeFragment(message), sequence);
}

const ALERT = record(ContentType.alert, encodeAlert({ level: 2, description: 40 }));
const SHORT_HELLO = piece(HandshakeType.serverHello, 0);

/** Has the client get each as if from the server, right when it has sent its nth datagram; counted from 1. */
function forge(lab: DtlsLab, at: Readonly<Record<number, readonly Uint8Array[]>>): void {
  let sent = 0;
  lab.network.trace = ({ packet, fate }) => {
    if (fate !== "sent" || packet.to.port !== SERVER_ADDRESS.port) return;
    sent += 1;
    for (const data of at[sent] ?? []) hand(lab, packet, data);
  };
}

function hand(lab: DtlsLab, { from, to }: Packet, data: Uint8Array): void {
  lab.clientHost.receive({ from: to, to: from, body: { tag: "udp", data } });
}

describe("a client's handshake in spite of", () => {
  const hellos: readonly [string, readonly Uint8Array[]][] = [
    ["an alert", [ALERT]],
    ["a ServerHello of 3 octets", [SHORT_HELLO]],
    ["a Certificate that is none", [piece(HandshakeType.certificate, 0)]],
    ["a message of no known type", [piece(99, 0)]],
    ["a HelloRequest", [piece(HandshakeType.helloRequest, 0, { fragment: new Uint8Array() })]],
    ["a cookie of nobody's", [cookieRequest(0)]],
    ["all of them", [ALERT, SHORT_HELLO, piece(99, 0), cookieRequest(0)]],
  ];
  for (const [what, forged] of hellos) {
    for (const n of [1, 2]) {
      test(`${what} upon ClientHello ${n}`, async () => {
        const lab = await dtlsLab(1, { path: { delayMs: 150 } });
        forge(lab, { [n]: forged });
        const session = await lab.connect();
        lab.network.trace = undefined;
        assert.ok(session.handshakeMs < 1600, `${session.handshakeMs} ms`);
        assert.equal(await echo(lab, session, "hello"), "hello");
      });
    }
  }

  test("an alert while its proof is on the way", async () => {
    const lab = await dtlsLab(1, { path: { delayMs: 400 } });
    // 200 ms without an answer: the first ClientHello goes again, and again.
    let proved = false;
    lab.network.trace = ({ packet, fate }) => {
      const toServer = fate === "sent" && packet.to.port === SERVER_ADDRESS.port;
      if (!toServer || proved || lab.server.statistics.handshakes === 0) return;
      proved = true;
      hand(lab, packet, ALERT);
    };
    await lab.connect();
    assert.ok(proved);
  });

  for (const messageSeq of [1, 2, 3, 4, 5, 6]) {
    test(`one octet of a message ${messageSeq} that is not the server's`, async () => {
      const lab = await dtlsLab(1);
      const length = 99;
      forge(lab, { 1: [piece(20, messageSeq, { length, fragment: Uint8Array.of(0) })] });
      const session = await lab.connect();
      assert.ok(session.handshakeMs < 500, `${session.handshakeMs} ms`);
    });
  }

  test("a whole message that comes before the server's own", async () => {
    const lab = await dtlsLab(1);
    forge(lab, { 1: [piece(HandshakeType.serverHelloDone, 1), piece(99, 2)] });
    const session = await lab.connect();
    assert.ok(session.handshakeMs < 1000, `${session.handshakeMs} ms`);
  });
});

test("a server that restarts between two ClientHellos is reached", async () => {
  const lab = await dtlsLab(1);
  let restarted = false;
  onArrival(lab, ({ from }) => {
    if (restarted || from.port !== SERVER_ADDRESS.port) return;
    restarted = true;
    lab.server.close();
    const options = { local: SERVER_ADDRESS, credentials: pskServer, onSession: () => {} };
    void listenDtls(lab.serverHost, options);
  });
  const session = await lab.connect();
  assert.ok(session.handshakeMs < 500, `${session.handshakeMs} ms`);
});

test("cookies are asked for a few times only", async () => {
  const lab = await dtlsLab(1);
  lab.link.set({ bToA: { loss: 1 } });
  let hellos = 0;
  lab.network.trace = ({ packet, fate }) => {
    if (fate !== "sent" || packet.to.port !== SERVER_ADDRESS.port) return;
    hellos += 1;
    hand(lab, packet, cookieRequest(hellos - 1));
  };
  await assert.rejects(lab.connect(), { code: "dtls/protocol" });
  assert.ok(hellos < 10, `${hellos} ClientHellos`);
});

describe("what nobody authenticated does not end what is kept of a session", () => {
  for (const [what, forged] of [
    ["an alert", ALERT],
    ["a refusal of the key", record(ContentType.alert, encodeAlert({ level: 2, description: 51 }))],
    ["a message that cannot be", SHORT_HELLO],
  ] as const) {
    test(`${what}, and nothing of the server: the next handshake resumes`, async () => {
      const lab = await dtlsLab(1);
      const resumption = { store: new MemorySessionStore(), server: "the server" };
      (await lab.connect({ resumption })).close();
      await lab.network.run({ for: 100 });
      lab.link.set({ bToA: { loss: 1 } });
      forge(lab, { 1: [forged] });
      await assert.rejects(lab.connect({ resumption, timeoutMs: 3000 }));
      lab.network.trace = undefined;
      lab.link.set({ bToA: { loss: 0 } });
      assert.equal((await lab.connect({ resumption })).security.resumed, true);
    });
  }
});

describe("a server's handshake in spite of", () => {
  for (const [what, forged] of [
    ["an alert", ALERT],
    ["one octet of a message 2 that is not the client's", piece(20, 2, { length: 99 })],
    ["one octet of a message 3 that is not the client's", piece(20, 3, { length: 99 })],
  ] as const) {
    test(what, async () => {
      const lab = await dtlsLab(1, { path: { delayMs: 150 } });
      let heard = 0;
      onArrival(lab, ({ from, to }) => {
        if (to.port !== SERVER_ADDRESS.port || ++heard !== 2) return;
        const body = { tag: "udp", data: forged } as const;
        queueMicrotask(() => lab.serverHost.receive({ from, to, body }));
      });
      await lab.connect({ parameters: { initialTimeoutMs: 1000 } });
      assert.equal(lab.server.statistics.handshakes, 1);
    });
  }
});
