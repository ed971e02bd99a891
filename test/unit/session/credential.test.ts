import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import type { ClientCredentials } from "../../../agent/dtls/credentials.ts";
import { signingKey } from "../../../agent/dtls/crypto/signature.ts";
import { ownCertificate } from "../../../agent/dtls/pki/own-certificate.ts";
import { credentialText, cuidOf } from "../../../agent/session/credential.ts";
import { makeCertificate } from "../../support/make-certificate.ts";

const NOW = Date.parse("2030-01-01T00:00:00Z");
const MADE = makeCertificate({ subject: "CN=office" });
const KEY = signingKey(MADE.privateKey);
const trust = { anchors: [], revocations: new Set<string>(), legacy: false };

const PSK: ClientCredentials = { type: "psk", identity: "branch", key: Uint8Array.of(1) };
const CERTIFICATE: ClientCredentials = {
  type: "certificate",
  own: ownCertificate([MADE.der], KEY, NOW),
  trust,
  server: { host: "dots.example.com" },
};
const RAW: ClientCredentials = { type: "raw-public-key", own: KEY, trusted: [] };

const sha256 = (data: Uint8Array): Uint8Array => createHash("sha256").update(data).digest();
const ofSpki = createHash("sha256").update(KEY.spki).digest().subarray(0, 16).toString("base64url");

for (const { credential, cuid, text } of [
  { credential: PSK, cuid: "84x2TIqgC2V49CVKTcbZtQ", text: "identity branch" },
  { credential: CERTIFICATE, cuid: ofSpki, text: "certificate CN=office" },
  { credential: RAW, cuid: ofSpki, text: "our public key" },
]) {
  test(`${credential.type}: its cuid and its name [RFC 9132 §4.4.1.1]`, () => {
    assert.equal(cuidOf(credential, sha256), cuid);
    assert.equal(credentialText(credential), text);
  });
}
