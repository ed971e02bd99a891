import type { MitigationTable } from "./mitigation-table.ts";

/** Who uses which cuid. One in use by a client is refused to every other. [RFC 9132 §4.4.1.1] */
export class CuidRegistry {
  readonly #table: MitigationTable;
  /** cuid -> client, for as long as one of its sessions that used the cuid lasts. */
  readonly #inSessions = new Map<string, { readonly client: string; sessions: number }>();

  constructor(table: MitigationTable) {
    this.#table = table;
  }

  /** Whether another client has mitigations, or a live session, under this cuid. */
  isTaken(cuid: string, client: string): boolean {
    const user = this.#inSessions.get(cuid)?.client;
    if (user !== undefined && user !== client) return true;
    return this.#table.isUsedByOthers(cuid, client);
  }

  /** The cuids of one session: `note` each that was accepted, `release` all at its end. */
  session(client: string): { note(cuid: string): void; release(): void } {
    const noted = new Set<string>();
    return {
      note: (cuid) => {
        if (noted.has(cuid) || noted.size >= MAX_CUIDS) return;
        noted.add(cuid);
        const use = this.#inSessions.get(cuid) ?? { client, sessions: 0 };
        use.sessions += 1;
        this.#inSessions.set(cuid, use);
      },
      release: () => {
        for (const cuid of noted) this.#drop(cuid);
        noted.clear();
      },
    };
  }

  #drop(cuid: string): void {
    const use = this.#inSessions.get(cuid);
    if (use === undefined) return;
    use.sessions -= 1;
    if (use.sessions <= 0) this.#inSessions.delete(cuid);
  }
}

/** Remembered of one session: enough for a gateway, too few to fill the memory. */
const MAX_CUIDS = 256;
