import type { Status } from "../../agent/control/contract.ts";
import type { ControlApi } from "../../agent/control/handlers.ts";
import type { Clock, Millis, Timer } from "../../agent/net/ports.ts";
import type { Known } from "../../renderer/model/known.ts";
import { HOST_START } from "./agent-restarts.ts";
import type { HostState } from "./agent-restarts.ts";
import { linkOf, shellStateOf } from "./shell-state.ts";
import type { ShellState } from "./shell-state.ts";

/** What the watch is made of. */
export interface WatchParts {
  readonly clock: Clock;
  readonly api: ControlApi;
  /** Told the first time, and whenever something may have changed. */
  readonly onState: (state: ShellState) => void;
  readonly onStatus: (status: Status) => void;
}

/** Sentences say for how long something has been true. */
const REFRESH_MS: Millis = 30_000;

/** Knows what is true now, for the tray and for whoever asks whether the app may end. */
export class Watch {
  readonly #parts: WatchParts;
  readonly #listening: { stop(): void };
  #host: HostState = HOST_START;
  #lostAt: Millis = 0;
  #known: Known<Status> | undefined;
  #timer: Timer | undefined;

  constructor(parts: WatchParts) {
    this.#parts = parts;
    this.#listening = parts.api.on("agent.changed", (status) => this.#take(status));
    this.#tell();
  }

  /** The last that the agent told. */
  get status(): Status | undefined {
    return this.#known?.value;
  }

  /** The agent's process has another state. */
  host(state: HostState): void {
    if (this.#host.tag === "running") this.#lostAt = this.#parts.clock.wallTime();
    this.#host = state;
    this.#tell();
  }

  close(): void {
    this.#listening.stop();
    this.#timer?.cancel();
  }

  #take(status: Status): void {
    this.#known = { value: status, at: this.#parts.clock.wallTime() };
    this.#parts.onStatus(status);
    this.#tell();
  }

  #tell(): void {
    const { clock, onState } = this.#parts;
    this.#timer?.cancel();
    this.#timer = clock.after(REFRESH_MS, () => this.#tell());
    const link = linkOf(this.#host, this.#lostAt);
    onState(shellStateOf({ link, status: this.#known, now: clock.wallTime() }));
  }
}
