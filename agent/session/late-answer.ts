import type { Clock, Millis } from "../net/ports.ts";

/** When an answer that a person waits for is late, so that something else had better be tried as well. */

/** So many round trips, and no less than this: the request or its answer was lost. */
const LATE_ROUND_TRIPS = 4;
const LEAST_LATE_MS: Millis = 700;

/** Calls `late` once if it takes that long, and `came` when there is an answer; neither when it fails in time. */
export function awaitAnswer(
  clock: Clock,
  answer: Promise<unknown>,
  rttMs: Millis,
  { late, came }: { readonly late: () => void; readonly came: () => void },
): void {
  const timer = clock.after(Math.max(LEAST_LATE_MS, LATE_ROUND_TRIPS * rttMs), late);
  answer.then(
    () => {
      timer.cancel();
      came();
    },
    () => timer.cancel(),
  );
}
