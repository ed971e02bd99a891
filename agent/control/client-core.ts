import { MAX_MESSAGE_OCTETS, type Channel } from "./channel.ts";
import type {
  CallInput,
  CallName,
  CallOutput,
  CallProgress,
  EventName,
  EventPayload,
} from "./contract.ts";
import { ControlError } from "./control-error.ts";
import { ControlGone } from "./control-gone.ts";
import type { CallOptions, ControlApi } from "./handlers.ts";
import { notMayday, readHello, type Hello } from "./hello.ts";
import { PendingCalls } from "./pending-calls.ts";
import { refusalOf } from "./refusal.ts";
import {
  formatNotification,
  formatRequest,
  isJsonObject,
  parseRpc,
  type RpcMessage,
} from "./rpc.ts";

/**
 * The client's side of the control contract without its schemas: small enough for a page, and knowing nothing of Node.
 * `client.ts` adds the schemas.
 */

/** How a client makes values of the contract out of what an agent sent. */
export interface Reading {
  /** @throws {ControlError} `internal`: it is not what the call answers. */
  output<Name extends CallName>(name: Name, value: unknown): CallOutput<Name>;
  /** Undefined: it is not what the call tells. */
  progress<Name extends CallName>(name: Name, value: unknown): CallProgress<Name> | undefined;
  /** Undefined: it is not what the event carries. */
  payload<Name extends EventName>(name: Name, value: unknown): EventPayload<Name> | undefined;
}

/* oxlint-disable typescript/no-unsafe-type-assertion -- the agent checked each value with the schema of this type
   before it sent it, and the transport knows that it is the agent */
const trusting: Reading = {
  output: <Name extends CallName>(_: Name, value: unknown) => value as CallOutput<Name>,
  progress: <Name extends CallName>(_: Name, value: unknown) => value as CallProgress<Name>,
  payload: <Name extends EventName>(_: Name, value: unknown) => value as EventPayload<Name>,
};
/* oxlint-enable typescript/no-unsafe-type-assertion */

/** What a `ClientCore` may be given. */
export interface ClientOptions {
  /** Told once for each attached channel that ended without `close`. */
  readonly onLost?: ((why: ControlGone | ControlError) => void) | undefined;
  /** Default: what the agent sends is taken for what the contract says. */
  readonly reading?: Reading;
}

