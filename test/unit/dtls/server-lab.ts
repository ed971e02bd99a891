/** The server's handshake machine with the true client's: who they are, and a wire between them that changes things. */
import assert from "node:assert/strict";
import {
  startClient,
  stepClient,
  type ClientContext,
} from "../../../agent/dtls/client-handshake.ts";
import { credentialName } from "../../../agent/dtls/client-identity.ts";
import { availableSuites, type KeyExchange } from "../../../agent/dtls/cipher-suites.ts";
import type {
  ClientCredentials,
  OwnCertificate,
  ServerCredentials,
  Trust,
} from "../../../agent/dtls/credentials.ts";
import { signingKey } from "../../../agent/dtls/crypto/signature.ts";
import { parseCertificate } from "../../../agent/dtls/crypto/x509.ts";
import type { Flight, HandshakeEffect } from "../../../agent/dtls/handshake.ts";
import type { HandshakeMessage } from "../../../agent/dtls/reassembly.ts";
import {
  startServer,
  stepServer,
  type ServerContext,
  type ServerState,
} from "../../../agent/dtls/server-handshake.ts";
import {
  decodeClientHello,
  encodeClientHello,
  type ClientHello,
} from "../../../agent/wire/dtls/client-hello.ts";
import { HandshakeType } from "../../../agent/wire/dtls/handshake.ts";
import {
  makeCertificate,
  type CertificateWish,
  type MadeCertificate,
} from "../../support/make-certificate.ts";
import { seeded } from "../../support/seeded.ts";

/** When all of it happens. */
export const NOW = Date.parse("2026-06-01T00:00:00Z");
export const HOUR = 3_600_000;

export const CA = makeCertificate({ subject: "CN=Test CA", ca: true });
const OTHER_CA = makeCertificate({ subject: "CN=Other CA", ca: true });
const SERVER = { subject: "CN=server", dns: ["dots.example.com"] };
const CLIENT = { subject: "CN=office, O=Example", dns: ["Office.example.com"] };

/** A certificate by the test's CA, with a key that may be another's. */
export function owned(
  wish: CertificateWish & { readonly chain?: readonly MadeCertificate[] },
  key?: MadeCertificate,
): OwnCertificate {
  const made = makeCertificate({ issuer: CA, ...wish });
  const chain = (wish.chain ?? []).map(({ der }) => parseCertificate(der));
  return {
    chain: [parseCertificate(made.der), ...chain],
    key: signingKey((key ?? made).privateKey),
  };
}

export const byOtherCa = { ...CLIENT, issuer: OTHER_CA };
export const serverWish = SERVER;
export const clientWish = CLIENT;

export function trust(over: Partial<Trust> = {}): Trust {
  return { anchors: [parseCertificate(CA.der)], revocations: new Set(), legacy: false, ...over };
}

/** What a server with certificates has; its clients' names end in `example.com`. */
export function certificateServer(
  own: readonly [OwnCertificate, ...OwnCertificate[]] = [owned(SERVER)],
  over: Partial<Trust> = {},
): ServerCredentials & Required<Pick<ServerCredentials, "certificates">> {
  const isClient = (names: readonly string[]): boolean =>
    names.some((name) => name.endsWith("example.com"));
  return { certificates: { own, trust: trust(over), isClient } };
}

export function certificateClient(
  own = owned(CLIENT),
  host = "dots.example.com",
): ClientCredentials {
  return { type: "certificate", own, trust: trust(), server: { host } };
}

const KEY = new TextEncoder().encode("a key that both have");
export const pskClient: ClientCredentials = { type: "psk", identity: "branch", key: KEY };
export const pskServer: ServerCredentials = {
  pskOf: (identity) => (identity === "branch" ? KEY : undefined),
};

const rawServerKey = signingKey(makeCertificate({ subject: "CN=raw server" }).privateKey);
const rawClientKey = signingKey(makeCertificate({ subject: "CN=raw client" }).privateKey);
export const rawClient: ClientCredentials = {
  type: "raw-public-key",
  own: rawClientKey,
  trusted: [rawServerKey.spki],
};
export const rawServer: ServerCredentials & Required<Pick<ServerCredentials, "rawPublicKey">> = {
  rawPublicKey: {
    own: rawServerKey,
    isClient: (spki) => Buffer.compare(spki, rawClientKey.spki) === 0,
  },
};

