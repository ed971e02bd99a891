import { WireError } from "../wire/bytes.ts";
import { AlertDescription } from "../wire/dtls/alert.ts";
import type { ClientHello } from "../wire/dtls/client-hello.ts";
import {
  decodeEcPointFormats,
  decodeRenegotiationInfo,
  decodeSupportedGroups,
  encodeEcPointFormats,
  encodeRenegotiationInfo,
  ExtensionType,
  NamedGroup,
  type Extension,
} from "../wire/dtls/extensions.ts";
import { decodeFinished, encodeFinished } from "../wire/dtls/finished.ts";
import { HandshakeType } from "../wire/dtls/handshake.ts";
import {
  decodeClientKeyExchangeEcdhePsk,
  decodeClientKeyExchangePsk,
  encodeServerKeyExchangeEcdhePsk,
  encodeServerKeyExchangePsk,
} from "../wire/dtls/psk-messages.ts";
import { DTLS12 } from "../wire/dtls/record.ts";
import { encodeServerHello } from "../wire/dtls/server-hello.ts";
import type { CipherSuite } from "./cipher-suites.ts";
import type { ServerCredentials } from "./credentials.ts";
import { constantTimeEqual, wipe } from "./crypto/constant-time.ts";
import { generateKeyShare, type KeyShare, type KeyShareGroup } from "./crypto/key-share.ts";
import {
  failure,
  transcriptForm,
  type FlightMessage,
  type HandshakeContext,
  type HandshakeEffect,
  type HandshakeFailure,
} from "./handshake.ts";
import { epochKeys, masterSecret, pskPremaster, verifyData } from "./key-schedule.ts";
import type { HandshakeMessage } from "./reassembly.ts";

export interface ServerContext extends HandshakeContext {
  readonly credentials: ServerCredentials;
}

/*
 * The server's side of a full handshake with pre-shared keys, from a ClientHello whose cookie has been
 * verified. [RFC 5246 §7.3] [RFC 6347 §4.2.4]
 *
 *   startServer ─ ServerHello, [ServerKeyExchange], ServerHelloDone ─▶ greeted
 *                                                                        │ ClientKeyExchange
 *                                                                        ▼
 *   established ◀─ ChangeCipherSpec, Finished ───────────── Finished ─ keyed
 */
export type ServerState =
  | ({ readonly tag: "greeted"; readonly share: KeyShare | undefined } & Greeted)
  | ({ readonly tag: "keyed"; readonly master: Uint8Array; readonly identity: string } & Greeted)
  | { readonly tag: "established" }
  | { readonly tag: "failed" };

interface Greeted {
  readonly suite: CipherSuite;
  readonly clientRandom: Uint8Array;
  readonly serverRandom: Uint8Array;
  readonly extendedMasterSecret: boolean;
  /** Of our last message. */
  readonly messageSeq: number;
  readonly transcript: readonly Uint8Array[];
}

type Step = readonly [ServerState, readonly HandshakeEffect[]];

/** TLS_EMPTY_RENEGOTIATION_INFO_SCSV: an empty renegotiation_info in another dress. [RFC 5746 §3.3] */
const RENEGOTIATION_SCSV = 0x00ff;

/** The first flight to a client whose address is verified. Total, as `stepServer` is. */
export function startServer(
  hello: ClientHello,
  message: HandshakeMessage,
  context: ServerContext,
): Step {
  try {
    return greet(hello, message, context);
  } catch (error) {
    return malformed(error);
  }
}

function greet(hello: ClientHello, message: HandshakeMessage, context: ServerContext): Step {
  const chosen = choose(hello, context);
  if ("tag" in chosen) return fail(chosen);
  const { suite, group } = chosen;
  const share = group === undefined ? undefined : generateKeyShare(group);
  const serverRandom = context.random.bytes(32);
  const extendedMasterSecret = offers(hello, ExtensionType.extendedMasterSecret);
  const reply = encodeServerHello({
    version: DTLS12,
    random: serverRandom,
    sessionId: new Uint8Array(),
    cipherSuite: suite.id,
    compressionMethod: 0,
    extensions: replyExtensions(hello, suite),
  });
  const bodies: [number, Uint8Array][] = [[HandshakeType.serverHello, reply]];
  const exchange = serverKeyExchange(share, context);
  if (exchange) bodies.push([HandshakeType.serverKeyExchange, exchange]);
  bodies.push([HandshakeType.serverHelloDone, new Uint8Array()]);
  // The HelloVerifyRequest had the number of the first ClientHello; we go on from the second's. [RFC 6347 §4.2.2]
  const flight = bodies.map(([type, body], i) =>
    serverMessage(type, message.messageSeq + i, 0, body),
  );
  const greeted: Greeted = {
    suite,
    clientRandom: hello.random.slice(),
    serverRandom,
    extendedMasterSecret,
    messageSeq: message.messageSeq + flight.length - 1,
    transcript: [transcriptForm(message), ...flight.map(transcriptForm)],
  };
  return [{ tag: "greeted", share, ...greeted }, [{ tag: "send", flight, final: false }]];
}

