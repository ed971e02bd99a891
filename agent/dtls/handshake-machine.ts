import type { ClientHello } from "../wire/dtls/client-hello.ts";
import {
  startClient,
  stepClient,
  type ClientContext,
  type ClientState,
} from "./client-handshake.ts";
import type { HandshakeEffect } from "./handshake.ts";
import type { DirectionKeys, EpochKeys } from "./key-schedule.ts";
import type { HandshakeMessage, ReassemblyLimits } from "./reassembly.ts";
import {
  startServer,
  stepServer,
  type ServerContext,
  type ServerState,
} from "./server-handshake.ts";

/** Either end's handshake, holding its state, so that one driver can run both. */
export interface HandshakeMachine {
  readonly role: "client" | "server";
  /** Whether the peer's Finished is all that is missing. */
  readonly awaitsProof: boolean;
  /** What the peer's messages may come to: with pre-shared keys they are few and small. */
  readonly expects: ReassemblyLimits;
  /** The identity claimed so far, proved or not. */
  readonly claimed: string | undefined;
  start(): readonly HandshakeEffect[];
  message(message: HandshakeMessage): readonly HandshakeEffect[];
  /** The keys by direction, as this end sees them. */
  own(keys: EpochKeys): { readonly read: DirectionKeys; readonly write: DirectionKeys };
}

/** The client's machine. */
export function clientMachine(context: ClientContext): HandshakeMachine {
  let state: ClientState | undefined;
  return {
    role: "client",
    expects: { messages: 6, octets: 4096 }, // HelloVerifyRequest to Finished; a hint may be long
    claimed: context.credentials.identity,
    get awaitsProof() {
      return state?.tag === "proved";
    },
    start() {
      const [next, effects] = startClient(context);
      state = next;
      return effects;
    },
    message(message) {
      if (!state) return [];
      const [next, effects] = stepClient(state, message, context);
      state = next;
      return effects;
    },
    own: ({ client, server }) => ({ read: server, write: client }),
  };
}

/** The server's machine, for a ClientHello whose cookie has been verified. */
export function serverMachine(
  hello: ClientHello,
  first: HandshakeMessage,
  context: ServerContext,
): HandshakeMachine {
  let state: ServerState | undefined;
  return {
    role: "server",
    expects: { messages: 3, octets: 2048 }, // ClientKeyExchange and Finished, from anyone
    get claimed() {
      return state?.tag === "keyed" ? state.identity : undefined;
    },
    get awaitsProof() {
      return state?.tag === "keyed";
    },
    start() {
      const [next, effects] = startServer(hello, first, context);
      state = next;
      return effects;
    },
    message(message) {
      if (!state) return [];
      const [next, effects] = stepServer(state, message, context);
      state = next;
      return effects;
    },
    own: ({ client, server }) => ({ read: client, write: server }),
  };
}
