import assert from "node:assert/strict";
import { test } from "node:test";
import { certificateHint } from "../../../agent/session/certificate-hint.ts";

for (const [message, says] of [
  ["the server refused this certificate (CN=office): certificate_expired", /for a new one/],
  ["the server refused this certificate (CN=office): certificate_revoked", /the provider/],
  ["the server refused this certificate (CN=office): unknown_ca", /after yours into the same file/],
  ["the server refused this certificate (CN=office): unsupported_certificate", /clientAuth/],
  ["the server refused this certificate (CN=office): access_denied", /add the name in it/],
  ["the server refused this certificate (CN=office): bad_certificate", /its server's log/],
  ["the server's certificate has expired on 2024-01-01 (CN=x)", /CA and the server's name/],
  ["the server does not ask for a certificate: DOTS needs mutual authentication", /both sides/],
] as const) {
  test(`${message}: what to do`, () => assert.match(certificateHint(message), says));
}
