/** Which of the ways that a client offers the server takes, and what it says of it. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { suiteByName } from "../../../agent/dtls/cipher-suites.ts";
import type { HandshakeEffect } from "../../../agent/dtls/handshake.ts";
import { readOffer } from "../../../agent/dtls/hello-offer.ts";
import { choose, type Choice } from "../../../agent/dtls/server-choice.ts";
import type { ServerContext } from "../../../agent/dtls/server-handshake.ts";
import type { ClientHello } from "../../../agent/wire/dtls/client-hello.ts";
import {
  encodeCertificateTypesOffer,
  encodeSignatureAlgorithms,
  encodeSupportedGroups,
  ExtensionType as E,
  type Extension,
} from "../../../agent/wire/dtls/extensions.ts";
import { HandshakeType } from "../../../agent/wire/dtls/handshake.ts";
import { decodeServerHello, type ServerHello } from "../../../agent/wire/dtls/server-hello.ts";
import { Lab } from "./resumption-lab.ts";
import {
  certificateClient,
  certificateServer,
  changedHello,
  clientContext,
  converse,
  effect,
  firstHello,
  owned,
  pskClient,
  pskServer,
  rawClient,
  rawServer,
  serverContext,
  type Change,
} from "./server-lab.ts";

const ecdsa = owned({ subject: "CN=ecdsa", dns: ["a.example.com"] });
const rsa = owned({ subject: "CN=rsa", dns: ["b.example.com"], keyType: "rsa" });
const other = owned({ subject: "CN=other", dns: ["c.example.com"] });
const three = certificateServer([ecdsa, rsa, other]);
const both = { ...three, ...rawServer };

const ids = (...names: string[]): number[] =>
  names.map((name) => suiteByName(name)?.id ?? assert.fail(name));

/** What the server chooses, the client's hello being changed so. */
function choiceOf(
  context: ServerContext,
  {
    client = certificateClient(),
    host = "",
    ...over
  }: Partial<ClientHello> & {
    readonly client?: Parameters<typeof clientContext>[0];
    readonly host?: string;
    readonly replaced?: readonly Extension[];
  },
): Choice {
  const { replaced = [], ...hello } = over;
  const first = firstHello(clientContext(client, host === "" ? {} : { host })).hello;
  const types = new Set(replaced.map(({ type }) => type));
  const extensions = [...first.extensions.filter(({ type }) => !types.has(type)), ...replaced];
  const offer = readOffer({ ...first, extensions, ...hello });
  assert.ok(!("tag" in offer));
  const choice = choose(offer, context);
  if ("tag" in choice) throw new Error(choice.reason);
  return choice;
}

function shownBy({ signer }: Choice): string {
  return signer?.type === "certificate" ? signer.own.chain[0].subject : (signer?.type ?? "nothing");
}

describe("the certificate", () => {
  const cases: readonly [string, Parameters<typeof choiceOf>[1], string][] = [
    ["is the first without a name", {}, "CN=ecdsa"],
    ["is the one for the name asked for", { host: "c.example.com" }, "CN=other"],
    ["is so whatever the case of the name", { host: "C.Example.com" }, "CN=other"],
    ["comes before the order of suites", { host: "b.example.com" }, "CN=rsa"],
    ["is the first where none is for that name", { host: "d.example.com" }, "CN=ecdsa"],
    [
      "is another where the client cannot verify the one for that name",
      {
        host: "a.example.com",
        cipherSuites: ids("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"),
      },
      "CN=rsa",
    ],
    [
      "is RSA for a client that verifies nothing else",
      {
        replaced: [{ type: E.signatureAlgorithms, data: encodeSignatureAlgorithms([0x0401]) }],
      },
      "CN=rsa",
    ],
    [
      "is RSA for a client without its curve [RFC 8422 §5.1.1]",
      { replaced: [{ type: E.supportedGroups, data: encodeSupportedGroups([29]) }] },
      "CN=rsa",
    ],
  ];
  for (const [what, over, subject] of cases) {
    test(what, () => assert.equal(shownBy(choiceOf(serverContext(three), over)), subject));
  }
});

describe("the form of keys [RFC 7250 §4.2]", () => {
  const types = (server: number[], client: number[]): readonly Extension[] => [
    { type: E.serverCertificateType, data: encodeCertificateTypesOffer(server) },
    { type: E.clientCertificateType, data: encodeCertificateTypesOffer(client) },
  ];
  const cases: readonly [string, Parameters<typeof choiceOf>[1], string][] = [
    ["raw where that is all the client takes", { client: rawClient }, "raw-public-key"],
    ["X.509 unless the client says otherwise", {}, "CN=ecdsa"],
    ["raw where the client takes both", { replaced: types([0, 2], [2, 0]) }, "raw-public-key"],
    ["X.509 where it would show nothing else", { replaced: types([0, 2], [0]) }, "CN=ecdsa"],
  ];
  for (const [what, over, shown] of cases) {
    test(what, () => assert.equal(shownBy(choiceOf(serverContext(both), over)), shown));
  }
});

test("our order of suites counts, not the client's", () => {
  const cipherSuites = ids(
    "TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8",
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
  );
  const { suite } = choiceOf(serverContext(three), { cipherSuites });
  assert.equal(suite.name, "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384");
});