const PSK: readonly KeyExchange[] = ["psk", "ecdhe_psk"];
const SIGNED: readonly KeyExchange[] = ["ecdhe_ecdsa", "ecdhe_rsa"];
const chance = seeded(11);

function general(type: ClientCredentials["type"]): Omit<ServerContext, "credentials"> {
  return {
    random: chance,
    wallTime: () => NOW,
    suites: availableSuites(new Set(type === "psk" ? PSK : SIGNED)),
    groups: [29, 23, 24],
    connectionId: undefined,
  };
}

export function clientContext(
  credentials: ClientCredentials,
  over: Partial<ClientContext> = {},
): ClientContext {
  return {
    ...general(credentials.type),
    credentials,
    host: undefined,
    resume: undefined,
    credentialName: credentialName(credentials),
    falseStart: false,
    ...over,
  };
}

export function serverContext(
  credentials: ServerCredentials,
  over: Partial<ServerContext> = {},
): ServerContext {
  return { ...general(credentials.pskOf ? "psk" : "certificate"), credentials, ...over };
}

/** What becomes of a message on its way. */
export type Change = (message: HandshakeMessage) => readonly HandshakeMessage[];

/** How a handshake went. */
export interface Course {
  readonly client: readonly HandshakeEffect[];
  readonly server: readonly HandshakeEffect[];
  /** Types of all messages in the order in which they were sent. */
  readonly said: readonly number[];
}

/** Lets the machines talk until both are silent; `change` is for what the client says. */
export function converse(
  client: ClientContext,
  server: ServerContext,
  change: Change = (message) => [message],
): Course {
  const effects = { client: [] as HandshakeEffect[], server: [] as HandshakeEffect[] };
  const said: number[] = [];
  const queue: [HandshakeMessage, "client" | "server"][] = [];
  const carryOut = (done: readonly HandshakeEffect[], from: "client" | "server"): void => {
    effects[from].push(...done);
    for (const message of messagesOf(done)) {
      said.push(message.type);
      for (const out of from === "client" ? change(message) : [message]) queue.push([out, from]);
    }
  };
  let [clientState, first] = startClient(client);
  let serverState: ServerState | undefined;
  carryOut(first, "client");
  for (let next = queue.shift(); next; next = queue.shift()) {
    const [message, from] = next;
    if (from === "server") [clientState, first] = stepClient(clientState, message, client);
    else if (serverState) [serverState, first] = stepServer(serverState, message, server);
    else [serverState, first] = startServer(decodeClientHello(message.body), message, server);
    carryOut(first, from === "server" ? "client" : "server");
  }
  return { ...effects, said };
}

function messagesOf(effects: readonly HandshakeEffect[]): readonly HandshakeMessage[] {
  const flights: readonly Flight[] = effects.flatMap((one) =>
    one.tag === "send" ? [one.flight] : [],
  );
  return flights.flat().filter((item) => item.tag === "message");
}

/** The first effect of a kind. */
export function effect<T extends HandshakeEffect["tag"]>(
  effects: readonly HandshakeEffect[],
  tag: T,
): Extract<HandshakeEffect, { readonly tag: T }> {
  const found = effects.find((one) => one.tag === tag);
  assert.ok(
    found,
    `no ${tag} but ${JSON.stringify(effects.map((one) => (one.tag === "fail" ? one.reason : one.tag)))}`,
  );
  return found as Extract<HandshakeEffect, { readonly tag: T }>; // its tag is T
}

/** Changes messages of one type. */
export function changing(type: number, change: Change): Change {
  return (message) => (message.type === type ? change(message) : [message]);
}

/** Changes the ClientHello. */
export function changedHello(over: (hello: ClientHello) => Partial<ClientHello>): Change {
  return changing(HandshakeType.clientHello, (message) => {
    const hello = decodeClientHello(message.body);
    return [{ ...message, body: encodeClientHello({ ...hello, ...over(hello) }) }];
  });
}

/** The ClientHello that a client begins with, and as a message. */
export function firstHello(client: ClientContext): {
  readonly hello: ClientHello;
  readonly message: HandshakeMessage;
} {
  const [message] = messagesOf(startClient(client)[1]);
  assert.ok(message);
  return { hello: decodeClientHello(message.body), message };
}
