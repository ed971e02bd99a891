import { setImmediate as turn } from "node:timers/promises";
import type { ControlLog, ControlLogFields } from "../../../agent/control/control-log.ts";
import type { Right } from "../../../agent/control/define.ts";
import type { Handlers } from "../../../agent/control/handlers.ts";
import { serveChannel } from "../../../agent/control/server-connection.ts";
import {
  createDouble,
  type ControlDouble,
  type DoubleState,
} from "../../support/control-double.ts";
import { MemoryChannel } from "../../support/memory-channel.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

/** A log that remembers. */
export class Log implements ControlLog {
  readonly lines: { readonly level: string; readonly message: string; readonly fields: string }[] =
    [];

  warn(fields: ControlLogFields, message: string): void {
    this.lines.push({ level: "warn", message, fields: JSON.stringify(fields) });
  }

  error(fields: ControlLogFields, message: string): void {
    this.lines.push({ level: "error", message, fields: JSON.stringify(fields) });
  }
}

/** A message as a peer that knows nothing of types sees it. */
export interface Heard {
  readonly id?: unknown;
  readonly method?: string;
  readonly params?: {
    readonly name?: string;
    readonly payload?: unknown;
    readonly value?: unknown;
  };
  readonly result?: unknown;
  readonly error?: {
    readonly code: number;
    readonly message: string;
    readonly data: { readonly reason: string; readonly hint?: string };
  };
}

/** What a `Served` is made of. */
export interface ServedOptions {
  readonly state?: Partial<DoubleState>;
  readonly right?: Right;
  /** In the place of the double's. */
  readonly handlers?: Partial<Handlers>;
}

/** A served connection, with a hand-written peer at its other end. */
export class Served {
  readonly double: ControlDouble;
  readonly log = new Log();
  readonly clock = new VirtualClock();
  /** The agent's end. */
  readonly agent: MemoryChannel;
  /** The client's. */
  readonly peer: MemoryChannel;
  readonly heard: Heard[] = [];
  #closed = false;
  #lastId = 0;

  constructor(options: ServedOptions = {}) {
    this.double = createDouble(options.state);
    [this.agent, this.peer] = MemoryChannel.pair();
    const handlers = { ...this.double.handlers, ...options.handlers };
    const { right = "admin" } = options;
    const { double: events, log, clock } = this;
    serveChannel(this.agent, { handlers, events, right, version: "1.2.3", log, clock });
    this.peer.listen({
      message: (text) => this.heard.push(JSON.parse(text) as Heard),
      closed: () => (this.#closed = true),
    });
  }

  /** Whether the peer was told that the connection has ended. */
  get isClosed(): boolean {
    return this.#closed;
  }

  /** Lets both ends do all that they can do without time passing. */
  async settle(): Promise<void> {
    await turn();
  }

  /** Sends any text, and lets the agent do all that it can do without time passing. Returns what is heard then. */
  async say(text: string): Promise<readonly Heard[]> {
    const before = this.heard.length;
    this.peer.send(text);
    await turn();
    return this.heard.slice(before);
  }

  /** Sends one call and returns what is heard then. */
  ask(
    method: string,
    params: unknown = {},
    id: unknown = (this.#lastId += 1),
  ): Promise<readonly Heard[]> {
    return this.say(JSON.stringify({ jsonrpc: "2.0", id, method, params }));
  }

  /** Why one call is refused; undefined: it is not. */
  async reasonFor(method: string, params: unknown = {}): Promise<string | undefined> {
    const [answer] = await this.ask(method, params);
    return answer?.error?.data.reason;
  }
}
