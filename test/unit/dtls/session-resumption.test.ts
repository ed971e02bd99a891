import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { ConnectOptions } from "../../../agent/dtls/client.ts";
import { listenDtls, type DtlsServer } from "../../../agent/dtls/server.ts";
import {
  decodeStoredSession,
  encodeStoredSession,
  MemorySessionStore,
} from "../../../agent/dtls/stored-session.ts";
import { AlertDescription, encodeAlert } from "../../../agent/wire/dtls/alert.ts";
import { HandshakeType } from "../../../agent/wire/dtls/handshake.ts";
import { ContentType, DTLS12, encodeRecord } from "../../../agent/wire/dtls/record.ts";
import { clients, IDENTITY, KEY, servers } from "../../support/dtls-credentials.ts";
import {
  dtlsLab,
  echo,
  octetsOf,
  recordsOf,
  SERVER_ADDRESS,
  type DtlsLab,
} from "../../support/dtls-lab.ts";

const KINDS = ["psk", "certificate", "raw-public-key"] as const;
const HOUR = 3_600_000;

/** A store of its own, and options with it. */
function kept(): { readonly store: MemorySessionStore; readonly keep: Partial<ConnectOptions> } {
  const store = new MemorySessionStore();
  return { store, keep: { resumption: { store, server: "the server" } } };
}

/** The ClientHello of a client that resumes, as it arrives; the client is gone, and so is its session. */
async function ticketHello(lab: DtlsLab, keep: Partial<ConnectOptions>): Promise<Uint8Array> {
  (await lab.connect(keep)).close();
  let hello: Uint8Array | undefined;
  lab.network.trace = ({ packet }) => (hello ??= octetsOf(packet).slice());
  lab.link.set({ aToB: { loss: 1 } });
  await assert.rejects(lab.connect({ ...keep, timeoutMs: 100 }));
  lab.network.trace = undefined;
  lab.link.set({ aToB: { loss: 0 } });
  await lab.network.run({ for: 100 });
  assert.ok(hello);
  return hello;
}

