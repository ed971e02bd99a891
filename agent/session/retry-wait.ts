import type { Millis } from "../net/ports.ts";
import type { SessionFault } from "./session-fault.ts";

/**
 * How long to wait before the next try on our own account. A wait doubles with every try in a row up to the longest,
 * and is stretched by chance, so that those who lost the same server do not all come back at once.
 */
interface Pace {
  readonly firstMs: Millis;
  readonly longestMs: Millis;
}

/** Until the first session stands: this machine's own line may only be coming up. */
const FIRST: Pace = { firstMs: 2000, longestMs: 60_000 };

/** A name that does not exist and a key that is refused seldom mend themselves. */
const FUTILE: Pace = { firstMs: 15_000, longestMs: 300_000 };

/** After a session that the server itself ended. */
const ENDED: Pace = { firstMs: 2000, longestMs: 60_000 };

/**
 * A new session in place of a lost one MUST NOT be tried more often than every 60 s, and SHOULD NOT be more often than
 * every 300 s. The first tries come between the two: a server that restarts is back within minutes, and whoever waits
 * for it may be under attack. [RFC 9132 §4.7]
 */
const AGAIN: Pace = { firstMs: 60_000, longestMs: 300_000 };

/** The least time between a try for a new session that failed and the next one. [RFC 9132 §4.7] */
export const LEAST_BETWEEN_MS: Millis = AGAIN.firstMs;

/** How much of a wait chance adds at most. */
const STRETCH = 0.5;

/** The wait after a try that failed; `failures` counts those in a row, with this one. `jitter` is in [0, 1). */
export function waitAfterFailure(
  failure: {
    readonly fault: SessionFault;
    readonly failures: number;
    readonly hadSession: boolean;
  },
  jitter: number,
): Millis {
  const { fault, failures, hadSession } = failure;
  if (hadSession) return waitOf(AGAIN, failures, jitter);
  const futile = fault === "key-refused" || fault === "name-not-found";
  return waitOf(futile ? FUTILE : FIRST, failures, jitter);
}

/** The wait after the server ended a session; `fleeting` counts the sessions in a row that did not last. */
export function waitAfterEnd(fleeting: number, jitter: number): Millis {
  return waitOf(ENDED, fleeting, jitter);
}

/**
 * The least time between one try and the next while a session is in use that answers badly; `fleeting` counts the
 * sessions in a row that soon did. On a line that loses much every session does, and a new one is no help.
 */
export function waitBeside(fleeting: number): Millis {
  return fleeting <= 1 ? 0 : waitOf(AGAIN, fleeting - 1, 0);
}

function waitOf({ firstMs, longestMs }: Pace, count: number, jitter: number): Millis {
  const doubled = firstMs * 2 ** Math.min(Math.max(count - 1, 0), 16);
  return Math.min(doubled * (1 + STRETCH * jitter), longestMs);
}
