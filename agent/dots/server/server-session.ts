import { diagnostic, UNDERSTOOD_OPTIONS } from "../../coap/screening.ts";
import { CoapSession } from "../../coap/session.ts";
import type { CoapTransport } from "../../coap/transport.ts";
import type { Clock, Millis, Random } from "../../net/ports.ts";
import { Code } from "../../wire/coap/code.ts";
import { OptionNumber } from "../../wire/coap/options.ts";
import { HeartbeatDriver } from "../signal/heartbeat-driver.ts";
import { BlockServer } from "./blocks.ts";
import type { Client } from "./clients.ts";
import type { CuidRegistry } from "./cuid-registry.ts";
import type { Log } from "./log.ts";
import type { MitigationTable } from "./mitigation-table.ts";
import type { ServerPolicy } from "./policy.ts";
import { route } from "./router.ts";
import type { Routes } from "./router.ts";

/** What every session of a server shares. */
export interface SessionParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly table: MitigationTable;
  readonly cuids: CuidRegistry;
  readonly policy: ServerPolicy;
  readonly log: Log;
}

/** Options beyond CoAP's own that the resources here understand. [RFC 7959 §2.1] */
const UNDERSTOOD: ReadonlySet<number> = new Set([...UNDERSTOOD_OPTIONS, OptionNumber.Block2]);
/** Observations of one session: every one of them may cost a rendering of the client's whole list at each news. */
const MAX_OBSERVERS = 8;

/** One established session with a client: its CoAP, its heartbeats, and the cuids it used. */
export class ServerSession {
  readonly client: Client;
  readonly #coap: CoapSession;
  readonly #heartbeat: HeartbeatDriver;
  readonly #cuids: { note(cuid: string): void; release(): void };
  readonly #onEnd: (session: ServerSession, lastSignAt: Millis) => void;
  #ended = false;

  /** `onEnd` is called once, whoever ended the session, with the time of the client's last sign on it. */
  constructor(
    parts: SessionParts,
    transport: CoapTransport,
    client: Client,
    onEnd: (session: ServerSession, lastSignAt: Millis) => void,
  ) {
    this.client = client;
    this.#onEnd = onEnd;
    this.#cuids = parts.cuids.session(client.name);
    this.#heartbeat = this.#makeHeartbeat(parts);
    const routes = this.#routes(parts, transport);
    this.#coap = new CoapSession(parts, transport, {
      serve: (request) => route(routes, request),
      understood: UNDERSTOOD,
      maxObservers: MAX_OBSERVERS,
      onClosed: (reason) => this.#end(parts.log, reason.message, parts.clock.now()),
      onFault: (error) => parts.log.error({ client: client.name, reason: textOf(error) }, "fault"),
    });
    if (parts.policy.heartbeatIntervalS > 0) this.#heartbeat.start();
  }

  /** When anything was last heard from the client. */
  get lastHeardAt(): Millis {
    return this.#coap.lastHeardAt;
  }

  /** Whether it is over. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Says goodbye. Idempotent. */
  close(log: Log, reason: string): void {
    const { lastHeardAt } = this.#coap; // an end of our own making is no sign of the client
    this.#coap.close();
    this.#end(log, reason, lastHeardAt);
  }

  #routes(parts: SessionParts, transport: CoapTransport): Routes {
    const blocks = new BlockServer(transport.maxMessage, parts.clock);
    return {
      context: { ...parts, client: this.client, blocks },
      heartbeat: (request) => this.#heartbeat.answer(request),
      used: (cuid) => this.#cuids.note(cuid),
    };
  }

  /**
   * A client that sends, but answers no heartbeat, is likely under attack and keeps its session; one that is
   * wholly silent is gone. [RFC 9132 §4.7]
   */
  #makeHeartbeat(parts: SessionParts): HeartbeatDriver {
    const { heartbeatIntervalS, missingHbAllowed } = parts.policy;
    const coap = (): CoapSession => this.#coap;
    const session = {
      request: (...args: Parameters<CoapSession["request"]>) => coap().request(...args),
      get lastHeardAt(): Millis {
        return coap().lastHeardAt;
      },
    };
    return new HeartbeatDriver(parts, session, {
      config: { intervalMs: heartbeatIntervalS * 1000, missingHbAllowed },
      role: "server",
      onVerdict: (verdict) => {
        parts.log.info({ client: this.client.name, verdict }, "heartbeats");
        if (verdict === "silent") this.close(parts.log, "no sign of the client");
      },
    });
  }

  #end(log: Log, reason: string, lastSignAt: Millis): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#heartbeat.stop();
    this.#cuids.release();
    log.info({ client: this.client.name, reason }, "session ended");
    this.#onEnd(this, lastSignAt);
  }
}

/** For a peer that proved who it is, but is no client here: every request gets a 4.01. [RFC 9132 §9] */
export function turnAway(
  deps: { readonly clock: Clock; readonly random: Random },
  transport: CoapTransport,
  onEnd: () => void,
): CoapSession {
  return new CoapSession(deps, transport, {
    serve: () => diagnostic(Code.Unauthorized, "this identity is not a client of this server"),
    onClosed: onEnd,
  });
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