describe("a session that goes on [RFC 5077]", () => {
  for (const kind of KINDS) {
    test(`${kind}: in one round trip, as the same client`, async () => {
      const lab = await dtlsLab(1, { server: { credentials: servers[kind] } });
      const options = { credentials: clients[kind], ...kept().keep };
      const first = await lab.connect(options);
      assert.equal(first.security.resumed, false);
      for (let i = 1; i < 4; i += 1) {
        const session = await lab.connect(options);
        assert.equal(session.security.resumed, true);
        assert.equal(session.handshakeMs, 40);
        assert.equal(session.security.connectionId, true);
        assert.equal(await echo(lab, session, "hello"), "hello");
        assert.equal(lab.sessions[i]?.security.resumed, true);
        assert.deepEqual(session.identity, first.identity);
        assert.deepEqual(lab.sessions[i]?.identity, lab.sessions[0]?.identity);
        session.close();
      }
      assert.equal(lab.server.statistics.cookiesSent, 1, "only the first had to prove its address");
    });
  }

  test("by its id, where the server has no tickets: with a cookie", async () => {
    const lab = await dtlsLab(1, { server: { resumption: { tickets: false } } });
    const { keep } = kept();
    await lab.connect(keep);
    const session = await lab.connect(keep);
    assert.equal(session.security.resumed, true);
    assert.equal(session.handshakeMs, 80);
    assert.equal(await echo(lab, session, "hello"), "hello");
  });

  for (const loss of [0.25, 0.4]) {
    test(`at ${loss * 100} % loss each way, reordered and duplicated, 50 of 50 go on`, async () => {
      for (let seed = 0; seed < 50; seed += 1) {
        const lab = await dtlsLab(seed);
        const { keep } = kept();
        await lab.connect(keep);
        const path = { loss, jitterMs: 30, reorder: 0.1, duplicate: 0.1 };
        lab.link.set({ aToB: path, bToA: path });
        const session = await lab.connect(keep);
        assert.equal(session.security.resumed, true, `seed ${seed}`);
        // Repeated as requests are: of the client's Finished it is not said whether it came.
        let heard: string | undefined;
        for (let i = 0; i < 20 && heard === undefined; i += 1) {
          heard = await echo(lab, session, "hello");
        }
        assert.equal(heard, "hello", `seed ${seed}`);
      }
    });
  }

  test("both ends know the round trip, the client from before where all was repeated", async () => {
    const lab = await dtlsLab(1);
    const { keep } = kept();
    await lab.connect(keep);
    assert.equal((await lab.connect(keep)).rttMs, 40);
    await lab.network.run({ for: 100 });
    assert.equal(lab.sessions[1]?.rttMs, 40);
    lab.link.set({ aToB: { loss: 1 } });
    lab.clientHost.clock.after(100, () => lab.link.set({ aToB: { loss: 0 } }));
    const session = await lab.connect(keep);
    assert.equal(session.security.resumed, true);
    assert.equal(session.rttMs, 40);
  });

  test("the client's Finished is lost: its data makes the server ask for it", async () => {
    const lab = await dtlsLab(1);
    const { keep } = kept();
    await lab.connect(keep);
    let lost = 0;
    lab.network.trace = ({ packet, fate }) => {
      const toServer = packet.to.port === SERVER_ADDRESS.port;
      const proves = recordsOf(packet).some(({ type }) => type === ContentType.changeCipherSpec);
      if (fate === "delivered" && !toServer && proves && lost === 0) {
        lost += 1;
        lab.link.set({ aToB: { loss: 1 } });
        lab.clientHost.clock.after(10, () => lab.link.set({ aToB: { loss: 0 } }));
      }
    };
    const session = await lab.connect(keep);
    assert.equal(lab.sessions.length, 1, "the server has not heard of it");
    await lab.network.run({ for: 500 });
    assert.equal(await echo(lab, session, "hello", 200), "hello");
    assert.equal(lab.sessions[1]?.security.resumed, true);
  });

  test("a server that was restarted opens no old ticket: a full handshake, then again in short", async () => {
    const lab = await dtlsLab(1);
    const { keep } = kept();
    await lab.connect(keep);
    lab.server.close();
    await lab.network.run({ for: 100 });
    const server = await listenDtls(lab.serverHost, {
      local: SERVER_ADDRESS,
      credentials: servers.psk,
      onSession: () => {},
    });
    assert.equal((await lab.connect(keep)).security.resumed, false);
    assert.equal((await lab.connect(keep)).security.resumed, true);
    server.close();
  });
});

