import { WireError } from "../wire/bytes.ts";
import { AlertDescription } from "../wire/dtls/alert.ts";
import type { ClientHello } from "../wire/dtls/client-hello.ts";
import { encodeFinished } from "../wire/dtls/finished.ts";
import { HandshakeType } from "../wire/dtls/handshake.ts";
import { encodeNewSessionTicket } from "../wire/dtls/new-session-ticket.ts";
import type { CipherSuite } from "./cipher-suites.ts";
import { bindingHolds } from "./credential-binding.ts";
import { wipe } from "./crypto/constant-time.ts";
import {
  ourMessage,
  failure,
  transcriptForm,
  type FlightMessage,
  type HandshakeEffect,
} from "./handshake.ts";
import { readOffer, type HelloOffer } from "./hello-offer.ts";
import { epochKeys, verifyData } from "./key-schedule.ts";
import type { HandshakeMessage } from "./reassembly.ts";
import type { ServerSessionState } from "./resumption.ts";
import { agreeConnectionIds, serverHello } from "./server-hello-reply.ts";
import {
  fail,
  type Agreed,
  type ClaimedClient,
  type Resumed,
  type ServerContext,
  type ServerStep,
} from "./server-state.ts";

/** A session that the client may go on with. */
interface Resumption {
  readonly suite: CipherSuite;
  readonly state: ServerSessionState;
  /** By its id; otherwise it came in a ticket. */
  readonly sessionId: Uint8Array | undefined;
  /** Whether its ticket is about to be of no use. */
  readonly worn: boolean;
}

/**
 * Whether a handshake may begin with this ClientHello although no cookie came back: it shows a ticket of ours that
 * resumes. Its context then says `addressUnverified`, and no more may go to that address than came from it, until the
 * client's Finished has come. [RFC 6347 §4.2.1] A session id is in the clear in every ServerHello and shows less.
 */
export function mayResumeWithoutCookie(hello: ClientHello, context: ServerContext): boolean {
  try {
    const offer = readOffer(hello);
    if ("tag" in offer || !offer.extendedMasterSecret || !offer.ticket) return false;
    const resumption = resumable(hello, offer, context);
    if (!resumption) return false;
    wipe(resumption.state.master);
    return resumption.sessionId === undefined;
  } catch (error) {
    if (error instanceof WireError) return false;
    throw error;
  }
}

/** The abbreviated handshake, if the client asks for one and can have it. [RFC 5077 §3.1] */
export function resume(
  hello: ClientHello,
  offer: HelloOffer,
  message: HandshakeMessage,
  context: ServerContext,
): ServerStep | undefined {
  const resumption = resumable(hello, offer, context);
  if (!resumption) return undefined;
  if (!offer.extendedMasterSecret) {
    wipe(resumption.state.master);
    // The session had it, so somebody took it out of the offer. [RFC 7627 §5.3]
    const reason = "the client resumes without the extended master secret that its session had";
    return fail(failure("dtls/protocol", reason, AlertDescription.handshakeFailure));
  }
  return abbreviate(resumption, hello, offer, { message, context });
}

