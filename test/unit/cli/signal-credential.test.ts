import assert from "node:assert/strict";
import { createPublicKey } from "node:crypto";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, test } from "node:test";
import { toCliError, type CliError } from "../../../agent/cli/exit.ts";
import { signalCommand } from "../../../agent/cli/signal-command.ts";
import { signingKey } from "../../../agent/dtls/crypto/signature.ts";
import { parseCertificate } from "../../../agent/dtls/crypto/x509.ts";
import { ownCertificate } from "../../../agent/dtls/pki/own-certificate.ts";
import { listenDtls, type DtlsServer } from "../../../agent/dtls/server.ts";
import type { DtlsSession } from "../../../agent/dtls/session.ts";
import { nodeWorld } from "../../../agent/net/node/world.ts";
import type { Address } from "../../../agent/net/ports.ts";
import { Code } from "../../../agent/wire/coap/code.ts";
import type { CoapMessage } from "../../../agent/wire/coap/message.ts";
import { uriPath } from "../../../agent/wire/coap/options.ts";
import { makeCertificate, type MadeCertificate } from "../../support/make-certificate.ts";
import { ScriptedPeer, withBody } from "../../support/scripted-peer.ts";

const NAME = "dots.example.com";
const LOOPBACK: Address = { family: 4, host: "127.0.0.1", port: 0 };
const CA = makeCertificate({ subject: "CN=CA", ca: true });
const SERVER = makeCertificate({ subject: "CN=server", issuer: CA, dns: [NAME] });
const OFFICE = makeCertificate({ subject: "CN=office", issuer: CA, dns: ["office.example.com"] });
const NOBODY = makeCertificate({ subject: "CN=nobody", issuer: CA, dns: ["nobody.example.com"] });
const OTHER_CA = makeCertificate({ subject: "CN=other CA", ca: true });
const OLD = makeCertificate({ subject: "CN=old", issuer: CA, notAfter: "2025-01-31T00:00:00Z" });
/** As the first DOTS implementations came with them. */
const OLD_FASHIONED = makeCertificate({ subject: `CN=${NAME}`, issuer: CA, eku: "none" });

let dir = "";
let server: DtlsServer;
let heard: CoapMessage[] = [];
const peers: ScriptedPeer[] = [];
const file = (name: string): string => join(dir, name);

before(async () => {
  dir = await mkdtemp(join(tmpdir(), "mayday-credential-"));
  for (const [name, made] of Object.entries({ office: OFFICE, nobody: NOBODY, old: OLD })) {
    write(`${name}.pem`, made.pem);
    write(`${name}.key`, made.keyPem);
  }
  write("ca.pem", CA.pem);
  write("other-ca.pem", OTHER_CA.pem);
  write("server.pub", publicPem(SERVER));
  write("office.pub", publicPem(OFFICE));
  write("branch.psk", "secret");
  const key = signingKey(SERVER.privateKey);
  const anchors = [parseCertificate(CA.der)];
  server = await listenDtls(nodeWorld(), {
    local: LOOPBACK,
    credentials: {
      pskOf: () => new TextEncoder().encode("secret"),
      certificates: {
        own: [ownCertificate([SERVER.der], key, Date.now())],
        trust: { anchors, revocations: new Set(), legacy: false },
        isClient: (names) => names.includes("office.example.com"),
      },
      rawPublicKey: { own: key, isClient: (spki) => Buffer.compare(spki, spkiOf(OFFICE)) === 0 },
    },
    onSession: answer,
  });
});

function answer(session: DtlsSession): void {
  const scope = [{ mid: 1, lifetime: 3600 }];
  const granted = { "ietf-dots-signal-channel:mitigation-scope": { scope } };
  peers.push(
    new ScriptedPeer(session, (request) => {
      heard.push(request);
      return withBody(Code.Created, granted);
    }),
  );
}

after(async () => {
  server.close();
  await rm(dir, { recursive: true });
});

beforeEach(() => {
  heard = [];
});

function write(name: string, content: string): void {
  writeFileSync(file(name), content, { mode: 0o600 });
}

function spkiOf({ privateKey }: MadeCertificate): Buffer {
  return createPublicKey(privateKey).export({ type: "spki", format: "der" });
}

function publicPem({ privateKey }: MadeCertificate): string {
  return createPublicKey(privateKey).export({ type: "spki", format: "pem" }).toString();
}

interface Ran {
  readonly exit: number;
  readonly out: string;
  readonly err: string;
  readonly error: CliError | undefined;
}

