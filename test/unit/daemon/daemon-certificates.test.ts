/** A provider that knows us by our certificate. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { CheckedInput } from "../../../agent/control/contract.ts";
import type { Millis } from "../../../agent/net/ports.ts";
import type {
  openProviderSession,
  ProviderSession,
} from "../../../agent/session/provider-session.ts";
import type { ServerCertificates } from "../../../agent/dtls/credentials.ts";
import { signingKey } from "../../../agent/dtls/crypto/signature.ts";
import { parseCertificate } from "../../../agent/dtls/crypto/x509.ts";
import { ownCertificate } from "../../../agent/dtls/pki/own-certificate.ts";
import { MemorySessionStore } from "../../../agent/dtls/stored-session.ts";
import { MemoryAgentStore } from "../../../agent/store/memory-agent-store.ts";
import { StoreError } from "../../../agent/store/mitigation-store.ts";
import { makeCertificate, type MadeCertificate } from "../../support/make-certificate.ts";
import { daemonLab, DRAFT, MINUTE, type DaemonLab, type LabAgent } from "./daemon-lab.ts";

const DAY = 24 * 60 * MINUTE;

const ca = makeCertificate({ subject: "CN=Customers' CA", ca: true });
const between = makeCertificate({ subject: "CN=Between", issuer: ca, ca: true });
const branch = makeCertificate({
  subject: "CN=branch.example.com, O=Branch",
  issuer: between,
  dns: ["branch.example.com"],
});
const providerCa = makeCertificate({ subject: "CN=Provider CA", ca: true });

type Draft = Extract<CheckedInput<"provider.add">, { readonly type: "certificate" }>;

const CERTIFIED: Draft = {
  type: "certificate",
  name: "Certified",
  server: "dots.example.net",
  certificate: `${branch.pem}${between.pem}`,
  key: branch.keyPem,
  ca: providerCa.pem,
  legacy: false,
};

/** When the lab begins. */
const BEGIN = Date.parse("2026-01-01T00:00:00Z");

type Opened = Parameters<typeof openProviderSession>[1];

/** As a session that never comes to stand. */
const IDLE: ProviderSession = {
  view: {
    state: "connecting",
    sinceMs: BEGIN,
    server: "coaps://dots.example.net:4646",
    address: null,
    security: null,
    rttMs: null,
    heartbeat: {
      sent: 0,
      received: 0,
      missed: 0,
      missedInARow: 0,
      lastAt: null,
      intervalS: 30,
      recent: [],
    },
    fault: null,
    nextTryAtMs: null,
  },
  client: undefined,
  kick: () => {},
  hurry: () => {},
  unanswered: () => {},
  close: () => Promise.resolve(),
};

interface CertifiedLab {
  readonly agent: LabAgent;
  /** What sessions were opened with. */
  readonly opened: Opened[];
  readonly run: (ms: Millis) => Promise<void>;
  /** The agent that finds what the one before has kept. */
  readonly restart: () => LabAgent;
}

/** An agent whose sessions are only noted. */
async function certifiedLab(): Promise<CertifiedLab> {
  const lab = await daemonLab(1, { serving: false });
  const opened: Opened[] = [];
  let store = new MemoryAgentStore();
  const start = (): LabAgent =>
    lab.agent({
      store,
      openSession: (_deps, endpoint) => {
        opened.push(endpoint);
        return IDLE;
      },
    });
  const agent = start();
  const restart = (): LabAgent => {
    store = store.reopened();
    return start();
  };
  return { agent, opened, run: lab.run, restart };
}

test("it is added, shown without its key, and spoken to with it", async () => {
  const { agent, opened } = await certifiedLab();
  const added = await agent.call("provider.add", CERTIFIED);
  assert.equal(added.pskIdentity, null);
  assert.deepEqual(added.certificate, {
    subject: "CN=branch.example.com, O=Branch",
    issuer: "CN=Between",
    expiresAt: "2040-01-01T00:00:00.000Z",
    state: "valid",
    fingerprint: branch.fingerprint,
    serverName: "dots.example.net",
  });
  const [{ credential }] = opened as [Opened];
  assert.equal(credential.type, "certificate");
  assert.deepEqual(
    credential.own.chain.map(({ der }) => der),
    [branch.der, between.der],
  );
  assert.deepEqual(credential.server, { host: "dots.example.net" });
  assert.deepEqual(
    credential.trust.anchors.map(({ fingerprint }) => fingerprint),
    [providerCa.fingerprint],
  );
  const shown = JSON.stringify([agent.status, agent.logged, await agent.call("provider.list", {})]);
  const secret = branch.keyPem.split("\n")[1] ?? "";
  assert.ok(secret.length > 20 && !shown.includes(secret));
  assert.ok(!shown.includes(Buffer.from(secret, "base64").toString("hex").slice(0, 20)));
  await agent.close();
});

