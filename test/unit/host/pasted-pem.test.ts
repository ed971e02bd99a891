import assert from "node:assert/strict";
import { createPrivateKey, createPublicKey, generateKeyPairSync } from "node:crypto";
import { test } from "node:test";
import { pastedPem } from "../../../agent/host/pasted-pem.ts";
import { SetupError } from "../../../agent/host/setup-error.ts";
import { makeCertificate } from "../../support/make-certificate.ts";

const ca = makeCertificate({ subject: "CN=CA", ca: true });
const office = makeCertificate({ subject: "CN=office", issuer: ca });

test("certificates come in their order, whatever stands between them", () => {
  const text = `Subject: CN=office\r\n${office.pem.replaceAll("\n", "\r\n")}\nand\n${ca.pem}${office.keyPem}`;
  assert.deepEqual(pastedPem.certificates(text), [office.der, ca.der]);
});

const { privateKey: rsa } = generateKeyPairSync("rsa", { modulusLength: 2048 });

const KEYS = [
  ["PKCS #8", office.privateKey, office.keyPem],
  [
    "SEC 1",
    office.privateKey,
    office.privateKey.export({ type: "sec1", format: "pem" }).toString(),
  ],
  ["PKCS #1", rsa, rsa.export({ type: "pkcs1", format: "pem" }).toString()],
  ["PKCS #8 beside a certificate", office.privateKey, `${office.pem}${office.keyPem}`],
] as const;

for (const [form, key, pem] of KEYS) {
  test(`a key as ${form}`, () => {
    const read = pastedPem.keyObject(pastedPem.privateKey(pem));
    assert.ok(createPublicKey(read).equals(createPublicKey(key)));
  });
}

const encrypted = office.privateKey
  .export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "x" })
  .toString();
const oldEncrypted = rsa
  .export({ type: "pkcs1", format: "pem", cipher: "aes-256-cbc", passphrase: "x" })
  .toString();
const damaged = office.keyPem.replace(/\n(.{20})/, "\nAAAA$1");

const UNUSABLE: readonly (readonly [string, () => unknown, RegExp])[] = [
  ["nothing", () => pastedPem.certificates(""), /it is empty/],
  ["some text", () => pastedPem.privateKey("a key"), /is not PEM/],
  ["half a file", () => pastedPem.certificates(ca.pem.slice(0, 100)), /cut short/],
  [
    "a key for a certificate",
    () => pastedPem.certificates(ca.keyPem),
    /holds no certificate but a private key/,
  ],
  [
    "a certificate for a key",
    () => pastedPem.privateKey(ca.pem),
    /holds no private key but a certificate/,
  ],
  [
    "a public key",
    () =>
      pastedPem.privateKey(
        createPublicKey(ca.pem).export({ type: "spki", format: "pem" }).toString(),
      ),
    /no private key/,
  ],
  ["two keys", () => pastedPem.privateKey(`${ca.keyPem}${office.keyPem}`), /holds 2 private keys/],
  ["an encrypted key", () => pastedPem.privateKey(encrypted), /is encrypted/],
  ["a key encrypted in the old way", () => pastedPem.privateKey(oldEncrypted), /is encrypted/],
  ["a damaged key", () => pastedPem.privateKey(damaged), /damaged/],
  ["a key of no octets", () => pastedPem.keyObject(new Uint8Array()), /no key, or damaged/],
  [
    "a damaged certificate",
    () => pastedPem.certificates(ca.pem.replace(/\n.{10}/, "\n!!!!!!!!!!")),
    /not base64/,
  ],
];

for (const [what, read, words] of UNUSABLE) {
  test(`${what} is refused, and not repeated`, () => {
    assert.throws(read, (error) => {
      assert.ok(error instanceof SetupError);
      assert.equal(error.code, "certificate");
      assert.match(error.message, words);
      assert.doesNotMatch(String(error.stack), /[A-Za-z0-9+/]{40}/);
      return true;
    });
  });
}

test("what a text stands for is the runtime's own", () => {
  const pkcs8 = pastedPem.privateKey(office.keyPem);
  assert.ok(pastedPem.keyObject(pkcs8).equals(createPrivateKey(office.keyPem)));
});
