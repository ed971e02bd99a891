/** The client's machine with a server that does everything right. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { CipherSuite } from "../../../agent/dtls/cipher-suites.ts";
import { startClient, stepClient } from "../../../agent/dtls/client-handshake.ts";
import type { ClientCredentials } from "../../../agent/dtls/credentials.ts";
import { fingerprintOf } from "../../../agent/dtls/crypto/x509.ts";
import type { FlightMessage } from "../../../agent/dtls/handshake.ts";
import type { PeerIdentity } from "../../../agent/dtls/session.ts";
import { sameBytes } from "../../../agent/wire/bytes.ts";
import { decodeClientHello, type ClientHello } from "../../../agent/wire/dtls/client-hello.ts";
import {
  decodeServerName,
  decodeSignatureAlgorithms,
  encodeConnectionId,
  ExtensionType,
} from "../../../agent/wire/dtls/extensions.ts";
import { HandshakeType } from "../../../agent/wire/dtls/handshake.ts";
import { encodeHelloVerifyRequest } from "../../../agent/wire/dtls/hello-verify-request.ts";
import { makeCertificate } from "../../support/make-certificate.ts";
import {
  CA,
  CERTIFICATE,
  certified,
  clientFor,
  converse,
  HOST,
  KEY,
  messagesIn,
  OFFICE,
  only,
  owned,
  PSK,
  RAW_KEY,
  SERVER_KEY,
  SUITES,
} from "./client-lab.ts";
import type { Said, ServerProof } from "./scripted-server.ts";

const T = HandshakeType;
const EMPTY = new Uint8Array();
const byPsk: ServerProof = { type: "psk", key: KEY };
const byKey: ServerProof = { type: "raw-public-key", key: SERVER_KEY };
const rsa = (): ServerProof => certified({ subject: "CN=rsa", keyType: "rsa" });
const p384 = (): ServerProof => certified({ subject: "CN=p384", keyType: "ec-p384" });

const families: readonly [string, ClientCredentials, CipherSuite, () => ServerProof][] = [
  ["PSK", PSK, SUITES.psk, () => byPsk],
  ["ECDHE_PSK", PSK, SUITES.ecdhePsk, () => byPsk],
  ["ECDHE_ECDSA", CERTIFICATE, SUITES.ecdsa, certified],
  ["ECDHE_ECDSA with P-384", CERTIFICATE, SUITES.ecdsa, p384],
  ["ECDHE_RSA", CERTIFICATE, SUITES.rsa, rsa],
  ["raw public keys", RAW_KEY, SUITES.ecdsa, () => byKey],
];

const wrongFinished = (flight: readonly Said[]): readonly Said[] =>
  flight.map(([type, body]) => [type, type === T.finished ? new Uint8Array(12) : body]);

describe("a full handshake", () => {
  for (const [name, credentials, suite, proof] of families) {
    test(`${name}: both ends come to the same secret and prove it`, () => {
      const course = converse(clientFor(credentials, [suite]), { suite, proof: proof() });
      const established = only(course, "established");
      assert.equal(established.suite.name, suite.name);
      assert.equal(established.resumed, false);
      const { clientRandom, master } = only(course, "secret");
      assert.ok(course.server.master && sameBytes(master, course.server.master));
      assert.deepEqual(clientRandom, helloOf(course.flights[0]).random);
      assert.ok(course.server.proved.finished);
    });
  }

  for (const group of [29, 23, 24] as const) {
    test(`group ${group} is agreed on`, () => {
      const script = { suite: SUITES.ecdsa, proof: certified(), group };
      only(converse(clientFor(CERTIFICATE, [SUITES.ecdsa]), script), "established");
    });
  }

  test("effects come in the order in which they are to be carried out", () => {
    const over = { credentialName: "mine", falseStart: true };
    const ticket = { lifetimeHintS: 60, ticket: Uint8Array.of(1) };
    const script = { suite: SUITES.ecdsa, proof: certified(), ticket };
    const { effects } = converse(clientFor(CERTIFICATE, [SUITES.ecdsa], over), script);
    assert.deepEqual(
      effects.map(({ tag }) => tag),
      ["send", "keys", "secret", "send", "may-send", "resumable", "established"],
    );
  });

  test("the secret is wiped once the session is there, and when it fails", () => {
    const context = clientFor(PSK, [SUITES.ecdhePsk]);
    for (const say of [undefined, wrongFinished]) {
      const script = { suite: SUITES.ecdhePsk, proof: byPsk, ...(say ? { say } : {}) };
      const { held, state } = converse(context, script);
      assert.equal(state.tag, say ? "failed" : "established");
      assert.deepEqual(held, new Uint8Array(48));
    }
  });

  test("a HelloRequest in the middle of it is ignored [RFC 5246 §7.4.1.1]", () => {
    const context = clientFor(PSK, [SUITES.psk]);
    const [state] = startClient(context);
    const request = { type: T.helloRequest, messageSeq: 0, epoch: 0, body: EMPTY };
    assert.deepEqual(stepClient(state, request, context), [state, []]);
  });

  test("whatever comes after it changes nothing", () => {
    const context = clientFor(PSK, [SUITES.psk]);
    const { state } = converse(context, { suite: SUITES.psk, proof: byPsk });
    const late = { type: T.finished, messageSeq: 9, epoch: 1, body: new Uint8Array(12) };
    assert.deepEqual(stepClient(state, late, context), [state, []]);
  });
});

describe("the client proves itself", () => {
  const script = { suite: SUITES.ecdsa, proof: certified() };
  const context = clientFor(CERTIFICATE, [SUITES.ecdsa]);

  test("Certificate, ClientKeyExchange, CertificateVerify, Finished", () => {
    const { flights } = converse(context, script);
    assert.deepEqual(
      flights[1]?.map(({ type, messageSeq, epoch }) => [type, messageSeq, epoch]),
      [
        [T.certificate, 1, 0],
        [T.clientKeyExchange, 2, 0],
        [T.certificateVerify, 3, 0],
        [T.finished, 4, 1],
      ],
    );
  });

  test("with the first scheme of its own that the server takes", () => {
    const request = { certificateTypes: [64], signatureAlgorithms: [0x0804, 0x0503] };
    const { server } = converse(context, { ...script, request });
    assert.equal(server.proved.scheme, 0x0503);
  });

  test("by an RSA key, too", () => {
    const office = makeCertificate({ subject: "CN=rsa office", issuer: CA, keyType: "rsa" });
    const credentials = { ...CERTIFICATE, own: owned(office) };
    const { server } = converse(clientFor(credentials, [SUITES.ecdsa]), script);
    assert.equal(server.proved.scheme, 0x0804);
    assert.ok(server.proved.finished);
  });

  test("a key that signs no more is a failure of ours, not a crash", () => {
    const office = makeCertificate({ subject: "CN=gone", issuer: CA });
    const credentials = { ...CERTIFICATE, own: owned(office) };
    credentials.own.key.wipe();
    const { code, reason } = only(converse(clientFor(credentials, [SUITES.ecdsa]), script), "fail");
    assert.equal(code, "dtls/closed");
    assert.match(reason, /our own key cannot sign/);
  });

  const identities: readonly [string, ClientCredentials, PeerIdentity][] = [
    ["its identity", PSK, { type: "psk", identity: "branch" }],
    [
      "its certificate",
      CERTIFICATE,
      {
        type: "certificate",
        names: ["office.example"],
        subject: "CN=office",
        fingerprint: OFFICE.fingerprint,
      },
    ],
    ["its key", RAW_KEY, { type: "raw-public-key", fingerprint: fingerprintOf(RAW_KEY.own.spki) }],
  ];
  for (const [what, credentials, identity] of identities) {
    test(`its session says which: ${what}`, () => {
      const [suite, proof] =
        credentials.type === "psk"
          ? [SUITES.psk, byPsk]
          : [SUITES.ecdsa, credentials.type === "certificate" ? certified() : byKey];
      const course = converse(clientFor(credentials, [suite]), { suite, proof });
      assert.deepEqual(only(course, "established").identity, identity);
    });
  }
});

describe("the ClientHello", () => {
  const E = ExtensionType;
  const common = [E.extendedMasterSecret, E.renegotiationInfo];
  const ecdhe = [E.supportedGroups, E.ecPointFormats];
  const kinds: readonly [string, ClientCredentials, CipherSuite, readonly number[]][] = [
    ["PSK", PSK, SUITES.psk, common],
    ["ECDHE_PSK", PSK, SUITES.ecdhePsk, [...common, ...ecdhe]],
    ["certificates", CERTIFICATE, SUITES.rsa, [...common, ...ecdhe, E.signatureAlgorithms]],
    [
      "raw public keys",
      RAW_KEY,
      SUITES.ecdsa,
      [
        ...common,
        ...ecdhe,
        E.signatureAlgorithms,
        E.clientCertificateType,
        E.serverCertificateType,
      ],
    ],
  ];
  for (const [name, credentials, suite, types] of kinds) {
    test(`${name}: offers what goes with it, and nothing else`, () => {
      const { extensions } = firstHello(clientFor(credentials, [suite]));
      assert.deepEqual(
        extensions.map(({ type }) => type),
        types,
      );
    });
  }

  test("names the server, and asks for a ticket and connection ids, as it is told to", () => {
    const over = { host: `${HOST}.`, credentialName: "mine", connectionId: EMPTY };
    const { extensions } = firstHello(clientFor(PSK, [SUITES.psk], over));
    const data = new Map(extensions.map((extension) => [extension.type, extension.data]));
    assert.equal(decodeServerName(data.get(E.serverName) ?? EMPTY), HOST);
    assert.deepEqual(data.get(E.sessionTicket), EMPTY);
    assert.deepEqual(data.get(E.connectionId), encodeConnectionId(EMPTY));
    assert.deepEqual(data.get(E.returnRoutabilityCheck), EMPTY);
  });

  test("offers no signature with MD5 or SHA-1", () => {
    const { extensions } = firstHello(clientFor(CERTIFICATE, [SUITES.ecdsa]));
    const data = extensions.find(({ type }) => type === E.signatureAlgorithms)?.data;
    const hashes = decodeSignatureAlgorithms(data ?? EMPTY).map((scheme) => scheme >>> 8);
    assert.ok(hashes.length > 0 && hashes.every((hash) => hash >= 4));
  });

  test("is the same again with a cookie, but for the cookie [RFC 6347 §4.2.1]", () => {
    const over = { host: HOST, credentialName: "mine", connectionId: EMPTY };
    const context = clientFor(CERTIFICATE, [SUITES.ecdsa], over);
    const [state, first] = startClient(context);
    const cookie = Uint8Array.of(1, 2, 3);
    const body = encodeHelloVerifyRequest({ version: 0xfeff, cookie });
    const asked = { type: T.helloVerifyRequest, messageSeq: 0, epoch: 0, body };
    const [, second] = stepClient(state, asked, context);
    assert.deepEqual(helloOf(messagesIn(second)), { ...helloOf(messagesIn(first)), cookie });
    assert.equal(messagesIn(second)[0]?.messageSeq, 1);
  });

  test("a host that is no name is told before anything is sent", () => {
    const [state, effects] = startClient(clientFor(PSK, [SUITES.psk], { host: "no name" }));
    assert.equal(state.tag, "failed");
    assert.equal(only({ effects }, "fail").code, "dtls/configuration");
    assert.deepEqual(messagesIn(effects), []);
  });
});

describe("False Start [RFC 7918]", () => {
  for (const [name, suite, early] of [
    ["ECDHE_PSK", SUITES.ecdhePsk, true],
    ["PSK, which has no forward secrecy", SUITES.psk, false],
  ] as const) {
    test(`${name}: ${early ? "data may go" : "data waits"}`, () => {
      const script = { suite, proof: byPsk };
      const { effects } = converse(clientFor(PSK, [suite], { falseStart: true }), script);
      assert.equal(
        effects.some(({ tag }) => tag === "may-send"),
        early,
      );
    });
  }

  test("is left out unless wanted", () => {
    const script = { suite: SUITES.ecdhePsk, proof: byPsk };
    const { effects } = converse(clientFor(PSK, [SUITES.ecdhePsk]), script);
    assert.ok(effects.every(({ tag }) => tag !== "may-send"));
  });
});

describe("connection ids [RFC 9146 §3]", () => {
  const id = Uint8Array.of(1, 2, 3);
  const E = ExtensionType;
  const answered = (types: readonly number[]): Parameters<typeof converse>[1] => ({
    suite: SUITES.ecdhePsk,
    proof: byPsk,
    hello: ({ extensions }) => ({
      extensions: [
        ...extensions,
        ...types.map((type) => ({
          type,
          data: type === E.connectionId ? encodeConnectionId(id) : EMPTY,
        })),
      ],
    }),
  });
  const context = clientFor(PSK, [SUITES.ecdhePsk], { connectionId: EMPTY });

  for (const [name, types, agreed, checks] of [
    ["are agreed on with the server's answer", [E.connectionId], true, false],
    [
      "and with them the check of a new path",
      [E.connectionId, E.returnRoutabilityCheck],
      true,
      true,
    ],
    ["are not without an answer", [], false, false],
    ["and a check alone is for nothing", [E.returnRoutabilityCheck], false, false],
  ] as const) {
    test(name, () => {
      const course = converse(context, answered(types));
      const { connectionIds } = only(course, "keys");
      assert.deepEqual(connectionIds, agreed ? { read: EMPTY, write: id } : undefined);
      assert.equal(only(course, "established").returnRoutability, checks);
    });
  }
});

function helloOf(flight: readonly FlightMessage[] | undefined): ClientHello {
  const [message] = flight ?? [];
  assert.equal(message?.type, T.clientHello);
  return decodeClientHello(message.body);
}

function firstHello(context: Parameters<typeof startClient>[0]): ClientHello {
  return helloOf(messagesIn(startClient(context)[1]));
}
