import { DotsClient } from "../dots/client/client.ts";
import type { BeatOutcome } from "../dots/signal/heartbeat-driver.ts";
import type { HeartbeatConfig } from "../dots/signal/heartbeat.ts";
import type { DtlsSession } from "../dtls/session.ts";
import type { Clock, Random } from "../net/ports.ts";

/** What a link tells its owner, until it is closed. None may throw. */
export interface LinkListener {
  /** A heartbeat of ours was answered or missed. */
  beat(outcome: BeatOutcome): void;
  /** Every heartbeat that may be missed is, and nothing else was heard. */
  silent(): void;
  /** The path is gone without our doing. */
  lost(reason: Error): void;
}

/** What a link is made with. */
export interface LinkOptions {
  readonly cuid: string;
  readonly heartbeat: HeartbeatConfig;
}

/** One DTLS session with a DOTS client on it, which beats. */
export class ClientLink {
  readonly client: DotsClient;
  readonly dtls: DtlsSession;
  readonly #listener: LinkListener;
  #lost: Error | undefined;
  /** Before `open`, the owner does not know of the link yet. */
  #state: "new" | "open" | "closed" = "new";

  constructor(
    deps: { readonly clock: Clock; readonly random: Random },
    dtls: DtlsSession,
    options: LinkOptions,
    listener: LinkListener,
  ) {
    this.dtls = dtls;
    this.#listener = listener;
    this.client = new DotsClient(deps, dtls, {
      ...options,
      onBeat: (outcome) => {
        if (this.#state === "open") listener.beat(outcome);
      },
      onVerdict: (verdict) => {
        if (this.#state === "open" && verdict === "silent") listener.silent();
      },
      onClosed: (reason) => {
        this.#lost = reason;
        if (this.#state === "open") listener.lost(reason);
      },
    });
  }

  /** Begins to tell, and sends the first heartbeat at once: the others follow at their interval. */
  open(): void {
    if (this.#state !== "new") return;
    this.#state = "open";
    if (this.#lost === undefined) this.beat();
    else this.#listener.lost(this.#lost);
  }

  /** A heartbeat now. How it goes is told as with those of the interval. */
  beat(): void {
    this.client.heartbeat().catch(() => undefined);
  }

  /** Says goodbye. Idempotent. */
  close(): void {
    this.#state = "closed";
    this.client.close();
  }
}
