/** The profile of DTLS that DOTS asks for, and what fits a datagram of it. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { ConnectOptions } from "../../agent/dtls/client.ts";
import { cipherSuites } from "../../agent/dtls/cipher-suites.ts";
import { signingKey } from "../../agent/dtls/crypto/signature.ts";
import { SessionTickets } from "../../agent/dtls/session-tickets.ts";
import type { DtlsSession } from "../../agent/dtls/session.ts";
import { MemorySessionStore } from "../../agent/dtls/stored-session.ts";
import { decodeServerName, ExtensionType } from "../../agent/wire/dtls/extensions.ts";
import { HandshakeType } from "../../agent/wire/dtls/handshake.ts";
import { DTLS10, DTLS12 } from "../../agent/wire/dtls/record.ts";
import { decodeServerHello } from "../../agent/wire/dtls/server-hello.ts";
import {
  certificateClient,
  certificateServer,
  clients,
  labCertificate,
  SERVER_NAME,
  servers,
} from "../support/dtls-credentials.ts";
import { dtlsLab, echo } from "../support/dtls-lab.ts";
import { makeCertificate, type MadeCertificate } from "../support/make-certificate.ts";
import { seeded } from "../support/seeded.ts";
import {
  CA,
  CERTIFICATE,
  clientFor,
  converse as withServer,
  HOST,
  NOW,
  only,
  SUITES,
  TRUST,
} from "../unit/dtls/client-lab.ts";
import {
  clientContext,
  converse,
  effect,
  HOUR,
  pskClient,
  pskServer,
  serverContext,
} from "../unit/dtls/server-lab.ts";
import {
  bodyOf,
  clientHellos,
  greet,
  recordsFrom,
  relay,
  taken,
  watch,
  type Rule,
} from "./wire-view.ts";

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const KINDS = ["psk", "certificate", "raw-public-key"] as const;

describe("versions", () => {
  for (const kind of KINDS) {
    test(`[RFC 9132 §7.1] only DTLS 1.2 is offered: ${kind}`, async () => {
      const lab = await dtlsLab(1, { server: { credentials: servers[kind] } });
      const seen = watch(lab);
      const session = await lab.connect({ credentials: clients[kind] });
      assert.deepEqual([...new Set(clientHellos(seen).map(({ version }) => version))], [DTLS12]);
      assert.equal(session.security.version, "DTLS1.2");
    });
  }

  test("[RFC 9132 §7.1] a client of DTLS 1.0 is refused", async () => {
    const { hello, alert } = await greet(await dtlsLab(1), { version: DTLS10 });
    assert.equal(hello, undefined);
    assert.deepEqual(alert, { level: 2, description: 70 });
  });

  test("[RFC 9132 §7.1] a server that chooses DTLS 1.0 is refused", async () => {
    const lab = await dtlsLab(1);
    const between = await relay(lab, { toClient: choosing(DTLS10) });
    await assert.rejects(lab.connect({ to: between.address }), {
      code: "dtls/protocol",
      message: /another version than DTLS 1\.2/,
    });
  });
});

/** Changes the version of the ServerHello on its way. */
function choosing(version: number): Rule {
  return (datagram) => {
    const copy = datagram.slice();
    const body = bodyOf(taken(copy).records, HandshakeType.serverHello);
    body?.set([version >> 8, version & 0xff]); // a view on the datagram
    return [copy];
  };
}

/** How a client ends up with a server that shows these certificates; the first one's key is the server's. */
function shown(
  chain: readonly MadeCertificate[],
  over: { readonly host?: string; readonly revoked?: string; readonly legacy?: boolean } = {},
) {
  const [own] = chain;
  assert.ok(own);
  const { host = HOST, revoked, legacy = false } = over;
  const trust = { ...TRUST, legacy, revocations: new Set(revoked ? [revoked] : []) };
  return withServer(clientFor({ ...CERTIFICATE, trust, server: { host } }, [SUITES.ecdsa]), {
    suite: SUITES.ecdsa,
    proof: {
      type: "certificate",
      chain: chain.map(({ der }) => der),
      key: signingKey(own.privateKey),
    },
  });
}

const SUB = makeCertificate({ subject: "CN=Sub CA", issuer: CA, ca: true, pathLength: 0 });
const server = (wish: Partial<Parameters<typeof makeCertificate>[0]> = {}): MadeCertificate =>
  makeCertificate({ subject: "CN=server", issuer: CA, dns: [HOST], ...wish });
