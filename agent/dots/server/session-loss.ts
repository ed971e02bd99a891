import type { Clock, Timer } from "../../net/ports.ts";
import type { Log } from "./log.ts";
import { isHeld, isRunning } from "./mitigation-machine.ts";
import type { MitigationRecord } from "./mitigation-record.ts";
import { wallSeconds } from "./mitigation-table.ts";
import type { MitigationTable } from "./mitigation-table.ts";
import { doOverlap } from "./target.ts";

/** What the loss of a client is acted upon with. */
export interface SessionLossParts {
  readonly clock: Clock;
  readonly table: MitigationTable;
  readonly log: Log;
}

/** Until it is seen again whether another client's mitigation is still in the way. */
const RECHECK_MS = 5_000;

/**
 * What happens when a client is gone: its preconfigured requests take effect, and prevail over its own immediate ones
 * that overlap them. One that overlaps what runs for another client waits until that is over. [RFC 9132 §4.4.1.3]
 */
export class SessionLoss {
  readonly #parts: SessionLossParts;
  readonly #rechecks = new Set<Timer>();

  constructor(parts: SessionLossParts) {
    this.#parts = parts;
  }

  /** The client was found lost; `isLost` tells later whether it still is. */
  begin(client: string, isLost: () => boolean): void {
    const { table, log } = this.#parts;
    const waiting = table
      .all()
      .filter(({ key, mitigation }) => key.client === client && isWaiting({ mitigation }));
    if (waiting.length === 0) return;
    log.warn({ client, requests: waiting.length }, "session lost: mitigation begins");
    const blocked = waiting.filter((record) => !this.#activate(record));
    for (const { key } of blocked) {
      log.warn({ ...key }, "not begun: another client's mitigation runs for the same target");
    }
    this.#recheck(blocked, isLost);
  }

  close(): void {
    for (const timer of this.#rechecks) timer.cancel();
    this.#rechecks.clear();
  }

  #recheck(blocked: readonly MitigationRecord[], isLost: () => boolean): void {
    if (blocked.length === 0) return;
    const timer = this.#parts.clock.after(RECHECK_MS, () => {
      this.#rechecks.delete(timer);
      if (!isLost()) return;
      const still = blocked
        .flatMap(({ key }) => this.#parts.table.get(key) ?? [])
        .filter((record) => isWaiting(record) && !this.#activate(record));
      this.#recheck(still, isLost);
    });
    this.#rechecks.add(timer);
  }

  /** The new one first: the old ones end only once it runs. Says whether nothing was in the way. */
  #activate(record: MitigationRecord): boolean {
    const { table, clock } = this.#parts;
    const overlapping = table.all().filter((other) => doOverlap(other.target, record.target));
    const { client } = record.key;
    if (overlapping.some(({ key, mitigation }) => key.client !== client && isRunning(mitigation))) {
      return false;
    }
    const yielding = overlapping.filter(
      ({ key, mitigation }) => key.client === client && mitigation.trigger,
    );
    table.stepAnyway([
      [record, { tag: "session-lost", wallS: wallSeconds(clock) }],
      ...yielding.map((other) => [other, { tag: "expel" }] as const),
    ]);
    return true;
  }
}

function isWaiting({ mitigation }: Pick<MitigationRecord, "mitigation">): boolean {
  return !mitigation.trigger && isHeld(mitigation) && !isRunning(mitigation);
}
