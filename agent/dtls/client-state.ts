import type { ClientHello } from "../wire/dtls/client-hello.ts";
import type { NewSessionTicket } from "../wire/dtls/new-session-ticket.ts";
import type { CipherSuite } from "./cipher-suites.ts";
import type { ClientCredentials } from "./credentials.ts";
import { wipe } from "./crypto/constant-time.ts";
import type { KeyShareGroup } from "./crypto/key-share.ts";
import {
  transcriptForm,
  type ConnectionIds,
  type HandshakeContext,
  type HandshakeEffect,
  type HandshakeFailure,
} from "./handshake.ts";
import type { HandshakeMessage } from "./reassembly.ts";
import type { ResumableSession } from "./resumption.ts";

/** What a client's handshake needs from outside. */
export interface ClientContext extends HandshakeContext {
  readonly credentials: ClientCredentials;
  /** The DNS name to ask for [RFC 6066 §3]; never a literal address. */
  readonly host: string | undefined;
  /** A session to go on with, if it still may be; its secret stays the caller's to wipe. */
  readonly resume: ResumableSession | undefined;
  /** What sessions are kept under, see `ResumableSession.credential`; undefined: none are kept. */
  readonly credentialName: string | undefined;
  /** Whether data may go before the server's Finished has come. [RFC 7918] */
  readonly falseStart: boolean;
}

/** Where a client's handshake stands; see `client-handshake.ts` for the way through. */
export type ClientState =
  | ({ readonly tag: "hello-sent" } & HelloSent)
  /** The server's first flight comes in. */
  | ({ readonly tag: "negotiated" } & Negotiated)
  /** Our proof is out, the server's is awaited. */
  | ({ readonly tag: "proved" } & Secured)
  /** The server goes on with the session that we had; its proof comes first. */
  | ({ readonly tag: "resumed" } & Secured)
  | { readonly tag: "established" }
  | { readonly tag: "failed" };

/** What we have offered. */
export interface HelloSent {
  readonly hello: ClientHello;
  /** The session that `hello` offers to go on with. */
  readonly offered: ResumableSession | undefined;
  readonly messageSeq: number;
  /** Times that the server has asked for a cookie. */
  readonly cookieRounds: number;
  readonly transcript: readonly Uint8Array[];
}

/** What the ServerHello settled. */
export interface Agreed {
  readonly suite: CipherSuite;
  readonly clientRandom: Uint8Array;
  readonly serverRandom: Uint8Array;
  readonly extendedMasterSecret: boolean;
  /** The server's name for the session; empty where it keeps none. */
  readonly sessionId: Uint8Array;
  /** Whether a NewSessionTicket has to come before the server's Finished. [RFC 5077 §3.2] */
  readonly ticketDue: boolean;
  readonly connectionIds: ConnectionIds | undefined;
  readonly returnRoutability: boolean;
  /** Of our last message. */
  readonly messageSeq: number;
  readonly transcript: readonly Uint8Array[];
}

/** What the server has said of its first flight. */
export interface Negotiated extends Agreed {
  readonly server: ServerKey | undefined;
  readonly exchange: ServerExchange | undefined;
  /** What our own signature will be made with, once the server has asked for one. */
  readonly scheme: number | undefined;
}

/** The key by which the server proves itself, once it is believed to be the server's. */
export interface ServerKey {
  /** DER of the SubjectPublicKeyInfo. */
  readonly spki: Uint8Array;
  /** Until when that holds: wall-clock time in milliseconds since the Unix epoch, or Infinity. */
  readonly notAfter: number;
}

/** What the server said in its ServerKeyExchange; a PSK suite needs none of it. */
export interface ServerExchange {
  readonly group?: KeyShareGroup;
  readonly publicKey?: Uint8Array;
}

/** Both ends have the secret; the server's Finished is what is missing. */
export interface Secured extends Agreed {
  /** Ours to wipe. */
  readonly master: Uint8Array;
  /** Until when the session may be gone on with: as `ServerKey.notAfter`. */
  readonly notAfter: number;
  readonly ticket: NewSessionTicket | undefined;
}

/** A state, and what is to be done on the way to it. */
export type Step = readonly [ClientState, readonly HandshakeEffect[]];

/** The end of an attempt that was in `state`, whose secrets go with it. */
export function fail(state: ClientState | undefined, effect: HandshakeFailure): Step {
  if (state?.tag === "proved" || state?.tag === "resumed") wipe(state.master);
  return [{ tag: "failed" }, [effect]];
}

/** The handshake so far, with a message that has come or goes. */
export function heard(
  transcript: readonly Uint8Array[],
  ...messages: readonly Pick<HandshakeMessage, "type" | "messageSeq" | "body">[]
): readonly Uint8Array[] {
  return [...transcript, ...messages.map(transcriptForm)];
}
