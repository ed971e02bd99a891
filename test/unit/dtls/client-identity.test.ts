import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { credentialName } from "../../../agent/dtls/client-identity.ts";
import type { ClientCredentials } from "../../../agent/dtls/credentials.ts";
import { parseCertificate } from "../../../agent/dtls/crypto/x509.ts";
import { makeCertificate } from "../../support/make-certificate.ts";
import { CA, CERTIFICATE, KEY, owned, PSK, RAW_KEY, rawKey, TRUST } from "./client-lab.ts";

describe("sessions are kept under a name that changes with", () => {
  const other = makeCertificate({ subject: "CN=other", issuer: CA });
  const otherCa = parseCertificate(makeCertificate({ subject: "CN=Other CA", ca: true }).der);
  const trust = (over: Partial<typeof TRUST>): ClientCredentials => ({
    ...CERTIFICATE,
    trust: { ...TRUST, ...over },
  });
  const changes: readonly [string, ClientCredentials, ClientCredentials][] = [
    ["the kind", PSK, RAW_KEY],
    ["the identity", PSK, { ...PSK, identity: "other" }],
    ["the key", PSK, { ...PSK, key: KEY.with(0, 0) }],
    ["the certificate", CERTIFICATE, { ...CERTIFICATE, own: owned(other) }],
    ["the CAs", CERTIFICATE, trust({ anchors: [...TRUST.anchors, otherCa] })],
    ["what is revoked", CERTIFICATE, trust({ revocations: new Set(["00"]) })],
    ["how strict it is", CERTIFICATE, trust({ legacy: true })],
    ["the server's name", CERTIFICATE, { ...CERTIFICATE, server: { host: "other.example" } }],
    ["the raw key", RAW_KEY, { ...RAW_KEY, own: rawKey("other") }],
    ["the server's raw keys", RAW_KEY, { ...RAW_KEY, trusted: [] }],
  ];
  for (const [what, before, after] of changes) {
    test(what, () => {
      assert.notEqual(credentialName(before), credentialName(after));
      assert.equal(credentialName(before), credentialName({ ...before }));
    });
  }

  test("and that shows no key", () => {
    assert.match(credentialName(PSK), /^[0-9a-f]{64}$/);
  });
});
