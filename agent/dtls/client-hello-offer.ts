import type { ClientHello } from "../wire/dtls/client-hello.ts";
import {
  CertificateType,
  encodeCertificateTypesOffer,
  encodeConnectionId,
  encodeEcPointFormats,
  encodeRenegotiationInfo,
  encodeServerName,
  encodeSignatureAlgorithms,
  encodeSupportedGroups,
  ExtensionType,
  type Extension,
} from "../wire/dtls/extensions.ts";
import { MAX_SESSION_ID_LENGTH } from "../wire/dtls/hello-fields.ts";
import { DTLS12 } from "../wire/dtls/record.ts";
import type { ClientContext } from "./client-state.ts";
import { SIGNATURE_SCHEMES } from "./crypto/signature.ts";
import type { ResumableSession } from "./resumption.ts";

/**
 * Octets of the longest ticket whose ClientHello still fits one datagram of the smallest IPv6 MTU: a server that keeps
 * no state before the cookie takes no ClientHello in pieces. [RFC 6347 §4.2.1]
 */
export const MAX_SHORT_TICKET = 900;

/**
 * The longest ticket that is kept and offered. Servers that put a client's whole certificate into one take the long
 * ClientHello as well that follows from it; where one does not, `SessionKeeper` gives the ticket up after one try.
 */
export const MAX_TICKET = 1900;

const MASTER_SECRET = 48; // [RFC 5246 §8.1]
const EMPTY = new Uint8Array();

/** The first ClientHello, and the session that it offers to go on with. @throws {WireError} for a host that is no name */
export function makeOffer(context: ClientContext): {
  readonly hello: ClientHello;
  readonly offered: ResumableSession | undefined;
} {
  const random = context.random.bytes(32);
  const offered = usableSession(context);
  const hello: ClientHello = {
    version: DTLS12,
    random,
    sessionId: offered ? sessionIdFor(offered, context) : EMPTY,
    cookie: EMPTY,
    cipherSuites: context.suites.map((suite) => suite.id),
    compressionMethods: [0],
    extensions: [
      { type: ExtensionType.extendedMasterSecret, data: EMPTY },
      { type: ExtensionType.renegotiationInfo, data: encodeRenegotiationInfo(EMPTY) },
      ...nameExtension(context),
      ...exchangeExtensions(context),
      ...credentialExtensions(context),
      ...ticketExtension(context, offered),
      ...connectionIdExtensions(context),
    ],
  };
  return { hello, offered };
}

/** The session we had, unless it is out of time, or not ours as we are now, or not what we would agree to. */
function usableSession(context: ClientContext): ResumableSession | undefined {
  const { resume, credentialName, suites } = context;
  if (!resume || credentialName === undefined || resume.credential !== credentialName) {
    return undefined;
  }
  const { ticket, sessionId, master, suite, expiresAt } = resume;
  const named = ticket.length > 0 ? ticket.length <= MAX_TICKET : isSessionId(sessionId);
  const inTime = context.wallTime() < expiresAt;
  const allowed = suites.some((candidate) => candidate.id === suite);
  return named && inTime && allowed && master.length === MASTER_SECRET ? resume : undefined;
}

/** With a ticket a random one, so that the server can say by repeating it that it took the ticket. [RFC 5077 §3.4] */
function sessionIdFor({ ticket, sessionId }: ResumableSession, context: ClientContext): Uint8Array {
  return ticket.length > 0 ? context.random.bytes(MAX_SESSION_ID_LENGTH) : sessionId.slice();
}

function isSessionId({ length }: Uint8Array): boolean {
  return length > 0 && length <= MAX_SESSION_ID_LENGTH;
}

/** Without the root's dot. [RFC 6066 §3] */
function nameExtension({ host }: ClientContext): Extension[] {
  if (host === undefined) return [];
  return [{ type: ExtensionType.serverName, data: encodeServerName(host.replace(/\.$/, "")) }];
}

function exchangeExtensions({ suites, groups }: ClientContext): Extension[] {
  if (suites.every((suite) => suite.keyExchange === "psk")) return [];
  return [
    { type: ExtensionType.supportedGroups, data: encodeSupportedGroups(groups) },
    { type: ExtensionType.ecPointFormats, data: encodeEcPointFormats([0]) },
  ];
}

function credentialExtensions({ credentials: { type } }: ClientContext): Extension[] {
  if (type === "psk") return [];
  const data = encodeSignatureAlgorithms(SIGNATURE_SCHEMES);
  const signatures = { type: ExtensionType.signatureAlgorithms, data };
  if (type === "certificate") return [signatures];
  // Nothing else is offered on either side: a chain would have nothing here to be believed by. [RFC 7250 §4.1]
  const rawOnly = encodeCertificateTypesOffer([CertificateType.rawPublicKey]);
  return [
    signatures,
    { type: ExtensionType.clientCertificateType, data: rawOnly },
    { type: ExtensionType.serverCertificateType, data: rawOnly },
  ];
}

/** The ticket, or nothing in its place: then we would like one. [RFC 5077 §3.2] */
function ticketExtension(
  { credentialName }: ClientContext,
  offered: ResumableSession | undefined,
): Extension[] {
  if (credentialName === undefined) return [];
  return [{ type: ExtensionType.sessionTicket, data: offered?.ticket.slice() ?? EMPTY }];
}

/** An empty id says: none is needed in records to us, yours will be in those to you. [RFC 9146 §3] [RFC 9853 §3] */
function connectionIdExtensions({ connectionId }: ClientContext): Extension[] {
  if (!connectionId) return [];
  return [
    { type: ExtensionType.connectionId, data: encodeConnectionId(connectionId) },
    { type: ExtensionType.returnRoutabilityCheck, data: EMPTY },
  ];
}
