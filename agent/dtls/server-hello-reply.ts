import {
  CertificateType,
  encodeCertificateTypeChoice,
  encodeConnectionId,
  encodeEcPointFormats,
  encodeRenegotiationInfo,
  ExtensionType,
  type Extension,
} from "../wire/dtls/extensions.ts";
import { DTLS12 } from "../wire/dtls/record.ts";
import { encodeServerHello } from "../wire/dtls/server-hello.ts";
import type { CipherSuite } from "./cipher-suites.ts";
import type { ConnectionIds } from "./handshake.ts";
import type { HelloOffer } from "./hello-offer.ts";
import type { Signer } from "./server-choice.ts";
import type { ServerContext } from "./server-state.ts";

/** What our ServerHello says. */
export interface HelloReply {
  readonly random: Uint8Array;
  readonly sessionId: Uint8Array;
  readonly suite: CipherSuite;
  readonly connectionIds: ConnectionIds | undefined;
  readonly willSendTicket: boolean;
  /** Undefined with pre-shared keys, and when a session is resumed. */
  readonly signer: Signer | undefined;
  /** When a session is resumed, nothing is said of what its full handshake settled. */
  readonly resumed?: boolean;
}

const EMPTY = new Uint8Array();
/**
 * Longer ids of clients are not agreed on: each record of ours would carry one, a challenge to an address that nobody has
 * proved to be at too. [RFC 9146 §3]
 */
const MAX_PEER_ID_LENGTH = 32;

/** Body of our ServerHello, which answers only what was offered. [RFC 5246 §7.4.1.4] */
export function serverHello(offer: HelloOffer, reply: HelloReply): Uint8Array {
  return encodeServerHello({
    version: DTLS12,
    random: reply.random,
    sessionId: reply.sessionId,
    cipherSuite: reply.suite.id,
    compressionMethod: 0,
    extensions: [...generalExtensions(offer, reply), ...exchangeExtensions(offer, reply)],
  });
}

/**
 * Connection ids are agreed on only with a client that checks new paths as well: an address that is replaced without a
 * check is one that an attacker can replace. [RFC 9146 §6] [RFC 9853]
 */
export function agreeConnectionIds(
  { connectionId, returnRoutability }: HelloOffer,
  context: ServerContext,
): ConnectionIds | undefined {
  if (!connectionId || !returnRoutability || !context.connectionId) return undefined;
  if (connectionId.length > MAX_PEER_ID_LENGTH) return undefined;
  return { read: context.connectionId, write: connectionId };
}

function generalExtensions(offer: HelloOffer, reply: HelloReply): Extension[] {
  const extensions: Extension[] = [];
  const add = (type: number, data: Uint8Array): void => void extensions.push({ type, data });
  // Also for the cipher suite that stands for it, though no extension was offered then. [RFC 5746 §3.6]
  if (offer.renegotiationInfo) {
    add(ExtensionType.renegotiationInfo, encodeRenegotiationInfo(EMPTY));
  }
  if (offer.extendedMasterSecret) add(ExtensionType.extendedMasterSecret, EMPTY);
  if (reply.connectionIds) {
    add(ExtensionType.connectionId, encodeConnectionId(reply.connectionIds.read));
    add(ExtensionType.returnRoutabilityCheck, EMPTY);
  }
  if (reply.willSendTicket) add(ExtensionType.sessionTicket, EMPTY);
  return extensions;
}

/** What belongs to the key exchange of a full handshake. */
function exchangeExtensions(
  offer: HelloOffer,
  { suite, signer, resumed }: HelloReply,
): Extension[] {
  if (resumed === true) return [];
  const extensions: Extension[] = [];
  const answer = (type: number, data: Uint8Array): void => {
    if (offer.extensions.has(type)) extensions.push({ type, data });
  };
  if (suite.keyExchange !== "psk") answer(ExtensionType.ecPointFormats, encodeEcPointFormats([0]));
  if (!signer) return extensions;
  // A client that named its kinds is told which one it is, the usual one too. [RFC 7250 §4.2]
  const { x509, rawPublicKey } = CertificateType;
  const type = encodeCertificateTypeChoice(signer.type === "certificate" ? x509 : rawPublicKey);
  answer(ExtensionType.clientCertificateType, type);
  answer(ExtensionType.serverCertificateType, type);
  if (signer.type === "certificate" && signer.named) answer(ExtensionType.serverName, EMPTY);
  return extensions;
}
