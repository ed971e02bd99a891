/** What [RFC 9132 §7.1] takes over of the recommendations for TLS. */
import assert from "node:assert/strict";
import { createDecipheriv } from "node:crypto";
import { describe, test } from "node:test";
import { cipherSuites } from "../../agent/dtls/cipher-suites.ts";
import { SessionTickets } from "../../agent/dtls/session-tickets.ts";
import type { ServerSessionState } from "../../agent/dtls/resumption.ts";
import { MemorySessionStore } from "../../agent/dtls/stored-session.ts";
import type { Random } from "../../agent/net/ports.ts";
import {
  decodeEcPointFormats,
  decodeSupportedGroups,
  ExtensionType,
  NamedGroup,
} from "../../agent/wire/dtls/extensions.ts";
import { HandshakeType } from "../../agent/wire/dtls/handshake.ts";
import { decodeNewSessionTicket } from "../../agent/wire/dtls/new-session-ticket.ts";
import { DTLS12 } from "../../agent/wire/dtls/record.ts";
import { decodeServerHello } from "../../agent/wire/dtls/server-hello.ts";
import {
  certificateClient,
  certificateServer,
  clients,
  labCertificate,
  pskServer,
  servers,
} from "../support/dtls-credentials.ts";
import { dtlsLab, echo, type DtlsLab } from "../support/dtls-lab.ts";
import { seeded } from "../support/seeded.ts";
import { clientFor, converse, only, PSK, SUITES } from "../unit/dtls/client-lab.ts";
import {
  bodyOf,
  clientHellos,
  greet,
  helloDatagram,
  PLAIN_HELLO,
  recordsFrom,
  relay,
  stranger,
  watch,
} from "./wire-view.ts";

const KINDS = ["psk", "certificate", "raw-public-key"] as const;
/** Refused for want of anything in common. */
const HANDSHAKE_FAILURE = { level: 2, description: 40 };
const PROTOCOL_VERSION = { level: 2, description: 70 };
const HOUR = 3_600_000;

/** A server for everybody. */
const everybody = (): Promise<DtlsLab> =>
  dtlsLab(1, { server: { credentials: { ...pskServer, ...certificateServer } } });

/** The client offers a version at most. */
async function serverRefuses(version: number): Promise<void> {
  const { hello, alert } = await greet(await everybody(), { version });
  assert.equal(hello, undefined);
  assert.deepEqual(alert, PROTOCOL_VERSION);
}

/** The server chooses a version. */
function clientRefuses(version: number): void {
  const script = { suite: SUITES.psk, proof: { type: "psk", key: PSK.key } as const };
  const course = converse(clientFor(PSK, [SUITES.psk]), { ...script, hello: () => ({ version }) });
  const fault = only(course, "fail");
  assert.deepEqual([fault.code, fault.alert], ["dtls/protocol", 70]);
}

describe("versions", () => {
  for (const [name, version] of [
    ["SSL 2", 0x0002],
    ["SSL 3", 0x0300],
    ["TLS 1.0", 0x0301],
  ] as const) {
    test(`[RFC 7525 §3.1.1] a server does not negotiate ${name}`, () => serverRefuses(version));
    test(`[RFC 7525 §3.1.1] a client does not negotiate ${name}`, () => clientRefuses(version));
  }

  test("[RFC 7525 §3.1.2] a server does not negotiate DTLS 1.0", async () => {
    await serverRefuses(0xfeff);
    await serverRefuses(0x0100); // as OpenSSL had it before there was a standard
  });

  test("[RFC 7525 §3.1.2] a client does not negotiate DTLS 1.0", () => {
    clientRefuses(0xfeff);
    clientRefuses(0x0100);
  });

  test("[RFC 7525 §3.1.1] records of SSL and TLS are not answered", async () => {
    const peer = await stranger(await everybody());
    const hello = Buffer.from(helloDatagram({}));
    for (const version of [0x0002, 0x0300, 0x0301, 0x0303, 0x0304]) {
      hello.writeUInt16BE(version, 1);
      assert.deepEqual(await peer.ask(hello), [], version.toString(16));
    }
  });

  test("[RFC 7525 §3.1.2] DTLS 1.2 is negotiated with a client that would take an older or a later one, too", async () => {
    const { hello } = await greet(await everybody(), { version: 0xfefc });
    assert.equal(hello?.version, DTLS12);
  });

  test("[RFC 7525 §3.1.3] a client that is refused for its version does not come back with another", async () => {
    const lab = await dtlsLab(1);
    const refusal = Buffer.from("15feff000000000000000000020246", "hex");
    const between = await relay(lab, { toServer: () => [], toClient: () => [] });
    between.rules.toServer = () => {
      between.inject("client", refusal);
      return [];
    };
    const seen = watch(lab);
    await assert.rejects(lab.connect({ to: between.address, timeoutMs: 10_000 }), {
      name: "DtlsError",
    });
    await lab.network.run({ for: 60_000 });
    const versions = clientHellos(seen).map(({ version }) => version);
    assert.deepEqual([...new Set(versions)], [DTLS12]);
  });
});

