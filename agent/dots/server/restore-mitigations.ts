import type { Clock } from "../../net/ports.ts";
import { nameOf, StoreError } from "../../store/mitigation-store.ts";
import type { MitigationStore, StoredMitigation } from "../../store/mitigation-store.ts";
import { refusalOf } from "./authorize.ts";
import type { ClientDirectory } from "./clients.ts";
import { listedOctets } from "./listed-size.ts";
import type { Log } from "./log.ts";
import { restored } from "./mitigation-record.ts";
import type { MitigationRecord, Moment } from "./mitigation-record.ts";
import { doOverlap } from "./target.ts";

/** What restoring works with. */
export interface RestoreParts {
  readonly clock: Clock;
  readonly store: MitigationStore;
  readonly log: Log;
}

/**
 * The mitigations that an earlier run left and that go on. Those that are over meanwhile, of clients that are no longer
 * served, or for targets they may no longer protect, are removed from the store; so are those that a newer
 * request of the same client had replaced. [RFC 9132 §4.4.1.3]
 * @throws {StoreError} they cannot be read, or not be removed.
 */
export function restoreMitigations(
  { clock, store, log }: RestoreParts,
  clients: ClientDirectory,
): MitigationRecord[] {
  const moment = { now: clock.now(), wall: clock.wallTime() };
  const records = store.load().map((stored) => readRecord(stored, moment));
  const kept: MitigationRecord[] = [];
  const dropped: MitigationRecord[] = [];
  for (const record of records) {
    const reason = whyDropped(record, records, moment, clients);
    if (reason !== undefined) log.warn({ ...record.key, reason }, "a mitigation is dropped");
    (reason === undefined ? kept : dropped).push(record);
  }
  if (dropped.length > 0) {
    store.apply(
      [],
      dropped.map(({ key }) => key),
    );
  }
  return kept;
}

function readRecord(stored: StoredMitigation, moment: Moment): MitigationRecord {
  try {
    return restored(stored, moment, listedOctets);
  } catch (cause) {
    const text = cause instanceof Error ? cause.message : String(cause);
    const message = `${nameOf(stored)} cannot be read: ${text}`;
    throw new StoreError("store/damaged", message, { cause });
  }
}

function whyDropped(
  record: MitigationRecord,
  all: readonly MitigationRecord[],
  { now }: Moment,
  clients: ClientDirectory,
): string | undefined {
  const { expiresAt } = record.mitigation;
  if (expiresAt !== undefined && expiresAt <= now) return "it expired while the server was down";
  const client = clients.byName(record.key.client);
  if (client === undefined) return "no such client";
  const newer = all.find((other) => isReplacedBy(record, other));
  if (newer !== undefined) return `mid ${newer.key.mid} took its place`;
  return refusalOf(client, record.target);
}

function isReplacedBy(record: MitigationRecord, other: MitigationRecord): boolean {
  return (
    other.key.mid > record.key.mid &&
    other.key.client === record.key.client &&
    other.key.cuid === record.key.cuid &&
    other.mitigation.trigger === record.mitigation.trigger &&
    doOverlap(other.target, record.target)
  );
}
