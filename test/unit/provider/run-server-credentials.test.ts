import assert from "node:assert/strict";
import { createPublicKey } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, test } from "node:test";
import { DotsClient } from "../../../agent/dots/client/client.ts";
import { connectDtls, type ConnectOptions } from "../../../agent/dtls/client.ts";
import type { ClientCredentials } from "../../../agent/dtls/credentials.ts";
import { signingKey } from "../../../agent/dtls/crypto/signature.ts";
import { parseCertificate } from "../../../agent/dtls/crypto/x509.ts";
import { ownCertificate } from "../../../agent/dtls/pki/own-certificate.ts";
import { DtlsError } from "../../../agent/dtls/session.ts";
import { MemorySessionStore } from "../../../agent/dtls/stored-session.ts";
import { nodeWorld } from "../../../agent/net/node/world.ts";
import { runServer, type RunningServer } from "../../../agent/provider/run-server.ts";
import { loadServerConfig } from "../../../agent/provider/server-config.ts";
import { makeCertificate, type MadeCertificate } from "../../support/make-certificate.ts";

const NAME = "dots.example.com";
const CA = makeCertificate({ subject: "CN=CA", ca: true });
const SERVER = makeCertificate({ subject: "CN=server", issuer: CA, dns: [NAME] });
const OTHER = makeCertificate({ subject: "CN=other", issuer: CA, dns: ["other.example.com"] });
const OFFICE = makeCertificate({ subject: "CN=office", issuer: CA, dns: ["office.example.com"] });
const LOST = makeCertificate({ subject: "CN=lost", issuer: CA, dns: ["office.example.com"] });

const world = nodeWorld();
const folder = mkdtempSync(join(tmpdir(), "mayday-run-credentials-"));
let server: RunningServer;
let mid = 0;
let told: { readonly message: string; readonly details: object }[] = [];
const lines: string[] = [];

const note = (details: object, message: string): void => void told.push({ message, details });
const log = { debug() {}, info: note, warn: note, error: note };

before(async () => {
  for (const [name, content] of [
    ["ca.pem", CA.pem],
    ["server.pem", SERVER.pem],
    ["server.key", SERVER.keyPem],
    ["other.pem", OTHER.pem],
    ["other.key", OTHER.keyPem],
    ["lost.pem", LOST.pem],
    ["office.pub", createPublicKey(OFFICE.privateKey).export({ type: "spki", format: "pem" })],
    ["office.psk", "secret"],
  ] as const) {
    writeFileSync(join(folder, name), content, { mode: 0o600 });
  }
  const path = join(folder, "server.json");
  const content = {
    listen: { udp: "127.0.0.1:0" },
    tls: {
      cert: "server.pem",
      key: "server.key",
      clientCa: "ca.pem",
      revoked: ["lost.pem"],
      more: [{ cert: "other.pem", key: "other.key" }],
    },
    dtls: { connectionId: false, resumption: { lifetimeS: 600 } },
    clients: [
      {
        name: "office",
        psk: { identity: "office", file: "office.psk" },
        certificate: { dns: "office.example.com" },
        rawPublicKey: { file: "office.pub" },
        prefixes: ["198.51.100.0/24"],
      },
    ],
    mitigator: { plugin: "simulated" },
  };
  writeFileSync(path, JSON.stringify(content));
  server = await runServer(loadServerConfig(path), world, log, (line) => void lines.push(line));
});

after(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

beforeEach(() => {
  told = [];
});

function certificate(made: MadeCertificate, host = NAME): ClientCredentials {
  return {
    type: "certificate",
    own: ownCertificate([made.der], signingKey(made.privateKey), Date.now()),
    trust: { anchors: [parseCertificate(CA.der)], revocations: new Set(), legacy: false },
    server: { host },
  };
}

const PSK: ClientCredentials = {
  type: "psk",
  identity: "office",
  key: new TextEncoder().encode("secret"),
};
const RAW: ClientCredentials = {
  type: "raw-public-key",
  own: signingKey(OFFICE.privateKey),
  trusted: [
    Uint8Array.from(createPublicKey(SERVER.privateKey).export({ type: "spki", format: "der" })),
  ],
};

/** Asks for a mitigation, and says what the log has of the handshake. */
async function ask(
  credentials: ClientCredentials,
  options: Partial<ConnectOptions> = {},
): Promise<{ readonly code: string; readonly handshake: object | undefined }> {
  const to = server.udp;
  const dtls = await connectDtls(world, { to, credentials, timeoutMs: 5000, ...options });
  const client = new DotsClient(world, dtls, { cuid: "c", heartbeat: false });
  const scope = { "target-prefix": ["198.51.100.7/32"], lifetime: 60 };
  mid += 1;
  const { code } = await client.requestMitigation(mid, scope);
  client.close();
  return { code, handshake: told.find(({ message }) => message === "handshake done")?.details };
}

for (const { credentials, identity } of [
  { credentials: PSK, identity: "office" },
  { credentials: certificate(OFFICE), identity: "certificate of office.example.com" },
  { credentials: RAW, identity: /^public key [0-9a-f]{64}$/ },
]) {
  test(`${credentials.type}: the client is the one of the file, and may ask for its prefixes`, async () => {
    const { code, handshake } = await ask(credentials);
    assert.equal(code, "2.01");
    assert.ok(handshake && "identity" in handshake && "connectionId" in handshake);
    if (typeof identity === "string") assert.equal(handshake.identity, identity);
    else assert.match(String(handshake.identity), identity);
    assert.equal(handshake.connectionId, false, "as the file says");
  });
}

test("the server shows the certificate that its client asks for by name", async () => {
  const host = "other.example.com";
  const { code } = await ask(certificate(OFFICE, host), { serverName: host });
  assert.equal(code, "2.01");
});

test("a session is gone on with, and the log says so", async () => {
  const resumption = { store: new MemorySessionStore(), server: "s" };
  await ask(certificate(OFFICE), { resumption });
  told = [];
  const { code, handshake } = await ask(certificate(OFFICE), { resumption });
  assert.equal(code, "2.01");
  assert.ok(handshake && "resumed" in handshake && handshake.resumed === true);
});

test("a certificate that the file revokes is refused, and the log says why", async () => {
  await assert.rejects(
    ask(certificate(LOST)),
    (error) => error instanceof DtlsError && error.code === "dtls/authentication",
  );
  const refused = told.find(({ message }) => message === "handshake refused");
  assert.match(JSON.stringify(refused?.details), /revoked in the configuration.*CN=lost/);
});

test("a key log has a line for each session", () => {
  assert.ok(lines.length > 3);
  for (const line of lines) assert.match(line, /^CLIENT_RANDOM [0-9a-f]{64} [0-9a-f]{96}$/);
});
