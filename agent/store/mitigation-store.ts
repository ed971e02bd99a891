/** What the server keeps of a mitigation across restarts. Wall-clock times, since the monotonic clock begins anew. */
export interface StoredMitigation {
  /** The operator's name of the client. */
  readonly client: string;
  readonly cuid: string;
  readonly mid: number;
  readonly target: StoredTarget;
  readonly trigger: boolean;
  readonly state: "armed" | "active" | "withdrawn" | "terminating";
  /** The mitigator's last status, 1 to 4; of `active` and `terminating`. */
  readonly status?: 1 | 2 | 3 | 4 | undefined;
  /** In milliseconds since the Unix epoch; null is never. */
  readonly expiresAtMs: number | null;
  /** In seconds since the Unix epoch. */
  readonly startedAtS?: number | undefined;
  readonly terminatingMs: number;
  readonly dropped?: StoredCounters | undefined;
  readonly attackStatus?: "under-attack" | "attack-successfully-mitigated" | undefined;
}

/** A target in its canonical text forms. */
export interface StoredTarget {
  readonly prefixes: readonly string[];
  readonly ports: readonly { readonly lower: number; readonly upper: number }[];
  readonly protocols: readonly number[];
  readonly fqdns: readonly string[];
  readonly uris: readonly { readonly text: string; readonly host: string }[];
  readonly aliases: readonly string[];
}

/** Unsigned 64-bit counters as decimal digits. */
export interface StoredCounters {
  readonly bytes: string;
  readonly pkts: string;
  readonly bps: string;
  readonly pps: string;
}

/** What names a stored mitigation. */
export type StoredMitigationKey = Pick<StoredMitigation, "client" | "cuid" | "mid">;

/** A stored mitigation as messages for a person name it. */
export function nameOf({ client, cuid, mid }: StoredMitigationKey): string {
  return `the mitigation ${mid} of ${JSON.stringify(client)} (cuid ${JSON.stringify(cuid)})`;
}

/**
 * Where a server keeps its mitigations. Synchronous: an answer goes out only after its state is kept.
 * Every method throws `StoreError`.
 */
export interface MitigationStore {
  /** Everything that was kept, in the order of client, cuid and mid. */
  load(): StoredMitigation[];
  /**
   * Removes and then keeps, all of it or nothing: what is kept takes the place of what was there under the same key;
   * removing what is not there does nothing.
   */
  apply(saves: readonly StoredMitigation[], removes: readonly StoredMitigationKey[]): void;
  /** Releases the store. Idempotent. */
  close(): void;
}

/** The closed set of ways in which a store fails. */
export type StoreErrorCode =
  | "store/unavailable" // this runtime or this path cannot hold it
  | "store/in-use" // another process has it open
  | "store/version" // written by a later version
  | "store/damaged" // what is there cannot be read
  | "store/write"; // what was to be kept could not be

/** A fault of a store. */
export class StoreError extends Error {
  override readonly name = "StoreError";
  readonly code: StoreErrorCode;
  constructor(code: StoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
