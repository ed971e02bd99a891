/** The two handshake machines against each other with pre-shared keys, messages changed on their way. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  startClient,
  stepClient,
  type ClientContext,
} from "../../../agent/dtls/client-handshake.ts";
import { suiteByName } from "../../../agent/dtls/cipher-suites.ts";
import type { HandshakeEffect } from "../../../agent/dtls/handshake.ts";
import type { HandshakeMessage } from "../../../agent/dtls/reassembly.ts";
import {
  startServer,
  stepServer,
  type ServerContext,
  type ServerState,
} from "../../../agent/dtls/server-handshake.ts";
import { AlertDescription } from "../../../agent/wire/dtls/alert.ts";
import {
  decodeClientHello,
  encodeClientHello,
  type ClientHello,
} from "../../../agent/wire/dtls/client-hello.ts";
import { ExtensionType, type Extension } from "../../../agent/wire/dtls/extensions.ts";
import { HandshakeType } from "../../../agent/wire/dtls/handshake.ts";
import { encodeHelloVerifyRequest } from "../../../agent/wire/dtls/hello-verify-request.ts";
import { decodeServerHello } from "../../../agent/wire/dtls/server-hello.ts";
import { seeded } from "../../support/seeded.ts";

const KEY = new TextEncoder().encode("a key");
const ECDHE = "TLS_ECDHE_PSK_WITH_AES_128_GCM_SHA256";
const PLAIN = "TLS_PSK_WITH_AES_128_GCM_SHA256";
const T = HandshakeType;

function contexts(...names: string[]): { client: ClientContext; server: ServerContext } {
  const suites = names.flatMap((name) => suiteByName(name) ?? []);
  const shared = {
    random: seeded(5),
    suites,
    groups: [29, 23] as const,
    wallTime: () => 0,
    connectionId: undefined,
  };
  return {
    client: {
      ...shared,
      credentials: { type: "psk", identity: "branch", key: KEY },
      host: undefined,
      resume: undefined,
      credentialName: undefined,
      falseStart: false,
    },
    server: { ...shared, credentials: { pskOf: () => KEY } },
  };
}

type Change = (message: HandshakeMessage, from: "client" | "server") => HandshakeMessage[];

/** How a handshake went: the effect that ended each end's part, if any did. */
interface Outcome {
  readonly client: HandshakeEffect | undefined;
  readonly server: HandshakeEffect | undefined;
}

/** Lets the machines talk, every message going through `change`, until both are silent. */
function converse(names: readonly string[], change: Change): Outcome {
  const { client, server } = contexts(...names);
  const ends: { client?: HandshakeEffect; server?: HandshakeEffect } = {};
  const queue: [HandshakeMessage, "client" | "server"][] = [];
  const carryOut = (effects: readonly HandshakeEffect[], from: "client" | "server"): void => {
    for (const effect of effects) {
      if (effect.tag === "established" || effect.tag === "fail") ends[from] ??= effect;
      if (effect.tag !== "send") continue;
      for (const item of effect.flight) {
        if (item.tag === "message") for (const out of change(item, from)) queue.push([out, from]);
      }
    }
  };
  const [hello, first] = startClient(client);
  let clientState = hello;
  let serverState: ServerState | undefined;
  carryOut(first, "client");
  for (let next = queue.shift(); next; next = queue.shift()) {
    const [message, from] = next;
    let effects: readonly HandshakeEffect[];
    if (from === "server") [clientState, effects] = stepClient(clientState, message, client);
    else if (serverState) [serverState, effects] = stepServer(serverState, message, server);
    else [serverState, effects] = startServer(decodeClientHello(message.body), message, server);
    carryOut(effects, from === "server" ? "client" : "server");
  }
  return { client: ends.client, server: ends.server };
}

/** Changes messages of one type. */
function changing(type: number, change: (message: HandshakeMessage) => HandshakeMessage[]): Change {
  return (message) => (message.type === type ? change(message) : [message]);
}

const withBody = (type: number, edit: (body: Uint8Array) => Uint8Array): Change =>
  changing(type, (message) => [{ ...message, body: edit(message.body.slice()) }]);
const clientHello = (over: (hello: ClientHello) => Partial<ClientHello>): Change =>
  withBody(T.clientHello, (body) => {
    const hello = decodeClientHello(body);
    return encodeClientHello({ ...hello, ...over(hello) });
  });
const replaced = (
  extensions: readonly Extension[],
  type: number,
  data: Uint8Array,
): Extension[] => [...extensions.filter((extension) => extension.type !== type), { type, data }];
const flipLast = (body: Uint8Array): Uint8Array => {
  const last = body.length - 1;
  body[last] = (body[last] ?? 0) ^ 1;
  return body;
};
const finishedOf =
  (from: "client" | "server", edit: Change): Change =>
  (message, sender) =>
    message.type === T.finished && sender === from ? edit(message, sender) : [message];

test("unchanged, both ends are established with the same suite", () => {
  for (const name of [ECDHE, PLAIN]) {
    const { client, server } = converse([name], (message) => [message]);
    assert.equal(client?.tag === "established" && client.suite.name, name);
    assert.equal(server?.tag === "established" && server.suite.name, name);
  }
});