describe("compression and resumption", () => {
  test("[RFC 7525 §3.3] no compression is offered, chosen, or gone along with", async () => {
    const lab = await everybody();
    const seen = watch(lab);
    await lab.connect();
    for (const { compressionMethods } of clientHellos(seen)) {
      assert.deepEqual(compressionMethods, [0]);
    }
    assert.equal(
      (await greet(lab, { compressionMethods: [1, 64, 0] })).hello?.compressionMethod,
      0,
    );
    assert.equal((await greet(lab, { compressionMethods: [1] })).hello, undefined);
    const script = { suite: SUITES.psk, proof: { type: "psk", key: PSK.key } as const };
    const hello = () => ({ compressionMethod: 1 });
    const course = converse(clientFor(PSK, [SUITES.psk]), { ...script, hello });
    assert.equal(only(course, "fail").code, "dtls/protocol");
  });

  test("[RFC 7525 §3.4] a ticket is authenticated: one that was changed is good for nothing", () => {
    const tickets = new SessionTickets({ now: () => 0 }, seeded(1), HOUR);
    const ticket = tickets.seal(STATE);
    assert.ok(ticket && tickets.open(ticket));
    for (let at = 0; at < ticket.length; at += 1) {
      const changed = ticket.slice();
      changed[at] = (changed[at] ?? 0) ^ 1;
      assert.equal(tickets.open(changed), undefined, `octet ${at}`);
    }
    assert.equal(new SessionTickets({ now: () => 0 }, seeded(2), HOUR).open(ticket), undefined);
  });

  test("[RFC 7525 §3.4] a ticket is encrypted: neither the secret nor the client is to be seen in it", () => {
    const tickets = new SessionTickets({ now: () => 0 }, seeded(1), HOUR);
    const [one, two] = [tickets.seal(STATE), tickets.seal(STATE)];
    assert.ok(one && two);
    for (const ticket of [one, two].map((octets) => Buffer.from(octets))) {
      assert.equal(ticket.indexOf(STATE.master.subarray(0, 8)), -1);
      assert.equal(ticket.indexOf("branch office"), -1);
    }
    const shared = one.filter((octet, i) => i >= 16 && octet === two[i]).length;
    assert.ok(shared < 20, `${shared} octets of two tickets are the same`);
  });

  test("[RFC 7525 §3.4] a ticket is under a cipher as strong as any suite: AES-256-GCM", () => {
    const drawn: Uint8Array[] = [];
    const chance = seeded(1);
    const random: Random = {
      fraction: () => chance.fraction(),
      bytes: (length) => {
        const octets = chance.bytes(length);
        drawn.push(octets.slice());
        return octets;
      },
    };
    const ticket = new SessionTickets({ now: () => 0 }, random, HOUR).seal(STATE);
    const key = drawn.find(({ length }) => length === 32);
    assert.ok(ticket && key);
    const decipher = createDecipheriv("aes-256-gcm", key, ticket.subarray(16, 28));
    decipher.setAAD(ticket.subarray(0, 16)).setAuthTag(ticket.subarray(-16));
    const text = Buffer.concat([decipher.update(ticket.subarray(28, -16)), decipher.final()]);
    assert.ok(text.includes(Buffer.from(STATE.master)));
  });

  test("[RFC 7525 §3.4] ticket keys change, each with half a lifetime, and old ones are forgotten", async () => {
    const lifetimeMs = 24 * HOUR;
    const lab = await dtlsLab(1, { server: { resumption: { lifetimeMs } } });
    const names: string[] = [];
    for (let i = 0; i < 5; i += 1) {
      names.push(await ticketKeyName(lab));
      await lab.network.run({ for: lifetimeMs / 4 + 1000 });
    }
    const [a, b, c, d] = names;
    assert.equal(a, b, "within the half");
    assert.notEqual(a, c);
    assert.equal(c, d);
    let now = 0;
    const tickets = new SessionTickets({ now: () => now }, seeded(1), lifetimeMs);
    const ticket = tickets.seal(STATE);
    now = 1.5 * lifetimeMs;
    assert.equal(ticket && tickets.open(ticket), undefined);
  });
});

