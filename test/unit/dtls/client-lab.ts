/** A client's machine, its credentials, and servers to talk to; no network, no time. */
import assert from "node:assert/strict";
import { suiteByName, type CipherSuite } from "../../../agent/dtls/cipher-suites.ts";
import {
  startClient,
  stepClient,
  type ClientContext,
  type ClientState,
} from "../../../agent/dtls/client-handshake.ts";
import type {
  CertificateClientCredentials,
  ClientCredentials,
  OwnCertificate,
  PskClientCredentials,
  RawPublicKeyClientCredentials,
  Trust,
} from "../../../agent/dtls/credentials.ts";
import { signingKey, type SigningKey } from "../../../agent/dtls/crypto/signature.ts";
import { parseCertificate } from "../../../agent/dtls/crypto/x509.ts";
import type { FlightMessage, HandshakeEffect } from "../../../agent/dtls/handshake.ts";
import type { ResumableSession } from "../../../agent/dtls/resumption.ts";
import {
  makeCertificate,
  type CertificateWish,
  type MadeCertificate,
} from "../../support/make-certificate.ts";
import { seeded } from "../../support/seeded.ts";
import { ScriptedServer, type Script, type ServerProof } from "./scripted-server.ts";

export const HOST = "dots.example.com";
/** In the middle of what certificates of the tests are good for. */
export const NOW = Date.parse("2030-01-01T00:00:00Z");
export const KEY = new TextEncoder().encode("a key");

export const CA = makeCertificate({ subject: "CN=Test CA", ca: true });

/** A suite of ours by its name, without the prefix. */
export function suite(name: string): CipherSuite {
  const found = suiteByName(`TLS_${name}`);
  assert.ok(found, name);
  return found;
}

/** One of every family. */
export const SUITES = {
  psk: suite("PSK_WITH_AES_128_GCM_SHA256"),
  ecdhePsk: suite("ECDHE_PSK_WITH_AES_128_GCM_SHA256"),
  ecdsa: suite("ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"),
  rsa: suite("ECDHE_RSA_WITH_AES_256_GCM_SHA384"),
} as const;

export const PSK: PskClientCredentials = { type: "psk", identity: "branch", key: KEY };

export const TRUST: Trust = {
  anchors: [parseCertificate(CA.der)],
  revocations: new Set(),
  legacy: false,
};

/** A certificate of ours with its key. */
export function owned(made: MadeCertificate): OwnCertificate {
  return { chain: [parseCertificate(made.der)], key: signingKey(made.privateKey) };
}

export const OFFICE = makeCertificate({
  subject: "CN=office",
  issuer: CA,
  dns: ["Office.example"],
});

export const CERTIFICATE: CertificateClientCredentials = {
  type: "certificate",
  own: owned(OFFICE),
  trust: TRUST,
  server: { host: HOST },
};

/** A key without a certificate. */
export function rawKey(name: string): SigningKey {
  return signingKey(makeCertificate({ subject: `CN=${name}` }).privateKey);
}

export const SERVER_KEY: SigningKey = rawKey("raw server");

export const RAW_KEY: RawPublicKeyClientCredentials = {
  type: "raw-public-key",
  own: rawKey("raw client"),
  trusted: [SERVER_KEY.spki],
};

/** A server with a certificate for `HOST`, but for what is wished. */
export function certified(wish: Partial<CertificateWish> = {}): ServerProof {
  const made = makeCertificate({ subject: "CN=server", issuer: CA, dns: [HOST], ...wish });
  return { type: "certificate", chain: [made.der], key: signingKey(made.privateKey) };
}

/** A client that speaks what `script` does. */
export function clientFor(
  credentials: ClientCredentials,
  suites: readonly CipherSuite[],
  over: Partial<ClientContext> = {},
): ClientContext {
  return {
    random: seeded(5),
    wallTime: () => NOW,
    suites,
    groups: [29, 23, 24],
    connectionId: undefined,
    credentials,
    host: undefined,
    resume: undefined,
    credentialName: undefined,
    falseStart: false,
    ...over,
  };
}

/** How a handshake went. */
export interface Course {
  readonly state: ClientState;
  /** In their order; a secret is as it was when it came. */
  readonly effects: readonly HandshakeEffect[];
  /** Messages of the client, flight by flight. */
  readonly flights: readonly (readonly FlightMessage[])[];
  /** The machine's own secret, which may be wiped meanwhile. */
  readonly held: Uint8Array | undefined;
  readonly server: ScriptedServer;
}

/** Lets a client and a server talk until both are silent. */
export function converse(context: ClientContext, script: Script): Course {
  const server = new ScriptedServer(script);
  const effects: HandshakeEffect[] = [];
  const flights: (readonly FlightMessage[])[] = [];
  let held: Uint8Array | undefined;
  let [state, fresh] = startClient(context);
  for (;;) {
    effects.push(...fresh);
    const messages = messagesIn(fresh);
    if (messages.length === 0) return { state, effects, flights, held, server };
    flights.push(messages);
    const all: HandshakeEffect[] = [];
    for (const message of server.answer(messages)) {
      [state, fresh] = stepClient(state, message, context);
      held ??= fresh.find((effect) => effect.tag === "secret")?.master;
      all.push(...fresh.map(kept));
    }
    fresh = all;
  }
}

/** The messages that are to be sent. */
export function messagesIn(effects: readonly HandshakeEffect[]): readonly FlightMessage[] {
  return effects
    .flatMap((effect) => (effect.tag === "send" ? effect.flight : []))
    .filter((item) => item.tag === "message");
}

/** A copy of a secret that will be wiped. */
function kept(effect: HandshakeEffect): HandshakeEffect {
  return effect.tag === "secret" ? { ...effect, master: effect.master.slice() } : effect;
}

/** The one effect of that kind. */
export function only<T extends HandshakeEffect["tag"]>(
  { effects }: Pick<Course, "effects">,
  tag: T,
): HandshakeEffect & { tag: T } {
  const found = effects.filter(
    (effect): effect is HandshakeEffect & { tag: T } => effect.tag === tag,
  );
  const failures = effects.filter((effect) => effect.tag === "fail");
  assert.equal(found.length, 1, `${tag}; ${failures.map((effect) => effect.reason).join()}`);
  const [first] = found;
  assert.ok(first);
  return first;
}

/** A session that was set up an hour ago. */
export function sessionOf(over: Partial<ResumableSession> = {}): ResumableSession {
  return {
    suite: SUITES.ecdhePsk.id,
    master: seeded(9).bytes(48),
    ticket: seeded(10).bytes(180),
    sessionId: new Uint8Array(),
    expiresAt: NOW + 1000,
    credential: "mine",
    ...over,
  };
}
