import type { Millis, Timer } from "../net/ports.ts";
import {
  beginConfirmable,
  beginPaced,
  step,
  type ExchangeEffect,
  type ExchangeInput,
  type ExchangeState,
} from "./exchange.ts";
import type { MessageLayer } from "./message-layer.ts";
import type { RequestOptions } from "./types.ts";

/** How a message travels. */
export type Travel = Pick<RequestOptions, "reliability" | "once" | "urgent">;

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
  #firstAt: Millis | undefined;
  /** The next turn is asked for ahead of others; a repetition is never. */
  #urgent = false;

  constructor(layer: MessageLayer, owner: ExchangeOwner) {
    this.#layer = layer;
    this.#owner = owner;
  }

  /** Sends the message for the first time: a CON or an urgent NON at once, any other NON when the pace allows. */
  begin(travel: Travel): void {
    this.#urgent = travel.urgent === true;
    const [state, effects] = this.#first(travel);
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

  #first({ reliability, once }: Travel): ReturnType<typeof step> {
    if (reliability === "non") return beginPaced(once === true);
    return beginConfirmable(this.#layer.parameters, this.#layer.random.fraction());
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
          this.#turn = this.#layer.pacer.enqueue(() => this.#onTurn(), this.#urgent);
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
    const now = this.#layer.clock.now();
    this.#firstAt ??= now;
    this.#urgent = false;
    this.#input({ tag: "turn", intervalMs: this.#layer.repeatIntervalMs(now - this.#firstAt) });
  }
}
