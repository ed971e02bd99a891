import type { MitigationScope } from "../wire/cbor/types.ts";

/**
 * What the agent keeps across restarts: providers with their credentials, targets, requests for mitigation, and what
 * happened. Instants are milliseconds since the Unix epoch, since the monotonic clock begins anew.
 */

/** A provider. The credential is in it: neither is of use without the other. */
export interface StoredProvider {
  readonly id: string;
  readonly name: string;
  readonly kind: "provider" | "practice";
  readonly host: string;
  readonly port: number;
  readonly credential: StoredCredential;
  readonly addedAtMs: number;
}

/** What the agent proves itself with, and what it believes the server by. */
export type StoredCredential = StoredPsk | StoredCertificate;

/** A pre-shared key. */
export interface StoredPsk {
  readonly type: "psk";
  readonly identity: string;
  readonly key: Uint8Array;
}

/** A certificate with its key. All octets are DER. */
export interface StoredCertificate {
  readonly type: "certificate";
  /** Ours first, then each one's issuer. */
  readonly chain: readonly Uint8Array[];
  /** PKCS #8, not encrypted. */
  readonly key: Uint8Array;
  /** The CAs by which the server's certificate is believed. */
  readonly cas: readonly Uint8Array[];
  /** Whose certificate the server's has to be; null: the provider's host's. */
  readonly serverName: string | null;
  /** Whether certificates of older makers are taken too, see `Trust`. */
  readonly legacy: boolean;
}

/** A target with a name. */
export interface StoredTarget {
  readonly id: string;
  readonly name: string;
  /** As it was typed. */
  readonly typed: string;
  readonly addedAtMs: number;
}

/** What is asked of the server: the lists of a mitigation-scope, without lifetime and trigger. */
export type StoredScope = Pick<
  MitigationScope,
  "target-prefix" | "target-port-range" | "target-protocol" | "target-fqdn" | "target-uri"
>;

/** A request for mitigation, from the moment a user made it. */
export interface StoredRequest {
  /** 1, 2, 3, …; never used twice. */
  readonly id: number;
  readonly providerId: string;
  /** The provider's name and kind at that time: they outlive the provider. */
  readonly provider: string;
  readonly kind: "provider" | "practice";
  readonly mid: number;
  /** As the user named them. */
  readonly targets: readonly string[];
  readonly scope: StoredScope;
  readonly lifetimeS: number;
  /** The caller's own name for the request; unique. */
  readonly requestKey: string | null;
  readonly phase:
    | "asking"
    | "accepted"
    | "filtering"
    | "attack-over"
    | "withdrawing"
    | "ended"
    | "refused";
  readonly status: number | null;
  /** When the granted lifetime ends; null: nothing is granted, or without end. */
  readonly expiresAtMs: number | null;
  readonly requestedAtMs: number;
  readonly sentAtMs: number | null;
  readonly acceptedAtMs: number | null;
  readonly filteringAtMs: number | null;
  readonly endedAtMs: number | null;
  readonly refusal: StoredRefusal | null;
  readonly outcome: "withdrawn" | "refused" | "expired" | "terminated" | "provider-removed" | null;
}

/** The provider's no. */
export interface StoredRefusal {
  readonly code: string;
  readonly words: string | null;
  readonly conflictCause: string | null;
  readonly retryAfterS: number | null;
}

/** The last mid that was used towards one server under one cuid: it outlives the provider. [RFC 9132 §4.4.1.1] */
export interface StoredMid {
  /** `HOST:PORT` */
  readonly server: string;
  readonly cuid: string;
  readonly last: number;
}

/** An entry of the activity log, before it has its id. */
export interface NewActivity {
  readonly atMs: number;
  readonly kind: string;
  readonly severity: "info" | "good" | "warn" | "bad";
  readonly provider: string | null;
  /** The request's id. */
  readonly request: number | null;
  readonly text: string;
  /** A number that is not finite is kept as null. */
  readonly details: Readonly<Record<string, string | number | boolean | null>>;
}

/** An entry of the activity log. */
export interface StoredActivity extends NewActivity {
  /** Grows with every entry. */
  readonly id: number;
}

/** What is there when the agent starts. */
export interface AgentState {
  /** In the order in which they were first saved; so are the targets. */
  readonly providers: readonly StoredProvider[];
  readonly targets: readonly StoredTarget[];
  /** Those that live: every phase but `ended` and `refused`. In the order of their ids. */
  readonly requests: readonly StoredRequest[];
  readonly mids: readonly StoredMid[];
  /** The highest id of a request that ever was; 0 when there was none. */
  readonly lastRequestId: number;
}

/**
 * Changes that are kept together or not at all. What is removed goes first; then what is saved takes the place of what
 * has the same id.
 */
export interface AgentChanges {
  readonly providers?: readonly StoredProvider[];
  /** Ids. Removing what is not there does nothing. A key that is removed or replaced is erased from the file. */
  readonly removeProviders?: readonly string[];
  readonly targets?: readonly StoredTarget[];
  readonly removeTargets?: readonly string[];
  readonly requests?: readonly StoredRequest[];
  readonly mids?: readonly StoredMid[];
  readonly activities?: readonly NewActivity[];
}

/**
 * Where the agent keeps what it must not lose. Synchronous: a caller is answered only after what it asked is kept.
 * Every method throws `StoreError`: `store/damaged` names what cannot be read back; `store/unavailable` is a store that
 * was closed. What is given and what is returned is nobody else's: neither changes with the other.
 *
 * Of the requests that are over and of the log the newest are kept, see retention.ts; ids are never used again.
 */
export interface AgentStore {
  load(): AgentState;
  /**
   * All of it or nothing. Returns the activities with their ids.
   * @throws {StoreError} `store/write`: it cannot be kept; a value is not of its type (NaN, half a character), or two
   * requests would have one key.
   */
  apply(changes: AgentChanges): readonly StoredActivity[];
  /** Requests, newest first; also those that ended. */
  requests(limit: number): readonly StoredRequest[];
  request(id: number): StoredRequest | undefined;
  /** The request that was made with this key. */
  requestByKey(requestKey: string): StoredRequest | undefined;
  /**
   * Activities, newest first; with `before` only those with lower ids. In the place of one that is damaged is one of
   * the kind `unreadable`.
   */
  activities(limit: number, before?: number): readonly StoredActivity[];
  /** Releases the store. Idempotent. */
  close(): void;
}
