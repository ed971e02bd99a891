import { z } from "zod";

/**
 * What travels over the control contract. Instants are ISO 8601 in UTC; lengths of time are seconds (`S`) or
 * milliseconds (`Ms`); rates are per second. `null`: there is none, or none yet.
 */

/** An instant, `2026-11-22T14:02:07.123Z`. */
const Instant = z.iso.datetime();

/** Words of a user: any script, no control characters (they go to terminals and logs). */
function words(most: number): z.ZodString {
  return z
    .string()
    .max(most, `is longer than ${most} characters`)
    .regex(/^\P{Cc}*$/u, "holds a control character")
    .regex(/\S/, "is empty");
}

/** A name that a user gives. */
const Name = words(80);

/** A provider, target or mitigation, by its id or its name. */
const Reference = words(80);

/** Whether it is a real provider or the practice one, which filters nothing. */
export const ProviderKind = z.enum(["provider", "practice"]);

/** Text that is not repeated in any answer, message or log. */
function unshown(most: number): z.ZodString {
  return z.string().min(1, "is empty").max(most, `is longer than ${most} characters`);
}

/** A provider whose server knows us by a key that both have; the form that is meant when no type is named. */
export const PskProviderDraft = z.strictObject({
  type: z.enum(["psk"]).optional().describe("how both ends prove who they are: by one key"),
  name: Name.describe("what you call the provider"),
  server: words(300).describe("its DOTS server: HOST, HOST:PORT or coaps://HOST[:PORT]"),
  pskIdentity: words(128).describe("the identity that goes with the key"),
  key: unshown(4096).describe("the pre-shared key: raw text, hex:… or base64:…"),
});

/** A provider whose server knows us by our certificate, and we it by its own. */
export const CertificateProviderDraft = z.strictObject({
  type: z.enum(["certificate"]).describe("how both ends prove who they are: by certificates"),
  name: PskProviderDraft.shape.name,
  server: PskProviderDraft.shape.server,
  certificate: unshown(65_536).describe(
    "PEM: our certificate, then those between it and its CA, if there are any",
  ),
  key: unshown(16_384).describe("PEM: the private key of our certificate, not encrypted"),
  ca: unshown(65_536).describe("PEM: the CAs by which the server's certificate is believed"),
  serverName: words(253)
    .optional()
    .describe("the name that the server's certificate bears, where it is not the server's host"),
  legacy: z
    .boolean()
    .default(false)
    .describe(
      "whether older certificates are taken: without an extended key usage, or with a common name alone",
    ),
});

/** What a user types to add a provider. */
export const ProviderDraft = z.discriminatedUnion("type", [
  PskProviderDraft,
  CertificateProviderDraft,
]);

/** How long our certificate is still good: `expiring` is within 30 days. */
export const CertificateState = z.enum(["valid", "expiring", "expired"]);

/** Our certificate as it is shown. */
export const OwnCertificate = z.object({
  /** Distinguished names. */
  subject: z.string(),
  issuer: z.string(),
  /** When it, or one of those between it and its CA, is over. */
  expiresAt: Instant,
  state: CertificateState,
  /** SHA-256 of the certificate, in hex. */
  fingerprint: z.string(),
  /** The name that the server's certificate must bear. */
  serverName: z.string(),
});

/** A provider as it is shown: never its key. */
export const Provider = z.object({
  id: z.string(),
  name: z.string(),
  kind: ProviderKind,
  /** `coaps://HOST:PORT` */
  server: z.string(),
  /** Null: we are known there by our certificate. */
  pskIdentity: z.string().nullable(),
  /** Null: we are known there by a key. */
  certificate: OwnCertificate.nullable(),
  addedAt: Instant,
  /** What help may be asked for, where it is known (the practice provider's). */
  prefixes: z.array(z.string()),
});

/** What becomes of a provider's mitigations when it is removed. */
export const Removal = z.object({
  /** Withdrawn ones that the provider could not be told to stop: it may go on filtering; null when there is none. */
  left: z
    .object({
      /** As the user named them. */
      targets: z.array(z.string()),
      /** When it has surely stopped; null when that is not known. */
      until: Instant.nullable(),
    })
    .nullable(),
});

/** Why there is no session, as a closed set. */
export const SessionFault = z.enum([
  "name-not-found", // the server's name has no address
  "unreachable", // nobody answers, or somebody says that nobody listens
  "key-refused", // the identity or the key
  "silent", // there was a session; the server fell silent
  "closed", // the server ended the session
  "not-dots", // something answers that is no DOTS server
  "internal", // a fault on this machine
]);

