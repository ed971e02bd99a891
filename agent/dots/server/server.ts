import type { CoapSession } from "../../coap/session.ts";
import type { CoapTransport } from "../../coap/transport.ts";
import type { Clock, Millis, Random } from "../../net/ports.ts";
import type { MitigationStore } from "../../store/mitigation-store.ts";
import { identityText } from "./clients.ts";
import type { Client, ClientDirectory, ClientIdentity } from "./clients.ts";
import { CuidRegistry } from "./cuid-registry.ts";
import { Liveness } from "./liveness.ts";
import type { Log } from "./log.ts";
import { MitigationTable } from "./mitigation-table.ts";
import type { Mitigator } from "./mitigator.ts";
import { silenceAllowedMs } from "./policy.ts";
import type { ServerPolicy } from "./policy.ts";
import { ServerSession, turnAway } from "./server-session.ts";
import { SessionLoss } from "./session-loss.ts";

/** What a server is made of. */
export interface DotsServerParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly clients: ClientDirectory;
  readonly mitigator: Mitigator;
  /** Closed by its owner, after the server. */
  readonly store: MitigationStore;
  readonly policy: ServerPolicy;
  readonly log: Log;
}

interface Served {
  readonly sessions: Set<ServerSession>;
  readonly liveness: Liveness | undefined;
}

/** Peers that are no clients, with whom a session is kept only to tell them so. */
const MAX_TURNED_AWAY = 64;

/** The DOTS server of the signal channel, over any transport. [RFC 9132 §4] */
export class DotsServer {
  readonly #parts: DotsServerParts;
  readonly #table: MitigationTable;
  readonly #cuids: CuidRegistry;
  readonly #loss: SessionLoss;
  readonly #served = new Map<string, Served>();
  readonly #turnedAway = new Set<CoapSession>();
  #closed = false;

  /**
   * Takes up the mitigations that the store holds.
   * @throws {StoreError} they cannot be read.
   */
  constructor(parts: DotsServerParts) {
    this.#parts = parts;
    this.#table = new MitigationTable(parts);
    this.#cuids = new CuidRegistry(this.#table);
    this.#loss = new SessionLoss({ ...parts, table: this.#table });
    this.#table.load(parts.clients);
    // A client that does not come back after our own restart is as lost as one that falls silent.
    for (const name of new Set(this.#table.all().map(({ key }) => key.client))) this.#serving(name);
  }

  /** Serves one session that was just established; `identity` is what the peer proved. */
  accept(transport: CoapTransport, identity: ClientIdentity): void {
    if (this.#closed) return transport.close();
    const client = this.#parts.clients.of(identity);
    if (client === undefined) return this.#turnAway(transport, identity);
    const served = this.#serving(client.name);
    this.#makeRoom(served);
    this.#parts.log.info({ client: client.name }, "session established");
    const session = this.#open(transport, client, served);
    if (!session.ended) served.sessions.add(session); // the path may be gone already
    served.liveness?.heard(this.#parts.clock.now());
  }

  /** Ends every session and keeps every mitigation as it stands. Idempotent. */
  close(): Promise<void> {
    this.#closed = true;
    for (const { sessions, liveness } of this.#served.values()) {
      liveness?.stop();
      for (const session of sessions) session.close(this.#parts.log, "the server ends");
    }
    for (const session of this.#turnedAway) session.close();
    this.#loss.close();
    this.#table.close();
    return Promise.resolve();
  }

  #open(transport: CoapTransport, client: Client, served: Served): ServerSession {
    const parts = { ...this.#parts, table: this.#table, cuids: this.#cuids };
    return new ServerSession(parts, transport, client, (session, lastSignAt) => {
      served.sessions.delete(session);
      served.liveness?.heard(lastSignAt);
    });
  }

  #serving(name: string): Served {
    const known = this.#served.get(name);
    if (known !== undefined) return known;
    const sessions = new Set<ServerSession>();
    const served: Served = { sessions, liveness: this.#watch(name, sessions) };
    this.#served.set(name, served);
    return served;
  }

  /** Without heartbeats nobody can tell silence from loss. [RFC 9132 §4.5.2] */
  #watch(name: string, sessions: ReadonlySet<ServerSession>): Liveness | undefined {
    const allowedMs = silenceAllowedMs(this.#parts.policy);
    if (allowedMs <= 0) return undefined;
    const lastHeardAt = (): Millis =>
      Math.max(Number.NEGATIVE_INFINITY, ...[...sessions].map((session) => session.lastHeardAt));
    const liveness = new Liveness(this.#parts.clock, allowedMs, lastHeardAt, () =>
      this.#loss.begin(name, () => liveness.isLost),
    );
    return liveness;
  }

  /** A client that leaves its sessions behind loses the one that was silent longest. */
  #makeRoom({ sessions }: Served): void {
    if (sessions.size < this.#parts.policy.maxSessionsPerClient) return;
    const [oldest] = [...sessions].toSorted((a, b) => a.lastHeardAt - b.lastHeardAt);
    oldest?.close(this.#parts.log, "too many sessions of this client");
  }

  #turnAway(transport: CoapTransport, identity: ClientIdentity): void {
    this.#parts.log.warn({ identity: identityText(identity) }, "not a client of this server");
    const [oldest] = this.#turnedAway;
    if (oldest !== undefined && this.#turnedAway.size >= MAX_TURNED_AWAY) {
      this.#turnedAway.delete(oldest);
      oldest.close();
    }
    const session: CoapSession = turnAway(this.#parts, transport, () => {
      this.#turnedAway.delete(session);
    });
    this.#turnedAway.add(session);
  }
}
