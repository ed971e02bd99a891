import { CoapSession } from "../../../../agent/coap/session.ts";
import type { CoapRequest, CoapResponse, Method } from "../../../../agent/coap/types.ts";
import type { Client } from "../../../../agent/dots/server/clients.ts";
import { fixedDirectory } from "../../../../agent/dots/server/clients.ts";
import type { Log } from "../../../../agent/dots/server/log.ts";
import type {
  MitigationOrder,
  Mitigator,
  MitigatorReport,
} from "../../../../agent/dots/server/mitigator.ts";
import { DEFAULT_POLICY } from "../../../../agent/dots/server/policy.ts";
import type { ServerPolicy } from "../../../../agent/dots/server/policy.ts";
import { parsePrefix } from "../../../../agent/dots/signal/prefix.ts";
import type { Prefix } from "../../../../agent/dots/signal/prefix.ts";
import { DotsServer } from "../../../../agent/dots/server/server.ts";
import { MemoryMitigationStore } from "../../../../agent/store/memory-mitigation-store.ts";
import type { MitigationStore } from "../../../../agent/store/mitigation-store.ts";
import { decodeDots, encodeDots } from "../../../../agent/wire/cbor/dots-body.ts";
import type { MitigationScope } from "../../../../agent/wire/cbor/types.ts";
import { formatCode } from "../../../../agent/wire/coap/code.ts";
import type { CoapOption } from "../../../../agent/wire/coap/message.ts";
import {
  contentFormat,
  OptionNumber,
  sortOptions,
  uintOption,
  uriPathOptions,
  uriQueryOptions,
} from "../../../../agent/wire/coap/options.ts";
import { UNDERSTOOD_OPTIONS } from "../../../../agent/coap/screening.ts";
import { seeded } from "../../../support/seeded.ts";
import { transportPair } from "../../../support/transport-pair.ts";
import { VirtualClock } from "../../../support/virtual-clock.ts";

/** A server with two clients on a virtual clock, a mitigator that the test plays, and peers that speak CoAP to it. */

export const QUIET: Log = { debug() {}, info() {}, warn() {}, error() {} };

export function prefix(text: string): Prefix {
  const parsed = parsePrefix(text);
  if (typeof parsed === "string") throw new Error(`${text} ${parsed}`);
  return parsed;
}

export const BRANCH: Client = {
  name: "branch",
  prefixes: [prefix("203.0.113.0/24"), prefix("2001:db8:1::/48")],
  names: ["example.com"],
};

/** Overlaps `BRANCH` in one /28 on purpose. */
export const OFFICE: Client = {
  name: "office",
  prefixes: [prefix("198.51.100.0/24"), prefix("203.0.113.0/28")],
  names: [],
};

/** Notes what it is told; `report` speaks for it. */
export class PlayedMitigator implements Mitigator {
  readonly running = new Map<string, MitigationOrder>();
  readonly calls: string[] = [];
  readonly #reports = new Map<string, (news: MitigatorReport) => void>();

  start(order: MitigationOrder, report: (news: MitigatorReport) => void): void {
    this.calls.push(`start ${midOf(order.id)}`);
    this.running.set(order.id, order);
    this.#reports.set(order.id, report);
  }

  update(order: MitigationOrder): void {
    this.calls.push(`update ${midOf(order.id)}`);
    this.running.set(order.id, order);
  }

  stop(id: string): void {
    this.calls.push(`stop ${midOf(id)}`);
    this.running.delete(id);
  }

  close(): void {
    this.calls.push("close");
  }

