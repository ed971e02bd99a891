import { sameBytes, WireError } from "../wire/bytes.ts";
import { AlertDescription } from "../wire/dtls/alert.ts";
import {
  CertificateType,
  decodeCertificateTypeChoice,
  decodeConnectionId,
  decodeEcPointFormats,
  decodeRenegotiationInfo,
  ExtensionType,
} from "../wire/dtls/extensions.ts";
import { DTLS12 } from "../wire/dtls/record.ts";
import { decodeServerHello, type ServerHello } from "../wire/dtls/server-hello.ts";
import { suiteById, type CipherSuite } from "./cipher-suites.ts";
import {
  fail,
  heard,
  type Agreed,
  type ClientContext,
  type ClientState,
  type HelloSent,
  type Step,
} from "./client-state.ts";
import { failure, type ConnectionIds, type HandshakeFailure } from "./handshake.ts";
import { epochKeys } from "./key-schedule.ts";
import type { HandshakeMessage } from "./reassembly.ts";
import type { ResumableSession } from "./resumption.ts";

/** What a server may only say with nothing in it. [RFC 6066 §3] [RFC 7627 §5.1] [RFC 5077 §3.2] [RFC 9853 §3] */
const BARE: ReadonlySet<number> = new Set([
  ExtensionType.serverName,
  ExtensionType.extendedMasterSecret,
  ExtensionType.sessionTicket,
  ExtensionType.returnRoutabilityCheck,
]);

/** The server has chosen: a full handshake, or the session we had. [RFC 5246 §7.3] [RFC 5077 §3.4] */
export function onServerHello(
  state: ClientState & { tag: "hello-sent" },
  message: HandshakeMessage,
  context: ClientContext,
): Step {
  const reply = decodeServerHello(message.body);
  const suite = context.suites.find((candidate) => candidate.id === reply.cipherSuite);
  const fault = choiceFault(reply, suite) ?? extensionFault(reply, state);
  if (fault || !suite) return fail(state, fault ?? notOffered());
  const agreed = agree(reply, suite, message, { sent: state, context });
  const { offered, hello } = state;
  if (offered && sameBytes(reply.sessionId, hello.sessionId)) return goOn(state, agreed, offered);
  const objection = fullHandshakeFault(reply, agreed, context);
  if (objection) return fail(state, objection);
  return [
    { tag: "negotiated", ...agreed, server: undefined, exchange: undefined, scheme: undefined },
    [],
  ];
}

/** What the two hellos come to. */
function agree(
  reply: ServerHello,
  suite: CipherSuite,
  message: HandshakeMessage,
  { sent, context }: { readonly sent: HelloSent; readonly context: ClientContext },
): Agreed {
  const connectionIds = connectionIdsOf(reply, context);
  return {
    suite,
    clientRandom: sent.hello.random,
    serverRandom: reply.random.slice(),
    extendedMasterSecret: has(reply, ExtensionType.extendedMasterSecret),
    sessionId: reply.sessionId.slice(),
    ticketDue: has(reply, ExtensionType.sessionTicket),
    connectionIds,
    returnRoutability:
      connectionIds !== undefined && has(reply, ExtensionType.returnRoutabilityCheck),
    messageSeq: sent.messageSeq,
    transcript: heard(sent.transcript, message),
  };
}

/** The abbreviated handshake: both ends have the secret already, and the server proves it first. [RFC 7627 §5.3] */
function goOn(state: ClientState, agreed: Agreed, offered: ResumableSession): Step {
  const { suite, clientRandom, connectionIds } = agreed;
  if (suite.id !== offered.suite) {
    const had = suiteById(offered.suite)?.name ?? "another suite";
    const reason = `the server goes on with a session of ${had}, but chose ${suite.name}`;
    return fail(state, failure("dtls/protocol", reason, AlertDescription.illegalParameter));
  }
  if (!agreed.extendedMasterSecret) return fail(state, lacks("extended_master_secret"));
  const master = offered.master.slice();
  return [
    { tag: "resumed", ...agreed, master, notAfter: offered.expiresAt, ticket: undefined },
    [
      { tag: "keys", keys: epochKeys(master, agreed), suite, connectionIds },
      { tag: "secret", clientRandom, master },
    ],
  ];
}

