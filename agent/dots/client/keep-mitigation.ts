import type { MitigationScope } from "../../wire/cbor/types.ts";
import type { Clock, Millis, Timer } from "../../net/ports.ts";
import { asError } from "./as-error.ts";
import {
  step,
  type KeeperEffect,
  type KeeperInput,
  type KeeperState,
} from "./mitigation-keeper.ts";
import type { SignalResult } from "./signal-result.ts";

/** What keeping a mitigation needs of a client. */
export interface MitigationRequester {
  requestMitigation(mid: number, scope: MitigationScope): Promise<SignalResult>;
}

/** What happened to a mitigation that is kept. `refused`: it is kept no longer, unless the server named a time. */
export type KeeperEvent =
  | { readonly tag: "granted"; readonly result: SignalResult; readonly lifetimeS: number }
  | { readonly tag: "refused"; readonly result: SignalResult; readonly final: boolean }
  | { readonly tag: "unanswered"; readonly error: Error };

export interface KeptMitigation {
  readonly state: KeeperState["tag"];
  /** When it asks next, on the clock's monotonic time; undefined: never, or it is asking just now. */
  readonly nextAskAt: Millis | undefined;
  /** Asks no more. The mitigation stays at the server until withdrawn or expired. Idempotent. */
  stop(): void;
}

/**
 * Asks for a mitigation and keeps it until `stop`. The scope is repeated unchanged, as a refresh must.
 * Faults of the scope itself come as `unanswered` too, before anything is sent. [RFC 9132 §4.4.1.3]
 */
export function keepMitigation(
  deps: { readonly clock: Clock },
  client: MitigationRequester,
  mitigation: { readonly mid: number; readonly scope: MitigationScope },
  onEvent: (event: KeeperEvent) => void,
): KeptMitigation {
  const keeper = new Keeper(deps.clock, client, mitigation, onEvent);
  keeper.apply({ tag: "start" });
  return keeper;
}

/** Max-Age where an answer has none. [RFC 7252 §5.10.5] */
const DEFAULT_MAX_AGE_S = 60;

/** However short a Max-Age is: nobody is asked in a loop. However long: help is wanted. */
const SHORTEST_MAX_AGE_S = 1;
const LONGEST_MAX_AGE_S = 3600;

class Keeper implements KeptMitigation {
  readonly #clock: Clock;
  readonly #client: MitigationRequester;
  readonly #mitigation: { readonly mid: number; readonly scope: MitigationScope };
  readonly #onEvent: (event: KeeperEvent) => void;
  #state: KeeperState = { tag: "idle" };
  #timer: Timer | undefined;
  #nextAskAt: Millis | undefined;

  constructor(
    clock: Clock,
    client: MitigationRequester,
    mitigation: { readonly mid: number; readonly scope: MitigationScope },
    onEvent: (event: KeeperEvent) => void,
  ) {
    this.#clock = clock;
    this.#client = client;
    this.#mitigation = mitigation;
    this.#onEvent = onEvent;
  }

  get state(): KeeperState["tag"] {
    return this.#state.tag;
  }

  get nextAskAt(): Millis | undefined {
    return this.#nextAskAt;
  }

  stop(): void {
    this.apply({ tag: "stop" });
  }

  apply(input: KeeperInput): void {
    const [state, effects] = step(this.#state, input);
    this.#state = state;
    for (const effect of effects) this.#carryOut(effect);
  }

  #carryOut(effect: KeeperEffect): void {
    switch (effect.tag) {
      case "ask":
        void this.#ask();
        return;
      case "arm":
        this.#timer?.cancel();
        this.#nextAskAt = this.#clock.now() + effect.delayMs;
        this.#timer = this.#clock.after(effect.delayMs, () => this.#due());
        return;
      case "disarm":
        this.#timer?.cancel();
        this.#timer = undefined;
        this.#nextAskAt = undefined;
        return;
      default:
        effect satisfies never;
    }
  }

  #due(): void {
    this.#nextAskAt = undefined;
    this.apply({ tag: "timer" });
  }

  async #ask(): Promise<void> {
    const { mid, scope } = this.#mitigation;
    const outcome = await this.#client.requestMitigation(mid, scope).catch(asError);
    if (this.#state.tag === "ended") return;
    if (outcome instanceof Error) {
      this.apply({ tag: "unanswered", at: this.#clock.now() });
      this.#onEvent({ tag: "unanswered", error: outcome });
    } else {
      this.#answered(outcome);
    }
  }

  #answered(result: SignalResult): void {
    const at = this.#clock.now();
    if (result.accepted) {
      const lifetimeS = grantedLifetimeS(result) ?? this.#mitigation.scope.lifetime ?? -1;
      this.apply({ tag: "granted", at, lifetimeS });
      this.#onEvent({ tag: "granted", result, lifetimeS });
      return;
    }
    this.apply({ tag: "refused", at, retryAfterS: retryAfterS(result) });
    this.#onEvent({ tag: "refused", result, final: this.state === "ended" });
  }
}

/** The lifetime that an answer grants, in seconds; -1 is without end. [RFC 9132 §4.4.1.1] */
export function grantedLifetimeS(result: SignalResult): number | undefined {
  return result.payload?.["ietf-dots-signal-channel:mitigation-scope"]?.scope[0]?.lifetime;
}

/**
 * How long to wait before the same is asked again, in seconds; undefined: it would get the same answer for ever. A
 * server that failed, or has too much to do, may do better in a minute even if it names no time: Max-Age is 60 when
 * it is absent. [RFC 7252 §5.10.5] [RFC 8516 §3]
 */
export function retryAfterS(result: SignalResult): number | undefined {
  return namedWaitS(result) ?? (isPassing(result) ? DEFAULT_MAX_AGE_S : undefined);
}

/** The time to wait that a refusal names: `retry-timer`, or Max-Age. [RFC 9132 §4.4.1.3] [RFC 9132 §4.4.3] */
export function namedWaitS(result: SignalResult): number | undefined {
  const scopes = result.payload?.["ietf-dots-signal-channel:mitigation-scope"]?.scope ?? [];
  const timer = scopes[0]?.["conflict-information"]?.["retry-timer"];
  if (timer !== undefined) return Number(timer);
  if (!isPassing(result) || result.maxAgeS === undefined) return undefined;
  return Math.min(Math.max(result.maxAgeS, SHORTEST_MAX_AGE_S), LONGEST_MAX_AGE_S);
}

/** Whether a refusal tells of the server's present state, and not of what was asked. [RFC 7252 §5.9.3] */
function isPassing({ code }: SignalResult): boolean {
  return code.startsWith("5.") || code === "4.29";
}
