import type { Millis } from "../net/ports.ts";
import type { PeerIdentity } from "./session.ts";

/** What both ends need to go on with a session they had. [RFC 5246 §7.3] [RFC 5077] */

/** What a client keeps of a session. Holds a secret. */
export interface ResumableSession {
  /** Of the suite. */
  readonly suite: number;
  /** 48 octets. */
  readonly master: Uint8Array;
  /** The server's ticket; empty where it goes by `sessionId`. */
  readonly ticket: Uint8Array;
  /** The server's session id; empty where there is a ticket. */
  readonly sessionId: Uint8Array;
  /** Wall-clock time in milliseconds since the Unix epoch, after which it is not offered any more. */
  readonly expiresAt: number;
  /** Which credential of ours it was set up with: a hash; another credential may not use it. */
  readonly credential: string;
  /** The round trip of that session, a first guess for the next: resuming under loss may not tell it. */
  readonly rttMs?: Millis;
}

/**
 * Where a client keeps one session a server, across restarts if it can. What is kept is secret: who reads it can read
 * and speak in that session. The text `server` names the server and the credential. None may throw.
 */
export interface SessionStore {
  load(server: string): Uint8Array | undefined;
  save(server: string, session: Uint8Array): void;
  forget(server: string): void;
}

/** What a server needs to go on with a session; travels inside its tickets, or is kept by session id. */
export interface ServerSessionState {
  readonly suite: number;
  /** 48 octets. */
  readonly master: Uint8Array;
  readonly identity: PeerIdentity;
  /** What the client had proved itself with, see `credential-binding.ts`: it must be the same still. */
  readonly binding: Uint8Array;
  /** Wall-clock time in milliseconds since the Unix epoch. Resuming does not renew it. */
  readonly expiresAt: number;
}