/** Runs `put` in this process, against the server above. */
async function put(
  args: readonly string[],
  { keyLogPath, at = server }: { readonly keyLogPath?: string; readonly at?: DtlsServer } = {},
): Promise<Ran> {
  let out = "";
  let err = "";
  let exit = 0;
  const command = signalCommand({
    output: { stdout: (text) => (out += text), stderr: (text) => (err += text) },
    deps: {
      world: nodeWorld(),
      resolve: () => Promise.resolve([at.local]),
      warn: (text) => (err += `${text}\n`),
      keyLogPath,
    },
    finish: (code) => (exit = code),
    interrupted: () => new AbortController().signal,
  });
  const scope = ["--mid", "1", "--target-prefix", "203.0.113.7", "--json"];
  const all = ["put", "--server", `coaps://${NAME}`, ...scope, ...args];
  try {
    await command.parseAsync(all, { from: "user" });
    return { exit, out, err, error: undefined };
  } catch (error) {
    const fault = toCliError(error);
    return { exit: fault.exit, out, err, error: fault };
  }
}

function securityOf({ out }: Ran): Record<string, unknown> {
  const { security } = JSON.parse(out) as { security: Record<string, unknown> };
  return security;
}

function cuid(): string | undefined {
  const path = uriPath(heard[0]?.options ?? []);
  return path.find((part) => part.startsWith("cuid="))?.slice(5);
}

const certificate = (name: string, ca = "ca.pem"): string[] => [
  "--cert",
  file(`${name}.pem`),
  "--key",
  file(`${name}.key`),
  "--ca",
  file(ca),
];
const raw = (own: string, theirs: string): string[] => [
  "--raw-key",
  file(own),
  "--server-raw-key",
  file(theirs),
];
const PSK = (): string[] => ["--psk-identity", "branch", "--psk-file", file("branch.psk")];

test("a certificate gets through, to a server that is sought by the host's name", async () => {
  const ran = await put(certificate("office"));
  assert.equal(ran.exit, 0, ran.err);
  assert.match(String(securityOf(ran)["cipher"]), /^TLS_ECDHE_ECDSA_/);
  assert.equal(ran.err, "");
});

test("a bare key gets through, and both have the cuid of the key [RFC 9132 §4.4.1.1]", async () => {
  const ran = await put(raw("office.key", "server.pub"));
  assert.equal(ran.exit, 0, ran.err);
  const ofKey = cuid();
  heard = [];
  await put(certificate("office"));
  assert.equal(ofKey, cuid());
  assert.match(ofKey ?? "", /^[\w-]{22}$/);
});

test("a passphrase opens an encrypted key", async () => {
  const passphrase = "open sesame";
  const how = { type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase } as const;
  write("locked.key", OFFICE.privateKey.export(how).toString());
  write("passphrase", `${passphrase}\n`);
  const flags = [...certificate("office"), "--key", file("locked.key")];
  const ran = await put([...flags, "--key-passphrase-file", file("passphrase")]);
  assert.equal(ran.exit, 0, ran.error?.message);
  assert.match((await put(flags)).error?.message ?? "", /is encrypted, and there is no passphrase/);
});

test("certificates of older makers are taken when that is asked for", async () => {
  const key = signingKey(OLD_FASHIONED.privateKey);
  const old = await listenDtls(nodeWorld(), {
    local: LOOPBACK,
    credentials: {
      certificates: {
        own: [ownCertificate([OLD_FASHIONED.der], key, Date.now())],
        trust: { anchors: [parseCertificate(CA.der)], revocations: new Set(), legacy: false },
        isClient: () => true,
      },
    },
    onSession: answer,
  });
  const flags = certificate("office");
  const refused = await put(flags, { at: old });
  assert.match(refused.error?.message ?? "", /has no extended key usage/);
  const ran = await put([...flags, "--legacy-certificates"], { at: old });
  assert.equal(ran.exit, 0, ran.error?.message);
  old.close();
});

const REFUSED: readonly (readonly [string, () => string[], RegExp, RegExp])[] = [
  [
    "a server of another name",
    () => [...certificate("office"), "--server-name", "other.example"],
    /^the server's certificate is not for other\.example but for dots\.example\.com \(certificate CN=server, issued by CN=CA\)/,
    /Check the CA and the server's name/,
  ],
  [
    "a server of another CA",
    () => certificate("office", "other-ca.pem"),
    /^the server's certificate is not by a CA that is believed here; configured: CN=other CA/,
    /ask the provider/,
  ],
  [
    "a certificate of nobody here",
    () => certificate("nobody"),
    /^the server refused this certificate \(CN=nobody\): access_denied/,
    /add the name in it/,
  ],
  [
    "a server with another bare key",
    () => raw("office.key", "office.pub"),
    /^the server's public key is none of those trusted/,
    /public key against what the provider gave you/,
  ],
  [
    "a bare key of nobody here",
    () => raw("nobody.key", "server.pub"),
    /^the server refused this key \(public key [0-9a-f]{64}\): access_denied/,
    /that the provider has yours/,
  ],
];

