import type { Status } from "../../agent/control/contract.ts";
import type { Clock, Millis, Timer } from "../../agent/net/ports.ts";
import { noticesOf } from "./notices.ts";
import type { Notice, Seen } from "./notices.ts";

/** One notice of the system's, shown. */
export interface Shown {
  close(): void;
}

/** What the notifier is made of. */
export interface NotifierParts {
  readonly clock: Clock;
  /** Shows one; `onClick` is called when the user wants to see more. */
  readonly show: (notice: Notice, onClick: () => void) => Shown;
  /** Whether the user looks at the window: then that says all this itself. */
  readonly isWatched: () => boolean;
  readonly openWindow: () => void;
}

/** An attack that comes and goes must not cover the screen. */
const MOST_AT_ONCE = 4;
const SPAN_MS: Millis = 60_000;

/**
 * Tells the user what is new in each status, but a few notices a minute at most. The others wait, and what is newer
 * takes the place of what waits about the same thing.
 */
export class Notifier {
  readonly #parts: NotifierParts;
  readonly #waiting = new Map<string, Notice>();
  readonly #shown = new Map<string, Shown>();
  #seen: Seen | undefined;
  #times: readonly Millis[] = [];
  #timer: Timer | undefined;

  constructor(parts: NotifierParts) {
    this.#parts = parts;
  }

  /** What is true now. The first time it is no news. */
  tell(status: Status): void {
    const [seen, notices] = noticesOf(this.#seen, status);
    this.#seen = seen;
    for (const about of this.#shown.keys()) {
      if (!seen.phases.has(about) && !seen.sessions.has(about)) this.#shown.delete(about);
    }
    for (const notice of notices) {
      this.#waiting.delete(notice.about);
      this.#waiting.set(notice.about, notice);
    }
    this.#showSome();
  }

  /** Shows nothing more. */
  close(): void {
    this.#timer?.cancel();
    this.#waiting.clear();
  }

  #showSome(): void {
    if (this.#parts.isWatched()) this.#waiting.clear();
    const now = this.#parts.clock.now();
    this.#times = this.#times.filter((time) => now - time < SPAN_MS);
    for (const notice of this.#waiting.values()) {
      if (this.#times.length >= MOST_AT_ONCE) break;
      this.#waiting.delete(notice.about);
      this.#times = [...this.#times, now];
      this.#show(notice);
    }
    this.#timer?.cancel();
    const [first] = this.#times;
    if (this.#waiting.size === 0 || first === undefined) return;
    this.#timer = this.#parts.clock.after(first + SPAN_MS - now, () => this.#showSome());
  }

  #show(notice: Notice): void {
    this.#shown.get(notice.about)?.close();
    this.#shown.set(notice.about, this.#parts.show(notice, this.#parts.openWindow));
  }
}
