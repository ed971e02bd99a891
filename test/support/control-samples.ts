/** Values of the control contract, whole and plausible. A test names what matters to it. */
import type {
  Activity,
  Mitigation,
  Provider,
  ScopePreview,
  Session,
  Status,
  Target,
  TestReport,
} from "../../agent/control/contract.ts";

/** The moment at which the samples stand still. */
export const SAMPLE_INSTANT = "2030-01-01T12:00:00.000Z";

/** A provider that was added by hand. */
export function aProvider(more: Partial<Provider> = {}): Provider {
  return {
    id: "p1",
    name: "Northline",
    kind: "provider",
    server: "coaps://dots.example.net:4646",
    pskIdentity: "branch",
    certificate: null,
    addedAt: SAMPLE_INSTANT,
    prefixes: [],
    ...more,
  };
}

/** A certificate that is good for a long time. */
export function aCertificate(
  more: Partial<NonNullable<Provider["certificate"]>> = {},
): NonNullable<Provider["certificate"]> {
  return {
    subject: "CN=branch.example.com",
    issuer: "CN=Northline CA",
    expiresAt: "2031-01-01T00:00:00.000Z",
    state: "valid",
    fingerprint: "ab".repeat(32),
    serverName: "dots.example.net",
    ...more,
  };
}

/** A session that is well. */
export function aSession(more: Partial<Session> = {}): Session {
  return {
    provider: "Northline",
    providerId: "p1",
    kind: "provider",
    state: "active",
    since: SAMPLE_INSTANT,
    server: "coaps://dots.example.net:4646",
    address: "203.0.113.1:4646",
    transport: "udp",
    security: {
      version: "DTLS1.2",
      cipher: "TLS_ECDHE_PSK_WITH_AES_128_GCM_SHA256",
      resumed: false,
      connectionId: true,
    },
    certificate: null,
    rttMs: 19.2,
    heartbeat: {
      sent: 3,
      received: 3,
      missed: 0,
      missedInARow: 0,
      lastAt: SAMPLE_INSTANT,
      intervalS: 30,
      recent: [{ at: SAMPLE_INSTANT, rttMs: 19.2 }],
    },
    fault: null,
    nextTryAt: null,
    ...more,
  };
}

/** A target that has a name. */
export function aTarget(more: Partial<Target> = {}): Target {
  return {
    id: "t1",
    name: "Shop",
    target: "203.0.113.7:443",
    scope: { "target-prefix": ["203.0.113.7/32"], "target-port-range": [{ "lower-port": 443 }] },
    addedAt: SAMPLE_INSTANT,
    ...more,
  };
}

/** A mitigation that the provider has not answered yet. */
export function aMitigation(more: Partial<Mitigation> = {}): Mitigation {
  return {
    id: "m1",
    provider: "Northline",
    kind: "provider",
    mid: 1,
    targets: ["Shop"],
    scope: aTarget().scope,
    phase: "asking",
    status: null,
    statusText: null,
    lifetimeS: 3600,
    lifetimeLeftS: null,
    renewsAt: null,
    dropped: null,
    toldAt: null,
    requestedAt: SAMPLE_INSTANT,
    sentAt: null,
    acceptedAt: null,
    filteringAt: null,
    endedAt: null,
    awaiting: { what: "answer", since: SAMPLE_INSTANT },
    refusal: null,
    outcome: null,
    ...more,
  };
}

/** An agent with nothing set up. */
export function aStatus(more: Partial<Status> = {}): Status {
  return {
    agent: { version: "0.1.0", uptimeS: 60, rssBytes: 50_000_000, startedAt: SAMPLE_INSTANT },
    sessions: [],
    mitigations: [],
    ended: [],
    triggers: [],
    ...more,
  };
}

/** One entry of the activity log. */
export function anActivity(more: Partial<Activity> = {}): Activity {
  return {
    id: 1,
    at: SAMPLE_INSTANT,
    kind: "agent-started",
    severity: "info",
    provider: null,
    mitigation: null,
    text: "The agent has started.",
    details: {},
    ...more,
  };
}

/** What a request for one target would ask for. */
export function aPreview(more: Partial<ScopePreview> = {}): ScopePreview {
  const { name, target, scope } = aTarget();
  return {
    provider: { id: "p1", name: "Northline", kind: "provider" },
    items: [{ given: target, name, scope }],
    scope,
    warnings: [],
    ...more,
  };
}

/** A test in which every step went well. */
export function aReport(more: Partial<TestReport> = {}): TestReport {
  return {
    ok: true,
    steps: [
      { step: "resolve", state: "ok", text: "203.0.113.1", ms: 2 },
      { step: "handshake", state: "ok", text: "DTLS 1.2", ms: 41 },
      { step: "heartbeat", state: "ok", text: "answered", ms: 19 },
    ],
    fault: null,
    ...more,
  };
}