function abbreviate(
  { suite, state, sessionId, worn }: Resumption,
  hello: ClientHello,
  offer: HelloOffer,
  { message, context }: { readonly message: HandshakeMessage; readonly context: ServerContext },
): ServerStep {
  const { master, identity } = state;
  const random = context.random.bytes(32);
  const connectionIds = agreeConnectionIds(offer, context);
  // A new ticket makes the answer longer than an address that nobody has verified may get.
  const renew = worn && context.addressUnverified !== true;
  // The client's own id comes back: that is how it sees that it is taken at its word. [RFC 5077 §3.4]
  const reply = { random, sessionId: hello.sessionId, suite, connectionIds, willSendTicket: renew };
  const next = message.messageSeq;
  const answer: FlightMessage[] = [
    ourMessage(
      HandshakeType.serverHello,
      next,
      0,
      serverHello(offer, { ...reply, signer: undefined, resumed: true }),
    ),
  ];
  if (renew) answer.push(newSessionTicket(state, next + 1, context));
  const transcript = [message, ...answer].map(transcriptForm);
  const verify = encodeFinished(verifyData(suite, master, "server", transcript));
  const finished = ourMessage(HandshakeType.finished, next + answer.length, 1, verify);
  const keys = epochKeys(master, { suite, clientRandom: hello.random, serverRandom: random });
  const flight = [...answer, { tag: "change-cipher-spec" } as const, finished];
  const effects: readonly HandshakeEffect[] = [
    { tag: "secret", clientRandom: hello.random.slice(), master },
    { tag: "keys", keys, suite, connectionIds },
    { tag: "send", flight, final: context.addressUnverified === true },
  ];
  const resumed: Resumed = {
    tag: "resumed",
    suite,
    identity,
    returnRoutability: connectionIds !== undefined,
    master,
    transcript: [...transcript, transcriptForm(finished)],
    sessionId,
  };
  return [resumed, effects];
}

/** Whatever is wrong with what the client shows, the full handshake is the answer. [RFC 5077 §3.1] */
function resumable(
  hello: ClientHello,
  offer: HelloOffer,
  context: ServerContext,
): Resumption | undefined {
  const found = lookUp(hello, offer, context);
  if (!found) return undefined;
  const { state } = found;
  const suite = context.suites.find(({ id }) => id === state.suite);
  if (
    suite &&
    offer.suites.includes(suite.id) &&
    isInTime(state, context) &&
    bindingHolds(state, context.credentials, offer.serverName)
  ) {
    return { suite, ...found };
  }
  wipe(state.master);
  return undefined;
}

/** A ticket comes before an id. [RFC 5077 §3.4] */
function lookUp(
  hello: ClientHello,
  { ticket }: HelloOffer,
  { tickets, sessions }: ServerContext,
): Omit<Resumption, "suite"> | undefined {
  if (ticket && ticket.length > 0) {
    const opened = tickets?.open(ticket);
    return opened && { state: opened.state, worn: !opened.current, sessionId: undefined };
  }
  const sessionId = hello.sessionId.slice();
  const state = sessionId.length > 0 ? sessions?.get(sessionId) : undefined;
  return state && { state, worn: false, sessionId };
}

/** A clock that was put back does not make sessions live longer. */
function isInTime({ expiresAt }: ServerSessionState, context: ServerContext): boolean {
  const left = expiresAt - context.wallTime();
  return context.ticketLifetimeMs !== undefined && left > 0 && left <= context.ticketLifetimeMs;
}

/** The session that a full handshake has come to, to be resumed; undefined where that was not agreed on. */
export function sessionState(
  { suite, resumption }: Agreed,
  { identity, binding, validUntil }: ClaimedClient,
  master: Uint8Array,
  context: ServerContext,
): ServerSessionState | undefined {
  if (!resumption || context.ticketLifetimeMs === undefined) return undefined;
  const lifetimeEnd = context.wallTime() + context.ticketLifetimeMs;
  // Nobody resumes past the day on which the certificate would be refused.
  const expiresAt = Math.floor(Math.min(lifetimeEnd, validUntil ?? lifetimeEnd));
  return { suite: suite.id, master, identity, binding, expiresAt };
}

/** The ticket of a session, or an empty one: it was promised. [RFC 5077 §3.3] */
export function newSessionTicket(
  state: ServerSessionState,
  messageSeq: number,
  context: ServerContext,
): FlightMessage {
  const ticket = context.tickets?.seal(state) ?? new Uint8Array();
  const left = state.expiresAt - context.wallTime();
  const lifetimeHintS = Math.max(0, Math.floor(left / 1000));
  const body = encodeNewSessionTicket({ lifetimeHintS, ticket });
  return ourMessage(HandshakeType.newSessionTicket, messageSeq, 0, body);
}