const subCa = (wish: Partial<Parameters<typeof makeCertificate>[0]>): MadeCertificate =>
  makeCertificate({ subject: "CN=Middle CA", issuer: CA, ca: true, ...wish });
const under = (issuer: MadeCertificate): readonly MadeCertificate[] => [server({ issuer }), issuer];
const below = makeCertificate({ subject: "CN=Below CA", issuer: SUB, ca: true });
const STRANGER = makeCertificate({ subject: "CN=Stranger CA", ca: true });
const GOOD = server();

const FOREIGN = { critical: true, permitted: { dns: ["example.net"] } };
const UNKNOWN = { oid: "1.2.3.4", critical: true, value: Uint8Array.of(5, 0) };

const BELIEVED: readonly (readonly [string, readonly MadeCertificate[]])[] = [
  ["by the CA", [GOOD]],
  ["by a CA below it", under(SUB)],
  ["with the root as well", [...under(SUB), CA]],
];

const UNBELIEVED: readonly (readonly [string, readonly MadeCertificate[], number])[] = [
  ["expired", [server({ notAfter: NOW - HOUR })], 45],
  ["not yet valid", [server({ notBefore: NOW + HOUR })], 45],
  ["below an expired CA", under(subCa({ notAfter: NOW - HOUR })), 45],
  ["by another CA", under(STRANGER), 48],
  ["by a CA that is not shown", [server({ issuer: SUB })], 48],
  ["signed by itself", [makeCertificate({ subject: "CN=server", dns: [HOST] })], 48],
  ["below one that is no CA", under(server({ subject: "CN=other" })), 42],
  ["below a CA that may not sign certificates", under(subCa({ keyUsage: ["cRLSign"] })), 42],
  ["below a path that is too long", [server({ issuer: below }), below, SUB], 42],
  ["outside the names of its CA", under(subCa({ nameConstraints: FOREIGN })), 42],
  ["for clients only", [server({ eku: ["clientAuth"] })], 43],
  ["for other uses of its key", [server({ keyUsage: ["keyEncipherment"] })], 43],
  ["with a critical extension that is not known", [server({ extra: [UNKNOWN] })], 43],
];