const STATE: ServerSessionState = {
  suite: 0xd001,
  master: seeded(4).bytes(48),
  identity: { type: "psk", identity: "branch office" },
  binding: seeded(5).bytes(32),
  expiresAt: 2 ** 42,
};

/** Of the ticket that a new client is given. */
async function ticketKeyName(lab: DtlsLab): Promise<string> {
  const seen = watch(lab);
  const resumption = { store: new MemorySessionStore(), server: "the server" };
  (await lab.connect({ resumption })).close();
  const body = bodyOf(recordsFrom(seen, "server"), HandshakeType.newSessionTicket);
  assert.ok(body);
  return Buffer.from(decodeNewSessionTicket(body).ticket.subarray(0, 16)).toString("hex");
}

describe("extensions", () => {
  for (const kind of KINDS) {
    test(`[RFC 7525 §3.5] ${kind}: both ends implement renegotiation_info [RFC 5746]`, async () => {
      const lab = await dtlsLab(1, { server: { credentials: servers[kind] } });
      const seen = watch(lab);
      await lab.connect({ credentials: clients[kind] });
      const answer = bodyOf(recordsFrom(seen, "server"), HandshakeType.serverHello);
      assert.ok(answer);
      for (const { extensions } of [...clientHellos(seen), decodeServerHello(answer)]) {
        const found = extensions.find(({ type }) => type === ExtensionType.renegotiationInfo);
        assert.deepEqual([...(found?.data ?? [])], [0]);
      }
    });
  }

  test("[RFC 7525 §3.5] renegotiation_info that is not of a first handshake is refused", async () => {
    const lab = await everybody();
    const extensions = PLAIN_HELLO.extensions.map((extension) =>
      extension.type === ExtensionType.renegotiationInfo
        ? { ...extension, data: Uint8Array.of(1, 9) }
        : extension,
    );
    const { hello, alert } = await greet(lab, { extensions });
    assert.equal(hello, undefined);
    assert.deepEqual(alert, HANDSHAKE_FAILURE);
    // The cipher suite that stands for it is understood as well. [RFC 5746 §3.6]
    const bare = PLAIN_HELLO.extensions.filter(
      ({ type }) => type !== ExtensionType.renegotiationInfo,
    );
    const reply = await greet(lab, { extensions: bare, cipherSuites: [0xd001, 0x00ff] });
    const types = reply.hello?.extensions.map(({ type }) => type);
    assert.ok(types?.includes(ExtensionType.renegotiationInfo));
  });

  test("[RFC 7525 §3.6] SNI is said by the client and heeded by the server", async () => {
    const [name, other] = ["one.example.com", "two.example.com"];
    const own = [name, other].map((dns) => labCertificate({ subject: `CN=${dns}`, dns: [dns] }));
    const [first, second] = own;
    assert.ok(first && second);
    const certificates = { ...certificateServer.certificates, own: [first, second] as const };
    const lab = await dtlsLab(1, { server: { credentials: { certificates } } });
    for (const host of [name, other]) {
      const credentials = { ...certificateClient, server: { host } };
      const session = await lab.connect({ credentials, serverName: host });
      assert.equal(await echo(lab, session, "hello"), "hello");
    }
  });

  test("[RFC 7525 §4.5] truncated_hmac is neither offered nor answered", async () => {
    const truncatedHmac = 4;
    const lab = await everybody();
    const seen = watch(lab);
    for (const kind of ["psk", "certificate"] as const) {
      await lab.connect({ credentials: clients[kind] });
    }
    for (const { extensions } of clientHellos(seen)) {
      assert.ok(extensions.every(({ type }) => type !== truncatedHmac));
    }
    const offered = [...PLAIN_HELLO.extensions, { type: truncatedHmac, data: new Uint8Array() }];
    const { hello } = await greet(lab, { extensions: offered });
    assert.ok(hello?.extensions.every(({ type }) => type !== truncatedHmac));
  });
});

