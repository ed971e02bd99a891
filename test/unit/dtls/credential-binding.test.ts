/** What a session is bound to: any change that would matter in a full handshake changes it. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  bindingHolds,
  certificateBinding,
  pskBinding,
  rawKeyBinding,
} from "../../../agent/dtls/credential-binding.ts";
import type { ServerCertificates, ServerCredentials } from "../../../agent/dtls/credentials.ts";
import type { ServerSessionState } from "../../../agent/dtls/resumption.ts";
import type { PeerIdentity } from "../../../agent/dtls/session.ts";
import {
  certificateServer,
  clientWish,
  owned,
  rawClient,
  rawServer,
  serverWish,
  trust,
} from "./server-lab.ts";

const KEY = new TextEncoder().encode("key");
const HOST = "dots.example.com";

function session(identity: PeerIdentity, binding: Uint8Array): ServerSessionState {
  return { suite: 0xd001, master: new Uint8Array(48), identity, binding, expiresAt: 0 };
}

const { certificates } = certificateServer();
const leaf = owned(clientWish).chain[0];
const other = owned({ ...clientWish, keyName: "other" }).chain[0];
const { rawPublicKey } = rawServer;
const { spki } = rawClient.type === "raw-public-key" ? rawClient.own : assert.fail();

const psk = session({ type: "psk", identity: "branch" }, pskBinding("branch", KEY, HOST));
const certificate = session(
  {
    type: "certificate",
    names: ["office.example.com"],
    subject: "",
    fingerprint: leaf.fingerprint,
  },
  certificateBinding(leaf.fingerprint, certificates, HOST),
);
const raw = session(
  { type: "raw-public-key", fingerprint: "" },
  rawKeyBinding(spki, rawPublicKey, HOST),
);

const all: ServerCredentials = { pskOf: () => KEY, certificates, rawPublicKey };

function withCertificates(over: Partial<ServerCertificates>): ServerCredentials {
  return { certificates: { ...certificates, ...over } };
}

describe("a binding holds", () => {
  for (const [what, state] of [
    ["a pre-shared key", psk],
    ["a certificate", certificate],
    ["a raw public key", raw],
  ] as const) {
    test(`for ${what} as long as nothing changes, and for that name only [RFC 6066 §3]`, () => {
      assert.ok(bindingHolds(state, all, HOST));
      assert.ok(!bindingHolds(state, all, "another.example.com"));
      assert.ok(!bindingHolds(state, all, undefined));
    });

    test(`for ${what} not as another kind of identity, nor where that kind is not served`, () => {
      for (const { identity } of [psk, certificate, raw]) {
        const same = identity === state.identity;
        assert.equal(bindingHolds({ ...state, identity }, all, HOST), same);
      }
      assert.ok(!bindingHolds(state, {}, HOST));
    });
  }

  test("in whatever order certificates and revocations are listed", () => {
    const anchors = [...trust().anchors, other];
    const forth = { trust: trust({ anchors, revocations: new Set(["a", "b"]) }) };
    const back = {
      trust: trust({ anchors: anchors.toReversed(), revocations: new Set(["b", "a"]) }),
    };
    const state = {
      ...certificate,
      binding: certificateBinding(leaf.fingerprint, { ...certificates, ...forth }, HOST),
    };
    assert.ok(bindingHolds(state, withCertificates(back), HOST));
  });
});

describe("a binding holds no more", () => {
  const cases: readonly [string, ServerSessionState, ServerCredentials][] = [
    ["with another key", psk, { pskOf: () => Uint8Array.of(1) }],
    ["when the identity is gone", psk, { pskOf: () => undefined }],
    ["when another has that key", { ...psk, identity: { type: "psk", identity: "x" } }, all],
    [
      "when a certificate is revoked",
      certificate,
      withCertificates({ trust: trust({ revocations: new Set([leaf.fingerprint]) }) }),
    ],
    ["with another CA", certificate, withCertificates({ trust: trust({ anchors: [other] }) })],
    ["with other rules", certificate, withCertificates({ trust: trust({ legacy: true }) })],
    [
      "with another certificate of ours",
      certificate,
      withCertificates({ own: [owned({ ...serverWish, keyName: "new" })] }),
    ],
    ["when it is no client any more", certificate, withCertificates({ isClient: () => false })],
    [
      "when its key is no client's any more",
      raw,
      { rawPublicKey: { ...rawPublicKey, isClient: () => false } },
    ],
    [
      "with another raw key of ours",
      raw,
      { rawPublicKey: { ...rawPublicKey, own: owned(clientWish).key } },
    ],
  ];
  for (const [what, state, credentials] of cases) {
    test(what, () => assert.ok(!bindingHolds(state, credentials, HOST)));
  }

  test("the name and the identity do not run into each other", () => {
    assert.notDeepEqual(pskBinding("b", KEY, "a"), pskBinding("ab", KEY, ""));
    assert.notDeepEqual(pskBinding("", KEY, "ab"), pskBinding("b", KEY, "a"));
  });
});
