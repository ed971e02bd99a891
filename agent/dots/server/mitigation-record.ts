import type { Millis } from "../../net/ports.ts";
import type { StoredCounters, StoredMitigation } from "../../store/mitigation-store.ts";
import type { Mitigation, MitigationState } from "./mitigation-machine.ts";
import type { Dropped, MitigationOrder } from "./mitigator.ts";
import { recordOf, targetOfRecord } from "./target.ts";
import type { Target } from "../signal/scope.ts";

/** What names a mitigation at the server: the operator's name of the client, and the client's own two. */
export interface RecordKey {
  readonly client: string;
  readonly cuid: string;
  readonly mid: number;
}

/** One mitigation that the server holds. */
export interface MitigationRecord {
  readonly key: RecordKey;
  /** The key as one string: the mitigator's id. */
  readonly id: string;
  readonly target: Target;
  /** The most octets that it takes in a list; see `listed-size.ts`. */
  readonly listedOctets: number;
  readonly mitigation: Mitigation;
}

/** The key as one string; the parts cannot run into each other. */
export function idOf(key: RecordKey): string {
  return JSON.stringify([key.client, key.cuid, key.mid]);
}

/** The two clocks at one moment: deadlines are kept by the wall's, met by the monotonic one. */
export interface Moment {
  readonly now: Millis;
  readonly wall: Millis;
}

/** For the store. Undefined for what is over: that is not kept. */
export function storedOf(record: MitigationRecord, moment: Moment): StoredMitigation | undefined {
  const { mitigation } = record;
  const { state } = mitigation;
  if (state.tag === "terminated" || state.tag === "removed") return undefined;
  return {
    ...record.key,
    target: recordOf(record.target),
    trigger: mitigation.trigger,
    state: state.tag,
    status: "status" in state ? state.status : undefined,
    expiresAtMs:
      mitigation.expiresAt === undefined ? null : moment.wall + (mitigation.expiresAt - moment.now),
    startedAtS: mitigation.startedAtS,
    terminatingMs: mitigation.terminatingMs,
    dropped: mitigation.dropped === undefined ? undefined : countersOf(mitigation.dropped),
    attackStatus: mitigation.attackStatus,
  };
}

/** From the store. What expired meanwhile is due at once. @throws {RangeError} it was not made here. */
export function restored(
  stored: StoredMitigation,
  moment: Moment,
  listedOctets: (target: Target) => number,
): MitigationRecord {
  const { client, cuid, mid, dropped, attackStatus, expiresAtMs } = stored;
  const key = { client, cuid, mid };
  const mitigation: Mitigation = {
    state: stateOf(stored),
    trigger: stored.trigger,
    expiresAt: expiresAtMs === null ? undefined : moment.now + (expiresAtMs - moment.wall),
    startedAtS: stored.startedAtS,
    terminatingMs: stored.terminatingMs,
    ...(dropped === undefined ? {} : { dropped: droppedOf(dropped) }),
    ...(attackStatus === undefined ? {} : { attackStatus }),
  };
  const target = targetOfRecord(stored.target);
  return { key, id: idOf(key), target, listedOctets: listedOctets(target), mitigation };
}

/** What the mitigator is told. `resumed`: it already ran before the server's restart. */
export function orderOf(record: MitigationRecord, resumed: boolean): MitigationOrder {
  const { state, dropped, attackStatus } = record.mitigation;
  const status = "status" in state && state.status <= 4 ? state.status : undefined;
  return {
    id: record.id,
    client: record.key.client,
    target: recordOf(record.target),
    ...(attackStatus === undefined ? {} : { attackStatus }),
    ...(resumed && isMitigatorStatus(status)
      ? { resume: { status, ...(dropped === undefined ? {} : { dropped }) } }
      : {}),
  };
}

function isMitigatorStatus(status: number | undefined): status is 1 | 2 | 3 | 4 {
  return status !== undefined && status <= 4;
}

function stateOf({ state, status = 1 }: StoredMitigation): MitigationState {
  switch (state) {
    case "armed":
      return { tag: "armed" };
    case "active":
      return { tag: "active", status, told: 1 };
    case "withdrawn":
      return { tag: "withdrawn", told: 1 };
    case "terminating":
      return { tag: "terminating", status };
    default:
      return state satisfies never;
  }
}

function countersOf({ bytes, pkts, bps, pps }: Dropped): StoredCounters {
  return { bytes: String(bytes), pkts: String(pkts), bps: String(bps), pps: String(pps) };
}

function droppedOf({ bytes, pkts, bps, pps }: StoredCounters): Dropped {
  return { bytes: BigInt(bytes), pkts: BigInt(pkts), bps: BigInt(bps), pps: BigInt(pps) };
}
