import { WireError } from "../wire/bytes.ts";
import { AlertDescription } from "../wire/dtls/alert.ts";
import type { ClientHello } from "../wire/dtls/client-hello.ts";
import { decodeFinished, encodeFinished } from "../wire/dtls/finished.ts";
import { HandshakeType } from "../wire/dtls/handshake.ts";
import { constantTimeEqual } from "./crypto/constant-time.ts";
import {
  ourMessage,
  failure,
  transcriptForm,
  type Flight,
  type HandshakeEffect,
} from "./handshake.ts";
import { readOffer } from "./hello-offer.ts";
import { verifyData } from "./key-schedule.ts";
import type { HandshakeMessage } from "./reassembly.ts";
import { onCertificate, onCertificateVerify } from "./server-authentication.ts";
import { greet } from "./server-flight.ts";
import { onPskExchange, onSignedExchange } from "./server-key-exchange.ts";
import { newSessionTicket, resume, sessionState } from "./server-resumption.ts";
import {
  fail,
  forgetSecrets,
  type Keyed,
  type Resumed,
  type ServerContext,
  type ServerState,
  type ServerStep,
} from "./server-state.ts";
import { DtlsError } from "./session.ts";

export type { ServerContext, ServerState } from "./server-state.ts";

/**
 * The first flight, to a client whose address is verified, or one that `mayResumeWithoutCookie`. Total, as `stepServer`
 * is.
 */
export function startServer(
  hello: ClientHello,
  message: HandshakeMessage,
  context: ServerContext,
): ServerStep {
  return whatever(() => {
    const offer = readOffer(hello);
    if ("tag" in offer) return fail(offer);
    const resumed = resume(hello, offer, message, context);
    if (resumed) return resumed;
    if (context.addressUnverified !== true) return greet(hello, offer, message, context);
    return fail(failure("dtls/protocol", "the client's ticket ran out just now", undefined));
  });
}

/** One message from the client. Pure but for chance and the session cache; total: whatever comes has an outcome. */
export function stepServer(
  state: ServerState,
  message: HandshakeMessage,
  context: ServerContext,
): ServerStep {
  if (state.tag === "established" || state.tag === "failed") return [state, []];
  const step = whatever(() => dispatch(state, message, context));
  if (step[0].tag === "failed" || step[0].tag === "established") forgetSecrets(state);
  return step;
}

/** States that wait for something. */
type Waiting = Exclude<ServerState, { readonly tag: "established" | "failed" }>;

/** The one message that may come now. */
function awaited(state: Waiting): number {
  switch (state.tag) {
    case "greeted":
      return state.asks ? HandshakeType.certificate : HandshakeType.clientKeyExchange;
    case "shown":
      return HandshakeType.clientKeyExchange;
    case "exchanged":
      return HandshakeType.certificateVerify;
    case "keyed":
    case "resumed":
      return HandshakeType.finished;
  }
}

function dispatch(state: Waiting, message: HandshakeMessage, context: ServerContext): ServerStep {
  const { type, epoch } = message;
  const inTurn = type === awaited(state) && epoch === (type === HandshakeType.finished ? 1 : 0);
  if (!inTurn) return outOfTurn(state, message);
  switch (state.tag) {
    case "greeted":
      return state.asks
        ? onCertificate(state, message, context)
        : onPskExchange(state, message, context);
    case "shown":
      return onSignedExchange(state, message);
    case "exchanged":
      return onCertificateVerify(state, message);
    case "keyed":
      return onFinished(state, message, context);
    case "resumed":
      return onResumedFinished(state, message, context);
  }
}

function outOfTurn({ tag }: ServerState, { type }: HandshakeMessage): ServerStep {
  const reason = `message ${type} came out of turn (${tag})`;
  return fail(failure("dtls/protocol", reason, AlertDescription.unexpectedMessage));
}

/** The end of a full handshake: both Finished, and between them what the client may come back with. */
function onFinished(state: Keyed, message: HandshakeMessage, context: ServerContext): ServerStep {
  if (!isRight(message, state)) return wrongFinished();
  const { suite, master, client, resumption, returnRoutability } = state;
  const session = sessionState(state, client, master, context);
  const before =
    session && resumption?.by === "ticket"
      ? [newSessionTicket(session, state.messageSeq + 1, context)]
      : [];
  const sessionId = session && resumption?.by === "session-id" ? resumption.sessionId : undefined;
  if (session && sessionId) context.sessions?.add(sessionId, session);
  const transcript = [...state.transcript, ...[message, ...before].map(transcriptForm)];
  const verify = encodeFinished(verifyData(suite, master, "server", transcript));
  const messageSeq = state.messageSeq + before.length + 1;
  const finished = ourMessage(HandshakeType.finished, messageSeq, 1, verify);
  const flight: Flight = [...before, { tag: "change-cipher-spec" }, finished];
  const { identity } = client;
  const effects: readonly HandshakeEffect[] = [
    { tag: "send", flight, final: true },
    { tag: "established", suite, identity, resumed: false, returnRoutability },
  ];
  return [{ tag: "established", sessionId }, effects];
}

/** The end of an abbreviated handshake; our own part is said already. */
function onResumedFinished(
  state: Resumed,
  message: HandshakeMessage,
  { sessions }: ServerContext,
): ServerStep {
  const { suite, identity, returnRoutability, sessionId } = state;
  if (!isRight(message, state)) {
    // What ended with a fatal alert is not resumed. [RFC 5246 §7.2.2]
    if (sessionId) sessions?.delete(sessionId);
    return wrongFinished();
  }
  return [
    { tag: "established", sessionId },
    [{ tag: "established", suite, identity, resumed: true, returnRoutability }],
  ];
}

/** Whether the client's Finished confirms all that was said. [RFC 5246 §7.4.9] */
function isRight(
  { body }: HandshakeMessage,
  { suite, master, transcript }: Pick<Keyed, "suite" | "master" | "transcript">,
): boolean {
  const expected = verifyData(suite, master, "client", transcript);
  return constantTimeEqual(decodeFinished(body), expected);
}

function wrongFinished(): ServerStep {
  const reason = "the client's Finished does not match what was said";
  return fail(failure("dtls/authentication", reason, AlertDescription.decryptError));
}

/** Turns what is thrown into an outcome: malformed messages, and keys of ours that do not sign. */
function whatever(step: () => ServerStep): ServerStep {
  try {
    return step();
  } catch (error) {
    if (error instanceof WireError) {
      return fail(failure("dtls/protocol", error.message, AlertDescription.decodeError));
    }
    if (error instanceof DtlsError) {
      return fail(failure(error.code, error.message, AlertDescription.internalError));
    }
    throw error;
  }
}
