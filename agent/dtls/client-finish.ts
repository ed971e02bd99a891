import type { Millis } from "../net/ports.ts";
import { AlertDescription } from "../wire/dtls/alert.ts";
import { decodeFinished } from "../wire/dtls/finished.ts";
import { decodeNewSessionTicket } from "../wire/dtls/new-session-ticket.ts";
import { MAX_TICKET } from "./client-hello-offer.ts";
import { clientIdentity } from "./client-identity.ts";
import { finish } from "./client-proof.ts";
import {
  fail,
  heard,
  type ClientContext,
  type ClientState,
  type Secured,
  type Step,
} from "./client-state.ts";
import { constantTimeEqual, wipe } from "./crypto/constant-time.ts";
import { failure, type HandshakeEffect } from "./handshake.ts";
import { verifyData } from "./key-schedule.ts";
import type { HandshakeMessage } from "./reassembly.ts";
import type { ResumableSession } from "./resumption.ts";

/** Both ends have the secret; the server's proof is still to come. */
type State = ClientState & { tag: "proved" | "resumed" };

/** No session is gone on with for longer, whatever its server says. [RFC 5246 §F.1.4] */
const MAX_LIFETIME_MS: Millis = 24 * 60 * 60 * 1000;

const EMPTY = new Uint8Array();

/** The session, for us to keep; undefined if it is out of turn: nobody agreed to one, or it is the second. [RFC 5077 §3.3] */
export function onNewSessionTicket(state: State, message: HandshakeMessage): Step | undefined {
  if (!state.ticketDue || state.ticket) return undefined;
  const { lifetimeHintS, ticket } = decodeNewSessionTicket(message.body);
  const transcript = heard(state.transcript, message);
  return [{ ...state, transcript, ticket: { lifetimeHintS, ticket: ticket.slice() } }, []];
}

/** The server's proof; undefined if it is out of turn. Resumed, ours is the answer to it. [RFC 5246 §7.4.9] */
export function onFinished(
  state: State,
  message: HandshakeMessage,
  context: ClientContext,
): Step | undefined {
  if (state.ticketDue && !state.ticket) return undefined;
  const expected = verifyData(state.suite, state.master, "server", state.transcript);
  if (!constantTimeEqual(decodeFinished(message.body), expected)) {
    const reason =
      "the server's Finished does not match what was said: someone changed the handshake";
    return fail(state, failure("dtls/authentication", reason, AlertDescription.decryptError));
  }
  const resumed = state.tag === "resumed";
  const effects: readonly HandshakeEffect[] = [
    ...(resumed ? [answer(state, message)] : []),
    ...keep(state, context),
    {
      tag: "established",
      suite: state.suite,
      identity: clientIdentity(context.credentials),
      resumed,
      returnRoutability: state.returnRoutability,
    },
  ];
  wipe(state.master);
  return [{ tag: "established" }, effects];
}

/** The last flight of an abbreviated handshake is ours: nothing answers it. [RFC 6347 §4.2.4] */
function answer(state: Secured, message: HandshakeMessage): HandshakeEffect {
  const transcript = heard(state.transcript, message);
  const { finished } = finish({ ...state, transcript });
  return { tag: "send", flight: [{ tag: "change-cipher-spec" }, finished], final: true };
}

/** What to keep for the next time. Without extended master secret it must not be. [RFC 7627 §5.3] */
function keep(state: State, context: ClientContext): HandshakeEffect[] {
  const { credentialName: credential } = context;
  const name = sessionName(state);
  if (credential === undefined || !name || !state.extendedMasterSecret) return [];
  const hintMs = (state.ticket?.lifetimeHintS ?? 0) * 1000;
  const lifetimeMs = Math.min(hintMs || MAX_LIFETIME_MS, MAX_LIFETIME_MS);
  const session: ResumableSession = {
    suite: state.suite.id,
    master: state.master.slice(),
    ...name,
    // Going on never makes it last longer: from time to time each end has to prove itself anew.
    expiresAt: Math.floor(Math.min(context.wallTime() + lifetimeMs, state.notAfter)),
    credential,
  };
  return [{ tag: "resumable", session }];
}

/** By what the server will know the session; what was kept before stays good where a resumed one says nothing new. */
function sessionName({
  tag,
  ticket,
  sessionId,
}: State): Pick<ResumableSession, "ticket" | "sessionId"> | undefined {
  if (ticket && ticket.ticket.length > 0 && ticket.ticket.length <= MAX_TICKET) {
    return { ticket: ticket.ticket, sessionId: EMPTY };
  }
  return tag === "proved" && sessionId.length > 0 ? { ticket: EMPTY, sessionId } : undefined;
}
