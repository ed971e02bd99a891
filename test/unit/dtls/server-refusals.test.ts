/** Whom the server refuses, with which alert, and what it says of it. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { ClientCredentials, ServerCredentials } from "../../../agent/dtls/credentials.ts";
import type { HandshakeFailure } from "../../../agent/dtls/handshake.ts";
import type { ServerContext } from "../../../agent/dtls/server-handshake.ts";
import { AlertDescription } from "../../../agent/wire/dtls/alert.ts";
import {
  encodeCertificate,
  encodeRawPublicKey,
} from "../../../agent/wire/dtls/certificate-messages.ts";
import { ExtensionType } from "../../../agent/wire/dtls/extensions.ts";
import { HandshakeType } from "../../../agent/wire/dtls/handshake.ts";
import { makeCertificate } from "../../support/make-certificate.ts";
import {
  byOtherCa,
  certificateClient,
  certificateServer,
  changedHello,
  changing,
  clientContext,
  clientWish,
  converse,
  effect,
  NOW,
  owned,
  pskClient,
  pskServer,
  rawClient,
  rawServer,
  serverContext,
  type Change,
} from "./server-lab.ts";

const T = HandshakeType;
const A = AlertDescription;

/** A client that the server refuses. */
interface Refused {
  readonly what: string;
  readonly client?: ClientCredentials;
  readonly server?: ServerCredentials;
  readonly over?: Partial<ServerContext>;
  readonly change?: Change;
  readonly alert: number;
  readonly reason: RegExp;
}

const without = (type: number): Change =>
  changedHello(({ extensions }) => ({
    extensions: extensions.filter((extension) => extension.type !== type),
  }));
const withData = (type: number, ...data: number[]): Change =>
  changedHello(({ extensions }) => ({
    extensions: [
      ...extensions.filter((extension) => extension.type !== type),
      { type, data: Uint8Array.from(data) },
    ],
  }));
const body = (type: number, edit: (body: Uint8Array) => Uint8Array): Change =>
  changing(type, (message) => [{ ...message, body: edit(message.body.slice()) }]);
const flipLast = (octets: Uint8Array): Uint8Array =>
  octets.with(octets.length - 1, (octets.at(-1) ?? 0) ^ 1);

const stranger = makeCertificate({ subject: "CN=stranger" });
const revoked = owned(clientWish);

