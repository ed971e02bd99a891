/** The server's side of an evil peer: its own handshake machine, whose words are changed before it goes on with them. */
import type { HandshakeEffect } from "../../agent/dtls/handshake.ts";
import type { HandshakeMessage } from "../../agent/dtls/reassembly.ts";
import {
  startServer,
  stepServer,
  type ServerContext,
  type ServerState,
} from "../../agent/dtls/server-handshake.ts";
import { newSessionTicket, sessionState } from "../../agent/dtls/server-resumption.ts";
import type { Keyed } from "../../agent/dtls/server-state.ts";
import { transcriptForm } from "../../agent/dtls/handshake.ts";
import { decodeClientHello } from "../../agent/wire/dtls/client-hello.ts";
import { HandshakeType } from "../../agent/wire/dtls/handshake.ts";
import { encodeHelloVerifyRequest } from "../../agent/wire/dtls/hello-verify-request.ts";
import { encodeNewSessionTicket } from "../../agent/wire/dtls/new-session-ticket.ts";
import { DTLS10 } from "../../agent/wire/dtls/record.ts";
import { EvilPeer, linesOf, type Line, type Message, type Plot } from "./evil-peer.ts";

const COOKIE = new TextEncoder().encode("a cookie");

/** One handshake of it. Believes any client. */
export class EvilServer extends EvilPeer {
  /** Whether its last flight is out. */
  closed = false;
  readonly #context: ServerContext;
  #state: ServerState | undefined;
  /** In the ClientHello that the handshake went on with. */
  clientRandom = new Uint8Array();

  constructor(context: ServerContext, plot: Plot, send: (datagram: Uint8Array) => void) {
    super(plot, send);
    this.#context = context;
  }

  protected get idLength(): number {
    return this.#context.connectionId?.length ?? 0;
  }

  protected hear(message: HandshakeMessage): void {
    if (message.type === HandshakeType.clientHello) return this.#greet(message);
    const state = this.#state;
    if (!state) return;
    if (message.type === HandshakeType.finished) return this.#onFinished(message);
    const [next, effects] = stepServer(this.#retold(state), message, this.#context);
    this.transcript.push(transcriptForm(message));
    this.#state = next;
    this.#obey(effects);
  }

  /** The client made its keys from something else, so that its Finished cannot be read: on it goes. */
  protected puzzled(): void {
    if (this.#state?.tag === "keyed") this.#close(this.#state);
  }

  #greet(message: HandshakeMessage): void {
    const hello = decodeClientHello(message.body);
    if (hello.cookie.length === 0) {
      return this.speak(0, [{ ...cookieRequest(), aside: true }]);
    }
    if (this.#state) return;
    this.clientRandom = hello.random.slice();
    this.transcript = [transcriptForm(message)];
    this.messageSeq = message.messageSeq;
    const [state, effects] = startServer(hello, message, this.#context);
    this.#state = state;
    this.#obey(effects);
    const flight = effects.flatMap((effect) => (effect.tag === "send" ? effect.flight : []));
    this.closed = state.tag === "resumed";
    this.speak(this.closed ? 2 : 1, linesOf(flight).map(this.#provable));
  }

  readonly #provable = (line: Line): Line =>
    line.tag === "message" && line.type === HandshakeType.finished
      ? this.finishedLine("server")
      : line;

  #onFinished(message: HandshakeMessage): void {
    const state = this.#state;
    this.transcript.push(transcriptForm(message));
    if (state?.tag === "keyed") this.#close(state);
  }

  #close(state: Keyed): void {
    if (this.closed) return;
    this.closed = true;
    const ticket = this.#ticket(state);
    this.speak(2, [
      ...(ticket ? [ticket] : []),
      { tag: "change-cipher-spec" },
      this.finishedLine("server"),
    ]);
  }

  /** The session is kept as a true server does it, so that the client can come back. */
  #ticket(state: Keyed): Message | undefined {
    const { resumption, client } = state;
    const master = this.master?.slice() ?? new Uint8Array(48);
    const session = sessionState(state, client, master, this.#context);
    if (!session || !resumption) return undefined;
    if (resumption.by === "session-id") {
      this.#context.sessions?.add(resumption.sessionId, session);
      return undefined;
    }
    const { type, body } = newSessionTicket(session, 0, this.#context);
    return { tag: "message", type, epoch: 0, body };
  }

  #obey(effects: readonly HandshakeEffect[]): void {
    for (const effect of effects) {
      if (effect.tag === "secret") this.master = effect.master.slice();
      if (effect.tag !== "keys") continue;
      const { keys, suite, connectionIds } = effect;
      this.suite = suite;
      this.install({ read: keys.client, write: keys.server }, suite, connectionIds);
    }
  }

  /** The machine goes on from what was said. */
  #retold(state: ServerState): ServerState {
    return "transcript" in state ? { ...state, transcript: [...this.transcript] } : state;
  }
}

/** A NewSessionTicket that nobody asked for. */
export function uncalledTicket(): Message {
  const body = encodeNewSessionTicket({ lifetimeHintS: 3600, ticket: new Uint8Array(40).fill(7) });
  return { tag: "message", type: HandshakeType.newSessionTicket, epoch: 0, body };
}

/** A HelloVerifyRequest more than there should be. */
export function cookieRequest(): Message {
  const body = encodeHelloVerifyRequest({ version: DTLS10, cookie: COOKIE });
  return { tag: "message", type: HandshakeType.helloVerifyRequest, epoch: 0, body };
}
