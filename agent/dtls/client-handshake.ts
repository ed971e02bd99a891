import { sameBytes, WireError } from "../wire/bytes.ts";
import { AlertDescription } from "../wire/dtls/alert.ts";
import { encodeClientHello, type ClientHello } from "../wire/dtls/client-hello.ts";
import {
  encodeEcPointFormats,
  encodeRenegotiationInfo,
  encodeSupportedGroups,
  ExtensionType,
} from "../wire/dtls/extensions.ts";
import { decodeFinished, encodeFinished } from "../wire/dtls/finished.ts";
import { HandshakeType } from "../wire/dtls/handshake.ts";
import { decodeHelloVerifyRequest } from "../wire/dtls/hello-verify-request.ts";
import {
  decodeServerKeyExchangeEcdhePsk,
  decodeServerKeyExchangePsk,
  encodeClientKeyExchangeEcdhePsk,
  encodeClientKeyExchangePsk,
} from "../wire/dtls/psk-messages.ts";
import { DTLS12 } from "../wire/dtls/record.ts";
import { decodeServerHello, type ServerHello } from "../wire/dtls/server-hello.ts";
import type { CipherSuite } from "./cipher-suites.ts";
import type { PskClientCredentials } from "./credentials.ts";
import { constantTimeEqual, wipe } from "./crypto/constant-time.ts";
import { generateKeyShare, type KeyShareGroup } from "./crypto/key-share.ts";
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

export interface ClientContext extends HandshakeContext {
  readonly credentials: PskClientCredentials;
}

/*
 * The client's side of a full handshake with pre-shared keys. [RFC 5246 §7.3] [RFC 6347 §4.2.4]
 *
 *   startClient ─ ClientHello ─▶ hello-sent ◀─┐ HelloVerifyRequest: ClientHello again, with its cookie
 *                                    │ └──────┘
 *                              ServerHello
 *                                    ▼
 *                               negotiated ── ServerKeyExchange ──┐ (at most one; ECDHE needs it)
 *                                    │ ◀──────────────────────────┘
 *                             ServerHelloDone: ClientKeyExchange, ChangeCipherSpec, Finished
 *                                    ▼
 *                                 proved ── Finished ──▶ established
 */
export type ClientState =
  | {
      readonly tag: "hello-sent";
      readonly hello: ClientHello;
      readonly messageSeq: number;
      readonly transcript: readonly Uint8Array[];
    }
  | ({ readonly tag: "negotiated"; readonly exchange: ServerExchange | undefined } & Negotiated)
  | ({ readonly tag: "proved"; readonly master: Uint8Array } & Negotiated)
  | { readonly tag: "established" }
  | { readonly tag: "failed" };

interface Negotiated {
  readonly suite: CipherSuite;
  readonly clientRandom: Uint8Array;
  readonly serverRandom: Uint8Array;
  readonly extendedMasterSecret: boolean;
  /** Of our last message. */
  readonly messageSeq: number;
  readonly transcript: readonly Uint8Array[];
}

/** What the server said in its ServerKeyExchange; a PSK suite needs none of it. */
interface ServerExchange {
  readonly group?: KeyShareGroup;
  readonly publicKey?: Uint8Array;
}

type Step = readonly [ClientState, readonly HandshakeEffect[]];

/** A server that keeps asking for cookies is not one: its own cookie must satisfy it. */
const MAX_COOKIE_ROUNDS = 3;

/** The first ClientHello. */
export function startClient(context: ClientContext): Step {
  const ecdhe = context.suites.some((suite) => suite.keyExchange === "ecdhe_psk");
  const hello: ClientHello = {
    version: DTLS12,
    random: context.random.bytes(32),
    sessionId: new Uint8Array(),
    cookie: new Uint8Array(),
    cipherSuites: context.suites.map((suite) => suite.id),
    compressionMethods: [0],
    extensions: [
      { type: ExtensionType.extendedMasterSecret, data: new Uint8Array() },
      { type: ExtensionType.renegotiationInfo, data: encodeRenegotiationInfo(new Uint8Array()) },
      ...(ecdhe
        ? [
            { type: ExtensionType.supportedGroups, data: encodeSupportedGroups(context.groups) },
            { type: ExtensionType.ecPointFormats, data: encodeEcPointFormats([0]) },
          ]
        : []),
    ],
  };
  return sendHello(hello, 0);
}

