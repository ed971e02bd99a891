import assert from "node:assert/strict";
import { createPublicKey } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fingerprintOf, parseCertificate } from "../../../agent/dtls/crypto/x509.ts";
import { SetupError } from "../../../agent/host/setup-error.ts";
import { loadServerConfig } from "../../../agent/provider/server-config.ts";
import { identitiesOf, serverCredentials } from "../../../agent/provider/server-credentials.ts";
import { makeCertificate } from "../../support/make-certificate.ts";

const folder = mkdtempSync(join(tmpdir(), "mayday-config-tls-"));
after(() => rmSync(folder, { recursive: true }));

const NOW = Date.parse("2030-06-01T00:00:00Z");
const CA = makeCertificate({ subject: "CN=CA", ca: true });
const SERVER = makeCertificate({ subject: "CN=server", issuer: CA, dns: ["dots.example.com"] });
const OTHER = makeCertificate({ subject: "CN=other", issuer: CA, dns: ["other.example.com"] });
const OLD = makeCertificate({ subject: "CN=old", issuer: CA, notAfter: "2025-01-31T00:00:00Z" });
const SOON = makeCertificate({ subject: "CN=soon", issuer: CA, notAfter: "2030-06-11T12:00:00Z" });
const CLIENT = makeCertificate({ subject: "CN=office", issuer: CA, dns: ["office.example.com"] });
const OTHERWISE = makeCertificate({ subject: "CN=c", issuer: CA, eku: ["clientAuth"] });
const PUBLIC = createPublicKey(CLIENT.privateKey);
const SPKI = PUBLIC.export({ type: "spki", format: "der" });
const LOCKED = SERVER.privateKey.export({
  type: "pkcs8",
  format: "pem",
  cipher: "aes-256-cbc",
  passphrase: "open sesame",
});

for (const [name, content] of [
  ["ca.pem", CA.pem],
  ["server.pem", SERVER.pem + CA.pem],
  ["server.key", SERVER.keyPem],
  ["other.pem", OTHER.pem],
  ["other.key", OTHER.keyPem],
  ["old.pem", OLD.pem],
  ["old.key", OLD.keyPem],
  ["otherwise.pem", OTHERWISE.pem],
  ["otherwise.key", OTHERWISE.keyPem],
  ["soon.pem", SOON.pem],
  ["soon.key", SOON.keyPem],
  ["locked.key", LOCKED],
  ["passphrase", "open sesame\n"],
  ["wrong", "no sesame\n"],
  ["lost.pem", CLIENT.pem],
  ["client.pub", PUBLIC.export({ type: "spki", format: "pem" })],
  ["branch.psk", "hex:00ff"],
] as const) {
  writeFileSync(join(folder, name), content, { mode: 0o600 });
}
writeFileSync(join(folder, "open.key"), SERVER.keyPem, { mode: 0o644 });

const OFFICE = {
  name: "office",
  certificate: { dns: "Office.example.com" },
  prefixes: ["198.51.100.0/24"],
};
const RAW = { name: "raw", rawPublicKey: { file: "client.pub" }, prefixes: [] };
const TLS = { cert: "server.pem", key: "server.key", clientCa: "ca.pem" };

function load(part: object) {
  const path = join(folder, "server.json");
  const rest = {
    listen: { udp: "127.0.0.1:0" },
    mitigator: { plugin: "simulated" },
    state: "server.db",
  };
  writeFileSync(path, JSON.stringify({ ...rest, ...part }));
  return loadServerConfig(path, NOW);
}

test("clients with certificates are known by the name in them, and believed by the CA", () => {
  const { own, clients, warnings } = load({ tls: TLS, clients: [OFFICE] });
  assert.deepEqual(
    own.certificates?.own.map(({ chain }) => chain.map(({ subject }) => subject)),
    [["CN=server", "CN=CA"]],
  );
  assert.deepEqual(
    own.certificates?.trust.anchors.map(({ fingerprint }) => fingerprint),
    [CA.fingerprint],
  );
  assert.equal(own.certificates?.trust.legacy, false);
  assert.equal(own.rawKey, undefined);
  assert.deepEqual(warnings, []);
  const credentials = serverCredentials({ clients, own });
  assert.equal(credentials.pskOf, undefined);
  assert.equal(credentials.certificates?.isClient(["x.example", "office.example.com"]), true);
  assert.equal(credentials.certificates?.isClient(["example.com"]), false);
});

