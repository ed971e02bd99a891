import { nextMid } from "../dots/signal/mid.ts";
import type { StoredMid } from "../store/agent-store.ts";

/** Whom mids count towards. */
export interface MidOwner {
  /** `HOST:PORT` */
  readonly server: string;
  readonly cuid: string;
}

/**
 * The last mid used towards each server under each cuid. They outlive the provider: one that is removed and added again
 * goes on where it was. [RFC 9132 §4.4.1.1]
 */
export class MidBook {
  readonly #last = new Map<string, StoredMid>();

  constructor(mids: readonly StoredMid[]) {
    for (const mid of mids) this.took(mid);
  }

  /** The mid to use next, to be kept together with what uses it; undefined: there is none left while an attack lasts. */
  next(owner: MidOwner, attackDetected: boolean): StoredMid | undefined {
    const next = nextMid(this.#last.get(keyOf(owner))?.last, attackDetected);
    return next.tag === "mid" ? { ...owner, last: next.mid } : undefined;
  }

  /** A mid that the server is known to hold; what is to be kept when that changes what comes next. */
  seen(owner: MidOwner, mid: number): StoredMid | undefined {
    const last = this.#last.get(keyOf(owner))?.last;
    return last === undefined || last < mid ? { ...owner, last: mid } : undefined;
  }

  /** The same sequence under another name of the server; what is to be kept. */
  moved(from: MidOwner, to: MidOwner): StoredMid | undefined {
    const last = this.#last.get(keyOf(from))?.last;
    return last === undefined ? undefined : this.seen(to, last);
  }

  /** It is kept. */
  took(mid: StoredMid): void {
    this.#last.set(keyOf(mid), mid);
  }
}

function keyOf({ server, cuid }: MidOwner): string {
  return `${server} ${cuid}`;
}
