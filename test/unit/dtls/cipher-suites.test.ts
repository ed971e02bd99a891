import assert from "node:assert/strict";
import { test } from "node:test";
import {
  availableSuites,
  cipherSuites,
  suiteById,
  suiteByName,
} from "../../../agent/dtls/cipher-suites.ts";
import { createAead } from "../../../agent/dtls/crypto/aead.ts";

test("suites are in our order of preference: forward secrecy first [RFC 9132 §7.1]", () => {
  assert.deepEqual(
    cipherSuites.map(({ id }) => id),
    [
      0xd001, 0xccac, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc0ae, 0x00a8, 0x00a9,
      0xc0a8,
    ],
  );
});

for (const suite of cipherSuites) {
  test(`${suite.name} is found by number and name, and its parts fit together`, () => {
    assert.equal(suiteById(suite.id), suite);
    assert.equal(suiteByName(suite.name), suite);
    assert.equal(suite.fixedIvLength + suite.recordIvLength, 12);
    const [, exchange = ""] = /^TLS_(\w+?)_WITH_/.exec(suite.name) ?? [];
    assert.equal(suite.keyExchange, exchange.toLowerCase());
    assert.equal(suite.hash === "sha384", suite.name.endsWith("_SHA384"));
    const aead = createAead(suite.aead, new Uint8Array(suite.keyLength));
    assert.equal(aead.tagLength, suite.name.endsWith("_CCM_8") ? 8 : 16);
  });
}

test("a suite that is not ours is not found", () => {
  assert.equal(suiteById(0x00ff), undefined);
  assert.equal(suiteByName("TLS_NULL_WITH_NULL_NULL"), undefined);
});

test("this runtime has all suites", () => {
  const all = new Set(["psk", "ecdhe_psk", "ecdhe_ecdsa", "ecdhe_rsa"] as const);
  assert.deepEqual(availableSuites(all), cipherSuites);
  const plain = availableSuites(new Set(["psk"] as const));
  assert.deepEqual(
    plain.map(({ id }) => id),
    [0x00a8, 0x00a9, 0xc0a8],
  );
});