test("after a restart it is the same, and its key is gone with it", async () => {
  const { agent, opened, restart } = await certifiedLab();
  const { id } = await agent.call("provider.add", { ...CERTIFIED, serverName: "DOTS.example.com" });
  await agent.close();
  const again = restart();
  const [before, after] = opened;
  assert.ok(before?.credential.type === "certificate" && after?.credential.type === "certificate");
  assert.deepEqual(after.credential.own.chain[0].der, branch.der);
  assert.deepEqual(after.credential.server, { host: "dots.example.com" });
  assert.equal((await again.call("provider.show", { provider: id })).id, id);
  await again.call("provider.remove", { provider: id });
  const { key } = after.credential.own;
  assert.throws(() => key.sign(key.schemes[0] ?? 0, new Uint8Array(1)), /wiped/);
  assert.deepEqual(await again.call("provider.list", {}), []);
  await again.close();
});

test("the same certificate at the same server is the same provider", async () => {
  const { agent } = await certifiedLab();
  await agent.call("provider.add", CERTIFIED);
  const same = await agent.refusal("provider.add", { ...CERTIFIED, name: "Again" });
  assert.equal(same.reason, "provider-known");
  await agent.call("provider.add", { ...CERTIFIED, name: "Other", server: "192.0.2.1" });
  await agent.call("provider.add", { ...DRAFT, name: "By a key" });
  await agent.close();
});

const otherKey = makeCertificate({ subject: "CN=somebody else" });
const old = makeCertificate({ subject: "CN=old", notAfter: "2025-12-31T00:00:00Z" });
const early = makeCertificate({ subject: "CN=early", notBefore: "2031-01-01T00:00:00Z" });

