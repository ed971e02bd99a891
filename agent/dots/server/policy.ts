import type { Millis } from "../../net/ports.ts";

/** What the server's operator decides. Times in the name's unit. */
export interface ServerPolicy {
  /** Longest lifetime granted, in seconds; a longer wish gets this. */
  readonly maxLifetimeS: number;
  /** Whether a lifetime of -1 is granted; if not it gets `maxLifetimeS`. [RFC 9132 §4.4.1.1] */
  readonly allowIndefinite: boolean;
  /** How long mitigation goes on after its withdrawal. [RFC 9132 §4.4.4] */
  readonly terminatingMs: Millis;
  /** Where doubling that period ends. [RFC 9132 §4.4.4] */
  readonly maxTerminatingMs: Millis;
  /** How long a withdrawn mitigation can still be asked for after its end. */
  readonly terminatedMs: Millis;
  /** Between two periodic notifications of one observation. [RFC 9132 §4.4.2.1] */
  readonly notifyIntervalMs: Millis;
  /** Mitigations of one client at once; more get a 5.03. [RFC 9132 §4.4.1.3] */
  readonly maxMitigationsPerClient: number;
  /** Entries of one list of a scope. */
  readonly maxEntries: number;
  /** What a 5.03 names as Max-Age, in seconds. [RFC 9132 §4.4.3] */
  readonly retryAfterS: number;
  /** Between two heartbeats, in seconds. [RFC 9132 §4.5] */
  readonly heartbeatIntervalS: number;
  /** Heartbeats that may be missed before a silent session counts as lost. [RFC 9132 §4.7] */
  readonly missingHbAllowed: number;
  /** Sessions of one client at once; the one that was silent longest makes room. */
  readonly maxSessionsPerClient: number;
}

/** The RFC's defaults where it has any. [RFC 9132 §C] */
export const DEFAULT_POLICY: ServerPolicy = {
  maxLifetimeS: 86_400,
  allowIndefinite: true,
  terminatingMs: 120_000,
  maxTerminatingMs: 300_000,
  terminatedMs: 15_000,
  notifyIntervalMs: 5_000,
  maxMitigationsPerClient: 100,
  maxEntries: 128,
  retryAfterS: 60,
  heartbeatIntervalS: 30,
  missingHbAllowed: 15,
  maxSessionsPerClient: 16,
};

/** The lifetime granted for the one asked for; -1 is indefinite in both. [RFC 9132 §4.4.1.1] */
export function grantedLifetime(policy: ServerPolicy, askedS: number): number {
  if (askedS === -1) return policy.allowIndefinite ? -1 : policy.maxLifetimeS;
  return Math.min(askedS, policy.maxLifetimeS);
}

/** How long a client may be wholly silent before its session counts as lost. [RFC 9132 §4.7] */
export function silenceAllowedMs(policy: ServerPolicy): Millis {
  return policy.heartbeatIntervalS * policy.missingHbAllowed * 1000;
}
