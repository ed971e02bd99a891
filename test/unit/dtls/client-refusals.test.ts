/**
 * What a client refuses of a server's hello and of the order of its messages, where the server's own Finished would
 * hold: so each check stands for itself.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { startClient, stepClient } from "../../../agent/dtls/client-handshake.ts";
import { AlertDescription as A } from "../../../agent/wire/dtls/alert.ts";
import {
  encodeCertificateTypeChoice,
  ExtensionType as E,
} from "../../../agent/wire/dtls/extensions.ts";
import { HandshakeType as T } from "../../../agent/wire/dtls/handshake.ts";
import { clientFor, converse, messagesIn, only, PSK, SUITES } from "./client-lab.ts";
import {
  adding,
  answering,
  before,
  BY_PSK,
  dropping,
  hello,
  refuses,
  twice,
  withBody,
  without,
  type Case,
} from "./scripted-faults.ts";
import { ScriptedServer } from "./scripted-server.ts";

const EMPTY = new Uint8Array();

const serverHello: readonly Case[] = [
  ["DTLS 1.0 [RFC 5246 §E.1]", "psk", hello({ version: 0xfeff }), A.protocolVersion],
  ["DTLS 1.3, which was not offered", "psk", hello({ version: 0xfefc }), A.protocolVersion],
  ["a suite that was not offered", "psk", hello({ cipherSuite: 0xc02b }), A.illegalParameter],
  ["compression", "psk", hello({ compressionMethod: 1 }), A.illegalParameter],
  [
    "half of it missing",
    "psk",
    withBody(T.serverHello, (body) => body.subarray(0, 20)),
    A.decodeError,
  ],
  ["an extension that was not offered", "psk", answering(E.sessionTicket), A.unsupportedExtension],
  ["one that nobody knows", "psk", answering(0x4a4a), A.unsupportedExtension],
  [
    "signature_algorithms, which are the client's to send [RFC 5246 §7.4.1.4.1]",
    "certificate",
    answering(E.signatureAlgorithms, Uint8Array.of(0, 2, 4, 3)),
    A.unsupportedExtension,
  ],
  [
    "a renegotiation_info that is not empty [RFC 5746 §3.4]",
    "psk",
    answering(E.renegotiationInfo, Uint8Array.of(3, 1, 2, 3)),
    A.handshakeFailure,
  ],
  [
    "an extended_master_secret that is not empty",
    "psk",
    answering(E.extendedMasterSecret, Uint8Array.of(0)),
    A.decodeError,
  ],
  [
    "points compressed only [RFC 8422 §5.1.2]",
    "psk",
    answering(E.ecPointFormats, Uint8Array.of(1, 1)),
    A.illegalParameter,
  ],
  [
    "certificates without extended master secret [RFC 7627]",
    "certificate",
    without(E.extendedMasterSecret),
    A.handshakeFailure,
  ],
  [
    "certificates without renegotiation_info [RFC 5746]",
    "certificate",
    without(E.renegotiationInfo),
    A.handshakeFailure,
  ],
  [
    "raw keys without extended master secret",
    "raw",
    without(E.extendedMasterSecret),
    A.handshakeFailure,
  ],
  [
    "X.509 where raw keys were offered",
    "raw",
    without(E.clientCertificateType, E.serverCertificateType),
    A.unsupportedCertificate,
  ],
  [
    "a raw key of its own, but X.509 of ours",
    "raw",
    without(E.clientCertificateType),
    A.unsupportedCertificate,
  ],
  [
    "X.509 of its own, but a raw key of ours",
    "raw",
    answering(E.serverCertificateType, encodeCertificateTypeChoice(0)),
    A.unsupportedCertificate,
  ],
];

const order: readonly Case[] = [
  ["no ServerHello", "psk", dropping(T.serverHello), A.unexpectedMessage],
  ["two ServerHellos", "psk", twice(T.serverHello), A.unexpectedMessage],
  ["no ServerKeyExchange for ECDHE_PSK", "psk", dropping(T.serverKeyExchange), A.unexpectedMessage],
  ["two ServerKeyExchanges", "psk", twice(T.serverKeyExchange), A.unexpectedMessage],
  [
    "a Certificate with PSK",
    "psk",
    adding(T.serverHelloDone, [T.certificate, EMPTY]),
    A.unexpectedMessage,
  ],
  [
    "a CertificateRequest with PSK",
    "plain",
    adding(T.serverHelloDone, [T.certificateRequest, EMPTY]),
    A.unexpectedMessage,
  ],
  ["no Certificate", "certificate", dropping(T.certificate), A.unexpectedMessage],
  ["two Certificates", "certificate", twice(T.certificate), A.unexpectedMessage],
  ["no ServerKeyExchange", "certificate", dropping(T.serverKeyExchange), A.unexpectedMessage],
  ["two signed ServerKeyExchanges", "certificate", twice(T.serverKeyExchange), A.unexpectedMessage],
  [
    "a ServerKeyExchange before the Certificate",
    "certificate",
    before(T.certificate, T.serverKeyExchange),
    A.unexpectedMessage,
  ],
  [
    "a CertificateRequest before the ServerKeyExchange",
    "certificate",
    before(T.serverKeyExchange, T.certificateRequest),
    A.unexpectedMessage,
  ],
  ["two CertificateRequests", "certificate", twice(T.certificateRequest), A.unexpectedMessage],
  ["two ServerHelloDones", "psk", twice(T.serverHelloDone), A.unexpectedMessage],
  [
    "a ServerHelloDone with a body",
    "psk",
    withBody(T.serverHelloDone, () => Uint8Array.of(1)),
    A.decodeError,
  ],
  [
    "a NewSessionTicket that nobody asked for",
    "psk",
    adding(T.finished, [T.newSessionTicket, Uint8Array.of(0, 0, 0, 1, 0, 1, 7)]),
    A.unexpectedMessage,
  ],
  [
    "a CertificateVerify, which is the client's",
    "psk",
    adding(T.finished, [T.certificateVerify, EMPTY]),
    A.unexpectedMessage,
  ],
  [
    "another ClientHello",
    "psk",
    adding(T.serverHelloDone, [T.clientHello, EMPTY]),
    A.unexpectedMessage,
  ],
  [
    "a message of a type that nobody knows",
    "psk",
    adding(T.serverHelloDone, [77, EMPTY]),
    A.unexpectedMessage,
  ],
];

refuses("a ServerHello with", serverHello);
refuses("a flight with", order);

describe("the client refuses under the keys of another epoch", () => {
  const context = clientFor(PSK, [SUITES.psk]);
  const server = new ScriptedServer({ suite: SUITES.psk, proof: BY_PSK });
  let [state, effects] = startClient(context);
  for (const message of server.answer(messagesIn(effects))) {
    [state, effects] = stepClient(state, message, context);
  }
  const [finished] = server.answer(messagesIn(effects));

  test("a Finished in the clear", () => {
    assert.ok(finished && state.tag === "proved");
    const [next] = stepClient(state, { ...finished, epoch: 0 }, context);
    assert.equal(next.tag, "failed");
  });

  test("and everything else that is not in the clear", () => {
    const first = startClient(context);
    const [answer] = new ScriptedServer({ suite: SUITES.psk, proof: BY_PSK }).answer(
      messagesIn(first[1]),
    );
    assert.ok(answer);
    assert.equal(stepClient(first[0], { ...answer, epoch: 1 }, context)[0].tag, "failed");
  });
});

describe("with pre-shared keys a small server may lack", () => {
  for (const type of [E.extendedMasterSecret, E.renegotiationInfo]) {
    test(`extension ${type}`, () => {
      const script = { suite: SUITES.ecdhePsk, proof: BY_PSK, ...without(type) };
      only(converse(clientFor(PSK, [SUITES.ecdhePsk]), script), "established");
    });
  }
});
