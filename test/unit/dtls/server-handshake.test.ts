/** The server's half of full handshakes against the true client: who is let in as whom. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { cipherSuites } from "../../../agent/dtls/cipher-suites.ts";
import type { ClientCredentials, ServerCredentials } from "../../../agent/dtls/credentials.ts";
import { stepServer } from "../../../agent/dtls/server-handshake.ts";
import { AlertDescription } from "../../../agent/wire/dtls/alert.ts";
import { encodeCertificate } from "../../../agent/wire/dtls/certificate-messages.ts";
import { HandshakeType } from "../../../agent/wire/dtls/handshake.ts";
import { makeCertificate } from "../../support/make-certificate.ts";
import {
  CA,
  certificateClient,
  certificateServer,
  changing,
  clientContext,
  clientWish,
  converse,
  effect,
  owned,
  pskClient,
  pskServer,
  rawClient,
  rawServer,
  serverContext,
  serverWish,
} from "./server-lab.ts";

const T = HandshakeType;
const A = AlertDescription;

const clientCertificates = {
  ecdhe_ecdsa: () => owned(clientWish),
  ecdhe_rsa: () => owned({ ...clientWish, keyType: "rsa" }),
};
const serverCertificates = {
  ecdhe_ecdsa: () => owned(serverWish),
  ecdhe_rsa: () => owned({ ...serverWish, keyType: "rsa" }),
};

describe("a full handshake", () => {
  for (const suite of cipherSuites) {
    test(suite.name, () => {
      const { keyExchange } = suite;
      const signed = keyExchange === "ecdhe_ecdsa" || keyExchange === "ecdhe_rsa";
      const ends: readonly [ClientCredentials, ServerCredentials] = signed
        ? [
            certificateClient(clientCertificates[keyExchange]()),
            certificateServer([serverCertificates[keyExchange]()]),
          ]
        : [pskClient, pskServer];
      const { client, server } = converse(
        clientContext(ends[0], { suites: [suite] }),
        serverContext(ends[1], { suites: [suite] }),
      );
      assert.equal(effect(client, "established").suite.name, suite.name);
      assert.equal(effect(server, "established").suite.name, suite.name);
      const masters = [client, server].map((effects) => effect(effects, "secret").clientRandom);
      assert.deepEqual(masters[0], masters[1]);
    });
  }

  const keyTypes = ["ec-p256", "ec-p384", "rsa"] as const;
  for (const server of keyTypes) {
    for (const client of keyTypes) {
      test(`a server with ${server}, a client with ${client}`, () => {
        const course = converse(
          clientContext(certificateClient(owned({ ...clientWish, keyType: client }))),
          serverContext(certificateServer([owned({ ...serverWish, keyType: server })])),
        );
        effect(course.client, "established");
        effect(course.server, "established");
      });
    }
  }

  test("with certificates the server asks for the client's, and messages come in their order", () => {
    const { said } = converse(
      clientContext(certificateClient()),
      serverContext(certificateServer()),
    );
    const { certificate, serverKeyExchange, certificateRequest, serverHelloDone } = T;
    const flight = [
      T.serverHello,
      certificate,
      serverKeyExchange,
      certificateRequest,
      serverHelloDone,
    ];
    const proof = [certificate, T.clientKeyExchange, T.certificateVerify, T.finished];
    assert.deepEqual(said, [T.clientHello, ...flight, ...proof, T.finished]);
  });

  test("a client is known by the names of its certificate, in lower case", () => {
    const own = owned(clientWish);
    const { server } = converse(
      clientContext(certificateClient(own)),
      serverContext(certificateServer()),
    );
    assert.deepEqual(effect(server, "established").identity, {
      type: "certificate",
      names: ["office.example.com"],
      subject: own.chain[0].subject,
      fingerprint: own.chain[0].fingerprint,
    });
  });

  test("by its common name only where older certificates are taken, and only without other names", () => {
    const bare = { subject: "CN=Old.Example.com", eku: "none" } as const;
    const ends = (wish: Parameters<typeof owned>[0]): [ClientCredentials, ServerCredentials] => [
      certificateClient(owned(wish)),
      certificateServer(undefined, { legacy: true }),
    ];
    const namesOf = (wish: Parameters<typeof owned>[0]): readonly string[] => {
      const [client, server] = ends(wish);
      const course = converse(clientContext(client), serverContext(server));
      const { identity } = effect(course.server, "established");
      return identity.type === "certificate" ? identity.names : [];
    };
    assert.deepEqual(namesOf(bare), ["old.example.com"]);
    assert.deepEqual(namesOf({ ...bare, dns: ["new.example.com"] }), ["new.example.com"]);
  });

  test("with raw public keys a client is known by its key [RFC 7250]", () => {
    const { client, server } = converse(clientContext(rawClient), serverContext(rawServer));
    effect(client, "established");
    assert.equal(effect(server, "established").identity.type, "raw-public-key");
  });

  test("a root at the end of our chain stays at home", () => {
    const root = owned({ subject: CA.subject, ca: true }).chain[0];
    const own = owned({ ...serverWish, chain: [CA] });
    const { server } = converse(
      clientContext(certificateClient()),
      serverContext(certificateServer([own])),
    );
    const { flight } = effect(server, "send");
    const shown = flight.find((item) => item.tag === "message" && item.type === T.certificate);
    assert.ok(shown?.tag === "message");
    assert.deepEqual(
      shown.body,
      encodeCertificate({ certificates: [own.chain[0].der] }),
      root.subject,
    );
  });
});

const stranger = makeCertificate({ subject: "CN=stranger" });

test("an unknown identity and a wrong key look the same", () => {
  const failures = [
    { ...pskClient, identity: "nobody" } as ClientCredentials,
    { ...pskClient, key: Uint8Array.of(1) } as ClientCredentials,
  ].map((client) => {
    const { server, said } = converse(clientContext(client), serverContext(pskServer));
    return { failure: effect(server, "fail"), said, tags: server.map(({ tag }) => tag) };
  });
  assert.deepEqual(failures[0], failures[1]);
  assert.equal(failures[0]?.failure.code, "dtls/authentication");
});

test("no keys before the client's signature", () => {
  const { server } = converse(
    clientContext(certificateClient(owned(clientWish, stranger))),
    serverContext(certificateServer()),
  );
  assert.ok(!server.some(({ tag }) => tag === "keys"));
});

test("a key of ours that does not sign any more is an outcome as well", () => {
  const own = owned(serverWish);
  own.key.wipe();
  const { server } = converse(
    clientContext(certificateClient()),
    serverContext(certificateServer([own])),
  );
  assert.equal(effect(server, "fail").alert, A.internalError);
});

test("what comes after the end changes nothing", () => {
  const message = { type: T.finished, messageSeq: 9, epoch: 1, body: new Uint8Array(12) };
  for (const tag of ["established", "failed"] as const) {
    assert.deepEqual(stepServer({ tag }, message, serverContext(pskServer)), [{ tag }, []]);
  }
});

test("secrets are wiped when it is over", () => {
  const wrong = changing(T.finished, (message) => [{ ...message, body: new Uint8Array(12) }]);
  for (const change of [undefined, wrong]) {
    const { server } = converse(clientContext(pskClient), serverContext(pskServer), change);
    assert.deepEqual(effect(server, "secret").master, new Uint8Array(48));
  }
});
