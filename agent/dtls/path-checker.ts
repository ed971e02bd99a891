import type { Address, Clock, Millis, Random, Timer } from "../net/ports.ts";
import { PATH_COOKIE_LENGTH, RrcType, type PathCheck } from "../wire/dtls/path-check.ts";
import { settledAt, stepPath, type PathInput, type PathState } from "./path-validation.ts";

/** What a path check has done. */
export interface PathOwner {
  /** Whether a challenge may go there: as many octets must have come from there. */
  affords(to: Address): boolean;
  /** Sends a challenge to an address that nobody has proved to be at. */
  challenge(check: PathCheck, to: Address): void;
  /** The peer has proved to be there. */
  moved(to: Address): void;
}

/** Watches where a session's peer is: the driver of the path validation machine, with its timer. [RFC 9853] */
export class PathChecker {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #owner: PathOwner;
  #state: PathState;
  #timer: Timer | undefined;

  constructor(
    deps: { readonly clock: Clock; readonly random: Random },
    current: Address,
    owner: PathOwner,
  ) {
    this.#clock = deps.clock;
    this.#random = deps.random;
    this.#owner = owner;
    this.#state = settledAt(current, deps.clock.now());
  }

  /** Whether an address is looked into. */
  get checking(): boolean {
    return this.#state.check !== undefined;
  }

  /** A record of the session authenticated. */
  heard(from: Address, newest: boolean, rttMs: Millis | undefined): void {
    const affordable = newest && this.#owner.affords(from);
    this.#step({ tag: "heard", from, newest, rttMs, affordable, ...this.#fresh() });
  }

  /** The peer says something of a path. Its own challenges are answered elsewhere. */
  answered({ type, cookie }: PathCheck, from: Address): void {
    if (type === RrcType.pathChallenge) return;
    this.#step({ tag: "answer", from, cookie, here: type === RrcType.pathResponse });
  }

  /** Looks into nothing any more. */
  stop(): void {
    this.#timer?.cancel();
  }

  #fresh(): { readonly now: Millis; readonly cookie: Uint8Array } {
    return { now: this.#clock.now(), cookie: this.#random.bytes(PATH_COOKIE_LENGTH) };
  }

  #step(input: PathInput): void {
    const [next, effects] = stepPath(this.#state, input);
    this.#state = next;
    for (const effect of effects) {
      switch (effect.tag) {
        case "challenge":
          this.#owner.challenge({ type: RrcType.pathChallenge, cookie: effect.cookie }, effect.to);
          break;
        case "moved":
          this.#owner.moved(effect.to);
          break;
        case "disarm":
          this.#timer?.cancel();
          break;
        case "arm":
          this.#timer?.cancel();
          this.#timer = this.#clock.after(effect.delayMs, () => this.#onTimer());
      }
    }
  }

  #onTimer(): void {
    const to = this.#state.check?.to;
    const affordable = to !== undefined && this.#owner.affords(to);
    this.#step({ tag: "timer", affordable, ...this.#fresh() });
  }
}