/** A step of testing a provider, in their order. */
export const TestStepName = z.enum(["resolve", "handshake", "heartbeat"]);

/** How one step of a test went. */
export const TestStep = z.object({
  step: TestStepName,
  state: z.enum(["running", "ok", "failed", "skipped"]),
  /** One line: what was found or what went wrong. */
  text: z.string(),
  ms: z.number().nullable(),
});

/** How a test went: all steps, and what to do when one failed. */
export const TestReport = z.object({
  ok: z.boolean(),
  steps: z.array(TestStep),
  fault: z.object({ code: SessionFault, message: z.string(), hint: z.string() }).nullable(),
});

/** Ports from `lower-port` to `upper-port`, both included. [RFC 9132 §4.4.1.1] */
const PortRange = z.object({ "lower-port": z.int(), "upper-port": z.int().optional() });

/** What is asked to be protected, in the RFC's names. [RFC 9132 §4.4.1.1] */
export const Scope = z.object({
  "target-prefix": z.array(z.string()).optional(),
  "target-port-range": z.array(PortRange).optional(),
  "target-protocol": z.array(z.int()).optional(),
  "target-fqdn": z.array(z.string()).optional(),
  "target-uri": z.array(z.string()).optional(),
});

/** A target as a user types it: `203.0.113.7`, `203.0.113.0/28`, `[2001:db8::7]:443/tcp`, `www.example.com`, a URI. */
const TypedTarget = words(300);

/** What a user types to add a target. */
export const TargetDraft = z.strictObject({
  name: Name.describe("what you call it"),
  target: TypedTarget.describe(
    "its outside address: ADDRESS[:PORT][/tcp|/udp], PREFIX, NAME or URI",
  ),
});

/** A target that was given a name. */
export const Target = z.object({
  id: z.string(),
  name: z.string(),
  /** As it was typed. */
  target: z.string(),
  scope: Scope,
  addedAt: Instant,
});

/** Names of targets, or targets as typed. */
const Targets = z
  .array(TypedTarget)
  .min(1, "names no target")
  .max(50, "names more than 50 targets");

/** What a request would ask for. */
export const ScopePreview = z.object({
  provider: z.object({ id: z.string(), name: z.string(), kind: ProviderKind }),
  items: z.array(
    z.object({
      /** As it was given. */
      given: z.string(),
      /** The target's name, where it has one. */
      name: z.string().nullable(),
      scope: Scope,
    }),
  ),
  /** All items in one. */
  scope: Scope,
  /** What the user should know before asking, one sentence each. */
  warnings: z.array(z.string()),
});

/** What a user asks for. */
export const MitigationDraft = z.strictObject({
  targets: Targets.describe("names of targets, or addresses, prefixes, names, URIs"),
  provider: Reference.optional().describe("which provider to ask; needed when there are several"),
  lifetimeS: z
    .int()
    .min(60, "is less than a minute")
    .max(604_800, "is more than a week")
    .default(3600)
    .describe("seconds for which help is granted; it renews itself until withdrawn"),
  requestKey: z
    .string()
    .min(8)
    .max(64)
    .optional()
    .describe("made by the caller once a request: the same key twice is the same request"),
});

/** Where a mitigation stands, for people. */
export const MitigationPhase = z.enum([
  "asking", // kept here; the provider has not answered yet
  "accepted", // the provider prepares to filter
  "filtering",
  "attack-over", // the provider says that the attack stopped
  "withdrawing", // the user stopped it; the provider has not answered yet
  "ended",
  "refused",
]);

/** Why a mitigation is no more. */
export const MitigationOutcome = z.enum([
  "withdrawn", // by the user
  "refused", // never granted
  "expired", // its lifetime ran out unrenewed
  "terminated", // by the provider
  "provider-removed",
]);

/** The provider's no. */
export const Refusal = z.object({
  /** The CoAP code, `4.09`. */
  code: z.string(),
  /** The provider's own words, shortened and without control characters; null when it gave none. */
  words: z.string().nullable(),
  /** `conflict-cause` of a 4.09. [RFC 9132 §4.4.1.3] */
  conflictCause: z.string().nullable(),
  /** When it may be asked again. */
  retryAfterS: z.number().nullable(),
});

/** What the provider dropped. Numbers above 2^53 are rounded. */
export const Dropped = z.object({
  /** Bits per second. */
  bps: z.number(),
  pps: z.number(),
  bytes: z.number(),
  pkts: z.number(),
});