/** Of suites that nobody may negotiate any more, by kind. */
const WEAK: Readonly<Record<string, readonly number[]>> = {
  NULL: [0x0000, 0x0001, 0x0002, 0x002c, 0x002d, 0x003b, 0x00b0, 0xc001, 0xc006, 0xc010, 0xc039],
  RC4: [0x0004, 0x0005, 0x0018, 0x008a, 0x0092, 0xc002, 0xc007, 0xc011, 0xc016, 0xc033],
  "export or single DES": [0x0003, 0x0006, 0x0008, 0x0009, 0x000e, 0x0014, 0x0015, 0x0026, 0x001a],
  anonymous: [0x0018, 0x0034, 0x006c, 0x00a6, 0xc015, 0xc018],
};

describe("cipher suites", () => {
  for (const [kind, weak] of Object.entries(WEAK)) {
    test(`[RFC 7525 §4.1] suites of kind "${kind}" are neither offered nor taken`, async () => {
      const lab = await everybody();
      const seen = watch(lab);
      await lab.connect();
      await lab.connect({ credentials: certificateClient });
      for (const hello of clientHellos(seen)) {
        assert.ok(hello.cipherSuites.every((suite) => !weak.includes(suite)));
      }
      const { hello, alert } = await greet(lab, { cipherSuites: weak });
      assert.equal(hello, undefined);
      assert.deepEqual(alert, HANDSHAKE_FAILURE);
      const best = await greet(lab, { cipherSuites: [...weak, 0xc02f] });
      assert.equal(best.hello?.cipherSuite, 0xc02f);
    });

    test(`[RFC 7525 §4.1] a server that chooses one of kind "${kind}" is refused`, () => {
      for (const cipherSuite of weak) {
        const script = { suite: SUITES.ecdhePsk, proof: { type: "psk", key: PSK.key } as const };
        const hello = () => ({ cipherSuite });
        const course = converse(clientFor(PSK, [SUITES.ecdhePsk]), { ...script, hello });
        assert.equal(only(course, "fail").code, "dtls/protocol");
      }
    });
  }

  test("[RFC 7525 §4.1] every suite has 128 bits of security or more, and an AEAD", () => {
    for (const { keyLength, aead, name } of cipherSuites) {
      assert.ok(keyLength >= 16, name);
      assert.match(aead, /gcm|ccm|poly1305/, name);
      assert.match(name, /^TLS_(ECDHE_|PSK_)/, "no key transport, no static Diffie-Hellman");
    }
  });

  test("[RFC 7525 §4.1] forward secrecy is offered first, and chosen even if it comes last", async () => {
    const lab = await everybody();
    const seen = watch(lab);
    await lab.connect();
    const [offer] = clientHellos(seen);
    const secret = (id: number): boolean =>
      cipherSuites.some((suite) => suite.id === id && suite.keyExchange !== "psk");
    const kinds = offer?.cipherSuites.map(secret) ?? [];
    assert.ok(kinds.includes(true) && kinds.includes(false));
    assert.ok(kinds.lastIndexOf(true) < kinds.indexOf(false), "none without comes before one with");
    const { hello } = await greet(lab, { cipherSuites: [0x00a8, 0xc0a8, 0xd001] });
    assert.equal(hello?.cipherSuite, 0xd001);
  });

  test("[RFC 7525 §4.2.1] TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 is chosen over weaker ones before it", async () => {
    const lab = await dtlsLab(1, { server: { credentials: certificateServer } });
    // CBC with SHA-1, static RSA, a tag of 8 octets; then the one.
    const offered = [0xc013, 0xc014, 0x002f, 0x009c, 0xc0ae, 0xc02f];
    const { hello } = await greet(lab, { cipherSuites: offered });
    assert.equal(hello?.cipherSuite, 0xc02f);
  });

  test("[RFC 7525 §4.2.1] the client names its groups, P-256 among them, and one point format", async () => {
    const lab = await everybody();
    const seen = watch(lab);
    await lab.connect({ credentials: certificateClient });
    for (const { extensions } of clientHellos(seen)) {
      const dataOf = (wanted: number): Uint8Array =>
        extensions.find(({ type }) => type === wanted)?.data ?? assert.fail();
      const groups = decodeSupportedGroups(dataOf(ExtensionType.supportedGroups));
      assert.ok(groups.includes(NamedGroup.secp256r1));
      assert.deepEqual(decodeEcPointFormats(dataOf(ExtensionType.ecPointFormats)), [0]);
    }
  });
});