test("clients with bare keys are known by them", () => {
  const { own, clients } = load({ tls: { key: "server.key" }, clients: [RAW] });
  assert.equal(own.certificates, undefined);
  const { rawPublicKey } = serverCredentials({ clients, own });
  assert.equal(rawPublicKey?.isClient(SPKI), true);
  assert.equal(rawPublicKey?.isClient(rawPublicKey.own.spki), false);
});

test("one client may show up in several ways, and it is the same client", () => {
  const psk = { identity: "branch", file: "branch.psk" };
  const { clients, own } = load({ tls: TLS, clients: [{ ...OFFICE, ...RAW, psk }] });
  const [client] = clients;
  assert.ok(client);
  assert.deepEqual(identitiesOf(client), [
    { type: "psk", identity: "branch" },
    { type: "certificate", names: ["office.example.com"] },
    { type: "raw-public-key", fingerprint: fingerprintOf(SPKI) },
  ]);
  assert.deepEqual(Object.keys(serverCredentials({ clients, own })), [
    "pskOf",
    "certificates",
    "rawPublicKey",
  ]);
});

test("further certificates, an encrypted key, and revoked clients by file or fingerprint", () => {
  const colons = OLD.fingerprint.toUpperCase().replaceAll(/(..)(?=.)/g, "$1:");
  const { own } = load({
    tls: {
      ...TLS,
      key: "locked.key",
      keyPassphraseFile: "passphrase",
      more: [{ cert: "other.pem", key: "other.key" }],
      revoked: ["lost.pem", colons],
      legacyCertificates: true,
    },
    clients: [OFFICE],
  });
  assert.deepEqual(
    own.certificates?.own.map(({ chain }) => chain[0].subject),
    ["CN=server", "CN=other"],
  );
  assert.deepEqual(
    own.certificates?.trust.revocations,
    new Set([parseCertificate(CLIENT.der).signedFingerprint, OLD.fingerprint]),
  );
  assert.equal(own.certificates?.trust.legacy, true);
});

test("what the operator should know: a key open to all, an end that is near, a tls of no use", () => {
  const { warnings } = load({
    tls: { ...TLS, key: "open.key", more: [{ cert: "soon.pem", key: "soon.key" }] },
    clients: [OFFICE],
  });
  assert.equal(warnings.length, 2);
  assert.match(warnings[0] ?? "", /^tls\.key: .*chmod 600/);
  assert.match(
    warnings[1] ?? "",
    /^tls\.more\[0\]\.cert: expires in 10 days, on 2030-06-11 \(certificate CN=soon, issued by CN=CA\)/,
  );
  const psk = { identity: "branch", file: "branch.psk" };
  const useless = load({ tls: TLS, clients: [{ name: "b", psk, prefixes: [] }] });
  assert.match(useless.warnings.join("\n"), /^tls: .*not used/);
  assert.equal(useless.own.certificates, undefined);
});