/** Why the choice is none of what we offered. */
function choiceFault(
  reply: ServerHello,
  suite: CipherSuite | undefined,
): HandshakeFailure | undefined {
  if (reply.version !== DTLS12) {
    const reason = "the server chose another version than DTLS 1.2"; // [RFC 5246 §E.1]
    return failure("dtls/protocol", reason, AlertDescription.protocolVersion);
  }
  if (!suite) return notOffered();
  if (reply.compressionMethod === 0) return undefined;
  const reason = "the server chose compression";
  return failure("dtls/protocol", reason, AlertDescription.illegalParameter);
}

function notOffered(): HandshakeFailure {
  const reason = "the server chose a cipher suite that was not offered";
  return failure("dtls/protocol", reason, AlertDescription.illegalParameter);
}

/** Why its extensions are no answer to ours. A list of groups, which some servers add, tells us nothing. */
function extensionFault(reply: ServerHello, { hello }: HelloSent): HandshakeFailure | undefined {
  const answerable = new Set(hello.extensions.map(({ type }) => type));
  answerable.delete(ExtensionType.signatureAlgorithms); // [RFC 5246 §7.4.1.4.1]
  for (const { type, data } of reply.extensions) {
    if (!answerable.has(type)) {
      const reason = `the server answered extension ${type}, which was not offered`;
      return failure("dtls/protocol", reason, AlertDescription.unsupportedExtension);
    }
    if (BARE.has(type) && data.length > 0) {
      throw new WireError("wire/leftover", `the server's extension ${type} is not empty`);
    }
    // This is the first handshake: there is no verify_data to bind to. [RFC 5746 §3.4]
    if (type === ExtensionType.renegotiationInfo && decodeRenegotiationInfo(data).length > 0) {
      const reason = "the server's renegotiation_info is not empty";
      return failure("dtls/protocol", reason, AlertDescription.handshakeFailure);
    }
    if (type === ExtensionType.ecPointFormats && !decodeEcPointFormats(data).includes(0)) {
      const reason = "the server's ec_point_formats lacks uncompressed points";
      return failure("dtls/protocol", reason, AlertDescription.illegalParameter);
    }
  }
  return undefined;
}

/**
 * What a server with a key of its own has to agree to. With pre-shared keys neither is insisted on: small servers
 * lack them, and whoever could make use of that has the key.
 */
function fullHandshakeFault(
  reply: ServerHello,
  agreed: Agreed,
  { credentials }: ClientContext,
): HandshakeFailure | undefined {
  if (credentials.type === "psk") return undefined;
  if (!agreed.extendedMasterSecret) return lacks("extended_master_secret"); // [RFC 7627 §6.1]
  if (!has(reply, ExtensionType.renegotiationInfo)) return lacks("renegotiation_info"); // [RFC 5746 §4.1]
  return credentials.type === "raw-public-key" ? certificateTypeFault(reply) : undefined;
}

/** A server that does not answer means X.509. [RFC 7250 §4.2] */
function certificateTypeFault(reply: ServerHello): HandshakeFailure | undefined {
  const types = [ExtensionType.clientCertificateType, ExtensionType.serverCertificateType];
  const chosen = types.map((type) => dataOf(reply, type)).map(decodeTypeOrX509);
  if (chosen.every((type) => type === CertificateType.rawPublicKey)) return undefined;
  const reason = "the server does not take raw public keys";
  return failure("dtls/no-common-suite", reason, AlertDescription.unsupportedCertificate);
}

function decodeTypeOrX509(data: Uint8Array | undefined): number {
  return data ? decodeCertificateTypeChoice(data) : CertificateType.x509;
}

function lacks(extension: string): HandshakeFailure {
  const reason = `the server does not agree to ${extension}`;
  return failure("dtls/protocol", reason, AlertDescription.handshakeFailure);
}

function connectionIdsOf(
  reply: ServerHello,
  { connectionId }: ClientContext,
): ConnectionIds | undefined {
  const data = dataOf(reply, ExtensionType.connectionId);
  return data && connectionId
    ? { read: connectionId, write: decodeConnectionId(data).slice() }
    : undefined;
}

function dataOf({ extensions }: ServerHello, wanted: number): Uint8Array | undefined {
  return extensions.find(({ type }) => type === wanted)?.data;
}

function has(reply: ServerHello, type: number): boolean {
  return dataOf(reply, type) !== undefined;
}
