import { WireError } from "../wire/bytes.ts";
import { AlertDescription } from "../wire/dtls/alert.ts";
import { encodeClientHello } from "../wire/dtls/client-hello.ts";
import { HandshakeType } from "../wire/dtls/handshake.ts";
import { decodeHelloVerifyRequest } from "../wire/dtls/hello-verify-request.ts";
import { onFinished, onNewSessionTicket } from "./client-finish.ts";
import { makeOffer } from "./client-hello-offer.ts";
import { onServerFlight } from "./client-server-flight.ts";
import { onServerHello } from "./client-server-hello.ts";
import {
  fail,
  heard,
  type ClientContext,
  type ClientState,
  type HelloSent,
  type Step,
} from "./client-state.ts";
import { ourMessage, failure } from "./handshake.ts";
import type { HandshakeMessage } from "./reassembly.ts";

export type { ClientContext, ClientState } from "./client-state.ts";

/*
 * The client's side of a handshake. [RFC 5246 §7.3] [RFC 6347 §4.2.4] [RFC 5077 §3.1]
 *
 *   startClient ─ ClientHello ─▶ hello-sent ◀─┐ HelloVerifyRequest: ClientHello again, with its cookie
 *                                  │ │ └──────┘
 *                         ServerHello│
 *                    ┌─────────────┘ │ with the session_id that we offered to go on with
 *                    ▼               ▼
 *               negotiated        resumed ─ [NewSessionTicket] ─ Finished: ChangeCipherSpec, Finished ─▶ established
 *                    │
 *                    │ with certificates or raw keys: Certificate, ServerKeyExchange, CertificateRequest
 *                    │ with ECDHE_PSK: ServerKeyExchange; with plain PSK: [ServerKeyExchange]
 *                    │
 *              ServerHelloDone: [Certificate], ClientKeyExchange, [CertificateVerify], ChangeCipherSpec, Finished
 *                    ▼
 *                 proved ─ [NewSessionTicket] ─ Finished ─▶ established
 *
 * The driver sees to it that a Finished has come under the new keys.
 */

/** A server that keeps asking for cookies is not one: its own cookie must satisfy it. */
const MAX_COOKIE_ROUNDS = 3;

/** The first ClientHello. Total, as `stepClient` is. */
export function startClient(context: ClientContext): Step {
  try {
    return sendHello({ ...makeOffer(context), messageSeq: 0, cookieRounds: 0 });
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    return fail(undefined, failure("dtls/configuration", error.message, undefined));
  }
}

/** The same ClientHello every time, but for the cookie. [RFC 6347 §4.2.1] */
function sendHello(sent: Omit<HelloSent, "transcript">): Step {
  const { hello, messageSeq } = sent;
  const message = ourMessage(HandshakeType.clientHello, messageSeq, 0, encodeClientHello(hello));
  return [
    { tag: "hello-sent", ...sent, transcript: heard([], message) },
    [{ tag: "send", flight: [message], final: false }],
  ];
}

/** One message from the server. Pure but for chance; total: whatever comes has an outcome. */
export function stepClient(
  state: ClientState,
  message: HandshakeMessage,
  context: ClientContext,
): Step {
  // Whoever is about to shake hands already has nothing to begin anew. [RFC 5246 §7.4.1.1]
  if (message.type === HandshakeType.helloRequest) return [state, []];
  const inTurn = message.epoch === (message.type === HandshakeType.finished ? 1 : 0);
  try {
    const step = inTurn ? dispatch(state, message, context) : undefined;
    return step ?? unexpected(state, message.type);
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    return fail(state, failure("dtls/protocol", error.message, AlertDescription.decodeError));
  }
}

/** Undefined: the message is out of turn. */
function dispatch(
  state: ClientState,
  message: HandshakeMessage,
  context: ClientContext,
): Step | undefined {
  switch (state.tag) {
    case "hello-sent":
      if (message.type === HandshakeType.helloVerifyRequest) return onHelloVerify(state, message);
      if (message.type === HandshakeType.serverHello) return onServerHello(state, message, context);
      return undefined;
    case "negotiated":
      return onServerFlight(state, message, context);
    case "proved":
    case "resumed":
      if (message.type === HandshakeType.newSessionTicket)
        return onNewSessionTicket(state, message);
      if (message.type === HandshakeType.finished) return onFinished(state, message, context);
      return undefined;
    default:
      return undefined;
  }
}

/**
 * Not in the transcript, and neither is the ClientHello that it answers. A server that keeps nothing may number each of
 * its requests 0, and takes ours for the first again: so our number goes by its own. [RFC 6347 §4.2.1]
 */
function onHelloVerify(
  state: ClientState & { tag: "hello-sent" },
  message: HandshakeMessage,
): Step {
  const { cookie } = decodeHelloVerifyRequest(message.body);
  const { hello, offered, cookieRounds } = state;
  if (cookieRounds >= MAX_COOKIE_ROUNDS) {
    const reason = "the server does not accept its own cookie";
    return fail(state, failure("dtls/protocol", reason, AlertDescription.handshakeFailure));
  }
  const messageSeq = message.messageSeq + 1;
  const again = { ...hello, cookie: cookie.slice() };
  return sendHello({ hello: again, offered, messageSeq, cookieRounds: cookieRounds + 1 });
}

function unexpected(state: ClientState, type: number): Step {
  if (state.tag === "established" || state.tag === "failed") return [state, []];
  const reason = `message ${type} came out of turn (${state.tag})`;
  return fail(state, failure("dtls/protocol", reason, AlertDescription.unexpectedMessage));
}
