import type { Random } from "../net/ports.ts";
import { encodeHandshakeFragment } from "../wire/dtls/handshake.ts";
import type { CipherSuite } from "./cipher-suites.ts";
import type { KeyShareGroup } from "./crypto/key-share.ts";
import type { EpochKeys } from "./key-schedule.ts";
import type { HandshakeMessage } from "./reassembly.ts";
import type { ResumableSession } from "./resumption.ts";
import type { DtlsErrorCode, PeerIdentity } from "./session.ts";

/** One message of a flight, before it is cut into records. */
export interface FlightMessage {
  readonly tag: "message";
  readonly type: number;
  readonly messageSeq: number;
  readonly epoch: 0 | 1;
  readonly body: Uint8Array;
}

/** What one end says in one go, and repeats as a whole. [RFC 6347 §4.2.4] */
export type Flight = readonly (FlightMessage | { readonly tag: "change-cipher-spec" })[];

/** What a handshake machine wants done. Effects are carried out in their order. */
export type HandshakeEffect =
  /** `final`: no answer is awaited; sent again only when the peer repeats itself. */
  | { readonly tag: "send"; readonly flight: Flight; readonly final: boolean }
  | {
      readonly tag: "keys";
      readonly keys: EpochKeys;
      readonly suite: CipherSuite;
      /** Undefined unless both ends agreed on it. */
      readonly connectionIds: ConnectionIds | undefined;
    }
  /** What a key log records. The driver hands it on at once and keeps nothing of it. */
  | { readonly tag: "secret"; readonly clientRandom: Uint8Array; readonly master: Uint8Array }
  /** Client: data may go before the server's Finished has come. [RFC 7918] */
  | { readonly tag: "may-send" }
  /** Client: what to keep for resumption; comes before `established`. */
  | { readonly tag: "resumable"; readonly session: ResumableSession }
  | Established
  | HandshakeFailure;

/** The handshake is done: both Finished were verified. */
export interface Established {
  readonly tag: "established";
  readonly suite: CipherSuite;
  readonly identity: PeerIdentity;
  readonly resumed: boolean;
  /** Whether both ends check a new path by [RFC 9853]. */
  readonly returnRoutability: boolean;
}

/** The connection ids of a session, either of them possibly empty: then that direction has plain records. [RFC 9146 §3] */
export interface ConnectionIds {
  /** What the peer's records to us carry. */
  readonly read: Uint8Array;
  /** What ours to the peer carry. */
  readonly write: Uint8Array;
}

/** The handshake cannot go on. */
export interface HandshakeFailure {
  readonly tag: "fail";
  readonly code: DtlsErrorCode;
  readonly reason: string;
  /** The alert that tells the peer; none where silence is the answer. */
  readonly alert: number | undefined;
}

/** What both ends' machines need from outside: chance, and what may be negotiated. */
export interface HandshakeContext {
  readonly random: Random;
  /** Wall-clock time in milliseconds since the Unix epoch: certificates and tickets have their time. */
  wallTime(): number;
  /** In order of preference. */
  readonly suites: readonly CipherSuite[];
  /** Named groups for ECDHE in order of preference. */
  readonly groups: readonly KeyShareGroup[];
  /** What we want to find in the peer's records, offered or answered; undefined: no connection ids. [RFC 9146 §3] */
  readonly connectionId: Uint8Array | undefined;
}

/**
 * A message as the Finished and the session hash cover it: as if it had come in one fragment
 * [RFC 6347 §4.2.6].
 */
export function transcriptForm(
  message: Pick<HandshakeMessage, "type" | "messageSeq" | "body">,
): Uint8Array {
  const { type, messageSeq, body } = message;
  return encodeHandshakeFragment({
    type,
    length: body.length,
    messageSeq,
    offset: 0,
    fragment: body,
  });
}

/** A message of ours, as a part of a flight. */
export function ourMessage(
  type: number,
  messageSeq: number,
  epoch: 0 | 1,
  body: Uint8Array,
): FlightMessage {
  return { tag: "message", type, messageSeq, epoch, body };
}

/** A failure, as an effect. */
export function failure(
  code: DtlsErrorCode,
  reason: string,
  alert: number | undefined,
): HandshakeFailure {
  return { tag: "fail", code, reason, alert };
}