describe("the server's certificate", () => {
  for (const [what, chain] of BELIEVED) {
    test(`[RFC 9132 §7.1] the whole path is verified [RFC 5280 §6]: believed ${what}`, () => {
      const course = shown(chain);
      assert.equal(only(course, "established").identity.type, "certificate");
    });
  }

  for (const [what, chain, alert] of UNBELIEVED) {
    test(`[RFC 9132 §7.1] the whole path is verified [RFC 5280 §6]: refused ${what}`, () => {
      const course = shown(chain);
      const fault = only(course, "fail");
      assert.equal(fault.code, "dtls/authentication", fault.reason);
      assert.match(fault.reason, /^the server's certificate .*\(certificate CN=/);
      assert.equal(fault.alert, alert, fault.reason);
      assert.equal(course.flights.length, 1, "nothing was said but the ClientHello");
    });
  }

  test("[RFC 9132 §7.1] the whole path is verified [RFC 5280 §6]: refused revoked", () => {
    assert.equal(only(shown([GOOD], { revoked: GOOD.fingerprint }), "fail").alert, 44);
    assert.equal(only(shown(under(SUB), { revoked: SUB.fingerprint }), "fail").alert, 44);
  });

  test("[RFC 9132 §7.1] the whole path is verified [RFC 5280 §6]: refused altered", () => {
    for (const at of [40, 200, GOOD.der.length - 1]) {
      const der = GOOD.der.slice();
      der[at] = (der[at] ?? 0) ^ 1;
      const fault = only(shown([{ ...GOOD, der }]), "fail");
      assert.ok(fault.alert !== undefined && fault.alert > 0, fault.reason);
    }
  });

  for (const [what, wish, host] of [
    ["a DNS-ID", { dns: ["x.example", HOST] }, HOST],
    ["a DNS-ID in other letters", { dns: ["DOTS.example.COM"] }, HOST],
    ["an SRV-ID", { dns: [], srv: [`_dots-signal.${HOST}`] }, HOST],
    ["a wildcard for one label", { dns: ["*.example.com"] }, HOST],
    ["an address among addresses", { dns: [], ip: ["192.0.2.1"] }, "192.0.2.1"],
  ] as const) {
    test(`[RFC 9132 §7.1] names are compared by RFC 6125: found by ${what}`, () => {
      assert.ok(only(shown([server(wish)], { host }), "established"));
    });
  }

  for (const [what, wish, host] of [
    ["another name", { dns: ["other.example.com"] }, HOST],
    ["a name above", { dns: ["example.com"] }, HOST],
    ["a name that begins alike", { dns: [`${HOST}.evil.example`] }, HOST],
    ["a wildcard for two labels", { dns: ["*.com"] }, HOST],
    ["a wildcard in a label", { dns: ["d*.example.com"] }, HOST],
    ["the SRV-ID of another service", { dns: [], srv: [`_sip.${HOST}`] }, HOST],
    ["a URI-ID", { dns: [], uri: [`coaps://${HOST}`] }, HOST],
    ["the common name", { dns: [], subject: `CN=${HOST}` }, HOST],
    ["an address as a name", { dns: ["192.0.2.1"] }, "192.0.2.1"],
  ] as const) {
    test(`[RFC 9132 §7.1] names are compared by RFC 6125: not found by ${what}`, () => {
      const course = shown([server(wish)], { host });
      const fault = only(course, "fail");
      assert.deepEqual([fault.code, fault.alert], ["dtls/authentication", 42]);
      assert.match(fault.reason, /is not for/);
      assert.equal(course.flights.length, 1);
    });
  }

  test("[RFC 9132 §7.1] the common name counts only when there is no other, and it is asked for", () => {
    const [named, both] = [{ dns: [] }, { dns: ["x.example"] }].map((names) =>
      server({ ...names, subject: `CN=${HOST}` }),
    );
    assert.ok(named && both);
    assert.ok(only(shown([named], { legacy: true }), "established"));
    assert.ok(only(shown([both], { legacy: true }), "fail"));
  });

  test("[RFC 9132 §7.1] the client says in SNI which server it wants", async () => {
    const lab = await dtlsLab(1, { server: { credentials: certificateServer } });
    const seen = watch(lab);
    await lab.connect({ credentials: certificateClient, serverName: SERVER_NAME });
    for (const { extensions } of clientHellos(seen)) {
      const found = extensions.find(({ type }) => type === ExtensionType.serverName);
      assert.equal(found && decodeServerName(found.data), SERVER_NAME);
    }
  });
});

describe("what has to be there", () => {
  test("[RFC 9132 §7.1] replayed records are detected, at both ends", async () => {
    const lab = await dtlsLab(1);
    const thrice: Rule = (datagram) => [datagram, datagram.slice(), datagram.slice()];
    const between = await relay(lab, { toServer: thrice, toClient: thrice });
    const session = await lab.connect({ to: between.address });
    const heard: string[] = [];
    session.listen({
      message: (data) => heard.push(new TextDecoder().decode(data)),
      closed: () => {},
    });
    const texts = Array.from({ length: 50 }, (_, i) => `${i}`);
    for (const text of texts) session.send(encode(text));
    await lab.network.run({ for: 1000 });
    assert.deepEqual(heard, texts, "echoed once each");
  });

  test("[RFC 9132 §7.1] sessions are resumed without any state at the server but its ticket keys", () => {
    const clock = { now: () => 0 };
    const tickets = new SessionTickets(clock, seeded(3), HOUR);
    const resumable = { ticketLifetimeMs: HOUR, tickets };
    const client = clientContext(pskClient);
    const first = converse(client, serverContext(pskServer, resumable));
    const { session } = effect(first.client, "resumable");
    // Another process, as it were: nothing is shared but the keys.
    const resume = { ...session, master: session.master.slice() };
    const second = converse({ ...client, resume }, serverContext(pskServer, resumable));
    assert.equal(effect(second.client, "established").resumed, true);
    assert.equal(effect(second.server, "established").resumed, true);
    assert.deepEqual(
      effect(second.server, "established").identity,
      effect(first.server, "established").identity,
    );
  });

  test("[RFC 9132 §7.1] a resumed session conveys the signal, in one round trip", async () => {
    const lab = await dtlsLab(1);
    const resumption = { store: new MemorySessionStore(), server: "the server" };
    const seen = watch(lab);
    (await lab.connect({ resumption })).close();
    const hello = bodyOf(recordsFrom(seen, "server"), HandshakeType.serverHello);
    assert.equal(hello && decodeServerHello(hello).sessionId.length, 0, "nothing to look up");
    assert.ok(bodyOf(recordsFrom(seen, "server"), HandshakeType.newSessionTicket));
    const session = await lab.connect({ resumption });
    assert.equal(session.security.resumed, true);
    assert.equal(session.handshakeMs, 40);
    assert.equal(await echo(lab, session, "help"), "help");
  });

  for (const kind of ["psk", "raw-public-key"] as const) {
    test(`[RFC 9132 §7.1] ${kind} with an ephemeral key exchange, and a smaller flight of the server`, async () => {
      const answer = async (of: (typeof KINDS)[number]): Promise<number> => {
        const lab = await dtlsLab(1, { server: { credentials: servers[of] } });
        const seen = watch(lab);
        const session = await lab.connect({ credentials: clients[of] });
        assert.match(session.security.cipher, /^TLS_ECDHE_/);
        assert.equal(session.identity.type, of);
        assert.equal(lab.sessions[0]?.identity.type, of);
        assert.equal(await echo(lab, session, "hello"), "hello");
        const all = seen.filter(({ from }) => from === "server").slice(1);
        return all[0]?.octets.length ?? 0;
      };
      const [small, large] = [await answer(kind), await answer("certificate")];
      assert.ok(small > 0 && small < large, `${small} and ${large} octets`);
    });
  }

  for (const kind of KINDS) {
    test(`[RFC 9132 §7.1] ${kind}: the signal goes with the client's second flight [RFC 7918]`, async () => {
      const lab = await dtlsLab(1, { server: { credentials: servers[kind] } });
      const seen = watch(lab);
      const onMaySend = (session: DtlsSession): void => session.send(encode("help"));
      await lab.connect({ credentials: clients[kind], onMaySend });
      const sent = seen.filter(({ from }) => from === "client");
      const flight = sent.find(({ records }) => records.some(({ epoch }) => epoch === 1));
      const types = flight?.records.map(({ epoch }) => epoch) ?? [];
      assert.equal(types.filter((epoch) => epoch === 1).length, 2, "Finished, and the signal");
      assert.equal(flight?.at, sent[0] && sent[0].at + 80, "after two round trips");
    });
  }

  test("[RFC 9132 §8] the client has to show who it is as well", async () => {
    const lab = await dtlsLab(1, { server: { credentials: certificateServer } });
    const seen = watch(lab);
    await lab.connect({ credentials: certificateClient });
    assert.ok(bodyOf(recordsFrom(seen, "server"), HandshakeType.certificateRequest));
    assert.equal(lab.sessions[0]?.identity.type, "certificate");
  });
});

/** A certificate with so many names that it takes several datagrams. */
const LONG = labCertificate({
  subject: "CN=long",
  dns: [SERVER_NAME, ...Array.from({ length: 60 }, (_, i) => `a-host-of-many-${i}.example.com`)],
});

describe("datagrams", () => {
  test("[RFC 9132 §7.3] a path MTU of 1280 is assumed, in handshakes and after", async () => {
    const lab = await dtlsLab(1, {
      path: { mtu: 1280 },
      server: { credentials: { certificates: { ...certificateServer.certificates, own: [LONG] } } },
    });
    let largest = 0;
    lab.network.trace = ({ octets, fate }) => {
      assert.notEqual(fate, "too-large");
      largest = Math.max(largest, octets);
    };
    const session = await lab.connect({ credentials: certificateClient });
    const most = "x".repeat(session.maxMessage);
    assert.equal(await echo(lab, session, most), most);
    // Addresses are of IPv4 here; with IPv6 each datagram would have 20 octets more around it.
    assert.ok(largest + 20 <= 1280 && largest + 20 > 1200, `${largest + 20} octets`);
  });

  for (const { name, keyExchange } of cipherSuites) {
    for (const connectionId of [true, false]) {
      test(`[RFC 9132 §7.3] what fits allows for the overhead of ${name}${connectionId ? " and a connection id" : ""}`, async () => {
        const kind = keyExchange.endsWith("psk") ? "psk" : "certificate";
        const lab = await dtlsLab(1, { server: { credentials: servers[kind], suites: [name] } });
        const options: Partial<ConnectOptions> = { credentials: clients[kind], connectionId };
        const session = await lab.connect({ ...options, suites: [name] });
        const seen = watch(lab);
        session.send(new Uint8Array(session.maxMessage));
        const [sent] = seen;
        assert.equal(sent?.octets.length, 1280 - 40 - 8, "a full datagram, and no more");
        assert.throws(() => session.send(new Uint8Array(session.maxMessage + 1)), {
          code: "dtls/too-large",
        });
      });
    }
  }
});
