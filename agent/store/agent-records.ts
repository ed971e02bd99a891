import { z } from "zod";
import type {
  AgentChanges,
  NewActivity,
  StoredCredential,
  StoredMid,
  StoredProvider,
  StoredRequest,
  StoredScope,
  StoredTarget,
} from "./agent-store.ts";
import { StoreError } from "./mitigation-store.ts";

/**
 * The form of what the agent keeps. Every adapter holds to it what it is given, so that no fault of a caller is found
 * by the next start alone, and what it reads back: of another form is damage, not data.
 */

/** What goes into a column of its own; half a surrogate pair would come back as another character. */
const Text = z.string().regex(/^\P{Surrogate}*$/u, "is not Unicode text");

/** What a `Date` can hold, in milliseconds since the Unix epoch. */
export const Instant = z.number().min(-8.64e15).max(8.64e15);

const Uint32 = z.int().min(0).max(0xffff_ffff);
const Kind = z.enum(["provider", "practice"]);

/** A copy: its owner may wipe it, and a database's driver has its own kind. */
const Octets = z.instanceof(Uint8Array).transform((octets) => Uint8Array.from(octets));

const Credential: z.ZodType<StoredCredential> = z.discriminatedUnion("type", [
  z.object({ type: z.literal("psk"), identity: Text, key: Octets }),
  z.object({
    type: z.literal("certificate"),
    chain: z.array(Octets).min(1),
    key: Octets,
    cas: z.array(Octets).min(1),
    serverName: z.string().nullable(),
    legacy: z.boolean(),
  }),
]);

/** @see StoredProvider */
export const ProviderRecord: z.ZodType<StoredProvider> = z.object({
  id: Text,
  name: z.string(),
  kind: Kind,
  host: z.string(),
  port: z.int().min(0).max(0xffff),
  credential: Credential,
  addedAtMs: Instant,
});

/** @see StoredTarget */
export const TargetRecord: z.ZodType<StoredTarget> = z.object({
  id: Text,
  name: z.string(),
  typed: z.string(),
  addedAtMs: Instant,
});

const PortRange = z.object({
  "lower-port": z.int().min(0).max(0xffff),
  "upper-port": z.exactOptional(z.int().min(0).max(0xffff)),
});

const Scope: z.ZodType<StoredScope> = z.object({
  "target-prefix": z.exactOptional(z.array(z.string())),
  "target-port-range": z.exactOptional(z.array(PortRange)),
  "target-protocol": z.exactOptional(z.array(z.int())),
  "target-fqdn": z.exactOptional(z.array(z.string())),
  "target-uri": z.exactOptional(z.array(z.string())),
});

const Refusal = z.object({
  code: z.string(),
  words: z.string().nullable(),
  conflictCause: z.string().nullable(),
  retryAfterS: z.number().nullable(),
});

/** @see StoredRequest */
export const RequestRecord: z.ZodType<StoredRequest> = z.object({
  id: z.int().positive(),
  providerId: z.string(),
  provider: z.string(),
  kind: Kind,
  mid: Uint32,
  targets: z.array(z.string()),
  scope: Scope,
  lifetimeS: z.number(),
  requestKey: Text.nullable(),
  phase: z.enum([
    "asking",
    "accepted",
    "filtering",
    "attack-over",
    "withdrawing",
    "ended",
    "refused",
  ]),
  status: z.int().nullable(),
  expiresAtMs: Instant.nullable(),
  requestedAtMs: Instant,
  sentAtMs: Instant.nullable(),
  acceptedAtMs: Instant.nullable(),
  filteringAtMs: Instant.nullable(),
  endedAtMs: Instant.nullable(),
  refusal: Refusal.nullable(),
  outcome: z.enum(["withdrawn", "refused", "expired", "terminated", "provider-removed"]).nullable(),
});

/** @see StoredMid */
export const MidRecord: z.ZodType<StoredMid> = z.object({ server: Text, cuid: Text, last: Uint32 });

/** What JSON cannot hold becomes null: a figure that is none must not keep what happened from being told. */
const Detail = z.union([z.string(), z.number(), z.boolean(), z.null()]).catch(null);

/** @see NewActivity */
export const ActivityRecord: z.ZodType<NewActivity> = z.object({
  atMs: Instant,
  kind: z.string(),
  severity: z.enum(["info", "good", "warn", "bad"]),
  provider: z.string().nullable(),
  request: z.int().nullable(),
  text: z.string(),
  details: z.record(z.string(), Detail),
});

const Changes: z.ZodType<Required<AgentChanges>> = z.object({
  providers: z.array(ProviderRecord).default([]),
  removeProviders: z.array(z.string()).default([]),
  targets: z.array(TargetRecord).default([]),
  removeTargets: z.array(z.string()).default([]),
  requests: z.array(RequestRecord).default([]),
  mids: z.array(MidRecord).default([]),
  activities: z.array(ActivityRecord).default([]),
});

/**
 * The store's own copy of what is to be kept.
 * @throws {StoreError} `store/write`: it is not of its form; then nothing of it is to be kept.
 */
export function checkedChanges(changes: AgentChanges): Required<AgentChanges> {
  const { success, data, error } = Changes.safeParse(changes);
  if (success) return data;
  throw new StoreError("store/write", `cannot keep what changed: ${faultsOf(error)}`);
}

/** More faults of one record help nobody. */
const MAX_FAULTS = 3;

/** What is wrong with a record, in one line: `port: Too big: …`. Its values are not repeated. */
export function faultsOf({ issues }: z.ZodError): string {
  return issues
    .slice(0, MAX_FAULTS)
    .map(({ path, message }) => [path.join("."), message].filter((part) => part !== "").join(": "))
    .join("; ");
}
