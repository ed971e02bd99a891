import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { endedByAlert, refusedByAlert } from "../../../agent/dtls/alert-error.ts";
import { AlertDescription } from "../../../agent/wire/dtls/alert.ts";

const KEY = "identity branch";
const CERTIFICATE = "certificate CN=office, O=Example";
const A = AlertDescription;

describe("alerts in words", () => {
  for (const [claim, description, code, message] of [
    [
      KEY,
      A.decryptError,
      "authentication",
      "the server refused this key (identity branch): decrypt_error",
    ],
    [
      KEY,
      A.unknownPskIdentity,
      "authentication",
      "the server refused this key (identity branch): unknown_psk_identity",
    ],
    [
      CERTIFICATE,
      A.badCertificate,
      "authentication",
      "the server refused this certificate (CN=office, O=Example): bad_certificate",
    ],
    [
      CERTIFICATE,
      A.unsupportedCertificate,
      "authentication",
      "the server refused this certificate (CN=office, O=Example): unsupported_certificate",
    ],
    [
      CERTIFICATE,
      A.certificateRevoked,
      "authentication",
      "the server refused this certificate (CN=office, O=Example): certificate_revoked",
    ],
    [
      CERTIFICATE,
      A.certificateExpired,
      "authentication",
      "the server refused this certificate (CN=office, O=Example): certificate_expired",
    ],
    [
      CERTIFICATE,
      A.certificateUnknown,
      "authentication",
      "the server refused this certificate (CN=office, O=Example): certificate_unknown",
    ],
    [
      CERTIFICATE,
      A.unknownCa,
      "authentication",
      "the server refused this certificate (CN=office, O=Example): unknown_ca",
    ],
    [
      CERTIFICATE,
      A.accessDenied,
      "authentication",
      "the server refused this certificate (CN=office, O=Example): access_denied",
    ],
    [
      "public key 12ab",
      A.accessDenied,
      "authentication",
      "the server refused this key (public key 12ab): access_denied",
    ],
    [
      KEY,
      A.handshakeFailure,
      "no-common-suite",
      "the server ended the handshake: handshake_failure",
    ],
    [KEY, A.internalError, "protocol", "the server ended the handshake: internal_error"],
    [KEY, 250, "protocol", "the server ended the handshake: alert_250"],
  ] as const) {
    test(`at the client: ${message}`, () => {
      const error = refusedByAlert(description, "client", claim);
      assert.deepEqual([error.code, error.message], [`dtls/${code}`, message]);
    });
  }

  for (const [description, code, message] of [
    [A.unknownCa, "authentication", "the client refused this server's certificate: unknown_ca"],
    [
      A.certificateExpired,
      "authentication",
      "the client refused this server's certificate: certificate_expired",
    ],
    [A.decryptError, "protocol", "the client ended the handshake: decrypt_error"],
    [A.handshakeFailure, "no-common-suite", "the client ended the handshake: handshake_failure"],
  ] as const) {
    test(`at the server: ${message}`, () => {
      const error = refusedByAlert(description, "server", "");
      assert.deepEqual([error.code, error.message], [`dtls/${code}`, message]);
    });
  }

  test("in a session, whatever it is, the session has ended", () => {
    const error = endedByAlert(A.unknownCa, "client");
    assert.equal(error.code, "dtls/protocol");
    assert.equal(error.message, "the server ended the session: unknown_ca");
  });
});
