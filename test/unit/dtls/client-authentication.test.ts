/** By what a client believes a server, and by what it does not. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { AlertDescription as A } from "../../../agent/wire/dtls/alert.ts";
import { HandshakeType as T } from "../../../agent/wire/dtls/handshake.ts";
import { makeCertificate } from "../../support/make-certificate.ts";
import {
  CA,
  CERTIFICATE,
  certified,
  clientFor,
  converse,
  HOST,
  only,
  owned,
  rawKey,
  SERVER_KEY,
  SUITES,
  TRUST,
} from "./client-lab.ts";
import {
  dropping,
  KINDS,
  refuses,
  withBody,
  withoutP384,
  type Case,
  type Kind,
} from "./scripted-faults.ts";
import type { Script, ServerProof } from "./scripted-server.ts";

const flipLast = (body: Uint8Array): Uint8Array =>
  body.with(body.length - 1, (body.at(-1) ?? 0) ^ 1);

/** A server with these octets for certificates. */
const showing = (...chain: readonly Uint8Array[]): Partial<Script> => ({
  proof: { type: "certificate", chain, key: SERVER_KEY },
});

const proofs: readonly Case[] = [
  ["a group that was not offered", "psk", { group: 24 }, A.illegalParameter],
  ["a signed group that was not offered", "certificate", { group: 24 }, A.illegalParameter],
  [
    "a key share of zeros [RFC 8422 §5.11]",
    "psk",
    withBody(T.serverKeyExchange, (body) => body.fill(0, 6)),
    A.illegalParameter,
  ],
  [
    "a signature that does not hold",
    "certificate",
    withBody(T.serverKeyExchange, flipLast),
    A.decryptError,
  ],
  [
    "a key share that was changed under its signature",
    "certificate",
    withBody(T.serverKeyExchange, (body) => body.with(10, (body[10] ?? 0) ^ 1)),
    A.decryptError,
  ],
  ["a signature with SHA-1", "certificate", { scheme: 0x0203 }, A.illegalParameter],
  ["a scheme of another kind of key", "certificate", { scheme: 0x0804 }, A.decryptError],
  [
    "a raw key's signature that does not hold",
    "raw",
    withBody(T.serverKeyExchange, flipLast),
    A.decryptError,
  ],
  [
    "a Finished that does not hold",
    "psk",
    withBody(T.finished, () => new Uint8Array(12)),
    A.decryptError,
  ],
  ["a short Finished", "psk", withBody(T.finished, () => new Uint8Array(11)), A.decodeError],
  [
    "a Finished under another key",
    "psk",
    { proof: { type: "psk", key: Uint8Array.of(1) } },
    A.decryptError,
  ],
];

const certificates: readonly Case[] = [
  ["no certificate", "certificate", showing(), A.handshakeFailure],
  ["one that is none", "certificate", showing(Uint8Array.of(1)), A.badCertificate],
  [
    "an expired one",
    "certificate",
    { proof: certified({ notAfter: "2029-12-31" }) },
    A.certificateExpired,
  ],
  [
    "one that is not valid yet",
    "certificate",
    { proof: certified({ notBefore: "2031-01-01" }) },
    A.certificateExpired,
  ],
  [
    "one of another CA",
    "certificate",
    { proof: certified({ issuer: makeCertificate({ subject: "CN=Other CA", ca: true }) }) },
    A.unknownCa,
  ],
  [
    "one for another name",
    "certificate",
    { proof: certified({ dns: ["other.example.com"] }) },
    A.badCertificate,
  ],
  [
    "one for clients only",
    "certificate",
    { proof: certified({ eku: ["clientAuth"] }) },
    A.unsupportedCertificate,
  ],
  [
    "one that may not sign",
    "certificate",
    { proof: certified({ keyUsage: ["keyAgreement"] }) },
    A.unsupportedCertificate,
  ],
  [
    "an RSA key for an ECDSA suite",
    "certificate",
    { proof: certified({ keyType: "rsa" }) },
    A.unsupportedCertificate,
  ],
  ["an EC key for an RSA suite", "certificate", { suite: SUITES.rsa }, A.unsupportedCertificate],
  [
    "a raw key that is not trusted",
    "raw",
    { proof: { type: "raw-public-key", key: rawKey("stranger") } },
    A.certificateUnknown,
  ],
];

const requests: readonly Case[] = [
  [
    "that is missing: DOTS needs both sides' proof [RFC 9132 §8]",
    "certificate",
    dropping(T.certificateRequest),
    A.handshakeFailure,
  ],
  ["that is missing, with raw keys", "raw", dropping(T.certificateRequest), A.handshakeFailure],
  [
    "for RSA alone",
    "certificate",
    { request: { certificateTypes: [1], signatureAlgorithms: [0x0403] } },
    A.handshakeFailure,
  ],
  [
    "for signatures that we do not make",
    "certificate",
    { request: { certificateTypes: [64], signatureAlgorithms: [0x0203, 0x0804] } },
    A.handshakeFailure,
  ],
  [
    "that is malformed",
    "certificate",
    withBody(T.certificateRequest, (body) => body.subarray(0, -1)),
    A.decodeError,
  ],
];

refuses("an exchange with", proofs);
refuses("a certificate:", certificates);
refuses("a request for a certificate", requests);

describe("the message says what is wrong, and with what", () => {
  const reasons: readonly [string, Kind, Partial<Script>, RegExp][] = [
    [
      "an expired certificate",
      "certificate",
      { proof: certified({ notAfter: "2029-12-31" }) },
      /^the server's certificate expired on 2029-12-31 \(certificate CN=server, issued by CN=Test CA\)$/,
    ],
    [
      "another name",
      "certificate",
      { proof: certified({ dns: ["other.example.com"] }) },
      /^the server's certificate is not for dots\.example\.com but for other\.example\.com/,
    ],
    [
      "no request",
      "certificate",
      dropping(T.certificateRequest),
      /does not ask for a certificate: DOTS needs mutual authentication/,
    ],
    [
      "an unknown raw key",
      "raw",
      { proof: { type: "raw-public-key", key: rawKey("stranger") } },
      /its SHA-256: [0-9a-f]{64}/,
    ],
  ];
  for (const [name, kind, change, expected] of reasons) {
    test(name, () => {
      const { credentials, suite, proof } = KINDS[kind];
      const script: Script = { suite, proof: proof(), ...change };
      const { code, reason } = only(converse(withoutP384(credentials, suite), script), "fail");
      assert.equal(code, "dtls/authentication");
      assert.match(reason, expected);
    });
  }
});

describe("the configuration decides", () => {
  test("a revoked certificate is refused", () => {
    const made = makeCertificate({ subject: "CN=stolen", issuer: CA, dns: [HOST] });
    const { key } = owned(made);
    const proof: ServerProof = { type: "certificate", chain: [made.der], key };
    const trust = { ...TRUST, revocations: new Set([made.fingerprint]) };
    const credentials = { ...CERTIFICATE, trust };
    const course = converse(clientFor(credentials, [SUITES.ecdsa]), { suite: SUITES.ecdsa, proof });
    assert.equal(only(course, "fail").alert, A.certificateRevoked);
  });

  test("a name in the common name alone counts with `legacy`, and only then", () => {
    const script = { suite: SUITES.ecdsa, proof: certified({ subject: `CN=${HOST}`, dns: [] }) };
    for (const legacy of [false, true]) {
      const credentials = { ...CERTIFICATE, trust: { ...TRUST, legacy } };
      only(
        converse(clientFor(credentials, [SUITES.ecdsa]), script),
        legacy ? "established" : "fail",
      );
    }
  });
});
