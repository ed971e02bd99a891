import type { Timer } from "../net/ports.ts";
import {
  beginConfirmable,
  beginOnce,
  beginRepeating,
  step,
  type ExchangeEffect,
  type ExchangeInput,
  type ExchangeState,
} from "./exchange.ts";
import type { MessageLayer } from "./message-layer.ts";

/** How a message travels: `once` is a NON that is not repeated. */
export type Reliability = "con" | "non" | "once";

/** What the owner of an exchange does for it. */
export interface ExchangeOwner {
  /** Sends the message, the first time or again. */
  send(): void;
  /** Nothing came back for the last transmission either. */
  giveUp(): void;
}

/** Runs one exchange machine: its timer and its effects. */
export class ExchangeDriver {
  readonly #layer: MessageLayer;
  readonly #owner: ExchangeOwner;
  #state: ExchangeState = { tag: "waiting" };
  #timer: Timer | undefined;
  #turn: Timer | undefined;

  constructor(layer: MessageLayer, owner: ExchangeOwner) {
    this.#layer = layer;
    this.#owner = owner;
  }

  /** Sends the message for the first time. */
  begin(reliability: Reliability): void {
    const [state, effects] = this.#first(reliability);
    this.#state = state;
    this.#run(effects);
  }

  /** An empty Acknowledgement came. */
  acknowledged(): void {
    this.#input({ tag: "acknowledged" });
  }

  /** Stops; nothing more is sent and no callback comes. Idempotent. */
  end(): void {
    this.#input({ tag: "ended" });
  }

  #first(reliability: Reliability): ReturnType<typeof step> {
    if (reliability === "con") {
      return beginConfirmable(this.#layer.parameters, this.#layer.random.fraction());
    }
    return reliability === "once" ? beginOnce() : beginRepeating(this.#layer.repeatIntervalMs);
  }

  #input(input: ExchangeInput): void {
    const [state, effects] = step(this.#state, input);
    this.#state = state;
    this.#run(effects);
  }

  #run(effects: readonly ExchangeEffect[]): void {
    for (const effect of effects) {
      switch (effect.tag) {
        case "send":
          this.#owner.send();
          break;
        case "arm":
          this.#timer?.cancel();
          this.#timer = this.#layer.clock.after(effect.ms, () => this.#input({ tag: "timer" }));
          break;
        case "enqueue":
          this.#turn = this.#layer.pacer.enqueue(() => this.#onTurn());
          break;
        case "disarm":
          this.#timer?.cancel();
          this.#turn?.cancel();
          break;
        case "give-up":
          this.#owner.giveUp();
          break;
      }
    }
  }

  #onTurn(): void {
    this.#input({ tag: "turn", intervalMs: this.#layer.repeatIntervalMs });
  }
}
