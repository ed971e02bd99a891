import type { MitigationScope } from "../../wire/cbor/types.ts";
import type { Clock, Timer } from "../../net/ports.ts";
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

class Keeper implements KeptMitigation {
  readonly #clock: Clock;
  readonly #client: MitigationRequester;
  readonly #mitigation: { readonly mid: number; readonly scope: MitigationScope };
  readonly #onEvent: (event: KeeperEvent) => void;
  #state: KeeperState = { tag: "idle" };
  #timer: Timer | undefined;

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
        this.#timer = this.#clock.after(effect.delayMs, () => this.apply({ tag: "timer" }));
        return;
      case "disarm":
        this.#timer?.cancel();
        this.#timer = undefined;
        return;
      default:
        effect satisfies never;
    }
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

/** The time to wait that a refusal names: `retry-timer`, or Max-Age. [RFC 9132 §4.4.1.3] [RFC 9132 §4.4.3] */
export function retryAfterS(result: SignalResult): number | undefined {
  const scopes = result.payload?.["ietf-dots-signal-channel:mitigation-scope"]?.scope ?? [];
  const timer = scopes[0]?.["conflict-information"]?.["retry-timer"];
  if (timer !== undefined) return Number(timer);
  return result.code === "5.03" ? result.maxAgeS : undefined;
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