describe("a session that does not go on", () => {
  test("after its lifetime", async () => {
    const lab = await dtlsLab(1, { server: { resumption: { lifetimeMs: HOUR } } });
    const { keep } = kept();
    (await lab.connect(keep)).close();
    await lab.network.run({ for: HOUR - 1000 });
    (await lab.connect(keep)).close();
    await lab.network.run({ for: 1000 });
    assert.equal((await lab.connect(keep)).security.resumed, false, "resuming does not renew it");
    assert.deepEqual(
      lab.sessions.map(({ security }) => security.resumed),
      [false, true, false],
    );
  });

  for (const [what, client, server] of [
    ["where the client keeps none", {}, {}],
    ["where the server is told so", kept().keep, { resumption: { lifetimeMs: 0 } }],
  ] as const) {
    test(what, async () => {
      const lab = await dtlsLab(1, { server });
      await lab.connect(client);
      assert.equal((await lab.connect(client)).security.resumed, false);
    });
  }

  test("whose key is another one at the server by now: the key is refused; that may be forged, so the session is kept", async () => {
    let key = KEY;
    const lab = await dtlsLab(1, { server: { credentials: { pskOf: () => key } } });
    const { store, keep } = kept();
    await lab.connect(keep);
    key = new TextEncoder().encode("the new key of the branch");
    await assert.rejects(lab.connect(keep), { code: "dtls/authentication" });
    assert.ok(store.load("the server"));
    key = KEY;
    assert.equal((await lab.connect(keep)).security.resumed, true);
  });

  test("with a wrong key of ours, though the ticket is good", async () => {
    const lab = await dtlsLab(1);
    const { keep } = kept();
    await lab.connect(keep);
    const key = new TextEncoder().encode("mistyped");
    const credentials = { type: "psk", identity: IDENTITY, key } as const;
    await assert.rejects(lab.connect({ ...keep, credentials }), { code: "dtls/authentication" });
  });

  test("whose certificate is revoked by now", async () => {
    const revocations = new Set<string>();
    const { certificates } = servers.certificate;
    const trust = { ...certificates.trust, revocations };
    const credentials = { certificates: { ...certificates, trust } };
    const lab = await dtlsLab(1, { server: { credentials } });
    const options = { credentials: clients.certificate, ...kept().keep };
    await lab.connect(options);
    revocations.add(clients.certificate.own.chain[0].fingerprint);
    await assert.rejects(lab.connect(options), {
      code: "dtls/authentication",
      message: /^the server refused this certificate \(CN=office\): certificate_revoked$/,
    });
  });

  test("that is no session at all: forgotten, and a full handshake", async () => {
    const lab = await dtlsLab(1);
    const { store, keep } = kept();
    store.save("the server", Uint8Array.of(1, 2, 3));
    assert.equal((await lab.connect(keep)).security.resumed, false);
    assert.equal((await lab.connect(keep)).security.resumed, true);
  });

  test("of which the server takes no notice: not offered again", async () => {
    const lab = await dtlsLab(1);
    const { store, keep } = kept();
    await lab.connect(keep);
    lab.server.close();
    await lab.network.run({ for: 100 });
    const server = await listenDtls(lab.serverHost, {
      local: SERVER_ADDRESS,
      credentials: servers.psk,
      resumption: { lifetimeMs: 0 },
      onSession: () => {},
    });
    await lab.connect(keep);
    assert.equal(store.load("the server"), undefined);
    server.close();
  });

  test("that the server ends by an alert: a full handshake follows at once", async () => {
    const lab = await dtlsLab(1);
    const { keep } = kept();
    await lab.connect(keep);
    lab.server.close();
    await lab.network.run({ for: 100 });
    let after: Promise<DtlsServer> | undefined;
    const fatal = encodeAlert({ level: 2, description: AlertDescription.internalError });
    const alert = { type: ContentType.alert, version: DTLS12, epoch: 0, sequence: 0 };
    const socket = await lab.serverHost.datagrams.bind(
      { local: SERVER_ADDRESS },
      {
        message: (_data, from) => {
          socket.send(encodeRecord({ ...alert, fragment: fatal }), from);
          socket.close();
          after = listenDtls(lab.serverHost, {
            local: SERVER_ADDRESS,
            credentials: servers.psk,
            onSession: () => {},
          });
        },
        error: () => {},
      },
    );
    const { security, handshakeMs } = await lab.connect(keep);
    assert.equal(security.resumed, false);
    assert.ok(handshakeMs < 500, `${handshakeMs} ms`);
    (await after)?.close();
  });

  test("whose ClientHello is in pieces, and draws no answer: given up", async () => {
    const lab = await dtlsLab(1);
    const { store, keep } = kept();
    await lab.connect(keep);
    const session = decodeStoredSession(store.load("the server") ?? new Uint8Array());
    assert.ok(session);
    store.save("the server", encodeStoredSession({ ...session, ticket: new Uint8Array(1500) }));
    await assert.rejects(lab.connect({ ...keep, timeoutMs: 2000 }), { code: "dtls/timeout" });
    assert.equal(store.load("the server"), undefined);
    assert.equal((await lab.connect(keep)).security.resumed, false);
  });

  test("while there is no answer it is kept", async () => {
    const lab = await dtlsLab(1);
    const { keep } = kept();
    await lab.connect(keep);
    lab.link.set({ bToA: { loss: 1 } });
    await assert.rejects(lab.connect({ ...keep, timeoutMs: 2000 }), { code: "dtls/timeout" });
    lab.link.set({ bToA: { loss: 0 } });
    assert.equal((await lab.connect(keep)).security.resumed, true);
  });
});