interface RequestOptions {
  readonly onProgress?: (value: unknown) => void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The contract over one channel at a time. A channel that ended may be replaced by another (`attach`): listeners stay,
 * calls that were under way do not. Calls reject with `ControlError` (the agent's no), with `ControlGone`, or with the
 * reason of their `signal`.
 */
export class ClientCore implements ControlApi {
  readonly #reading: Reading;
  readonly #onLost: ((why: ControlGone | ControlError) => void) | undefined;
  readonly #pending = new PendingCalls();
  readonly #listeners = new Map<EventName, Set<(value: unknown) => void>>();
  #channel: Channel | undefined;
  /** What the agent said that belongs to no call: why it is about to end the connection. */
  #parting: ControlError | undefined;

  constructor(options: ClientOptions = {}) {
    this.#reading = options.reading ?? trusting;
    this.#onLost = options.onLost;
  }

  /** Whether there is a channel. */
  get attached(): boolean {
    return this.#channel !== undefined;
  }

  /** Speaks over `channel` from now on, in the place of any other; whoever listens to events goes on listening. */
  attach(channel: Channel): void {
    this.close();
    this.#channel = channel;
    channel.listen({
      message: (text) => {
        if (this.#channel === channel) this.#receive(parseRpc(text));
      },
      closed: () => {
        if (this.#channel === channel) this.#lose(lost());
      },
    });
    if (this.#listeners.size > 0) this.#subscribe([...this.#listeners.keys()]);
  }

  /** Ends the channel, if there is one; calls under way reject. Another may be attached. Idempotent. */
  close(): void {
    const channel = this.#channel;
    this.#drop(lost());
    channel?.close();
  }

  /**
   * Makes sure that an agent of this contract's version is at the other end.
   * @throws {ControlGone} `not-mayday`, `other-version`, …
   */
  async hello(options: { readonly signal?: AbortSignal } = {}): Promise<Hello> {
    const answer = await this.#request("hello", {}, options).catch((error: unknown) => {
      if (!(error instanceof ControlError) || error.reason === "busy") throw error;
      throw notMayday(error);
    });
    return readHello(answer);
  }

  async call<Name extends CallName>(
    name: Name,
    input: CallInput<Name>,
    options: CallOptions<Name> = {},
  ): Promise<CallOutput<Name>> {
    const { onProgress, signal } = options;
    const tell = (value: unknown): void => {
      const checked = this.#reading.progress(name, value);
      if (checked !== undefined) onProgress?.(checked);
    };
    const result = await this.#request(name, input, { onProgress: tell, signal });
    return this.#reading.output(name, result);
  }

  on<Name extends EventName>(
    name: Name,
    listener: (payload: EventPayload<Name>) => void,
  ): { stop(): void } {
    const deliver = (value: unknown): void => {
      const payload = this.#reading.payload(name, value);
      if (payload !== undefined) listener(payload);
    };
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners.add(deliver));
    this.#subscribe([name]); // again for a second listener: it wants to be told the first thing, too
    return { stop: () => this.#stop(name, deliver) };
  }

  #stop(name: EventName, deliver: (value: unknown) => void): void {
    const listeners = this.#listeners.get(name);
    if (listeners?.delete(deliver) !== true || listeners.size > 0) return;
    this.#listeners.delete(name);
    this.#tellEvents("events.unsubscribe", [name]);
  }

  #subscribe(names: readonly EventName[]): void {
    this.#tellEvents("events.subscribe", names);
  }

  /** Nobody waits for these answers: one who may not listen, or whose agent is gone, is told nothing. */
  #tellEvents(method: string, names: readonly EventName[]): void {
    if (this.#channel === undefined) return; // `attach` makes up for it
    this.#request(method, { names }).catch(() => {});
  }

  #request(method: string, params: unknown, options: RequestOptions = {}): Promise<unknown> {
    const { signal, onProgress = () => {} } = options;
    return new Promise((resolve, reject) => {
      const channel = this.#ready(signal);
      const id = this.#pending.nextId();
      const text = formatRequest(id, method, params);
      if (octetsOf(text) > MAX_MESSAGE_OCTETS) throw tooLong();
      const abort = (): void => this.#abort(id, signal);
      const done = (settle: () => void): void => {
        signal?.removeEventListener("abort", abort);
        settle();
      };
      this.#pending.add(id, {
        resolve: (result) => done(() => resolve(result)),
        reject: (error) => done(() => reject(error)),
        progress: onProgress,
      });
      signal?.addEventListener("abort", abort);
      channel.send(text);
    });
  }

  #ready(signal: AbortSignal | undefined): Channel {
    if (signal?.aborted === true) throw abortReason(signal);
    if (this.#channel === undefined) throw lost();
    return this.#channel;
  }

  #abort(id: number, signal: AbortSignal | undefined): void {
    this.#channel?.send(formatNotification("cancel", { id }));
    this.#pending.take(id)?.reject(abortReason(signal));
  }

  #receive(message: RpcMessage): void {
    switch (message.tag) {
      case "response":
        this.#pending.take(message.id)?.resolve(message.result);
        break;
      case "error":
        if (message.id === null) this.#parting = refusalOf(message.error);
        else this.#pending.take(message.id)?.reject(refusalOf(message.error));
        break;
      case "notification":
        this.#notify(message.method, message.params);
        break;
      case "request": // an agent asks nothing
      case "invalid":
        this.#breakOff();
        break;
    }
  }

  #notify(method: string, params: object): void {
    if (!isJsonObject(params)) return;
    if (method === "event") {
      for (const [name, listeners] of this.#listeners) {
        if (name === params["name"]) for (const tell of listeners) tell(params["payload"]);
      }
    } else if (method === "progress") {
      this.#pending.get(params["id"])?.progress(params["value"]);
    }
  }

  /** Whatever speaks like this is no agent, and nothing that it says later can be trusted. */
  #breakOff(): void {
    const channel = this.#channel;
    this.#lose(notMayday());
    channel?.close();
  }

  #lose(why: ControlGone): void {
    const said = this.#parting ?? why;
    this.#drop(said);
    this.#onLost?.(said);
  }

  #drop(why: Error): void {
    this.#channel = undefined;
    this.#parting = undefined;
    this.#pending.rejectAll(why);
  }
}

function lost(): ControlGone {
  return new ControlGone("lost", "the connection to the agent has ended");
}

function octetsOf(text: string): number {
  return new TextEncoder().encode(text).length;
}

function tooLong(): ControlError {
  const message = `the call is longer than ${MAX_MESSAGE_OCTETS} octets`;
  return new ControlError({ reason: "invalid-input", message });
}

function abortReason(signal: AbortSignal | undefined): Error {
  const reason: unknown = signal?.reason;
  return reason instanceof Error ? reason : new Error("the call was given up", { cause: reason });
}
