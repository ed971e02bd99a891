import assert from "node:assert/strict";
import { test } from "node:test";
import type { ClientCredentials } from "../../../agent/dtls/credentials.ts";
import { signingKey } from "../../../agent/dtls/crypto/signature.ts";
import { ownCertificate } from "../../../agent/dtls/pki/own-certificate.ts";
import { DtlsError, type DtlsErrorCode } from "../../../agent/dtls/session.ts";
import { handshakeFailure } from "../../../agent/session/connect-failure.ts";
import { makeCertificate } from "../../support/make-certificate.ts";

const MADE = makeCertificate({ subject: "CN=office" });
const key = signingKey(MADE.privateKey);
const CREDENTIALS = {
  psk: { type: "psk", identity: "branch", key: Uint8Array.of(1) },
  certificate: {
    type: "certificate",
    own: ownCertificate([MADE.der], key, Date.parse("2030-01-01T00:00:00Z")),
    trust: { anchors: [], revocations: new Set(), legacy: false },
    server: { host: "dots.example.com" },
  },
  "raw-public-key": { type: "raw-public-key", own: key, trusted: [] },
} as const satisfies Record<string, ClientCredentials>;

const TO = { family: 4, host: "192.0.2.1", port: 4646 } as const;

const CASES: readonly {
  readonly type: ClientCredentials["type"];
  readonly code: DtlsErrorCode;
  readonly said: string;
  readonly fault: string;
  readonly message: string;
  readonly hint: RegExp;
}[] = [
  {
    type: "psk",
    code: "dtls/authentication",
    said: "the server refused this key (identity branch): decrypt_error",
    fault: "key-refused",
    message: "the server refused this key (identity branch)",
    hint: /^Check the PSK identity and the key/,
  },
  {
    type: "certificate",
    code: "dtls/authentication",
    said: "the server's certificate expired on 2025-01-31 (certificate CN=s, issued by CN=CA)",
    fault: "key-refused",
    message: "the server's certificate expired on 2025-01-31 (certificate CN=s, issued by CN=CA)",
    hint: /Check the CA and the server.s name/,
  },
  {
    type: "certificate",
    code: "dtls/proof-unanswered",
    said: "the server fell silent when it was shown this certificate (CN=office)",
    fault: "key-refused",
    message: "the server fell silent when it was shown this certificate (CN=office)",
    hint: /^It fell silent when it was shown the certificate\. .*Heavy packet loss/,
  },
  {
    type: "certificate",
    code: "dtls/no-common-suite",
    said: "the server ended the handshake: handshake_failure",
    fault: "not-dots",
    message:
      "no session with the server; tried 192.0.2.1:4646 (UDP): the server ended the handshake: handshake_failure",
    hint: /takes no session by certificates/,
  },
  {
    type: "raw-public-key",
    code: "dtls/authentication",
    said: "the server's public key is none of those trusted",
    fault: "key-refused",
    message: "the server's public key is none of those trusted",
    hint: /^Check the server's public key/,
  },
];

for (const { type, code, said, fault, message, hint } of CASES) {
  test(`${type}, ${code}: what is wrong, and what to do`, () => {
    const attempts = [{ to: TO, error: new DtlsError(code, said) }];
    const failure = handshakeFailure(attempts, CREDENTIALS[type], false);
    assert.equal(failure.fault, fault);
    assert.equal(failure.message, message);
    assert.match(failure.hint, hint);
  });
}

test("what this server believed before is not suspected when it falls silent", () => {
  const error = new DtlsError("dtls/proof-unanswered", "silence");
  const failure = handshakeFailure([{ to: TO, error }], CREDENTIALS.certificate, true);
  assert.equal(failure.fault, "unreachable");
});
