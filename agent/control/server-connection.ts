import { z } from "zod";
import type { Clock, Timer } from "../net/ports.ts";
import { CallRunner, NOT_ALLOWED } from "./call-runner.ts";
import { MAX_MESSAGE_OCTETS, type Channel, type ChannelListener } from "./channel.ts";
import { contract, type EventName } from "./contract.ts";
import type { ControlLog } from "./control-log.ts";
import { permits, type Right } from "./define.ts";
import { EventFeed, EVENTS, isEventName } from "./event-feed.ts";
import { check } from "./explain.ts";
import type { EventSource, Handlers } from "./handlers.ts";
import {
  formatError,
  formatResult,
  isJsonObject,
  isRpcId,
  parseRpc,
  rpcErrorOf,
  rpcErrorOfFault,
  TOO_LONG,
  type RpcError,
  type RpcId,
} from "./rpc.ts";

/** What a connection is served with. */
export interface Service {
  readonly handlers: Handlers;
  readonly events: EventSource;
  /** What this connection may do. */
  readonly right: Right;
  /** The agent's version, for `hello`. */
  readonly version: string;
  readonly log: ControlLog;
  readonly clock: Pick<Clock, "after">;
}

/** A reader that lets more octets than this wait is given up. */
export const MAX_QUEUED_OCTETS = 4_194_304;

/** How long the calls of a peer that sends nothing more may still take: it may be gone altogether. */
const LINGER_MS = 30_000; // twice what the longest call, a test of a provider, takes

const EventNames = z.object({
  names: z
    .array(z.enum([...EVENTS.keys()]))
    .min(1)
    .max(16),
});

/**
 * Answers what comes over `channel` until it ends. Whatever the peer sends is answered, ignored or ends the channel:
 * nothing of it throws, keeps another call waiting or takes memory without bound.
 */
export function serveChannel(channel: Channel, service: Service): void {
  channel.listen(new ServerConnection(channel, service));
}

class ServerConnection implements ChannelListener {
  readonly #channel: Channel;
  readonly #service: Service;
  readonly #calls: CallRunner;
  readonly #feed: EventFeed;
  #linger: Timer | undefined;
  #ended = false;
  #closed = false;

  constructor(channel: Channel, service: Service) {
    this.#channel = channel;
    this.#service = service;
    const send = (text: string): void => this.#send(text);
    this.#calls = new CallRunner({ ...service, send, settled: () => this.#closeIfDone() });
    this.#feed = new EventFeed({ ...service, send, queued: () => channel.queued });
  }

  message(text: string): void {
    if (this.#closed) return;
    if (text.length > MAX_MESSAGE_OCTETS) {
      this.#refuse(null, TOO_LONG);
      this.#close();
      return;
    }
    const message = parseRpc(text);
    switch (message.tag) {
      case "request":
        this.#request(message.id, message.method, message.params);
        break;
      case "notification":
        if (message.method === "cancel") this.#cancel(message.params);
        break; // no other means anything: what cannot be answered is not carried out
      case "invalid":
        this.#refuse(message.id, rpcErrorOfFault(message.fault));
        break;
      case "response":
      case "error":
        break; // to nothing that was asked
    }
  }

  ended(): void {
    this.#ended = true;
    this.#linger ??= this.#service.clock.after(LINGER_MS, () => this.#close());
    this.#closeIfDone();
  }

  closed(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#linger?.cancel();
    this.#feed.stop();
    this.#calls.cancelAll();
  }

  #close(): void {
    this.closed();
    this.#channel.close();
  }

  #closeIfDone(): void {
    if (this.#ended && this.#calls.size === 0) this.#close();
  }

  #send(text: string): void {
    if (this.#closed) return;
    const { queued } = this.#channel;
    if (queued > MAX_QUEUED_OCTETS) {
      this.#service.log.warn(
        { queued },
        "a client that does not read what it asked for was cut off",
      );
      this.#close();
    } else {
      this.#channel.send(text);
    }
  }

  #refuse(id: RpcId | null, error: RpcError): void {
    this.#send(formatError(id, error));
  }

  #request(id: RpcId, method: string, params: object): void {
    switch (method) {
      case "hello":
        this.#hello(id);
        break;
      case "events.subscribe":
        this.#changeEvents(id, params, (names) => this.#feed.subscribe(names));
        break;
      case "events.unsubscribe":
        this.#changeEvents(id, params, (names) => this.#feed.unsubscribe(names));
        break;
      default:
        this.#calls.start(id, method, params);
        break;
    }
  }

  #hello(id: RpcId): void {
    const { version, right } = this.#service;
    const hello = { product: "mayday", contract: contract.version, version, right };
    this.#send(formatResult(id, hello));
  }

  #changeEvents(id: RpcId, params: object, change: (names: readonly EventName[]) => void): void {
    const checked = check(EventNames, params);
    if (!checked.ok) {
      this.#refuse(id, rpcErrorOf("invalid-input", checked.faults));
      return;
    }
    const names = checked.value.names.filter(isEventName);
    if (!names.every((name) => this.#mayHear(name))) {
      this.#refuse(id, NOT_ALLOWED);
      return;
    }
    this.#send(formatResult(id, {}));
    change(names);
  }

  #mayHear(name: EventName): boolean {
    const needed = EVENTS.get(name)?.needs;
    return needed !== undefined && permits(this.#service.right, needed);
  }

  #cancel(params: object): void {
    if (isJsonObject(params) && isRpcId(params["id"])) this.#calls.cancel(params["id"]);
  }
}
