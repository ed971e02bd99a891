import { sameBytes } from "../wire/bytes.ts";
import { MAX_SHORT_TICKET } from "./client-hello-offer.ts";
import { wipe } from "./crypto/constant-time.ts";
import type { ResumableSession, SessionStore } from "./resumption.ts";
import type { DtlsError, DtlsErrorCode } from "./session.ts";
import { decodeStoredSession, encodeStoredSession } from "./stored-session.ts";

/** Where a client keeps its session with a server, and under which name. */
export interface Keeping {
  readonly store: SessionStore;
  /** Names the server and the credential, see `SessionStore`. */
  readonly server: string;
}

/** A session that ended so is not to be gone on with. [RFC 5246 §7.2.2] */
const FATAL: ReadonlySet<DtlsErrorCode> = new Set([
  "dtls/authentication",
  "dtls/no-common-suite",
  "dtls/protocol",
]);

/** What one handshake of a client has to do with sessions that are kept. */
export class SessionKeeper {
  /** What was kept of the last session, to be offered. */
  readonly resume: ResumableSession | undefined;
  readonly #keeping: Keeping | undefined;
  /** What the store holds for us, as far as we know. */
  #held: Uint8Array | undefined;

  constructor(keeping: Keeping | undefined) {
    this.#keeping = keeping;
    this.#held = keeping?.store.load(keeping.server)?.slice();
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

  /** The handshake is done. A session that was offered, and neither taken nor replaced, is of no use. */
  established(resumed: boolean, replaced: boolean): void {
    if (this.resume && !resumed && !replaced) this.#forget();
    this.#wipeOffer();
  }

  /** The handshake came to nothing, or its session is over. */
  ended(reason: DtlsError): void {
    if (FATAL.has(reason.code) || this.#isTooLong(reason)) this.#forget();
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