test("both ends offer and agree on the extended master secret [RFC 7627 §5.1]", () => {
  const types: number[][] = [];
  converse([ECDHE], (message) => {
    if (message.type === T.clientHello)
      types.push(decodeClientHello(message.body).extensions.map((e) => e.type));
    if (message.type === T.serverHello)
      types.push(decodeServerHello(message.body).extensions.map((e) => e.type));
    return [message];
  });
  assert.equal(types.length, 2);
  for (const list of types) assert.ok(list.includes(ExtensionType.extendedMasterSecret));
});

const FULL = Uint8Array.of(3, 1, 2, 3);

/** What the server does of a change that it hears. */
const serverFails: readonly [string, string, Change, number][] = [
  [
    "no version from 1.2 on",
    ECDHE,
    clientHello(() => ({ version: 0xfeff })),
    AlertDescription.protocolVersion,
  ],
  [
    "nothing but compression",
    ECDHE,
    clientHello(() => ({ compressionMethods: [1] })),
    AlertDescription.illegalParameter,
  ],
  [
    "no common suite",
    ECDHE,
    clientHello(() => ({ cipherSuites: [0xc02b] })),
    AlertDescription.handshakeFailure,
  ],
  [
    "no common group",
    ECDHE,
    clientHello(({ extensions }) => ({
      extensions: replaced(extensions, ExtensionType.supportedGroups, Uint8Array.of(0, 2, 0, 24)),
    })),
    AlertDescription.handshakeFailure,
  ],
  [
    "a renegotiation_info that is not empty [RFC 5746 §3.6]",
    ECDHE,
    clientHello(({ extensions }) => ({
      extensions: replaced(extensions, ExtensionType.renegotiationInfo, FULL),
    })),
    AlertDescription.handshakeFailure,
  ],
  [
    "an extended_master_secret that is not empty",
    ECDHE,
    clientHello(({ extensions }) => ({
      extensions: replaced(extensions, ExtensionType.extendedMasterSecret, FULL),
    })),
    AlertDescription.decodeError,
  ],
  [
    "points compressed only [RFC 8422 §5.1.2]",
    ECDHE,
    clientHello(({ extensions }) => ({
      extensions: replaced(extensions, ExtensionType.ecPointFormats, Uint8Array.of(1, 1)),
    })),
    AlertDescription.illegalParameter,
  ],
  [
    "a malformed supported_groups",
    ECDHE,
    clientHello(({ extensions }) => ({
      extensions: replaced(extensions, ExtensionType.supportedGroups, Uint8Array.of(9)),
    })),
    AlertDescription.decodeError,
  ],
  [
    "a key share of zeros [RFC 8422 §5.11]",
    ECDHE,
    withBody(T.clientKeyExchange, (body) => body.fill(0, 9)),
    AlertDescription.illegalParameter,
  ],
  [
    "a Finished before the ClientKeyExchange",
    ECDHE,
    changing(T.clientKeyExchange, () => []),
    AlertDescription.unexpectedMessage,
  ],
  [
    "two ClientKeyExchanges",
    PLAIN,
    changing(T.clientKeyExchange, (m) => [m, m]),
    AlertDescription.unexpectedMessage,
  ],
  [
    "another Finished",
    ECDHE,
    finishedOf("client", withBody(T.finished, flipLast)),
    AlertDescription.decryptError,
  ],
  [
    "a Finished in the clear",
    ECDHE,
    finishedOf("client", (m) => [{ ...m, epoch: 0 }]),
    AlertDescription.unexpectedMessage,
  ],
];

describe("the server refuses", () => {
  for (const [what, suite, change, alert] of serverFails) {
    test(what, () => {
      const { server } = converse([suite], change);
      assert.ok(server?.tag === "fail", server?.tag);
      assert.equal(server.alert, alert, server.reason);
    });
  }
});

test("an offer that is cut down on its way is found out at the Finished, without extended master secret too", () => {
  const change = clientHello(({ cipherSuites, extensions }) => ({
    cipherSuites: cipherSuites.slice(1),
    extensions: extensions.filter(({ type }) => type !== ExtensionType.extendedMasterSecret),
  }));
  const { client, server } = converse([ECDHE, PLAIN], change);
  assert.ok(server?.tag === "fail" && server.code === "dtls/authentication", server?.tag);
  assert.notEqual(client?.tag, "established");
});

test("a server that never has enough cookies is left", () => {
  const { client } = contexts(ECDHE);
  let [state, effects] = startClient(client);
  for (let messageSeq = 0; messageSeq < 4; messageSeq += 1) {
    const body = encodeHelloVerifyRequest({ version: 0xfeff, cookie: Uint8Array.of(messageSeq) });
    [state, effects] = stepClient(
      state,
      { type: T.helloVerifyRequest, messageSeq, epoch: 0, body },
      client,
    );
  }
  assert.equal(effects[0]?.tag, "fail");
});
