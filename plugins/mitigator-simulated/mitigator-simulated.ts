import type {
  Dropped,
  MitigationOrder,
  Mitigator,
  MitigatorContext,
  MitigatorPlugin,
  MitigatorReport,
  MitigatorStatus,
} from "../../agent/dots/server/mitigator.ts";
import type { Millis, Timer } from "../../agent/net/ports.ts";
import { faultsOf, simulatedOptions } from "./options.ts";
import type { SimulatedOptions } from "./options.ts";

/**
 * A mitigator that filters nothing and behaves as one that does: setting up (1), filtering (2), the attack over
 * (3), with counters that move as those of an attack of the given size would. For demonstrations and tests.
 */
export const simulatedPlugin: MitigatorPlugin = {
  name: "simulated",
  check: faultsOf,
  create: (options, context) => new SimulatedMitigator(simulatedOptions(options), context),
};

interface Work {
  status: MitigatorStatus;
  /** When this work began, or was taken up again. */
  readonly since: Millis;
  countedAt: Millis;
  /** How long it had counted before it was taken up again. */
  readonly earlierMs: Millis;
  bytes: bigint;
  pkts: bigint;
  readonly timers: Set<Timer>;
  readonly report: (news: MitigatorReport) => void;
}

class SimulatedMitigator implements Mitigator {
  readonly #options: SimulatedOptions;
  readonly #context: MitigatorContext;
  readonly #work = new Map<string, Work>();

  constructor(options: SimulatedOptions, context: MitigatorContext) {
    this.#options = options;
    this.#context = context;
  }

  start(order: MitigationOrder, report: (news: MitigatorReport) => void): void {
    this.stop(order.id);
    const now = this.#context.clock.now();
    const work: Work = {
      status: order.resume?.status ?? 1,
      since: now,
      countedAt: now,
      earlierMs: earlierMs(order.resume?.dropped),
      bytes: order.resume?.dropped?.bytes ?? 0n,
      pkts: order.resume?.dropped?.pkts ?? 0n,
      timers: new Set(),
      report,
    };
    this.#work.set(order.id, work);
    if (work.status === 1) {
      this.#after(work, this.#options.mitigatedAfterS * 1000, () => this.#filter(work));
    } else if (work.status === 2) {
      this.#filter(work);
    }
  }

  /**
   * What the client says of the attack is for the log: the simulated attack does not depend on it, and only a
   * withdrawal ends a mitigation. [RFC 9132 §4.4.3]
   */
  update(order: MitigationOrder): void {
    const work = this.#work.get(order.id);
    const { id, attackStatus } = order;
    if (work !== undefined && attackStatus !== undefined) {
      this.#context.log.info({ id, attackStatus }, "the client tells how it goes");
    }
  }

  stop(id: string): void {
    for (const timer of this.#work.get(id)?.timers ?? []) timer.cancel();
    this.#work.delete(id);
  }

  close(): void {
    for (const id of this.#work.keys()) this.stop(id);
  }

  #filter(work: Work): void {
    const { stoppedAfterS } = this.#options;
    work.status = 2;
    work.countedAt = this.#context.clock.now();
    // Zero counters with the change: what "filtering" shows is there from its first moment.
    this.#after(work, 0, () => work.report({ status: 2, dropped: this.#dropped(work) }));
    this.#count(work);
    // What it filtered before a restart counts towards the attack's end.
    const leftMs = Math.max(0, stoppedAfterS * 1000 - work.earlierMs);
    if (stoppedAfterS > 0) this.#after(work, leftMs, () => this.#finish(work));
  }

  #finish(work: Work): void {
    this.#move(work);
    work.status = 3;
    work.report({ status: 3, dropped: this.#dropped(work) });
  }

  #count(work: Work): void {
    this.#after(work, this.#options.reportEveryS * 1000, () => {
      if (work.status !== 2) return;
      this.#move(work);
      work.report({ dropped: this.#dropped(work) });
      this.#count(work);
    });
  }

  /** What came in since the last look: the attack's size, up or down by a fifth. */
  #move(work: Work): void {
    const { attackGbps, packetOctets } = this.#options;
    const now = this.#context.clock.now();
    const seconds = (now - work.countedAt) / 1000;
    const rate = (attackGbps * 1e9) / 8;
    const octets = rate * seconds * (0.8 + 0.4 * this.#context.random.fraction());
    work.countedAt = now;
    work.bytes += BigInt(Math.round(octets));
    work.pkts += BigInt(Math.round(octets / packetOctets));
  }

  /** Rates are averages since the mitigation was triggered, in octets and packets. [RFC 9132 §4.4.2] */
  #dropped({ bytes, pkts, since, earlierMs: before }: Work): Dropped {
    const ms = BigInt(Math.max(1, Math.round(this.#context.clock.now() - since + before)));
    return { bytes, pkts, bps: (bytes * 1000n) / ms, pps: (pkts * 1000n) / ms };
  }

  #after(work: Work, delay: Millis, act: () => void): void {
    const timer = this.#context.clock.after(delay, () => {
      work.timers.delete(timer);
      act();
    });
    work.timers.add(timer);
  }
}

/** From a total and its average: over how long it was taken. */
function earlierMs(dropped: Dropped | undefined): Millis {
  if (dropped === undefined || dropped.bps === 0n) return 0;
  return Number((dropped.bytes * 1000n) / dropped.bps);
}
