import type { DtlsSession } from "../dtls/session.ts";
import type { Clock, Millis } from "../net/ports.ts";
import { AddressMemory } from "./address-memory.ts";
import {
  connect,
  type ConnectDeps,
  type ConnectOutcome,
  type ConnectRequest,
  type ConnectStep,
} from "./connect.ts";

/** What stays the same from one try to the next. */
export type Server = Pick<ConnectRequest, "host" | "port" | "credential" | "resumption" | "keyLog">;

/** How a try ended that was not given up. */
export type TryOutcome = Exclude<ConnectOutcome, { readonly tag: "given-up" }>;

/** What a try tells, unless it was given up. */
export interface TryListener {
  /** Requests may go along with the end of its handshake; see `ConnectRequest`. */
  maySend(dtls: DtlsSession): void;
  ended(outcome: TryOutcome): void;
}

/** How a try goes about it. `early`: requests are to go along with its end, where they may. */
export interface TryOptions extends Pick<ConnectRequest, "keyAccepted" | "underAttack"> {
  readonly early: boolean;
}

/** Lookup and handshake together: what a handshake takes with about half of all packets lost. */
const TRY_MS: Millis = 30_000;

/** The tries to reach one server, one at a time, which remember what its addresses are worth. */
export class ServerTries {
  readonly #deps: ConnectDeps;
  readonly #clock: Clock;
  readonly #server: Server;
  readonly #listener: TryListener;
  readonly #addresses = new AddressMemory();
  #abort: AbortController | undefined;
  /** Settles when the last try has released everything. */
  #done: Promise<void> = Promise.resolve();

  constructor(deps: ConnectDeps, server: Server, listener: TryListener) {
    this.#deps = deps;
    this.#clock = deps.world.clock;
    this.#server = server;
    this.#listener = listener;
  }

  /** Begins a try, in place of the one that is under way. */
  begin({ early, ...how }: TryOptions): void {
    this.abandon();
    const { signal } = (this.#abort = new AbortController());
    const onMaySend = (dtls: DtlsSession): void => {
      if (!signal.aborted) this.#listener.maySend(dtls);
    };
    this.#done = this.#try({ ...this.#server, ...how, ...(early ? { onMaySend } : {}) }, signal);
  }

  /** Gives up the try that is under way: no outcome is told. */
  abandon(): void {
    this.#abort?.abort();
    this.#abort = undefined;
  }

  /** Resolves when the last try has released what it held, or after `limitMs`. */
  released(limitMs: Millis): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#clock.after(limitMs, resolve);
      void this.#done.then(() => {
        timer.cancel();
        resolve();
      });
    });
  }

  async #try(request: Omit<ConnectRequest, "timeoutMs">, signal: AbortSignal): Promise<void> {
    const inOrder: ConnectRequest["inOrder"] = (addresses) =>
      this.#addresses.inOrder(addresses, this.#clock.now());
    const outcome = await connect(
      this.#deps,
      { ...request, timeoutMs: TRY_MS, inOrder, signal },
      (told) => this.#remember(told),
    );
    if (signal.aborted && outcome.tag === "session") outcome.dtls.close(); // it came too late
    if (signal.aborted || outcome.tag === "given-up") return;
    this.#abort = undefined;
    this.#listener.ended(outcome);
  }

  #remember(told: ConnectStep): void {
    const now = this.#clock.now();
    if (told.tag === "failed") this.#addresses.note(told.to, false, now);
    if (told.tag === "established") this.#addresses.note(told.dtls.peer, true, now);
  }
}
