import type { Address, Clock, Millis, Timer } from "../net/ports.ts";

/** Tries the addresses of one server, each a little after the other, until one wins. [RFC 9132 §4.3] */

/** Each address waits so long for the one before it. [RFC 8305 §5] */
export const ATTEMPT_DELAY_MS: Millis = 250;

/** The same while an attack may be under way. [RFC 9132 §4.3] */
export const ATTEMPT_DELAY_UNDER_ATTACK_MS: Millis = 100;

/** How much longer the next one waits once an address has answered anything: a handshake takes several round trips. */
const ANSWERED_MS: Millis = 2000;

/** How one address did. `decisive`: no other address would do better. */
export type Tried<Won, Lost> =
  | { readonly tag: "won"; readonly won: Won }
  | { readonly tag: "lost"; readonly lost: Lost; readonly decisive: boolean };

/** What a race needs to try one address. */
export interface Racer<Won, Lost> {
  /** `heard` is to be called when the address answers; `signal` fires when another one has won. Must not reject. */
  attempt(to: Address, signal: AbortSignal, heard: () => void): Promise<Tried<Won, Lost>>;
  /** Two won at the same moment: this one is not wanted. */
  discard(won: Won): void;
}

/** How a race ended. `losses` are in the order of the addresses. */
export type RaceOutcome<Won, Lost> =
  | { readonly tag: "won"; readonly won: Won; readonly losses: readonly Lost[] }
  | { readonly tag: "lost"; readonly losses: readonly Lost[] };

/** Runs a race; when `signal` fires, every attempt is told, and the race ends as they do. */
export function raceAddresses<Won, Lost>(
  clock: Clock,
  addresses: readonly Address[],
  racer: Racer<Won, Lost>,
  options: { readonly delayMs: Millis; readonly signal?: AbortSignal | undefined },
): Promise<RaceOutcome<Won, Lost>> {
  return new Promise((resolve) => {
    new Race(clock, addresses, racer, options, resolve).begin();
  });
}

class Race<Won, Lost> {
  readonly #clock: Clock;
  readonly #addresses: readonly Address[];
  readonly #racer: Racer<Won, Lost>;
  readonly #delayMs: Millis;
  readonly #signal: AbortSignal | undefined;
  readonly #resolve: (outcome: RaceOutcome<Won, Lost>) => void;
  readonly #losses = new Map<number, Lost>();
  readonly #others = new AbortController();
  #begun = 0;
  #running = 0;
  #timer: Timer | undefined;
  #over = false;

  constructor(
    clock: Clock,
    addresses: readonly Address[],
    racer: Racer<Won, Lost>,
    options: { readonly delayMs: Millis; readonly signal?: AbortSignal | undefined },
    resolve: (outcome: RaceOutcome<Won, Lost>) => void,
  ) {
    this.#clock = clock;
    this.#addresses = addresses;
    this.#racer = racer;
    this.#delayMs = options.delayMs;
    this.#signal = options.signal;
    this.#resolve = resolve;
  }

  begin(): void {
    if (this.#signal?.aborted === true) return this.#end({ tag: "lost", losses: [] });
    this.#signal?.addEventListener("abort", this.#giveUp, { once: true });
    this.#next();
  }

  readonly #giveUp = (): void => {
    this.#begun = this.#addresses.length; // nobody else begins
    this.#timer?.cancel();
    this.#others.abort();
  };

  /** Begins with the next address, or sees that all have lost. */
  #next(): void {
    this.#timer?.cancel();
    const index = this.#begun;
    const to = this.#addresses[index];
    if (to === undefined) {
      if (this.#running === 0) this.#end({ tag: "lost", losses: this.#inOrder() });
      return;
    }
    this.#begun += 1;
    this.#running += 1;
    if (this.#begun < this.#addresses.length) this.#await(this.#delayMs);
    void this.#try(to, index);
  }

  async #try(to: Address, index: number): Promise<void> {
    const heard = (): void => {
      if (!this.#over && index === this.#begun - 1) this.#await(ANSWERED_MS);
    };
    const tried = await this.#racer.attempt(to, this.#others.signal, heard);
    this.#running -= 1;
    if (this.#over) {
      if (tried.tag === "won") this.#racer.discard(tried.won);
    } else if (tried.tag === "won") {
      this.#end({ tag: "won", won: tried.won, losses: this.#inOrder() });
    } else {
      this.#losses.set(index, tried.lost);
      if (tried.decisive) this.#end({ tag: "lost", losses: this.#inOrder() });
      else this.#next();
    }
  }

  #await(delayMs: Millis): void {
    this.#timer?.cancel();
    if (this.#begun >= this.#addresses.length) return;
    this.#timer = this.#clock.after(delayMs, () => this.#next());
  }

  #end(outcome: RaceOutcome<Won, Lost>): void {
    this.#over = true;
    this.#timer?.cancel();
    this.#signal?.removeEventListener("abort", this.#giveUp);
    this.#others.abort();
    this.#resolve(outcome);
  }

  #inOrder(): Lost[] {
    return [...this.#losses].toSorted(([a], [b]) => a - b).map(([, lost]) => lost);
  }
}
