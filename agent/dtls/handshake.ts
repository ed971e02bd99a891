import type { Random } from "../net/ports.ts";
import { encodeHandshakeFragment } from "../wire/dtls/handshake.ts";
import type { CipherSuite } from "./cipher-suites.ts";
import type { KeyShareGroup } from "./crypto/key-share.ts";
import type { EpochKeys } from "./key-schedule.ts";
import type { HandshakeMessage } from "./reassembly.ts";
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
  | { readonly tag: "keys"; readonly keys: EpochKeys; readonly suite: CipherSuite }
  | { readonly tag: "established"; readonly suite: CipherSuite; readonly identity: PeerIdentity }
  | HandshakeFailure;

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
  /** In order of preference. */
  readonly suites: readonly CipherSuite[];
  /** Named groups for ECDHE in order of preference. */
  readonly groups: readonly KeyShareGroup[];
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

/** A failure, as an effect. */
export function failure(
  code: DtlsErrorCode,
  reason: string,
  alert: number | undefined,
): HandshakeFailure {
  return { tag: "fail", code, reason, alert };
}
