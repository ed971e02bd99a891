import type { CoapTransport, CoapTransportListener } from "../../agent/coap/transport.ts";
import type { Clock, Millis } from "../../agent/net/ports.ts";

/** One message as it was handed to a transport. */
export interface Sent {
  readonly from: "a" | "b";
  readonly at: Millis;
  /** Counts the messages of this end, from 0. */
  readonly index: number;
  readonly data: Uint8Array;
}

/** When the copies of a message arrive, counted from its sending: `[]` is lost, two entries are a duplicate. */
export type Fate = readonly Millis[];

/** How the path between the two ends behaves. */
export interface PairOptions {
  /** One way, when `fate` does not say otherwise. 0 by default: the next time the clock is moved, even by 0. */
  readonly delayMs?: Millis;
  readonly maxMessage?: number;
  readonly rttMs?: Millis;
  readonly fate?: (sent: Sent) => Fate | undefined;
}

/** Two joined transports, and everything they were given to send, lost or not. */
export interface TransportPair {
  readonly a: CoapTransport;
  readonly b: CoapTransport;
  readonly sent: readonly Sent[];
}

/** Two transports joined in memory, on `clock`. */
export function transportPair(clock: Clock, options: PairOptions = {}): TransportPair {
  const sent: Sent[] = [];
  const a = new PairedTransport(clock, options, "a", sent);
  const b = new PairedTransport(clock, options, "b", sent);
  a.other = b;
  b.other = a;
  return { a, b, sent };
}

class PairedTransport implements CoapTransport {
  readonly maxMessage: number;
  readonly rttMs: Millis | undefined;
  other: PairedTransport | undefined;
  readonly #clock: Clock;
  readonly #options: PairOptions;
  readonly #name: "a" | "b";
  readonly #sent: Sent[];
  readonly #early: Uint8Array[] = [];
  #listener: CoapTransportListener | undefined;
  #open = true;
  #count = 0;

  constructor(clock: Clock, options: PairOptions, name: "a" | "b", sent: Sent[]) {
    this.#clock = clock;
    this.#options = options;
    this.#name = name;
    this.#sent = sent;
    this.maxMessage = options.maxMessage ?? 1152;
    this.rttMs = options.rttMs;
  }

  send(message: Uint8Array): void {
    if (!this.#open) return;
    const data = message.slice(); // a sender may reuse its buffer
    const sent = { from: this.#name, at: this.#clock.now(), index: this.#count, data };
    this.#count += 1;
    this.#sent.push(sent);
    for (const delay of this.#options.fate?.(sent) ?? [this.#options.delayMs ?? 0]) {
      this.#clock.after(delay, () => this.other?.receive(data.slice()));
    }
  }

  listen(listener: CoapTransportListener): void {
    this.#listener = listener;
    for (const data of this.#early.splice(0)) listener.message(data);
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#clock.after(this.#options.delayMs ?? 0, () =>
      this.other?.lose(new Error("the peer closed the session")),
    );
  }

  receive(data: Uint8Array): void {
    if (!this.#open) return;
    if (this.#listener === undefined) this.#early.push(data);
    else this.#listener.message(data);
  }

  lose(reason: Error): void {
    if (!this.#open) return;
    this.#open = false;
    this.#listener?.closed(reason);
  }
}
