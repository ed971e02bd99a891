import { fixedDirectory } from "../../../agent/dots/server/clients.ts";
import type {
  Dropped,
  MitigationOrder,
  Mitigator,
  MitigatorReport,
  MitigatorStatus,
} from "../../../agent/dots/server/mitigator.ts";
import { DEFAULT_POLICY, type ServerPolicy } from "../../../agent/dots/server/policy.ts";
import { DotsServer } from "../../../agent/dots/server/server.ts";
import { parsePrefix } from "../../../agent/dots/signal/prefix.ts";
import type { ServerCertificates } from "../../../agent/dtls/credentials.ts";
import { listenDtls, type DtlsServer } from "../../../agent/dtls/server.ts";
import type { Address, Clock } from "../../../agent/net/ports.ts";
import type { SimulatedHost } from "../../../agent/net/simulated/host.ts";
import { MemoryMitigationStore } from "../../../agent/store/memory-mitigation-store.ts";
import type { MitigationStore } from "../../../agent/store/mitigation-store.ts";

/** A provider's side with two customers, and a mitigator that tells what it was told to do. */

export const KEYS: Readonly<Record<string, string>> = {
  branch: "the key of the branch",
  office: "the key of the office",
};

const QUIET = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** Filters at once for whatever it is asked, and notes it. */
export class LabMitigator implements Mitigator {
  /** The mids that are filtered for, by client. */
  readonly running = new Map<string, MitigationOrder>();
  /** `start 1`, `stop 1`, in order. */
  readonly calls: string[] = [];
  readonly #clock: Clock;
  readonly #reports = new Map<string, (news: MitigatorReport) => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  start(order: MitigationOrder, report: (news: MitigatorReport) => void): void {
    this.calls.push(`start ${midOf(order.id)}`);
    this.running.set(order.id, order);
    this.#reports.set(order.id, report);
    this.#clock.after(1000, () => {
      if (this.running.has(order.id)) report({ status: 2, dropped: dropped(1000n) });
    });
  }

  update(): void {}

  stop(id: string): void {
    this.calls.push(`stop ${midOf(id)}`);
    this.running.delete(id);
  }

  close(): void {
    this.running.clear();
  }

  /** What the mitigator says of a mitigation. */
  report(mid: number, status: MitigatorStatus, bytes = 1000n): void {
    for (const [id, report] of this.#reports) {
      if (midOf(id) === mid) report({ status, dropped: dropped(bytes) });
    }
  }

  /** The mids that are filtered for, in order. */
  get mids(): readonly number[] {
    return [...this.running.keys()].map(midOf).toSorted((a, b) => a - b);
  }
}

/** One DOTS server on a host of its own. It may be started again, with or without its memory. */
export class LabProvider {
  readonly address: Address;
  readonly mitigator: LabMitigator;
  /** What its customers own, from the next start on. */
  prefixes: readonly string[] = ["203.0.113.0/24"];
  /** What it shows, and believes its customers by, from the next start on; `branch` is `branch.example.com`. */
  certificates: ServerCertificates | undefined;
  /** Whether sessions live through a change of the customer's address; from the next start on. */
  connectionId = true;
  readonly #host: SimulatedHost;
  readonly #policy: ServerPolicy;
  #store: MitigationStore = new MemoryMitigationStore();
  #dtls: DtlsServer | undefined;
  #server: DotsServer | undefined;

  constructor(host: SimulatedHost, policy: Partial<ServerPolicy> = {}) {
    this.#host = host;
    this.#policy = { ...DEFAULT_POLICY, terminatingMs: 1000, ...policy };
    this.address = { family: 4, host: host.addresses[0] ?? "", port: 4646 };
    this.mitigator = new LabMitigator(host.clock);
  }

  /** Serves, with what it remembers. */
  async start(): Promise<void> {
    const { clock, random } = this.#host;
    const clients = ["branch", "office"].flatMap((name) => {
      const client = { name, prefixes: this.prefixes.map(prefix), names: ["www.example.com"] };
      return [
        [{ type: "psk", identity: name }, client] as const,
        [{ type: "certificate", names: [`${name}.example.com`] }, client] as const,
      ];
    });
    const server = new DotsServer({
      clock,
      random,
      log: QUIET,
      store: this.#store,
      policy: this.#policy,
      clients: fixedDirectory(clients),
      mitigator: this.mitigator,
    });
    this.#server = server;
    this.#dtls = await listenDtls(this.#host, {
      local: this.address,
      connectionId: this.connectionId,
      credentials: {
        pskOf: (name) => octets(KEYS[name]),
        ...(this.certificates === undefined ? {} : { certificates: this.certificates }),
      },
      onSession: (session) => server.accept(session, session.identity),
    });
  }

  /** Ends, and says so where the line lets it. */
  async stop(how: { readonly forget: boolean }): Promise<void> {
    this.#dtls?.close();
    this.#dtls = undefined;
    await this.#server?.close();
    this.mitigator.close();
    if (how.forget) this.#store = new MemoryMitigationStore();
  }
}

function midOf(id: string): number {
  return (JSON.parse(id) as [string, string, number])[2];
}

function dropped(bytes: bigint): Dropped {
  return { bytes, pkts: bytes / 500n, bps: 125n, pps: 2n };
}

function octets(text: string | undefined): Uint8Array | undefined {
  return text === undefined ? undefined : new TextEncoder().encode(text);
}

function prefix(text: string) {
  const parsed = parsePrefix(text);
  if (typeof parsed === "string") throw new Error(`${text} ${parsed}`);
  return parsed;
}
