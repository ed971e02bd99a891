import { sameBytes } from "../wire/bytes.ts";
import { MAX_SHORT_TICKET } from "./client-hello-offer.ts";
import { wipe } from "./crypto/constant-time.ts";
import type { ResumableSession, SessionStore } from "./resumption.ts";
import type { DtlsError } from "./session.ts";
import { decodeStoredSession, encodeStoredSession } from "./stored-session.ts";

/** Where a client keeps its session with a server, and under which name. */
export interface Keeping {
  readonly store: SessionStore;
  /** Names the server and the credential, see `SessionStore`. */
  readonly server: string;
}

/**
 * What one handshake of a client has to do with sessions that are kept. Most failures of a handshake can be brought about
 * by anyone who forges a packet, so by itself none makes it forget a session.
 */
export class SessionKeeper {
  /** What was kept of the last session, to be offered. */
  readonly resume: ResumableSession | undefined;
  readonly #keeping: Keeping | undefined;
  /** What the store holds for us, as far as we know. */
  #held: Uint8Array | undefined;

  /** @param offers false: what is kept is not offered, and forgotten once there is a session without it */
  constructor(keeping: Keeping | undefined, offers = true) {
    this.#keeping = keeping;
    this.#held = keeping?.store.load(keeping.server)?.slice();
    if (!offers) return;
    this.resume = this.#held && decodeStoredSession(this.#held);
    if (this.#held && !this.resume) this.#forget();
  }

  /** Keeps a session that the server lets us resume. */
  save(session: ResumableSession): void {
    if (!this.#keeping) return;
    this.#drop();
    this.#held = encodeStoredSession(session);
    // A copy: what the store does with it is its own affair, and ours is wiped.
    this.#keeping.store.save(this.#keeping.server, this.#held.slice());
  }

  /** The handshake is done. A session that was kept, and neither taken nor replaced, is of no use. */
  established(resumed: boolean, replaced: boolean): void {
    if (!resumed && !replaced) this.#forget();
    this.#wipeOffer();
  }

  /** The peer has ended it by a fatal alert that is authentic. [RFC 5246 §7.2.2] */
  disown(): void {
    this.#forget();
  }

  /** The handshake came to nothing, or its session is over. */
  ended(reason: DtlsError): void {
    if (this.#isTooLong(reason)) this.#forget();
    this.release();
  }

  /** Silence upon a ClientHello in pieces may be the server's answer to just that. */
  #isTooLong({ code }: DtlsError): boolean {
    return code === "dtls/timeout" && (this.resume?.ticket.length ?? 0) > MAX_SHORT_TICKET;
  }

  /** Nothing more is to be kept or forgotten. */
  release(): void {
    this.#wipeOffer();
    this.#drop();
  }

  /** Another session with the same server may have left its own there meanwhile. */
  #forget(): void {
    const { store, server } = this.#keeping ?? {};
    const there = server === undefined ? undefined : store?.load(server);
    if (server !== undefined && there && this.#held && sameBytes(there, this.#held)) {
      store?.forget(server);
    }
    this.#drop();
  }

  #drop(): void {
    if (this.#held) wipe(this.#held);
    this.#held = undefined;
  }

  #wipeOffer(): void {
    if (this.resume) wipe(this.resume.master);
  }
}
