import type { Clock } from "../net/ports.ts";
import { wipe } from "./crypto/constant-time.ts";
import type { ServerSessionState } from "./resumption.ts";

/** About half a kilobyte each. */
const CAPACITY = 1000;

/**
 * Sessions by their ids, for clients that have no tickets. [RFC 5246 §7.3] The one that was not asked for the longest
 * goes when there is no room.
 */
export class SessionCache {
  readonly #clock: Pick<Clock, "wallTime">;
  readonly #capacity: number;
  /** What was used last comes last. */
  readonly #sessions = new Map<string, ServerSessionState>();

  /** @param capacity sessions at a time: 1000 */
  constructor(clock: Pick<Clock, "wallTime">, capacity = CAPACITY) {
    this.#clock = clock;
    this.#capacity = capacity;
  }

  /** Sessions held, some of them possibly out of time. */
  get size(): number {
    return this.#sessions.size;
  }

  /** Keeps a session until its `expiresAt`; of its secret a copy. */
  add(id: Uint8Array, state: ServerSessionState): void {
    const key = keyOf(id);
    this.#drop(key);
    this.#sessions.set(key, { ...state, master: state.master.slice() });
    for (const [oldest, { expiresAt }] of this.#sessions) {
      const late = expiresAt <= this.#clock.wallTime();
      if (!late && this.#sessions.size <= this.#capacity) break;
      this.#drop(oldest);
    }
  }

  /** The session with that id, unless its time is over. Its `master` is a copy: the caller wipes it. */
  get(id: Uint8Array): ServerSessionState | undefined {
    const key = keyOf(id);
    const state = this.#sessions.get(key);
    if (!state) return undefined;
    if (state.expiresAt <= this.#clock.wallTime()) {
      this.#drop(key);
      return undefined;
    }
    this.#sessions.delete(key);
    this.#sessions.set(key, state);
    return { ...state, master: state.master.slice() };
  }

  /** Forgets a session, as a fatal alert in it demands. [RFC 5246 §7.2.2] */
  delete(id: Uint8Array): void {
    this.#drop(keyOf(id));
  }

  /** Forgets everything. */
  wipe(): void {
    for (const key of this.#sessions.keys()) this.#drop(key);
  }

  #drop(key: string): void {
    const state = this.#sessions.get(key);
    if (state) wipe(state.master);
    this.#sessions.delete(key);
  }
}

function keyOf(id: Uint8Array): string {
  return String.fromCharCode(...id);
}
