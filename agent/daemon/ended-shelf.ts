import type { Millis } from "../net/ports.ts";
import type { StoredRequest } from "../store/agent-store.ts";
import type { Point } from "./curve.ts";
import type { LiveRequest } from "./live-request.ts";
import type { Dropped } from "./told.ts";

/** A request that is over, with what is remembered of it for as long as the agent runs. */
export interface EndedRequest {
  readonly kept: StoredRequest;
  readonly dropped: Dropped | null;
  readonly toldAtMs: Millis | null;
  readonly points: readonly Point[];
}

/** How many are shown at once. */
const MOST = 20;

/** The requests that ended last, newest first. */
export class EndedShelf {
  #ended: readonly EndedRequest[];

  /** From the store, newest first. */
  constructor(requests: readonly StoredRequest[]) {
    this.#ended = requests.slice(0, MOST).map(unwatched);
  }

  get all(): readonly EndedRequest[] {
    return this.#ended;
  }

  find(id: number): EndedRequest | undefined {
    return this.#ended.find(({ kept }) => kept.id === id);
  }

  add({ kept, dropped, toldAtMs, curve }: LiveRequest): void {
    const ended: EndedRequest = { kept, dropped, toldAtMs, points: curve.points };
    this.#ended = [ended, ...this.#ended].slice(0, MOST);
  }
}

/** One of which only the store knows. */
export function unwatched(kept: StoredRequest): EndedRequest {
  return { kept, dropped: null, toldAtMs: null, points: [] };
}