const FAULTS: readonly (readonly [string, object, readonly RegExp[]])[] = [
  [
    "a client that needs what is not there",
    { clients: [OFFICE, RAW] },
    [
      /clients\[0\]\.certificate: needs tls\.cert, tls\.key, tls\.clientCa/,
      /clients\[1\]\.rawPublicKey: needs tls\.key/,
    ],
  ],
  [
    "a tls without the CA",
    { tls: { cert: "server.pem", key: "server.key" }, clients: [OFFICE] },
    [/clients\[0\]\.certificate: needs tls\.clientCa$/m],
  ],
  [
    "a name that is none",
    { tls: TLS, clients: [{ ...OFFICE, certificate: { dns: "the office" } }] },
    [/clients\[0\]\.certificate\.dns: "the office" is not a domain name/],
  ],
  [
    "one name twice",
    {
      tls: TLS,
      clients: [OFFICE, { ...OFFICE, name: "b", certificate: { dns: "office.EXAMPLE.com." } }],
    },
    [/clients\[1\]\.certificate\.dns: "office\.example\.com" is already that of clients\[0\]/],
  ],
  [
    "one key twice",
    { tls: TLS, clients: [RAW, { ...RAW, name: "b" }] },
    [/clients\[1\]\.rawPublicKey\.file: the key is already that of clients\[0\]/],
  ],
  [
    "files that are not there",
    {
      tls: { cert: "a", key: "b", clientCa: "c", revoked: ["d"], more: [{ cert: "e", key: "f" }] },
      clients: [OFFICE, { ...RAW, rawPublicKey: { file: "g" } }],
    },
    [
      /^ {2}clients\[1\]\.rawPublicKey\.file: .*\/g is not there/m,
      /^ {2}tls\.key: .*\/b is not there/m,
      /^ {2}tls\.more\[0\]\.key: .*\/f is not there/m,
      /^ {2}tls\.clientCa: .*\/c is not there/m,
      /^ {2}tls\.revoked\[0\]: .*\/d is not there/m,
    ],
  ],
  [
    "a key of another certificate",
    { tls: { ...TLS, key: "other.key" }, clients: [OFFICE] },
    [/tls\.cert: .*the key does not belong to the certificate \(certificate CN=server/],
  ],
  [
    "a certificate that has expired",
    { tls: { ...TLS, cert: "old.pem", key: "old.key" }, clients: [OFFICE] },
    [/tls\.cert: .*expired on 2025-01-31 \(certificate CN=old/],
  ],
  [
    "a certificate for clients alone",
    { tls: { ...TLS, cert: "otherwise.pem", key: "otherwise.key" }, clients: [OFFICE] },
    [/tls\.cert: .*its extended key usage is not for a server \(serverAuth\)/],
  ],
  [
    "an encrypted key without its passphrase",
    { tls: { ...TLS, key: "locked.key" }, clients: [OFFICE] },
    [/tls\.key: .*is encrypted, and there is no passphrase/],
  ],
  [
    "a wrong passphrase",
    { tls: { ...TLS, key: "locked.key", keyPassphraseFile: "wrong" }, clients: [OFFICE] },
    [/tls\.key: .*the passphrase is wrong/],
  ],
  [
    "a server's certificate in place of a CA's",
    { tls: { ...TLS, clientCa: "other.pem" }, clients: [OFFICE] },
    [/tls\.clientCa: .*holds none of a CA/],
  ],
  [
    "wrong forms",
    { tls: { ...TLS, revoked: "x", colour: 1 }, clients: [{ ...OFFICE, rawPublicKey: 5 }] },
    [/tls\.revoked: /, /tls\.colour: is not known here/, /clients\[0\]\.rawPublicKey: /],
  ],
];

for (const [what, content, patterns] of FAULTS) {
  test(`a file with ${what} is refused, each fault with its path`, () => {
    assert.throws(
      () => load(content),
      (error) => {
        assert.ok(error instanceof SetupError);
        assert.equal(error.code, "config");
        for (const pattern of patterns) assert.match(error.message, pattern);
        return true;
      },
    );
  });
}

test("no fault shows a passphrase or a key", () => {
  assert.throws(
    () =>
      load({ tls: { ...TLS, key: "locked.key", keyPassphraseFile: "wrong" }, clients: [OFFICE] }),
    (error) => error instanceof SetupError && !/sesame|PRIVATE|MII/.test(error.message),
  );
});

test("by older rules a client may be known by a common name, which is no domain name", () => {
  const tls = { ...TLS, legacyCertificates: true };
  const { clients } = load({
    tls,
    clients: [{ ...OFFICE, certificate: { dns: "The Office" } }],
  });
  assert.equal(clients[0]?.certificateName, "the office");
});
