/** Sessions that go on: by tickets, by ids, and when they may not. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { ClientContext } from "../../../agent/dtls/client-handshake.ts";
import { availableSuites, suiteByName } from "../../../agent/dtls/cipher-suites.ts";
import type { HandshakeEffect } from "../../../agent/dtls/handshake.ts";
import type { ServerContext } from "../../../agent/dtls/server-handshake.ts";
import { AlertDescription } from "../../../agent/wire/dtls/alert.ts";
import { ExtensionType } from "../../../agent/wire/dtls/extensions.ts";
import { HandshakeType } from "../../../agent/wire/dtls/handshake.ts";
import { decodeServerHello } from "../../../agent/wire/dtls/server-hello.ts";
import {
  again,
  certificates,
  Lab,
  LIFETIME,
  NO_TICKETS,
  pair,
  pskServerWith,
  type Pair,
} from "./resumption-lab.ts";
import {
  certificateClient,
  certificateServer,
  changedHello,
  changing,
  clientWish,
  converse,
  effect,
  HOUR,
  NOW,
  owned,
  pskClient,
  pskServer,
  rawClient,
  rawServer,
  trust,
  type Change,
} from "./server-lab.ts";

const T = HandshakeType;

const resumedBy = (effects: readonly HandshakeEffect[]): boolean =>
  effect(effects, "established").resumed;

describe("a session goes on", () => {
  const kinds: readonly [string, () => Pair][] = [
    ["with a pre-shared key", () => pair()],
    ["with certificates", certificates],
    ["with raw public keys", () => pair(rawClient, rawServer)],
    [
      "with SHA-384",
      () => {
        const suites = [suiteByName("TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384") ?? assert.fail()];
        return pair(certificateClient(), certificateServer(), { client: { suites } });
      },
    ],
  ];
  for (const [what, make] of kinds) {
    test(`${what}, by a ticket: the same identity, five messages`, () => {
      const first = make();
      const { client, server, said } = again(first);
      assert.ok(resumedBy(client) && resumedBy(server));
      assert.deepEqual(said, [T.clientHello, T.serverHello, T.finished, T.finished]);
      const full = converse(first.lab.client(first.client), first.lab.server(first.server));
      assert.deepEqual(
        effect(server, "established").identity,
        effect(full.server, "established").identity,
      );
    });
  }

  test("by its id, where the server gives no tickets", () => {
    const made = pair(pskClient, pskServer, { server: NO_TICKETS });
    assert.equal(made.resume.sessionId.length, 32);
    const { client, server } = again(made, { server: NO_TICKETS });
    assert.ok(resumedBy(client) && resumedBy(server));
  });

  test("again and again, and never for longer", () => {
    const first = pair();
    first.lab.nowMs += LIFETIME - HOUR;
    const second = again(first);
    const { session } = effect(second.client, "resumable");
    assert.equal(session.expiresAt, first.resume.expiresAt);
    first.lab.nowMs += HOUR;
    const third = again(first, { client: { resume: { ...session, expiresAt: NOW * 2 } } });
    assert.equal(resumedBy(third.server), false);
  });

  test("under the same name in another case", () => {
    const made = pair(pskClient, pskServer, { client: { host: "dots.example.com" } });
    assert.ok(resumedBy(again(made, { client: { host: "DOTS.Example.com" } }).server));
  });

  test("with a ServerHello that says nothing of the key exchange", () => {
    const { flight } = effect(again(pair()).server, "send");
    const [hello] = flight;
    assert.ok(hello?.tag === "message");
    assert.deepEqual(
      decodeServerHello(hello.body).extensions.map(({ type }) => type),
      [ExtensionType.renegotiationInfo, ExtensionType.extendedMasterSecret],
    );
  });

  test("with new connection ids, agreed on as before", () => {
    const connectionId = Uint8Array.of(5, 6);
    const { server } = again(pair(), {
      client: { connectionId: new Uint8Array() },
      server: { connectionId },
    });
    assert.deepEqual(effect(server, "keys").connectionIds?.read, connectionId);
    assert.ok(resumedBy(server) && effect(server, "established").returnRoutability);
  });
});

describe("the full handshake takes its place", () => {
  const revoked = owned(clientWish);
  const other = owned({ ...clientWish, keyName: "another" });
  /** What has changed since, and the credentials that a client comes back to. */
  const cases: readonly [string, () => Pair, Parameters<typeof again>[1]][] = [
    ["the key is another", pair, { client: pskWith("new"), credentials: pskServerWith("new") }],
    [
      "the certificates a client is believed by are others",
      certificates,
      {
        credentials: certificateServer(undefined, {
          anchors: [...trust().anchors, other.chain[0]],
        }),
      },
    ],
    [
      "any certificate was revoked",
      certificates,
      {
        credentials: certificateServer(undefined, {
          revocations: new Set([other.chain[0].fingerprint]),
        }),
      },
    ],
    [
      "the server goes by raw public keys of others",
      () => pair(rawClient, rawServer),
      { credentials: { rawPublicKey: { own: rawServer.rawPublicKey.own, isClient: isNobody() } } },
    ],
    [
      "the suite is not served any more",
      pair,
      { server: { suites: availableSuites(new Set(["psk"])) } },
    ],
    [
      "the suite is not offered any more",
      pair,
      { change: changedHello(({ cipherSuites }) => ({ cipherSuites: cipherSuites.slice(1) })) },
    ],
    ["the client asks for another name [RFC 6066 §3]", pair, { client: { host: "x.example.com" } }],
    ["the server resumes nothing", pair, { server: noLifetime() }],
    [
      "the ticket is damaged",
      pair,
      {
        change: changedHello(({ extensions }) => ({
          extensions: extensions.map((one) =>
            one.type === ExtensionType.sessionTicket ? { ...one, data: one.data.with(40, 0) } : one,
          ),
        })),
      },
    ],
  ];
  for (const [what, make, over] of cases) {
    test(`where ${what}`, () => {
      const made = make();
      assert.ok(resumedBy(again(made).server), "goes on as long as nothing has changed");
      assert.ok(again(made, over).said.includes(T.serverHelloDone));
    });
  }

  test("where the client's own certificate was revoked, and that one refuses it", () => {
    const made = pair(certificateClient(revoked), certificateServer());
    const revocations = new Set([revoked.chain[0].fingerprint]);
    const { server } = again(made, { credentials: certificateServer(undefined, { revocations }) });
    assert.equal(effect(server, "fail").alert, AlertDescription.certificateRevoked);
  });

  test("where the key was taken from the client", () => {
    const { server } = again(pair(), { credentials: { pskOf: () => undefined } });
    assert.equal(effect(server, "fail").code, "dtls/authentication");
  });

  test("from the day on which the certificate ends", () => {
    const own = owned({ ...clientWish, notAfter: NOW + HOUR });
    const made = pair(certificateClient(own), certificateServer());
    made.lab.nowMs += HOUR - 1000;
    assert.ok(resumedBy(again(made).server));
    made.lab.nowMs += 2000;
    const stubborn = { client: { resume: { ...made.resume, expiresAt: NOW * 2 } } };
    assert.equal(
      effect(again(made, stubborn).server, "fail").alert,
      AlertDescription.certificateExpired,
    );
  });

  test("where the clock was put back by more than a session lives", () => {
    const made = pair();
    made.lab.nowMs -= 1;
    assert.equal(resumedBy(again(made).server), false);
  });

  test("where the session had no extended master secret [RFC 7627 §5.3]", () => {
    const bare = changedHello(({ extensions }) => ({
      extensions: extensions.filter(({ type }) => type !== ExtensionType.extendedMasterSecret),
    }));
    const lab = new Lab();
    const { said } = converse(lab.client(pskClient), lab.server(pskServer), bare);
    assert.ok(!said.includes(T.newSessionTicket));
    assert.equal(lab.sessions.size, 0);
  });
});