function sendHello(hello: ClientHello, messageSeq: number): Step {
  const message = clientMessage(HandshakeType.clientHello, messageSeq, 0, encodeClientHello(hello));
  return [
    { tag: "hello-sent", hello, messageSeq, transcript: [transcriptForm(message)] },
    [{ tag: "send", flight: [message], final: false }],
  ];
}

/** One message from the server. Pure but for the key share; total: whatever comes has an outcome. */
export function stepClient(
  state: ClientState,
  message: HandshakeMessage,
  context: ClientContext,
): Step {
  try {
    return dispatch(state, message, context);
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    return fail(failure("dtls/protocol", error.message, AlertDescription.decodeError));
  }
}

function dispatch(state: ClientState, message: HandshakeMessage, context: ClientContext): Step {
  const { type, epoch } = message;
  if (epoch !== (type === HandshakeType.finished ? 1 : 0)) return unexpected(state, type);
  switch (state.tag) {
    case "hello-sent":
      if (type === HandshakeType.helloVerifyRequest) return onHelloVerifyRequest(state, message);
      if (type === HandshakeType.serverHello) return onServerHello(state, message, context);
      break;
    case "negotiated":
      if (type === HandshakeType.serverKeyExchange && !state.exchange) {
        return onServerKeyExchange(state, message, context);
      }
      if (type === HandshakeType.serverHelloDone) return onServerHelloDone(state, message, context);
      break;
    case "proved":
      if (type === HandshakeType.finished) return onFinished(state, message, context);
      break;
    default:
  }
  return unexpected(state, type);
}

/** Not in the transcript, and neither is the ClientHello that it answers. [RFC 6347 §4.2.1] */
function onHelloVerifyRequest(
  state: ClientState & { tag: "hello-sent" },
  message: HandshakeMessage,
): Step {
  const { cookie } = decodeHelloVerifyRequest(message.body);
  if (state.messageSeq >= MAX_COOKIE_ROUNDS) {
    return fail(
      failure(
        "dtls/protocol",
        "the server does not accept its own cookie",
        AlertDescription.handshakeFailure,
      ),
    );
  }
  return sendHello({ ...state.hello, cookie: cookie.slice() }, state.messageSeq + 1);
}

function onServerHello(
  state: ClientState & { tag: "hello-sent" },
  message: HandshakeMessage,
  context: ClientContext,
): Step {
  const reply = decodeServerHello(message.body);
  const suite = context.suites.find((candidate) => candidate.id === reply.cipherSuite);
  const fault = serverHelloFault(reply, suite, state.hello);
  if (fault !== undefined || !suite) {
    return fail(
      failure("dtls/protocol", fault ?? "unknown suite", AlertDescription.illegalParameter),
    );
  }
  const extensions = reply.extensions.map((extension) => extension.type);
  return [
    {
      tag: "negotiated",
      suite,
      exchange: undefined,
      clientRandom: state.hello.random,
      serverRandom: reply.random.slice(),
      extendedMasterSecret: extensions.includes(ExtensionType.extendedMasterSecret),
      messageSeq: state.messageSeq,
      transcript: [...state.transcript, transcriptForm(message)],
    },
    [],
  ];
}

/** Why a ServerHello answers none of our offers. */
function serverHelloFault(
  reply: ServerHello,
  suite: CipherSuite | undefined,
  hello: ClientHello,
): string | undefined {
  if (reply.version !== DTLS12) return "the server chose another version than DTLS 1.2";
  if (!suite) return "the server chose a cipher suite that was not offered";
  if (reply.compressionMethod !== 0) return "the server chose compression";
  const offered = new Set(hello.extensions.map((extension) => extension.type));
  for (const { type, data } of reply.extensions) {
    if (!offered.has(type)) return `the server answered extension ${type}, which was not offered`;
    // This is the first handshake: there is no verify_data to bind to. [RFC 5746 §3.4]
    const expected = encodeRenegotiationInfo(new Uint8Array());
    if (type === ExtensionType.renegotiationInfo && !sameBytes(data, expected)) {
      return "the server's renegotiation_info is not empty";
    }
  }
  return undefined;
}