const BAD: readonly (readonly [what: string, draft: Partial<Draft>, says: RegExp])[] = [
  ["text for a certificate", { certificate: "branch" }, /^The certificate cannot .*not PEM\.$/],
  [
    "its files the wrong way round",
    { certificate: CERTIFIED.key },
    /it holds no certificate but a private key\.$/,
  ],
  [
    "a certificate for a key",
    { key: branch.pem },
    /^The key cannot be used: it holds no private key but a certificate\.$/,
  ],
  ["somebody else's key", { key: otherKey.keyPem }, /key does not belong .*CN=branch/],
  ["a chain out of order", { certificate: `${branch.pem}${ca.pem}` }, /is not the issuer/],
  ["one that is over", { certificate: old.pem, key: old.keyPem }, /expired on 2025-12-31 .*CN=old/],
  [
    "one that is not yet good",
    { certificate: early.pem, key: early.keyPem },
    /not valid before 2031-01-01/,
  ],
  ["no CA's certificate for a CA", { ca: otherKey.pem }, /no CA's certificate .*somebody else/],
  ["text for a CA", { ca: "CA" }, /^The CA file cannot/],
];

for (const [what, draft, says] of BAD) {
  test(`${what} is refused, and nothing is kept`, async () => {
    const { agent, opened } = await certifiedLab();
    for (const refused of [
      await agent.refusal("provider.add", { ...CERTIFIED, ...draft }),
      await agent.refusal("provider.test", { draft: { ...CERTIFIED, ...draft } }),
    ]) {
      assert.equal(refused.reason, "bad-certificate");
      assert.match(refused.message, says);
      assert.match(refused.hint ?? "", /PEM|-----BEGIN/);
      assert.doesNotMatch(`${refused.message}${refused.hint}`, /[A-Za-z0-9+/]{40}/);
    }
    assert.deepEqual(await agent.call("provider.list", {}), []);
    assert.deepEqual(opened, []);
    await agent.close();
  });
}

test("the end of a certificate is told once a day, from 30 days before", async () => {
  const soon = makeCertificate({ subject: "CN=soon", notAfter: BEGIN + 31 * DAY });
  const { agent, run, restart } = await certifiedLab();
  await agent.call("provider.add", { ...CERTIFIED, certificate: soon.pem, key: soon.keyPem });
  assert.equal(stateOf(agent), "valid");
  await run(DAY / 2);
  assert.deepEqual(told(agent, "certificate-expiring"), []);
  await run(DAY);
  assert.deepEqual(told(agent, "certificate-expiring"), [
    "warn Certified: The certificate for Certified expires on 2026-02-01, in 29 days. Ask Certified for a new one.",
  ]);
  assert.equal(stateOf(agent), "expiring");
  await run(2 * DAY);
  assert.equal(told(agent, "certificate-expiring").length, 3);
  await agent.close();
  const again = restart();
  await run(MINUTE);
  assert.deepEqual(told(again, "certificate-expiring"), [], "said today already");
  await run(28 * DAY);
  assert.deepEqual(told(again, "certificate-expired").slice(0, 1), [
    "bad Certified: The certificate for Certified expired on 2026-02-01: it is no longer taken. Ask Certified for a new one.",
  ]);
  await again.close();
  const last = restart();
  assert.equal(stateOf(last), "expired", "it starts all the same");
  await last.close();
});

function told(agent: LabAgent, kind: string): string[] {
  return agent.logged
    .filter((entry) => entry.kind === kind)
    .map(({ severity, provider, text }) => `${severity} ${provider}: ${text}`);
}

function stateOf(agent: LabAgent): string | undefined {
  return agent.status.sessions[0]?.certificate?.state;
}

test("a certificate that was damaged is named at the start", async () => {
  const lab = await daemonLab(3, { serving: false });
  const store = new MemoryAgentStore();
  const agent = lab.agent({ store });
  await agent.call("provider.add", CERTIFIED);
  await agent.close();
  const next = store.reopened();
  const [provider] = next.load().providers;
  assert.ok(provider?.credential.type === "certificate");
  const chain = [branch.der.subarray(0, 100)];
  next.apply({ providers: [{ ...provider, credential: { ...provider.credential, chain } }] });
  assert.throws(
    () => lab.agent({ store: next }),
    (error) => {
      assert.ok(error instanceof StoreError);
      assert.equal(error.code, "store/damaged");
      assert.match(error.message, /the certificate for dots\.example\.net: .*X\.509/);
      return true;
    },
  );
});

const server = makeCertificate({
  subject: "CN=dots.example.net",
  issuer: providerCa,
  dns: ["dots.example.net"],
});

/** What the provider shows, and by which CA it believes its customers. */
function showing(customers: MadeCertificate): ServerCertificates {
  return {
    own: [ownCertificate([server.der], signingKey(server.privateKey), BEGIN)],
    trust: {
      anchors: [parseCertificate(customers.der)],
      revocations: new Set(),
      legacy: false,
    },
    isClient: (names) => names.includes("branch.example.com"),
  };
}

async function serving(customers: MadeCertificate): Promise<DaemonLab> {
  const lab = await daemonLab(2, { serving: false });
  lab.provider.certificates = showing(customers);
  await lab.provider.start();
  return lab;
}

test("help is asked for by certificate, tested first, and goes on with the session it had", async () => {
  const lab = await serving(ca);
  const sessions = new MemorySessionStore();
  const store = new MemoryAgentStore();
  const agent = lab.agent({ store, sessions });
  const report = await agent.call("provider.test", { draft: CERTIFIED });
  assert.equal(report.fault, null, JSON.stringify(report));
  const provider = await agent.call("provider.add", CERTIFIED);
  const { id } = await agent.request(["203.0.113.7"]);
  await agent.reach(id, "filtering");
  const { security, certificate } = agent.status.sessions[0] ?? {};
  assert.match(security?.cipher ?? "", /ECDHE_ECDSA/);
  assert.deepEqual([security?.resumed, security?.connectionId], [false, true]);
  assert.equal(certificate?.state, "valid");
  await agent.close();
  const again = lab.agent({ store: store.reopened(), sessions });
  await lab.run(2000);
  assert.equal(again.status.sessions[0]?.security?.resumed, true);
  await again.call("mitigation.withdraw", { id });
  await again.reach(id, "ended");
  assert.notEqual(sessions.load(provider.id), undefined);
  await again.call("provider.remove", { provider: provider.id });
  assert.equal(sessions.load(provider.id), undefined, "the session's secret goes with it");
  await again.close();
});

const REFUSED: readonly (readonly [string, MadeCertificate, Partial<Draft>, RegExp])[] = [
  ["a customer of another CA", providerCa, {}, /certificate/],
  ["a provider of another CA", ca, { ca: ca.pem }, /server's certificate .*CN=Provider CA/],
  ["a provider of another name", ca, { serverName: "example.org" }, /not for example\.org/],
];

for (const [what, customers, draft, says] of REFUSED) {
  test(`${what}: no session, and why`, async () => {
    const lab = await serving(customers);
    const agent = lab.agent();
    const report = await agent.call("provider.test", { draft: { ...CERTIFIED, ...draft } });
    assert.equal(report.fault?.code, "key-refused");
    await agent.call("provider.add", { ...CERTIFIED, ...draft });
    await lab.run(5000);
    const [session] = agent.status.sessions;
    assert.equal(session?.fault?.code, "key-refused");
    assert.match(session.fault.message, says);
    await agent.close();
  });
}