function pskWith(text: string): Partial<ClientContext> {
  return { credentials: { type: "psk", identity: "branch", key: new TextEncoder().encode(text) } };
}

function isNobody(): (spki: Uint8Array) => boolean {
  return () => false;
}

function noLifetime(): Partial<ServerContext> {
  return { ticketLifetimeMs: 0 };
}

describe("an abbreviated handshake is refused", () => {
  test("without the extended master secret that its session had [RFC 7627 §5.3]", () => {
    const change = changedHello(({ extensions }) => ({
      extensions: extensions.filter(({ type }) => type !== ExtensionType.extendedMasterSecret),
    }));
    const { alert } = effect(again(pair(), { change }).server, "fail");
    assert.equal(alert, AlertDescription.handshakeFailure);
  });

  const wrong: readonly [string, Change, number][] = [
    [
      "with another Finished",
      changing(T.finished, (message) => [{ ...message, body: new Uint8Array(12) }]),
      AlertDescription.decryptError,
    ],
    [
      "with a Finished in the clear",
      changing(T.finished, (message) => [{ ...message, epoch: 0 }]),
      AlertDescription.unexpectedMessage,
    ],
    [
      "with a ClientKeyExchange",
      changing(T.finished, (message) => [{ ...message, type: T.clientKeyExchange, epoch: 0 }]),
      AlertDescription.unexpectedMessage,
    ],
  ];
  for (const [what, change, alert] of wrong) {
    test(what, () => assert.equal(effect(again(pair(), { change }).server, "fail").alert, alert));
  }

  test("and its session is forgotten where it is kept here [RFC 5246 §7.2.2]", () => {
    const made = pair(pskClient, pskServer, { server: NO_TICKETS });
    const wrongFinished = changing(T.finished, (message) => [
      { ...message, body: new Uint8Array(12) },
    ]);
    assert.equal(made.lab.sessions.size, 1);
    again(made, { server: NO_TICKETS, change: wrongFinished });
    assert.equal(made.lab.sessions.size, 0);
  });
});

describe("a new ticket", () => {
  test("comes with a resumed session when the old one's key is about to go", () => {
    const made = pair();
    made.lab.nowMs += LIFETIME / 2;
    const { client, said } = again(made);
    assert.deepEqual(said.slice(0, 4), [
      T.clientHello,
      T.serverHello,
      T.newSessionTicket,
      T.finished,
    ]);
    const { session } = effect(client, "resumable");
    assert.notDeepEqual(session.ticket, made.resume.ticket);
    assert.equal(session.expiresAt, made.resume.expiresAt);
    assert.ok(resumedBy(again({ ...made, resume: session }).server));
  });

  test("does not go to an address that nobody has verified", () => {
    const made = pair();
    made.lab.nowMs += LIFETIME / 2;
    const { said, server } = again(made, { server: { addressUnverified: true } });
    assert.ok(!said.includes(T.newSessionTicket));
    assert.ok(resumedBy(server));
  });
});