/** Our most preferred suite that the client offers too, with a common group where it needs one. */
function choose(
  hello: ClientHello,
  context: ServerContext,
): { readonly suite: CipherSuite; readonly group: KeyShareGroup | undefined } | HandshakeFailure {
  // DTLS versions count downwards: 1.2 is 0xfefd, 1.0 is 0xfeff. A later client speaks 1.2 too. [RFC 6347 §4.1]
  if (hello.version > DTLS12) {
    const reason = "the client offers no version from DTLS 1.2 on";
    return failure("dtls/protocol", reason, AlertDescription.protocolVersion);
  }
  if (!hello.compressionMethods.includes(0)) {
    const reason = "the client does not offer to go without compression";
    return failure("dtls/protocol", reason, AlertDescription.illegalParameter);
  }
  const fault = extensionFault(hello);
  if (fault) return fault;
  const group = commonGroup(hello, context.groups);
  const suite = context.suites.find(
    (candidate) =>
      hello.cipherSuites.includes(candidate.id) &&
      (candidate.keyExchange === "psk" || group !== undefined),
  );
  if (!suite) {
    const reason = "the client offers no cipher suite that is served here";
    return failure("dtls/no-common-suite", reason, AlertDescription.handshakeFailure);
  }
  return { suite, group: suite.keyExchange === "psk" ? undefined : group };
}

/** What an extension says that it may not. */
function extensionFault({ extensions }: ClientHello): HandshakeFailure | undefined {
  for (const { type, data } of extensions) {
    // This is a first handshake: there is no verify_data to bind to. [RFC 5746 §3.6]
    if (type === ExtensionType.renegotiationInfo && decodeRenegotiationInfo(data).length > 0) {
      const reason = "the client's renegotiation_info is not empty";
      return failure("dtls/protocol", reason, AlertDescription.handshakeFailure);
    }
    if (type === ExtensionType.extendedMasterSecret && data.length > 0) {
      const reason = "the client's extended_master_secret is not empty"; // [RFC 7627 §5.1]
      return failure("dtls/protocol", reason, AlertDescription.decodeError);
    }
    // Uncompressed is what everyone must be able to do. [RFC 8422 §5.1.2]
    if (type === ExtensionType.ecPointFormats && !decodeEcPointFormats(data).includes(0)) {
      const reason = "the client's ec_point_formats lacks uncompressed points";
      return failure("dtls/protocol", reason, AlertDescription.illegalParameter);
    }
  }
  return undefined;
}

function commonGroup(
  hello: ClientHello,
  ours: readonly KeyShareGroup[],
): KeyShareGroup | undefined {
  const extension = hello.extensions.find(({ type }) => type === ExtensionType.supportedGroups);
  // A client that names none takes any; P-256 is what every one has. [RFC 8422 §4]
  const theirs = extension ? decodeSupportedGroups(extension.data) : [NamedGroup.secp256r1];
  return ours.find((candidate) => theirs.includes(candidate));
}

function replyExtensions(hello: ClientHello, suite: CipherSuite): Extension[] {
  const extensions: Extension[] = [];
  if (
    offers(hello, ExtensionType.renegotiationInfo) ||
    hello.cipherSuites.includes(RENEGOTIATION_SCSV)
  ) {
    const data = encodeRenegotiationInfo(new Uint8Array());
    extensions.push({ type: ExtensionType.renegotiationInfo, data });
  }
  if (offers(hello, ExtensionType.extendedMasterSecret)) {
    extensions.push({ type: ExtensionType.extendedMasterSecret, data: new Uint8Array() });
  }
  if (suite.keyExchange === "ecdhe_psk" && offers(hello, ExtensionType.ecPointFormats)) {
    extensions.push({ type: ExtensionType.ecPointFormats, data: encodeEcPointFormats([0]) });
  }
  return extensions;
}

function offers(hello: ClientHello, type: number): boolean {
  return hello.extensions.some((extension) => extension.type === type);
}