  report(mid: number, news: MitigatorReport): void {
    for (const [id, report] of this.#reports) if (midOf(id) === mid) report(news);
  }
}

function midOf(id: string): number {
  return (JSON.parse(id) as [string, string, number])[2];
}

/** What came back, as tests compare it. */
export interface Reply {
  readonly code: string;
  readonly scope: readonly MitigationScope[];
  readonly text: string;
  readonly options: readonly CoapOption[];
  readonly payload: Uint8Array;
}

export interface Ask {
  readonly method?: Method;
  readonly path?: readonly string[];
  readonly query?: readonly string[];
  readonly scope?: MitigationScope | readonly MitigationScope[];
  readonly payload?: Uint8Array;
  readonly format?: number | null;
  readonly options?: readonly CoapOption[];
}

export const CUID = "cuid=dz6pHjaADkaFTbjr0JGBpw";
export const MITIGATE = [".well-known", "dots", "mitigate"];

export function mitigation(mid: number, cuid: string = CUID): string[] {
  return [...MITIGATE, cuid, `mid=${mid}`];
}

export function requestOf(ask: Ask): CoapRequest {
  const { method = "PUT", path = mitigation(1), query = [], scope, format } = ask;
  const list = scope === undefined ? undefined : [scope].flat();
  const body =
    list === undefined
      ? new Uint8Array()
      : encodeDots({ "ietf-dots-signal-channel:mitigation-scope": { scope: list } });
  const payload = ask.payload ?? body;
  const hasFormat = payload.length > 0 && format !== null;
  const options = sortOptions([
    ...uriPathOptions(path),
    ...uriQueryOptions(query),
    ...(hasFormat ? [uintOption(OptionNumber.ContentFormat, format ?? 271)] : []),
    ...(ask.options ?? []),
  ]);
  return { method, options, payload };
}

export function replyOf(response: CoapResponse): Reply {
  const { code, payload, options } = response;
  const isBody = contentFormat(options) === 271 && !options.some(({ number }) => number === 23);
  const body = isBody ? decodeDots(payload) : undefined;
  return {
    code: formatCode(code),
    scope: body?.["ietf-dots-signal-channel:mitigation-scope"]?.scope ?? [],
    text: isBody ? "" : new TextDecoder().decode(payload),
    options,
    payload,
  };
}

/** One client's end of a session. */
export class Peer {
  readonly #clock: VirtualClock;
  readonly coap: CoapSession;
  readonly heartbeats: Uint8Array[] = [];
  answersHeartbeats = true;

  constructor(clock: VirtualClock, coap: (serve: Peer) => CoapSession) {
    this.#clock = clock;
    this.coap = coap(this);
  }

  async ask(ask: Ask): Promise<Reply | "no answer"> {
    const options = { reliability: "non", timeoutMs: 1000, once: true } as const;
    const answer = this.coap.request(requestOf(ask), options).then(
      ({ response }) => replyOf(response),
      () => "no answer" as const,
    );
    await this.#clock.advance(20);
    if (await isPending(answer)) await this.#clock.advance(1000);
    return answer;
  }

  /** As `ask`, for what must be answered. */
  async reply(ask: Ask): Promise<Reply> {
    const reply = await this.ask(ask);
    if (reply === "no answer") throw new Error("no answer");
    return reply;
  }

  /** Observes; the list grows with every notification. */
  async observe(ask: Ask): Promise<{ first: Reply; seen: Reply[] }> {
    const seen: Reply[] = [];
    const options = { reliability: "non", timeoutMs: 1000 } as const;
    const observed = this.coap.observe(requestOf({ method: "GET", ...ask }), options, (response) =>
      seen.push(replyOf(response)),
    );
    await this.#clock.advance(20);
    const { first } = await observed;
    return { first: replyOf(first.response), seen };
  }
}

async function isPending(promise: Promise<unknown>): Promise<boolean> {
  const pending = Symbol("pending");
  return (await Promise.race([promise, Promise.resolve(pending)])) === pending;
}

export interface World {
  readonly clock: VirtualClock;
  readonly server: DotsServer;
  readonly mitigator: PlayedMitigator;
  readonly store: MitigationStore;
  connect(identity?: string, maxMessage?: number): Peer;
}

export function makeWorld(
  options: {
    readonly policy?: Partial<ServerPolicy>;
    readonly store?: MitigationStore;
    readonly clock?: VirtualClock;
    readonly clients?: readonly Client[];
  } = {},
): World {
  const clock = options.clock ?? new VirtualClock();
  const chance = seeded(1);
  const random = { bytes: (n: number) => chance.bytes(n), fraction: () => chance.fraction() };
  const mitigator = new PlayedMitigator();
  const store = options.store ?? new MemoryMitigationStore();
  const server = new DotsServer({
    clock,
    random,
    mitigator,
    store,
    log: QUIET,
    policy: { ...DEFAULT_POLICY, ...options.policy },
    clients: fixedDirectory(
      (options.clients ?? [BRANCH, OFFICE]).map((client) => [
        { type: "psk", identity: client.name },
        client,
      ]),
    ),
  });
  const connect = (identity = "branch", maxMessage = 1152): Peer => {
    const pair = transportPair(clock, { delayMs: 5, rttMs: 10, maxMessage });
    server.accept(pair.b, { type: "psk", identity });
    return new Peer(
      clock,
      (peer) =>
        new CoapSession({ clock, random }, pair.a, {
          understood: new Set([...UNDERSTOOD_OPTIONS, OptionNumber.Block2]),
          serve: (request) => {
            peer.heartbeats.push(request.payload);
            return peer.answersHeartbeats
              ? { code: 0x44, options: [], payload: new Uint8Array() }
              : "ignored";
          },
        }),
    );
  };
  return { clock, server, mitigator, store, connect };
}
