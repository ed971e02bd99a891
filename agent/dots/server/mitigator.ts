import type { Clock, Random } from "../../net/ports.ts";
import type { Log } from "./log.ts";
import type { TargetRecord } from "./target.ts";

/** How far a mitigator has come, by the numbers of the status registry. [RFC 9132 §10.6.2] */
export type MitigatorStatus = 1 | 2 | 3 | 4;

/** What was dropped for one mitigation since it was triggered. [RFC 9132 §4.4.2] */
export interface Dropped {
  readonly bytes: bigint;
  readonly pkts: bigint;
  /** Octets a second, averaged since the start. */
  readonly bps: bigint;
  readonly pps: bigint;
}

/** News of one mitigation; what is absent has not changed. */
export interface MitigatorReport {
  readonly status?: MitigatorStatus;
  readonly dropped?: Dropped;
}

/** What a mitigator is to do. */
export interface MitigationOrder {
  /** Names the mitigation from `start` to `stop`; unique at any one time. */
  readonly id: string;
  /** The operator's name of the client. */
  readonly client: string;
  readonly target: TargetRecord;
  /** How the client sees the attack, if it said so. [RFC 9132 §4.4.3] */
  readonly attackStatus?: "under-attack" | "attack-successfully-mitigated";
  /** Set when the mitigation already ran before a restart of the server: where it stood. */
  readonly resume?: { readonly status: MitigatorStatus; readonly dropped?: Dropped };
}

/**
 * What turns accepted requests into filtering. Calls must return at once; news comes by `report`, also long
 * after, but not within the call itself.
 */
export interface Mitigator {
  start(order: MitigationOrder, report: (news: MitigatorReport) => void): void;
  /** The client refreshed the mitigation or told how well it works. */
  update(order: MitigationOrder): void;
  stop(id: string): void;
  /** The server ends; what is filtered at that moment is the mitigator's own policy. */
  close(): void;
}

/** What a mitigator plugin gets besides its own options. */
export interface MitigatorContext {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** A kind of mitigator that a configuration can name. */
export interface MitigatorPlugin {
  readonly name: string;
  /** The faults of `options`, each with its path below the options (`mitigatedAfterS: …`); none means that `create` works. */
  check(options: Readonly<Record<string, unknown>>): readonly string[];
  create(options: Readonly<Record<string, unknown>>, context: MitigatorContext): Mitigator;
}
