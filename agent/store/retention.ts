import type { StoredRequest } from "./agent-store.ts";

/** How long the agent's store remembers: of what only grows, the newest are kept. */

/** How many entries of the activity log are kept, and how many requests that are over. */
export const KEPT = { activities: 20_000, overRequests: 5000 } as const;

/** Whether it is time to trim: not before there are 5 % too many, since each time costs. */
export function isTimeToTrim(count: number, kept: number): boolean {
  return count > kept + kept / 20;
}

/** Whether a request is over, so that it is kept for the record alone. */
export function isOver({ phase }: StoredRequest): boolean {
  return phase === "ended" || phase === "refused";
}
