import type { BeatOutcome } from "../dots/signal/heartbeat-driver.ts";
import type { HeartbeatCounters } from "../dots/signal/heartbeat.ts";
import type { Clock, Millis } from "../net/ports.ts";
import type { HeartbeatView } from "./session-view.ts";
import type { WallTime } from "./wall-time.ts";

/** How many heartbeats are shown one by one. */
const MAX_RECENT = 60;

/** What a client counts of its heartbeats. */
export interface CountingClient {
  readonly heartbeats: HeartbeatCounters;
  readonly missedInARow: number;
}

/**
 * The heartbeats with one server over all sessions of a run. Instants are kept in monotonic time and told in wall
 * time.
 */
export class HeartbeatRecord {
  readonly #clock: Clock;
  readonly #wall: WallTime;
  readonly #intervalS: number;
  readonly #recent: BeatOutcome[] = [];
  #sent = 0;
  #received = 0;
  #missed = 0;
  #lastAt: Millis | undefined;

  constructor(clock: Clock, wall: WallTime, intervalMs: Millis) {
    this.#clock = clock;
    this.#wall = wall;
    this.#intervalS = intervalMs / 1000;
  }

  /** Takes note of one heartbeat of ours. */
  beat(outcome: BeatOutcome): void {
    this.#recent.push(outcome);
    if (this.#recent.length > MAX_RECENT) this.#recent.shift();
  }

  /** Adds up what a client counted that will count no more. */
  retire({ heartbeats }: CountingClient): void {
    this.#sent += heartbeats.sent;
    this.#received += heartbeats.received;
    this.#missed += heartbeats.missed;
    this.#lastAt = this.#latest(heartbeats);
  }

  /** The whole, with what the client in use has counted so far. */
  view(client: CountingClient | undefined): HeartbeatView {
    const now = client?.heartbeats;
    const lastAt = now === undefined ? this.#lastAt : this.#latest(now);
    return {
      sent: this.#sent + (now?.sent ?? 0),
      received: this.#received + (now?.received ?? 0),
      missed: this.#missed + (now?.missed ?? 0),
      missedInARow: client?.missedInARow ?? 0,
      lastAt: lastAt === undefined ? null : this.#wall.of(lastAt),
      intervalS: this.#intervalS,
      recent: this.#recent.map(({ at, rttMs }) => ({ atMs: this.#wall.of(at), rttMs })),
    };
  }

  /** In monotonic time; a client's counters tell it in wall time. */
  #latest({ lastAt }: HeartbeatCounters): Millis | undefined {
    if (lastAt === undefined) return this.#lastAt;
    const at = this.#clock.now() - (this.#clock.wallTime() - lastAt);
    return Math.max(at, this.#lastAt ?? at);
  }
}
