import assert from "node:assert/strict";
import { createPublicKey } from "node:crypto";
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import {
  readCertificateFile,
  readKeyFile,
  readPublicKeyFile,
} from "../../../agent/host/certificate-files.ts";
import { SetupError } from "../../../agent/host/setup-error.ts";
import { makeCertificate } from "../../support/make-certificate.ts";
import { keyPemOf, makeKey, pemOf, spkiOf } from "../../support/make-key.ts";

const folder = mkdtempSync(join(tmpdir(), "mayday-pem-"));
after(() => rmSync(folder, { recursive: true }));
const path = join(folder, "file.pem");

const CA = makeCertificate({ subject: "CN=CA", ca: true });
const OURS = makeCertificate({ subject: "CN=ours", issuer: CA });
const EC = makeKey("ec-p256");
const RSA = makeKey("rsa");
const EC_PUBLIC = createPublicKey(EC).export({ type: "spki", format: "pem" }).toString();
const ENCRYPTED = keyPemOf(EC, "opensesame");
const OLD_ENCRYPTED = RSA.export({
  type: "pkcs1",
  format: "pem",
  cipher: "aes-128-cbc",
  passphrase: "opensesame",
}).toString();

function file(content: string | Uint8Array, mode = 0o600): string {
  writeFileSync(path, content);
  chmodSync(path, mode);
  return path;
}

const CHAINS: readonly (readonly [string, string, readonly Uint8Array[]])[] = [
  ["one certificate", OURS.pem, [OURS.der]],
  ["a chain", OURS.pem + CA.pem, [OURS.der, CA.der]],
  ["text around", `CN = ours\n---\n${OURS.pem}\n\n# the CA\n${CA.pem}`, [OURS.der, CA.der]],
  ["line ends of Windows", OURS.pem.replaceAll("\n", "\r\n"), [OURS.der]],
  ["a mark at its beginning", `\ufeff${OURS.pem}`, [OURS.der]],
  ["the key, too", OURS.keyPem + OURS.pem, [OURS.der]],
  ["an older label", OURS.pem.replaceAll("CERTIFICATE", "X509 CERTIFICATE"), [OURS.der]],
];
for (const [title, content, ders] of CHAINS) {
  test(`certificates are read from a file with ${title} [RFC 7468]`, () =>
    assert.deepEqual(readCertificateFile(file(content)), ders));
}

const KEYS: readonly (readonly [string, string, typeof EC, string?])[] = [
  ["PKCS #8", keyPemOf(EC), EC],
  ["SEC 1", EC.export({ type: "sec1", format: "pem" }).toString(), EC],
  ["PKCS #1", RSA.export({ type: "pkcs1", format: "pem" }).toString(), RSA],
  ["encrypted PKCS #8", ENCRYPTED, EC, "opensesame"],
  ["encrypted PKCS #1", OLD_ENCRYPTED, RSA, "opensesame"],
  ["PKCS #8, with a passphrase that it does not need", keyPemOf(EC), EC, "opensesame"],
  ["PKCS #8 behind a certificate", OURS.pem + keyPemOf(EC), EC],
  [
    "SEC 1 behind its parameters",
    pemOf("EC PARAMETERS", Uint8Array.of(6, 0)) +
      EC.export({ type: "sec1", format: "pem" }).toString(),
    EC,
  ],
];
for (const [title, content, key, passphrase] of KEYS) {
  test(`a key is read from ${title}`, () => {
    const read = readKeyFile(file(content), passphrase);
    assert.ok(read.key.equals(key));
    assert.deepEqual(read.warnings, []);
  });
}

test("a public key is read as its SubjectPublicKeyInfo", () => {
  const spki = readPublicKeyFile(file(EC_PUBLIC));
  assert.deepEqual(Buffer.from(spki), spkiOf(EC));
});

const certificate = (): unknown => readCertificateFile(path);
const key = (): unknown => readKeyFile(path);
const opened = (): unknown => readKeyFile(path, "wrong");
const publicKey = (): unknown => readPublicKeyFile(path);

