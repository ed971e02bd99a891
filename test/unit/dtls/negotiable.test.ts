import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { KeyExchange } from "../../../agent/dtls/cipher-suites.ts";
import type { ServerCredentials } from "../../../agent/dtls/credentials.ts";
import { negotiable, serverExchanges } from "../../../agent/dtls/negotiable.ts";
import { certificateServer, owned, pskServer, rawServer, serverWish } from "./server-lab.ts";

const ecdsa = owned(serverWish);
const rsa = owned({ ...serverWish, keyType: "rsa" });

describe("a server's key exchanges are those that its keys are for", () => {
  const cases: readonly [string, ServerCredentials, readonly KeyExchange[]][] = [
    ["none without credentials", {}, []],
    ["pre-shared keys", pskServer, ["psk", "ecdhe_psk"]],
    ["an ECDSA certificate", certificateServer([ecdsa]), ["ecdhe_ecdsa"]],
    ["an RSA certificate", certificateServer([rsa]), ["ecdhe_rsa"]],
    ["both", certificateServer([rsa, ecdsa]), ["ecdhe_rsa", "ecdhe_ecdsa"]],
    ["a raw key", rawServer, ["ecdhe_ecdsa"]],
    [
      "all",
      { ...pskServer, ...certificateServer([rsa]), ...rawServer },
      ["psk", "ecdhe_psk", "ecdhe_rsa", "ecdhe_ecdsa"],
    ],
  ];
  for (const [what, credentials, exchanges] of cases) {
    test(what, () => assert.deepEqual([...serverExchanges(credentials)], exchanges));
  }
});

describe("suites that can never be chosen are told before any packet", () => {
  const exchanges = serverExchanges(certificateServer([ecdsa]));
  for (const suites of [
    [],
    ["TLS_NULL_WITH_NULL_NULL"],
    ["TLS_PSK_WITH_AES_128_GCM_SHA256"],
    ["TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"],
  ]) {
    test(suites.join() || "none", () => {
      assert.throws(() => negotiable({ suites }, exchanges), { code: "dtls/configuration" });
    });
  }

  test("the others are taken in the order that they are given", () => {
    const suites = [
      "TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8",
      "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
      "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    ];
    const chosen = negotiable({ suites }, exchanges).suites.map(({ name }) => name);
    assert.deepEqual(chosen, [suites[0], suites[2]]);
  });
});