const refused: readonly Refused[] = [
  {
    what: "no certificate",
    change: body(T.certificate, () => encodeCertificate({ certificates: [] })),
    alert: A.handshakeFailure,
    reason: /^the client showed no certificate$/,
  },
  {
    what: "a certificate by another CA",
    client: certificateClient(owned(byOtherCa)),
    alert: A.unknownCa,
    reason: /^the client's certificate is not by a CA .*CN=office/,
  },
  {
    what: "an expired certificate",
    client: certificateClient(owned({ ...clientWish, notAfter: NOW - 1000 })),
    alert: A.certificateExpired,
    reason: /^the client's certificate expired on 2026-05-31 .*CN=office/,
  },
  {
    what: "a certificate for servers only",
    client: certificateClient(owned({ ...clientWish, eku: ["serverAuth"] })),
    alert: A.unsupportedCertificate,
    reason: /^the client's certificate .*CN=office/,
  },
  {
    what: "a revoked certificate",
    client: certificateClient(revoked),
    server: certificateServer(undefined, { revocations: new Set([revoked.chain[0].fingerprint]) }),
    alert: A.certificateRevoked,
    reason: /^the client's certificate .*revoked.*CN=office/,
  },
  {
    what: "a believed certificate of somebody who is no client",
    client: certificateClient(owned({ subject: "CN=x", dns: ["x.example.net"] })),
    alert: A.accessDenied,
    reason: /^no client here has that name \(x\.example\.net, certificate CN=x\)$/,
  },
  {
    what: "a common name alone",
    client: certificateClient(owned({ subject: "CN=office.example.com" })),
    alert: A.accessDenied,
    reason: /^no client here has that name \(no name, /,
  },
  {
    what: "a certificate that is none",
    change: body(T.certificate, () => encodeCertificate({ certificates: [Uint8Array.of(48, 0)] })),
    alert: A.badCertificate,
    reason: /cannot be read/,
  },
  {
    what: "somebody else's certificate: the signature is by another key",
    client: certificateClient(owned(clientWish, stranger)),
    alert: A.decryptError,
    reason: /signature is not by the key of its certificate/,
  },
  {
    what: "a signature over something else",
    change: body(T.certificateVerify, flipLast),
    alert: A.decryptError,
    reason: /signature/,
  },
  {
    what: "a signature with SHA-1",
    change: body(T.certificateVerify, (octets) => octets.with(0, 2)),
    alert: A.illegalParameter,
    reason: /scheme 515, which was not asked for/,
  },
  {
    what: "a key share that is no point",
    change: body(T.clientKeyExchange, (octets) => octets.fill(0, 1)),
    alert: A.illegalParameter,
    reason: /not a point/,
  },
  {
    what: "a key share that is no point, with a pre-shared key",
    client: pskClient,
    server: pskServer,
    change: body(T.clientKeyExchange, (octets) => octets.fill(0, 9)),
    alert: A.illegalParameter,
    reason: /not a point/,
  },
  {
    what: "nobody, who shows that nobody has an empty key",
    client: { type: "psk", identity: "nobody", key: new Uint8Array() },
    server: pskServer,
    alert: A.decryptError,
    reason: /Finished/,
  },
  {
    what: "another Finished",
    change: body(T.finished, flipLast),
    alert: A.decryptError,
    reason: /Finished/,
  },
  {
    what: "no Certificate",
    change: changing(T.certificate, () => []),
    alert: A.unexpectedMessage,
    reason: /message 16 came out of turn \(greeted\)/,
  },
  {
    what: "two Certificates",
    change: changing(T.certificate, (message) => [message, message]),
    alert: A.unexpectedMessage,
    reason: /message 11 came out of turn \(shown\)/,
  },
  {
    what: "no ClientKeyExchange",
    change: changing(T.clientKeyExchange, () => []),
    alert: A.unexpectedMessage,
    reason: /message 15 came out of turn \(shown\)/,
  },
  {
    what: "no CertificateVerify",
    change: changing(T.certificateVerify, () => []),
    alert: A.unexpectedMessage,
    reason: /message 20 came out of turn \(exchanged\)/,
  },
  {
    what: "two CertificateVerifys",
    change: changing(T.certificateVerify, (message) => [message, message]),
    alert: A.unexpectedMessage,
    reason: /message 15 came out of turn \(keyed\)/,
  },
  {
    what: "a Certificate under the keys of the next epoch",
    change: changing(T.certificate, (message) => [{ ...message, epoch: 1 }]),
    alert: A.unexpectedMessage,
    reason: /message 11/,
  },
  {
    what: "a second ClientHello inside",
    change: changing(T.certificate, (message) => [{ ...message, type: T.clientHello }]),
    alert: A.unexpectedMessage,
    reason: /message 1 /,
  },
  {
    what: "a truncated Certificate",
    change: body(T.certificate, (octets) => octets.subarray(0, 20)),
    alert: A.decodeError,
    reason: /./,
  },
  {
    what: "no extended master secret",
    change: without(ExtensionType.extendedMasterSecret),
    alert: A.handshakeFailure,
    reason: /no extended master secret/,
  },
  {
    what: "no signature algorithms: SHA-1 is what that means",
    change: without(ExtensionType.signatureAlgorithms),
    alert: A.handshakeFailure,
    reason: /no group or signature/,
  },
  {
    what: "signatures with SHA-1 and SHA-512 only",
    change: withData(ExtensionType.signatureAlgorithms, 0, 4, 2, 3, 6, 3),
    alert: A.handshakeFailure,
    reason: /no group or signature/,
  },
  {
    what: "a curve that is not our certificate's [RFC 8422 §5.1.1]",
    change: withData(ExtensionType.supportedGroups, 0, 2, 0, 29),
    alert: A.handshakeFailure,
    reason: /no group or signature/,
  },
  {
    what: "raw public keys only, where there are certificates [RFC 7250 §4.2]",
    client: rawClient,
    alert: A.unsupportedCertificate,
    reason: /takes no certificate of the kinds/,
  },
  {
    what: "certificates, where there are raw public keys",
    server: rawServer,
    alert: A.unsupportedCertificate,
    reason: /takes no certificate of the kinds/,
  },
  {
    what: "a raw public key that is no client's",
    client: { ...rawClient, own: owned(clientWish).key } as ClientCredentials,
    server: rawServer,
    alert: A.accessDenied,
    reason: /^no client here has that public key \([0-9a-f]{64}\)$/,
  },
  {
    what: "no raw public key",
    client: rawClient,
    server: rawServer,
    change: body(T.certificate, () => encodeRawPublicKey(new Uint8Array())),
    alert: A.handshakeFailure,
    reason: /showed no certificate/,
  },
  {
    what: "a return routability check with something in it",
    change: withData(ExtensionType.returnRoutabilityCheck, 1),
    alert: A.decodeError,
    reason: /return_routability/,
  },
];

describe("the server refuses", () => {
  for (const { what, client, server, over, change, alert, reason } of refused) {
    test(what, () => {
      const course = converse(
        clientContext(client ?? certificateClient()),
        serverContext(server ?? certificateServer(), over),
        change,
      );
      const failure: HandshakeFailure = effect(course.server, "fail");
      assert.equal(failure.alert, alert, failure.reason);
      assert.match(failure.reason, reason);
      assert.ok(!course.server.some(({ tag }) => tag === "established"));
    });
  }
});
