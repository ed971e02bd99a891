import assert from "node:assert/strict";
import { test } from "node:test";
import { signingKey } from "../../../../agent/dtls/crypto/signature.ts";
import { ownCertificate } from "../../../../agent/dtls/pki/own-certificate.ts";
import { type MadeCertificate, makeCertificate } from "../../../support/make-certificate.ts";

const NOW = Date.parse("2026-07-01T12:00:00Z");
const ROOT = makeCertificate({ subject: "CN=Root CA", ca: true });
const SUB = makeCertificate({ subject: "CN=Sub CA", issuer: ROOT, ca: true });
const OTHER = makeCertificate({ subject: "CN=Other CA", ca: true });
const OURS = makeCertificate({ subject: "CN=ours", issuer: SUB });
const RSA = makeCertificate({ subject: "CN=ours, O=RSA", issuer: SUB, keyType: "rsa" });

function own(chain: readonly MadeCertificate[], key: MadeCertificate | undefined = chain[0]) {
  const ders = chain.map(({ der }) => der);
  return ownCertificate(ders, signingKey((key ?? OURS).privateKey), NOW);
}

for (const [title, chain] of [
  ["alone", [OURS]],
  ["with its issuer", [OURS, SUB]],
  ["with the whole chain", [OURS, SUB, ROOT]],
  ["with a key of RSA", [RSA, SUB]],
  ["signed by itself", [makeCertificate({ subject: "CN=self" })]],
] as const) {
  test(`a certificate ${title} can be used`, () => {
    const { chain: parsed, key } = own(chain);
    assert.deepEqual(
      parsed.map(({ fingerprint }) => fingerprint),
      chain.map(({ fingerprint }) => fingerprint),
    );
    assert.equal(key.keyType, parsed[0].keyType);
  });
}

const UNUSABLE: readonly (readonly [string, () => unknown, RegExp])[] = [
  ["none", () => own([]), /there is no certificate$/],
  [
    "of another key",
    () => own([OURS], OTHER),
    /the key does not belong to the certificate \(certificate CN=ours, issued by CN=Sub CA\)$/,
  ],
  ["of a key of another kind", () => own([OURS], RSA), /the key does not belong/],
  [
    "after its issuer",
    () => own([SUB, OURS], OURS),
    /the key belongs to certificate 2 of the chain, and ours has to be the first/,
  ],
  [
    "before another's issuer",
    () => own([OURS, OTHER]),
    /certificate 2 of the chain is not the issuer of the one before it: .*CN=Other CA/,
  ],
  ["out of order", () => own([OURS, ROOT, SUB]), /certificate 2 of the chain is not the issuer/],
  [
    "before one with its issuer's name, and another key",
    () => {
      const other = makeCertificate({ subject: "CN=Sub CA", keyName: "x", ca: true });
      return own([makeCertificate({ subject: "CN=x", issuer: SUB, noKeyIds: true }), other]);
    },
    /certificate 2 of the chain is not the issuer/,
  ],
  [
    "before one with its issuer's key, and another name",
    () => {
      const other = makeCertificate({ subject: "CN=Else CA", keyName: "CN=Sub CA", ca: true });
      return own([OURS, other]);
    },
    /certificate 2 of the chain is not the issuer/,
  ],
  [
    "expired",
    () => own([makeCertificate({ subject: "CN=old", notAfter: "2026-06-01" })]),
    /cannot be used: it expired on 2026-06-01 \(certificate CN=old, issued by CN=old\)$/,
  ],
  [
    "not yet valid",
    () => own([makeCertificate({ subject: "CN=new", notBefore: "2026-08-01" })]),
    /it is not valid before 2026-08-01/,
  ],
  [
    "under an expired CA",
    () => {
      const ca = makeCertificate({ subject: "CN=Old CA", ca: true, notAfter: "2026-06-01" });
      return own([makeCertificate({ subject: "CN=x", issuer: ca }), ca]);
    },
    /it expired on 2026-06-01 \(certificate CN=Old CA/,
  ],
  [
    "without the right to sign",
    () => own([makeCertificate({ subject: "CN=x", keyUsage: ["keyAgreement"] })]),
    /the key usage lacks digitalSignature \(certificate CN=x/,
  ],
  [
    "damaged",
    () => ownCertificate([OURS.der, SUB.der.subarray(1)], signingKey(OURS.privateKey), NOW),
    /^certificate 2: a certificate cannot be read/,
  ],
  ["nine of them", () => own(Array.from({ length: 9 }, () => OURS)), /more than 8/],
];
for (const [title, use, message] of UNUSABLE) {
  test(`a certificate ${title} is told of before any packet`, () =>
    assert.throws(use, { name: "DtlsError", code: "dtls/configuration", message }));
}
