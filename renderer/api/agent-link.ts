import { signal, type ReadonlySignal } from "@preact/signals";
import type { ControlApi } from "../../agent/control/handlers.ts";
import type { Millis } from "../model/format.ts";
import type { LinkState, LostWhy } from "../model/link-state.ts";
import { IDLE, linkStateOf, step, type LinkEffect, type LinkInput } from "./link-machine.ts";

/** One way to the agent: a WebSocket, or the desktop shell. */
export interface AgentWire {
  /** Calls reject while there is no connection; listeners outlive connections. */
  readonly api: ControlApi;
  /** Resolves once the agent has answered. @throws {DialError} */
  dial(lost: (why: LostWhy) => void): Promise<void>;
  hangUp(): void;
}

/** A dial that did not reach an agent. */
export class DialError extends Error {
  override readonly name = "DialError";
  readonly why: LostWhy;
  constructor(why: LostWhy, message: string, options?: ErrorOptions) {
    super(message, options);
    this.why = why;
  }
}

/** What the link needs of time. */
export interface LinkClock {
  /** Milliseconds since the Unix epoch. */
  wallTime(): Millis;
  after(delay: Millis, fire: () => void): { cancel(): void };
}

/** An agent that has not answered by then is taken for one that does not run. */
const PATIENCE_MS = 5000;

/** Keeps a connection to the agent for as long as the page is open. */
export class AgentLink {
  readonly #wire: AgentWire;
  readonly #clock: LinkClock;
  readonly #state = signal<LinkState>(linkStateOf(IDLE));
  #phase = IDLE;
  #timer: { cancel(): void } | undefined;

  constructor(wire: AgentWire, clock: LinkClock) {
    this.#wire = wire;
    this.#clock = clock;
  }

  get api(): ControlApi {
    return this.#wire.api;
  }

  /** Changes whenever the agent is lost or found. */
  get state(): ReadonlySignal<LinkState> {
    return this.#state;
  }

  /** Begins to dial. */
  start(): void {
    this.#take({ tag: "start" });
  }

  #take(input: LinkInput): void {
    const [phase, effects] = step(this.#phase, input);
    this.#phase = phase;
    const shown = linkStateOf(phase);
    if (!same(shown, this.#state.peek())) this.#state.value = shown;
    for (const effect of effects) this.#carryOut(effect);
  }

  #carryOut(effect: LinkEffect): void {
    switch (effect.tag) {
      case "arm":
        this.#timer?.cancel();
        this.#timer = this.#clock.after(effect.delayMs, () => this.#take({ tag: "due" }));
        break;
      case "dial":
        void this.#dial();
        break;
      case "probe":
        void this.#probe();
        break;
      case "hang-up":
        this.#wire.hangUp();
        break;
    }
  }

  async #dial(): Promise<void> {
    try {
      await this.#inTime(
        this.#wire.dial((why) => this.#take({ tag: "ended", why, at: this.#clock.wallTime() })),
      );
      this.#take({ tag: "opened" });
    } catch (error) {
      this.#wire.hangUp();
      const why = error instanceof DialError ? error.why : "no-agent";
      this.#take({ tag: "failed", why, at: this.#clock.wallTime() });
    }
  }

  /** Whatever comes back shows that the agent lives, even a no. */
  async #probe(): Promise<void> {
    const answer = this.#wire.api.call("agent.status", {}).catch(() => {});
    try {
      await this.#inTime(answer);
      this.#take({ tag: "answered" });
    } catch {
      this.#take({ tag: "silent", at: this.#clock.wallTime() });
    }
  }

  #inTime<T>(work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const late = (): void => reject(new DialError("no-agent", "the agent does not answer"));
      const timer = this.#clock.after(PATIENCE_MS, late);
      work.finally(() => timer.cancel()).then(resolve, reject);
    });
  }
}

function same(one: LinkState, other: LinkState): boolean {
  if (one.tag !== "lost" || other.tag !== "lost") return one.tag === other.tag;
  return one.why === other.why && one.since === other.since;
}