describe("a ticket that was seen by somebody else", () => {
  test("its address gets no more than it sent, and no session comes of it", async () => {
    const lab = await dtlsLab(1);
    const hello = await ticketHello(lab, kept().keep);
    let answered = 0;
    lab.network.trace = ({ packet, fate }) => {
      if (fate === "sent" && packet.from.port === SERVER_ADDRESS.port) {
        answered += octetsOf(packet).length;
      }
    };
    const from = { family: 4, host: "203.0.113.1", port: 9 } as const;
    lab.network.host([from.host]);
    for (let i = 0; i < 10; i += 1) {
      const data = hello.slice();
      lab.serverHost.receive({ from, to: SERVER_ADDRESS, body: { tag: "udp", data } });
      await lab.network.run({ for: 1000 });
    }
    assert.ok(answered > 0 && answered <= 10 * hello.length, `${answered} octets`);
    await lab.network.run({ for: 60_000 });
    assert.ok(answered <= 10 * hello.length, `${answered} octets`);
    assert.equal(lab.server.statistics.sessions, 1);
    assert.equal(lab.network.pending, 0);
  });

  test("from many addresses: then a cookie is asked for, and nobody else loses his place", async () => {
    const halfOpen = { total: 20, perSource: 20 };
    const lab = await dtlsLab(1, { server: { halfOpen } });
    const { keep } = kept();
    const hello = await ticketHello(lab, keep);
    const before = { ...lab.server.statistics };
    for (let i = 1; i <= 50; i += 1) {
      const from = { family: 4, host: `203.0.113.${i}`, port: 9 } as const;
      const data = hello.slice();
      lab.serverHost.receive({ from, to: SERVER_ADDRESS, body: { tag: "udp", data } });
    }
    const { handshakes, cookiesSent, turnedAway } = lab.server.statistics;
    assert.equal(handshakes - before.handshakes, 20);
    assert.equal(cookiesSent - before.cookiesSent, 30);
    assert.equal(turnedAway, before.turnedAway);
    const session = await lab.connect(keep);
    assert.equal(session.security.resumed, true);
    assert.equal(session.handshakeMs, 80, "with a cookie");
    assert.equal(await echo(lab, session, "hello"), "hello");
  });

  test("a full server begins nothing by it", async () => {
    const lab = await dtlsLab(1, { server: { maxSessions: 1 } });
    const { keep } = kept();
    const first = await lab.connect(keep);
    await assert.rejects(lab.connect({ ...keep, timeoutMs: 3000 }), { code: "dtls/timeout" });
    assert.equal(await echo(lab, first, "hello"), "hello");
  });

  test("it does not end a client's own resumption from the same address", async () => {
    const lab = await dtlsLab(1);
    const { keep } = kept();
    const hello = await ticketHello(lab, keep);
    let shown = 0;
    lab.network.trace = ({ packet, fate }) => {
      if (fate !== "delivered" || packet.from.port === SERVER_ADDRESS.port || shown > 0) return;
      shown += 1;
      const copy = { ...packet, body: { tag: "udp", data: hello } } as const;
      queueMicrotask(() => lab.serverHost.receive(copy));
    };
    const session = await lab.connect(keep);
    assert.equal(shown, 1);
    assert.equal(session.handshakeMs, 40);
    assert.equal(await echo(lab, session, "hello"), "hello");
  });

  test("it does not end a handshake from the same address that has returned its cookie", async () => {
    const lab = await dtlsLab(1);
    const hello = await ticketHello(lab, kept().keep);
    let shown = 0;
    lab.network.trace = ({ packet, fate }) => {
      const [record] = recordsOf(packet);
      const isHello = record?.fragment[0] === HandshakeType.clientHello && record.sequence > 0;
      if (fate !== "delivered" || !isHello || shown > 0) return;
      shown += 1;
      // Right behind the ClientHello with the cookie.
      const copy = { ...packet, body: { tag: "udp", data: hello } } as const;
      queueMicrotask(() => lab.serverHost.receive(copy));
    };
    const session = await lab.connect();
    assert.equal(shown, 1);
    assert.equal(session.handshakeMs, 120);
  });
});