function onServerKeyExchange(
  state: ClientState & { tag: "negotiated" },
  message: HandshakeMessage,
  context: ClientContext,
): Step {
  const transcript = [...state.transcript, transcriptForm(message)];
  if (state.suite.keyExchange === "psk") {
    // The hint is of no use here: there is one credential for this server. [RFC 4279 §5.2]
    decodeServerKeyExchangePsk(message.body);
    return [{ ...state, transcript, exchange: {} }, []];
  }
  const { group: chosen, publicKey } = decodeServerKeyExchangeEcdhePsk(message.body);
  const group = context.groups.find((offered) => offered === chosen);
  if (group === undefined) {
    const reason = `the server chose group ${chosen}, which was not offered`;
    return fail(failure("dtls/protocol", reason, AlertDescription.illegalParameter));
  }
  return [{ ...state, transcript, exchange: { group, publicKey: publicKey.slice() } }, []];
}

function onServerHelloDone(
  state: ClientState & { tag: "negotiated" },
  message: HandshakeMessage,
  context: ClientContext,
): Step {
  if (message.body.length > 0) throw new WireError("wire/leftover", "ServerHelloDone is not empty");
  const exchange = clientKeyExchange(state, context);
  if ("tag" in exchange) return fail(exchange);
  const proof = clientMessage(
    HandshakeType.clientKeyExchange,
    state.messageSeq + 1,
    0,
    exchange.body,
  );
  const transcript = [...state.transcript, transcriptForm(message), transcriptForm(proof)];
  const master = masterSecret(exchange.premaster, {
    ...state,
    session: state.extendedMasterSecret ? transcript : undefined,
  });
  const verify = verifyData(state.suite, master, "client", transcript);
  const messageSeq = state.messageSeq + 2;
  const finished = clientMessage(HandshakeType.finished, messageSeq, 1, encodeFinished(verify));
  const after = [...transcript, transcriptForm(finished)];
  return [
    { ...state, tag: "proved", messageSeq, transcript: after, master },
    [
      { tag: "keys", keys: epochKeys(master, state), suite: state.suite, connectionIds: undefined },
      { tag: "send", flight: [proof, { tag: "change-cipher-spec" }, finished], final: false },
    ],
  ];
}

/** The ClientKeyExchange and what both ends then share. [RFC 4279 §2] [RFC 5489 §2] */
function clientKeyExchange(
  state: ClientState & { tag: "negotiated" },
  context: ClientContext,
): { readonly body: Uint8Array; readonly premaster: Uint8Array } | HandshakeFailure {
  const { key, identity: name } = context.credentials;
  const identity = new TextEncoder().encode(name);
  if (state.suite.keyExchange === "psk") {
    const body = encodeClientKeyExchangePsk({ identity });
    return { body, premaster: pskPremaster(key, undefined) };
  }
  const { group, publicKey } = state.exchange ?? {};
  if (group === undefined || !publicKey) {
    const reason = "the server sent no ServerKeyExchange";
    return failure("dtls/protocol", reason, AlertDescription.unexpectedMessage);
  }
  const share = generateKeyShare(group);
  const agreed = share.agree(publicKey);
  if (!agreed) {
    const reason = "the server's key share is not a point of its group";
    return failure("dtls/protocol", reason, AlertDescription.illegalParameter);
  }
  const body = encodeClientKeyExchangeEcdhePsk({ identity, publicKey: share.publicKey });
  const premaster = pskPremaster(key, agreed);
  wipe(agreed);
  return { body, premaster };
}

function onFinished(
  state: ClientState & { tag: "proved" },
  message: HandshakeMessage,
  context: ClientContext,
): Step {
  const expected = verifyData(state.suite, state.master, "server", state.transcript);
  if (!constantTimeEqual(decodeFinished(message.body), expected)) {
    const reason =
      "the server's Finished does not match what was said: someone changed the handshake";
    return fail(failure("dtls/authentication", reason, AlertDescription.decryptError));
  }
  wipe(state.master);
  const identity = { type: "psk", identity: context.credentials.identity } as const;
  return [
    { tag: "established" },
    [
      {
        tag: "established",
        suite: state.suite,
        identity,
        resumed: false,
        returnRoutability: false,
      },
    ],
  ];
}

function unexpected(state: ClientState, type: number): Step {
  if (state.tag === "established" || state.tag === "failed") return [state, []];
  const reason = `message ${type} came out of turn (${state.tag})`;
  return fail(failure("dtls/protocol", reason, AlertDescription.unexpectedMessage));
}

function fail(effect: HandshakeFailure): Step {
  return [{ tag: "failed" }, [effect]];
}

function clientMessage(
  type: number,
  messageSeq: number,
  epoch: 0 | 1,
  body: Uint8Array,
): FlightMessage {
  return { tag: "message", type, messageSeq, epoch, body };
}
