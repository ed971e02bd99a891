import type { Millis } from "../net/ports.ts";
import { wipe } from "./crypto/constant-time.ts";
import type { CipherSuite } from "./cipher-suites.ts";
import type { ServerCredentials } from "./credentials.ts";
import type { KeyShare } from "./crypto/key-share.ts";
import type {
  ConnectionIds,
  HandshakeContext,
  HandshakeEffect,
  HandshakeFailure,
} from "./handshake.ts";
import type { SessionCache } from "./session-cache.ts";
import type { PeerIdentity } from "./session.ts";
import type { SessionTickets } from "./session-tickets.ts";

/**
 * What one handshake at the server needs from outside. `connectionId` is made anew for every one: it tells sessions
 * apart.
 */
export interface ServerContext extends HandshakeContext {
  readonly credentials: ServerCredentials;
  /** Seals and opens tickets; without it there are none. */
  readonly tickets?: SessionTickets | undefined;
  /** Sessions of clients without tickets; without it they are not resumed. */
  readonly sessions?: SessionCache | undefined;
  /** How long a session can be resumed, from its full handshake on; nothing is resumed without it. */
  readonly ticketLifetimeMs?: Millis | undefined;
  /**
   * Whether no cookie has come back, so that the address may be somebody else's: then the machine resumes or fails,
   * says little, and says it once. For a ClientHello that `mayResumeWithoutCookie` only.
   */
  readonly addressUnverified?: boolean;
}

/*
 * The server's side, from a ClientHello on. [RFC 5246 §7.3] [RFC 6347 §4.2.4] [RFC 5077 §3.1]
 *
 *   startServer ─ ServerHello, [Certificate], [ServerKeyExchange], [CertificateRequest], ServerHelloDone ─▶ greeted
 *      │                                                                     │       │
 *      │                                       (with pre-shared keys)        │       │ Certificate
 *      │                                                  ClientKeyExchange ◀┘       ▼
 *      │                                                          │                shown
 *      │                                                          │                  │ ClientKeyExchange
 *      │ ServerHello, [NewSessionTicket],                         │                  ▼
 *      │ ChangeCipherSpec, Finished                               │              exchanged
 *      ▼                                                          ▼                  │ CertificateVerify
 *   resumed ── Finished ──▶ established ◀── Finished ─────────  keyed ◀──────────────┘
 *                           [NewSessionTicket], ChangeCipherSpec, Finished
 */
export type ServerState =
  | Greeted
  | Shown
  | Exchanged
  | Keyed
  | Resumed
  /** `sessionId`: under which the session is kept here, if it is. */
  | { readonly tag: "established"; readonly sessionId?: Uint8Array | undefined }
  | { readonly tag: "failed" };

/** Our flight is out. */
export interface Greeted extends Agreed {
  readonly tag: "greeted";
  readonly share: KeyShare | undefined;
  /** In which form the client has to show its key, if it has to. */
  readonly asks: "certificate" | "raw-public-key" | undefined;
}

/** The client's certificate is believed; whether it has its key is still to be seen. */
export interface Shown extends Agreed {
  readonly tag: "shown";
  readonly share: KeyShare | undefined;
  readonly client: ShownClient;
}

/** There is a master secret. */
export interface Exchanged extends Agreed {
  readonly tag: "exchanged";
  readonly client: ShownClient;
  readonly master: Uint8Array;
}

/** All but the client's Finished. */
export interface Keyed extends Agreed {
  readonly tag: "keyed";
  readonly client: ClaimedClient;
  readonly master: Uint8Array;
}

/** An abbreviated handshake: the client's Finished is the last message. */
export interface Resumed {
  readonly tag: "resumed";
  readonly suite: CipherSuite;
  readonly identity: PeerIdentity;
  readonly returnRoutability: boolean;
  readonly master: Uint8Array;
  readonly transcript: readonly Uint8Array[];
  /** Where the session goes by its id: what to forget if that Finished is wrong. */
  readonly sessionId: Uint8Array | undefined;
}

/** What a full handshake agreed on in its hellos, and what was said so far. */
export interface Agreed {
  readonly suite: CipherSuite;
  readonly clientRandom: Uint8Array;
  readonly serverRandom: Uint8Array;
  readonly extendedMasterSecret: boolean;
  readonly connectionIds: ConnectionIds | undefined;
  readonly returnRoutability: boolean;
  /** As the client asked for. */
  readonly serverName: string | undefined;
  readonly resumption: ResumptionOffer;
  /** Of our last message. */
  readonly messageSeq: number;
  readonly transcript: readonly Uint8Array[];
}

/** How the client may come back: with a ticket that is still to be sent, by the id in our ServerHello, or not. */
export type ResumptionOffer =
  | { readonly by: "ticket" }
  | { readonly by: "session-id"; readonly sessionId: Uint8Array }
  | undefined;

/** Who the client says that it is. */
export interface ClaimedClient {
  readonly identity: PeerIdentity;
  /** See `credential-binding.ts`. */
  readonly binding: Uint8Array;
  /** Wall-clock time in milliseconds since the Unix epoch from which on its certificate is not valid any more. */
  readonly validUntil: number | undefined;
}

/** A client with a key of which it has shown the public half. */
export interface ShownClient extends ClaimedClient {
  readonly spki: Uint8Array;
}

export type ServerStep = readonly [ServerState, readonly HandshakeEffect[]];

export function fail(effect: HandshakeFailure): ServerStep {
  return [{ tag: "failed" }, [effect]];
}

/** Wipes what a state holds that nobody may see. */
export function forgetSecrets(state: ServerState): void {
  if ("master" in state) wipe(state.master);
}

/** Who the client claims to be so far. */
export function claimedIdentity(state: ServerState): PeerIdentity | undefined {
  if (state.tag === "resumed") return state.identity;
  return "client" in state ? state.client.identity : undefined;
}