test("plain PSK where there is no common group", () => {
  const replaced = [{ type: E.supportedGroups, data: encodeSupportedGroups([30]) }];
  const { suite, group } = choiceOf(serverContext(pskServer), { client: pskClient, replaced });
  assert.deepEqual([suite.keyExchange, group], ["psk", undefined]);
});

test("P-256 for a client that names no groups [RFC 8422 §4]", () => {
  const extensions: Extension[] = [];
  const { group } = choiceOf(serverContext(pskServer), { client: pskClient, extensions });
  assert.equal(group, 23);
});

/** The server's ServerHello. */
function replyTo(
  client: ReturnType<typeof clientContext>,
  server: ServerContext,
  change?: Change,
): ServerHello {
  const effects: readonly HandshakeEffect[] = converse(client, server, change).server;
  const [first] = effect(effects, "send").flight;
  assert.ok(first?.tag === "message" && first.type === HandshakeType.serverHello);
  return decodeServerHello(first.body);
}

const typesOf = ({ extensions }: ServerHello): number[] => extensions.map(({ type }) => type);

describe("the ServerHello answers only what was offered [RFC 5246 §7.4.1.4]", () => {
  test("nothing for nothing", () => {
    const bare = changedHello(() => ({ extensions: [] }));
    const id = Uint8Array.of(1, 2);
    const reply = replyTo(
      clientContext(pskClient),
      serverContext(pskServer, { connectionId: id, ticketLifetimeMs: 1000 }),
      bare,
    );
    assert.deepEqual(typesOf(reply), []);
  });

  test("renegotiation_info for the cipher suite that stands for it [RFC 5746 §3.6]", () => {
    const scsv = changedHello(({ cipherSuites }) => ({
      cipherSuites: [...cipherSuites, 0x00ff],
      extensions: [],
    }));
    const reply = replyTo(clientContext(pskClient), serverContext(pskServer), scsv);
    assert.deepEqual(typesOf(reply), [E.renegotiationInfo]);
  });

  test("no ticket and no id for a session without extended master secret [RFC 7627 §5.3]", () => {
    const bare = changedHello(({ extensions }) => ({
      extensions: extensions.filter(({ type }) => type !== E.extendedMasterSecret),
    }));
    const { tickets, sessions } = new Lab();
    for (const resumption of [{ tickets }, { sessions }]) {
      const server = serverContext(pskServer, { ...resumption, ticketLifetimeMs: 1000 });
      const reply = replyTo(clientContext(pskClient), server, bare);
      assert.ok(!typesOf(reply).includes(E.sessionTicket));
      assert.equal(reply.sessionId.length, 0);
      const usual = replyTo(clientContext(pskClient), server);
      assert.ok(typesOf(usual).includes(E.sessionTicket) || usual.sessionId.length === 32);
    }
  });

  test("server_name when it decided, and not when it did not [RFC 6066 §3]", () => {
    const named = (host: string): boolean => {
      const client = clientContext(certificateClient(undefined, "a.example.com"), { host });
      return typesOf(replyTo(client, serverContext(three))).includes(E.serverName);
    };
    assert.deepEqual([named("a.example.com"), named("d.example.com")], [true, false]);
  });

  test("both certificate types for raw public keys", () => {
    const reply = replyTo(clientContext(rawClient), serverContext(both));
    const types = [E.clientCertificateType, E.serverCertificateType];
    const found = reply.extensions.filter(({ type }) => types.some((one) => one === type));
    assert.deepEqual(
      found.map(({ data }) => [...data]),
      [[2], [2]],
    );
  });
});

describe("connection ids [RFC 9146 §3] [RFC 9853]", () => {
  const ours = Uint8Array.of(1, 2, 3);
  const theirs = Uint8Array.of(9);

  test("each end puts the other's into its records", () => {
    const { client, server } = converse(
      clientContext(pskClient, { connectionId: theirs }),
      serverContext(pskServer, { connectionId: ours }),
    );
    assert.deepEqual(effect(server, "keys").connectionIds, { read: ours, write: theirs });
    assert.deepEqual(effect(client, "keys").connectionIds, { read: theirs, write: ours });
    assert.equal(effect(server, "established").returnRoutability, true);
  });

  test("an empty one is an offer too", () => {
    const { server } = converse(
      clientContext(pskClient, { connectionId: new Uint8Array() }),
      serverContext(pskServer, { connectionId: ours }),
    );
    assert.deepEqual(effect(server, "keys").connectionIds, { read: ours, write: new Uint8Array() });
  });

  const none: readonly [string, Parameters<typeof converse>][] = [
    [
      "a client that offers none",
      [clientContext(pskClient), serverContext(pskServer, { connectionId: ours })],
    ],
    [
      "a server that has none",
      [clientContext(pskClient, { connectionId: theirs }), serverContext(pskServer)],
    ],
    [
      "a client that cannot check a path",
      [
        clientContext(pskClient, { connectionId: theirs }),
        serverContext(pskServer, { connectionId: ours }),
        changedHello(({ extensions }) => ({
          extensions: extensions.filter(({ type }) => type !== E.returnRoutabilityCheck),
        })),
      ],
    ],
  ];
  for (const [what, ends] of none) {
    test(`none with ${what}`, () => {
      assert.equal(effect(converse(...ends).server, "keys").connectionIds, undefined);
    });
  }
});