/** Needed for ECDHE; for plain PSK only to carry a hint. [RFC 4279 §2] */
function serverKeyExchange(
  share: KeyShare | undefined,
  context: ServerContext,
): Uint8Array | undefined {
  const hint = new TextEncoder().encode(context.credentials.hint ?? "");
  if (share) {
    const { group, publicKey } = share;
    return encodeServerKeyExchangeEcdhePsk({ hint, group, publicKey });
  }
  return hint.length > 0 ? encodeServerKeyExchangePsk({ hint }) : undefined;
}

/** One message from the client. Pure but for chance; total: whatever comes has an outcome. */
export function stepServer(
  state: ServerState,
  message: HandshakeMessage,
  context: ServerContext,
): Step {
  const { type, epoch } = message;
  const inTurn = epoch === (type === HandshakeType.finished ? 1 : 0);
  try {
    if (inTurn && state.tag === "greeted" && type === HandshakeType.clientKeyExchange) {
      return onClientKeyExchange(state, message, context);
    }
    if (inTurn && state.tag === "keyed" && type === HandshakeType.finished) {
      return onFinished(state, message);
    }
  } catch (error) {
    return malformed(error);
  }
  if (state.tag === "established" || state.tag === "failed") return [state, []];
  const reason = `message ${type} came out of turn (${state.tag})`;
  return fail(failure("dtls/protocol", reason, AlertDescription.unexpectedMessage));
}

function onClientKeyExchange(
  state: ServerState & { tag: "greeted" },
  message: HandshakeMessage,
  context: ServerContext,
): Step {
  const exchange = clientShare(state, message.body);
  if ("tag" in exchange) return fail(exchange);
  const identity = new TextDecoder().decode(exchange.identity);
  // An unknown identity goes on with a key that nobody has: who asks learns no more than from a wrong
  // key, and not sooner either. [RFC 4279 §2]
  const key = context.credentials.pskOf?.(identity) ?? context.random.bytes(32);
  const transcript = [...state.transcript, transcriptForm(message)];
  const master = masterSecret(pskPremaster(key, exchange.agreed), {
    ...state,
    session: state.extendedMasterSecret ? transcript : undefined,
  });
  if (exchange.agreed) wipe(exchange.agreed);
  const { share: _spent, tag: _tag, ...greeted } = state;
  return [
    { tag: "keyed", ...greeted, transcript, master, identity },
    [{ tag: "keys", keys: epochKeys(master, state), suite: state.suite, connectionIds: undefined }],
  ];
}

function clientShare(
  state: ServerState & { tag: "greeted" },
  body: Uint8Array,
): { readonly identity: Uint8Array; readonly agreed: Uint8Array | undefined } | HandshakeFailure {
  if (!state.share) return { ...decodeClientKeyExchangePsk(body), agreed: undefined };
  const { identity, publicKey } = decodeClientKeyExchangeEcdhePsk(body);
  const agreed = state.share.agree(publicKey);
  if (agreed) return { identity, agreed };
  const reason = "the client's key share is not a point of its group";
  return failure("dtls/protocol", reason, AlertDescription.illegalParameter);
}

function onFinished(state: ServerState & { tag: "keyed" }, message: HandshakeMessage): Step {
  const { suite, master, identity } = state;
  const expected = verifyData(suite, master, "client", state.transcript);
  if (!constantTimeEqual(decodeFinished(message.body), expected)) {
    const reason = "the client's Finished does not match what was said";
    return fail(failure("dtls/authentication", reason, AlertDescription.decryptError));
  }
  const transcript = [...state.transcript, transcriptForm(message)];
  const verify = verifyData(suite, master, "server", transcript);
  wipe(master);
  const messageSeq = state.messageSeq + 1;
  const finished = serverMessage(HandshakeType.finished, messageSeq, 1, encodeFinished(verify));
  return [
    { tag: "established" },
    [
      { tag: "send", flight: [{ tag: "change-cipher-spec" }, finished], final: true },
      {
        tag: "established",
        suite,
        identity: { type: "psk", identity },
        resumed: false,
        returnRoutability: false,
      },
    ],
  ];
}

function malformed(error: unknown): Step {
  if (!(error instanceof WireError)) throw error;
  return fail(failure("dtls/protocol", error.message, AlertDescription.decodeError));
}

function fail(effect: HandshakeFailure): Step {
  return [{ tag: "failed" }, [effect]];
}

function serverMessage(
  type: number,
  messageSeq: number,
  epoch: 0 | 1,
  body: Uint8Array,
): FlightMessage {
  return { tag: "message", type, messageSeq, epoch, body };
}