for (const [what, flags, message, hint] of REFUSED) {
  test(`${what} ends in exit 5, with what is wrong and what to do`, async () => {
    const { exit, error } = await put(flags());
    assert.equal(exit, 5, error?.message);
    assert.match(error?.message ?? "", message);
    assert.match(error?.hint ?? "", hint);
    assert.equal(heard.length, 0);
  });
}

const UNUSABLE: readonly (readonly [string, () => string[], RegExp])[] = [
  [
    "a certificate that has expired",
    () => certificate("old"),
    /old\.pem: .*expired on 2025-01-31 \(certificate CN=old, issued by CN=CA\)/,
  ],
  [
    "a key of another certificate",
    () => [...certificate("office"), "--key", file("nobody.key")],
    /office\.pem: .*the key does not belong to the certificate/,
  ],
  ["a file that is not there", () => certificate("none"), /none\.key is not there/],
  [
    "certificate and key the wrong way round",
    () => [...certificate("office"), "--key", file("office.pem")],
    /the key file .*office\.pem holds/,
  ],
  [
    "a private key in place of the server's public one",
    () => raw("office.key", "office.key"),
    /the public key file .*office\.key holds/,
  ],
  ["no CA", () => certificate("office", "office.pem"), /office\.pem holds none of a CA/],
  [
    "a session file that is something else",
    () => [...PSK(), "--session-file", file("branch.psk")],
    /the session file .*branch\.psk holds something else/,
  ],
];

for (const [what, flags, message] of UNUSABLE) {
  test(`${what} is told before any packet, with exit 2`, async () => {
    const { datagrams } = server.statistics;
    const { exit, error } = await put(flags());
    assert.equal(exit, 2, error?.message);
    assert.match(error?.message ?? "", message);
    assert.doesNotMatch(error?.message ?? "", /PRIVATE|MII/);
    assert.equal(server.statistics.datagrams, datagrams);
  });
}

for (const [kind, flags] of [
  ["a pre-shared key", PSK],
  ["a certificate", (): string[] => certificate("office")],
  ["a bare key", (): string[] => raw("office.key", "server.pub")],
] as const) {
  test(`with a session file the next run goes on with the session: ${kind}`, async () => {
    const path = file(`sessions of ${kind}`);
    const args = [...flags(), "--session-file", path];
    assert.equal(securityOf(await put(args))["resumed"], false);
    const again = await put(args);
    assert.equal(securityOf(again)["resumed"], true);
    assert.equal(again.err, "");
    assert.equal(statSync(path).mode & 0o777, 0o600);
  });
}

test("a session of one credential is not gone on with by another", async () => {
  const session = ["--session-file", file("sessions")];
  await put([...certificate("office"), ...session]);
  assert.equal(securityOf(await put([...PSK(), ...session]))["resumed"], false);
});

test("connection ids can be left out", async () => {
  assert.equal(securityOf(await put(PSK()))["connectionId"], true);
  assert.equal(securityOf(await put([...PSK(), "--no-connection-id"]))["connectionId"], false);
});

test("--mtu holds for every packet of ours", async () => {
  const { exit, err } = await put([...certificate("office"), "--mtu", "576", "--verbose"]);
  assert.equal(exit, 0, err);
  const sent = [...err.matchAll(/-> 127\.0\.0\.1:\d+ {2}(\d+) octets/g)].map(([, size]) =>
    Number(size),
  );
  assert.ok(sent.length > 3);
  assert.ok(Math.max(...sent) <= 576 - 48, sent.join(" "));
});

test("--verbose tells the credential, the session, and that the request went along", async () => {
  const { err } = await put([...certificate("office"), "--verbose"]);
  assert.match(err, /handshake with .*, certificate CN=office\n/);
  assert.match(err, /session: DTLS1\.2 TLS_\w+, with a connection id, [\d.]+ ms\n/);
  const asked = err.indexOf("PUT id=");
  assert.ok(asked > 0 && asked < err.indexOf("session: DTLS1.2"), "asked before the session stood");
  assert.equal(heard.length, 1);
});

test("a key log is written where it is asked for, and that is told", async () => {
  const path = file("keys.log");
  const { err } = await put(PSK(), { keyLogPath: path });
  assert.match(err, /^warning: SSLKEYLOGFILE is set/);
  assert.match(readFileSync(path, "utf8"), /^CLIENT_RANDOM [0-9a-f]{64} [0-9a-f]{96}\n$/);
});