/** A mitigation as the agent knows it. */
export const Mitigation = z.object({
  id: z.string(),
  /** The provider's name. */
  provider: z.string(),
  kind: ProviderKind,
  mid: z.int(),
  /** As the user named them. */
  targets: z.array(z.string()),
  scope: Scope,
  phase: MitigationPhase,
  /** The provider's status, 1 to 8. [RFC 9132 §4.4.2] */
  status: z.int().nullable(),
  statusText: z.string().nullable(),
  lifetimeS: z.number(),
  lifetimeLeftS: z.number().nullable(),
  /** When it renews itself next. */
  renewsAt: Instant.nullable(),
  dropped: Dropped.nullable(),
  /** When the provider last told of it: a value that is old says how old. */
  toldAt: Instant.nullable(),
  requestedAt: Instant,
  /** When it first left this machine. */
  sentAt: Instant.nullable(),
  acceptedAt: Instant.nullable(),
  filteringAt: Instant.nullable(),
  endedAt: Instant.nullable(),
  /** What is being waited for. */
  awaiting: z.object({ what: z.enum(["session", "answer", "retry"]), since: Instant }).nullable(),
  refusal: Refusal.nullable(),
  outcome: MitigationOutcome.nullable(),
});

/** One point of a mitigation's curve. */
export const Sample = z.object({ at: Instant, bps: z.number(), pps: z.number() });

/** One heartbeat of ours. `rttMs` is null when it was not answered. */
export const Beat = z.object({ at: Instant, rttMs: z.number().nullable() });

/** The session with one provider. */
export const Session = z.object({
  provider: z.string(),
  providerId: z.string(),
  kind: ProviderKind,
  state: z.enum(["connecting", "active", "degraded", "down"]),
  /** Since when it is active, or since when it is not: whatever is tried meanwhile. */
  since: Instant,
  server: z.string(),
  /** The address in use, `203.0.113.1:4646`. */
  address: z.string().nullable(),
  transport: z.enum(["udp", "tcp"]),
  security: z
    .object({
      version: z.string(),
      cipher: z.string(),
      /** Whether it took up the session before it, which takes fewer datagrams. */
      resumed: z.boolean(),
      /** Whether it lives through a change of our address, as behind a NAT. [RFC 9146] */
      connectionId: z.boolean(),
    })
    .nullable(),
  /** How long our certificate is still good; null where we are known by a key. */
  certificate: z.object({ state: CertificateState, expiresAt: Instant }).nullable(),
  rttMs: z.number().nullable(),
  heartbeat: z.object({
    sent: z.int(),
    received: z.int(),
    missed: z.int(),
    missedInARow: z.int(),
    lastAt: Instant.nullable(),
    intervalS: z.number(),
    /** The last ones, oldest first. */
    recent: z.array(Beat),
  }),
  fault: z.object({ code: SessionFault, message: z.string() }).nullable(),
  nextTryAt: Instant.nullable(),
});

/** What happened, as a closed set. */
export const ActivityKind = z.enum([
  "agent-started",
  "agent-stopped",
  "provider-added",
  "provider-removed",
  "target-added",
  "target-removed",
  "session-active",
  "session-degraded",
  "session-lost",
  "session-failed",
  "certificate-expiring", // once a day, from 30 days before
  "certificate-expired",
  "mitigation-requested",
  "mitigation-sent",
  "mitigation-accepted",
  "mitigation-filtering",
  "mitigation-attack-over",
  "mitigation-refused",
  "mitigation-unanswered",
  "mitigation-asked-again",
  "mitigation-withdrawing",
  "mitigation-ended",
  "mitigation-unknown",
  "unreadable", // an entry that the store cannot read any more
]);

/** One entry of the activity log. */
export const Activity = z.object({
  id: z.int(),
  at: Instant,
  kind: ActivityKind,
  severity: z.enum(["info", "good", "warn", "bad"]),
  /** The provider's name at that time. */
  provider: z.string().nullable(),
  mitigation: z.string().nullable(),
  /** One plain sentence. */
  text: z.string(),
  /** What an engineer wants to know. Never a key. */
  details: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
});

/** Everything that is true now. */
export const Status = z.object({
  agent: z.object({
    version: z.string(),
    uptimeS: z.number(),
    rssBytes: z.number(),
    startedAt: Instant,
  }),
  sessions: z.array(Session),
  /** Those that live. */
  mitigations: z.array(Mitigation),
  /** Those that ended last, newest first. */
  ended: z.array(Mitigation),
  /** None yet: conditions that ask by themselves. */
  triggers: z.array(z.never()),
});