const BAD: readonly (readonly [string, string | Uint8Array, () => unknown, RegExp, RegExp?])[] = [
  ["empty", "", certificate, /the certificate file .*file\.pem is empty$/, /BEGIN CERTIFICATE/],
  ["blank", " \n\n", key, /the key file .* is empty$/, /BEGIN PRIVATE KEY/],
  ["not PEM", "hello", certificate, /is not PEM$/],
  [
    "DER for a certificate",
    OURS.der,
    certificate,
    /is not PEM; it looks like DER$/,
    /openssl x509 -inform DER -in .*file\.pem -out/,
  ],
  [
    "DER for a key",
    EC.export({ type: "pkcs8", format: "der" }),
    key,
    /it looks like DER$/,
    /openssl pkey -inform DER/,
  ],
  [
    "a key for a certificate",
    keyPemOf(EC),
    certificate,
    /holds no certificate but a private key$/,
    /wrong way round/,
  ],
  [
    "a certificate for a key",
    OURS.pem,
    key,
    /holds no private key but a certificate$/,
    /wrong way/,
  ],
  ["a public key for a key", EC_PUBLIC, key, /holds no private key but a public key$/],
  [
    "a key for a public key",
    keyPemOf(EC),
    publicKey,
    /holds no public key but a private key$/,
    /openssl pkey -in .*file\.pem -pubout -out/,
  ],
  [
    "something else",
    pemOf("X509 CRL", OURS.der),
    certificate,
    /holds no certificate but a X509 CRL$/,
  ],
  ["two keys", keyPemOf(EC) + keyPemOf(RSA), key, /holds 2 private keys, and one is wanted$/],
  ["two public keys", EC_PUBLIC + EC_PUBLIC, publicKey, /holds 2 public keys/],
  [
    "an encrypted key, no passphrase",
    ENCRYPTED,
    key,
    /is encrypted, and there is no passphrase for it$/,
    /openssl pkey -in .*file\.pem -out/,
  ],
  [
    "an old encrypted key, no passphrase",
    OLD_ENCRYPTED,
    key,
    /is encrypted, and/,
    /decrypt it once/,
  ],
  ["an encrypted key, another passphrase", ENCRYPTED, opened, /the passphrase is wrong, or/],
  [
    "an old encrypted key, another passphrase",
    OLD_ENCRYPTED,
    opened,
    /the passphrase is wrong, or/,
  ],
  [
    "a damaged key",
    pemOf("PRIVATE KEY", OURS.der),
    key,
    /private key that is damaged, or of an unknown/,
  ],
  ["a damaged public key", pemOf("PUBLIC KEY", OURS.der), publicKey, /public key that is damaged/],
  [
    "no end",
    OURS.pem.slice(0, -30),
    certificate,
    /is cut short or damaged: a PEM part has no end$/,
  ],
  ["another end", OURS.pem.replace("END CERT", "END XERT"), certificate, /has no end$/],
  [
    "octets that are no base64",
    OURS.pem.replace("M", "!"),
    certificate,
    /is damaged: it is not base64$/,
  ],
  [
    "a second one that is no base64",
    OURS.pem + CA.pem.replace("M", "?"),
    certificate,
    /holds certificate 2, /,
  ],
  ["more than 1 MiB", " ".repeat(1_048_577), certificate, /is larger than 1 MiB$/],
];
for (const [title, content, read, message, hint] of BAD) {
  test(`told before any packet: a file with ${title}`, () => {
    file(content);
    assert.throws(read, (error) => {
      assert.ok(error instanceof SetupError && error.code === "certificate");
      assert.match(error.message, message);
      assert.match(error.hint ?? "", hint ?? /\.$/);
      return true;
    });
  });
}

test("a file that is not there, a folder, and a device without end are told of", () => {
  assert.throws(() => readCertificateFile(join(folder, "none")), /none is not there$/);
  assert.throws(() => readKeyFile(folder), /is a folder$/);
  if (existsSync("/dev/zero")) assert.throws(() => readKeyFile("/dev/zero"), /larger than 1 MiB$/);
});

test("a key that every user can read is warned of; a certificate may be read by anyone", () => {
  const { warnings } = readKeyFile(file(keyPemOf(EC), 0o644));
  assert.equal(warnings.length, 1);
  assert.match(warnings[0] ?? "", /can be read by every user of this machine: chmod 600 /);
  assert.deepEqual(readKeyFile(file(keyPemOf(EC), 0o640)).warnings, []);
});

test("nothing of a key or a passphrase is in what is wrong with it", () => {
  const secret = Buffer.from("a secret that nobody sees").toString("base64");
  for (const content of [
    `-----BEGIN PRIVATE KEY-----\n${secret}\n-----END PRIVATE KEY-----\n`,
    `-----BEGIN PRIVATE KEY-----\n${secret}`,
    secret,
  ]) {
    file(content);
    assert.throws(opened, (error) => {
      assert.ok(error instanceof SetupError && error.cause === undefined);
      return !`${error.message} ${error.hint ?? ""}`.includes(secret.slice(0, 8));
    });
  }
});

test("many beginnings and no end take no longer than reading them", () => {
  file("-----BEGIN A-----".repeat(60_000));
  assert.throws(certificate, /is cut short/);
});
