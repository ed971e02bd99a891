import type { ClientHello } from "../wire/dtls/client-hello.ts";
import {
  startClient,
  stepClient,
  type ClientContext,
  type ClientState,
} from "./client-handshake.ts";
import { clientIdentity } from "./client-identity.ts";
import { wipe } from "./crypto/constant-time.ts";
import type { HandshakeEffect } from "./handshake.ts";
import type { DirectionKeys, EpochKeys } from "./key-schedule.ts";
import type { HandshakeMessage, ReassemblyLimits } from "./reassembly.ts";
import type { PeerIdentity } from "./session.ts";
import {
  startServer,
  stepServer,
  type ServerContext,
  type ServerState,
} from "./server-handshake.ts";
import { claimedIdentity, forgetSecrets, type ServerStep } from "./server-state.ts";

export { mayResumeWithoutCookie } from "./server-resumption.ts";

/** Either end's handshake, holding its state, so that one driver can run both. */
export interface HandshakeMachine {
  readonly role: "client" | "server";
  /**
   * At the client: whether its proof is out, and the server's Finished is all that is missing. At the server: whether
   * the client's Finished is all that is missing and shows whether it has the key, so that a record that does not open
   * tells of a wrong one. A signature shows that sooner; and in an abbreviated handshake our alert would be protected,
   * so that anyone could make us end the client's session with a bad record.
   */
  readonly awaitsProof: boolean;
  /** At the client: whether the server may still ask for a cookie, as it has not said hello. */
  readonly awaitsHello: boolean;
  /**
   * Whether nothing comes any more of the messages to come. A client is not over when it failed upon a message that
   * nobody authenticated: it is as it was before, should the true one still come.
   */
  readonly over: boolean;
  /** What the peer's messages may come to: with pre-shared keys they are few and small. */
  readonly expects: ReassemblyLimits;
  /** Who the client claims to be so far, proved or not: `branch`, `CN=office`. */
  readonly claimed: string | undefined;
  /** The same with what it claims it by, for messages: `identity branch`, `certificate CN=office`. */
  readonly claim: string | undefined;
  start(): readonly HandshakeEffect[];
  message(message: HandshakeMessage): readonly HandshakeEffect[];
  /** The keys by direction, as this end sees them. */
  own(keys: EpochKeys): { readonly read: DirectionKeys; readonly write: DirectionKeys };
  /** The session, or the way to it, ended by a fatal alert that is authentic: nobody is to come back to it. [RFC 5246 §7.2.2] */
  disown(): void;
  /** Forgets what secrets it holds, for a handshake that nobody waits for any more. Idempotent. */
  wipe(): void;
}

/** HelloVerifyRequest to Finished; a hint may be long. */
const PSK_REPLIES: ReassemblyLimits = { messages: 8, octets: 4096 };
/** A chain of certificates with long keys is larger, and two more messages come with it. */
const CERTIFICATE_REPLIES: ReassemblyLimits = { messages: 10, octets: 16_384 };
/** ClientKeyExchange and Finished, from anyone. */
const PSK_PROOF: ReassemblyLimits = { messages: 3, octets: 2048 };
/** Certificate to Finished, from anyone: each handshake may take that much memory. */
const CERTIFICATE_PROOF: ReassemblyLimits = { messages: 5, octets: 8192 };

/** The client's machine. @param disown forgets the session that is kept of this server */
export function clientMachine(
  context: ClientContext,
  disown: () => void = () => {},
): HandshakeMachine {
  let state: ClientState | undefined;
  return {
    role: "client",
    expects: context.credentials.type === "psk" ? PSK_REPLIES : CERTIFICATE_REPLIES,
    ...claimOf(clientIdentity(context.credentials)),
    get awaitsProof() {
      return state?.tag === "proved";
    },
    get awaitsHello() {
      return state?.tag === "hello-sent";
    },
    get over() {
      return state?.tag === "failed";
    },
    start() {
      const [next, effects] = startClient(context);
      state = next;
      return effects;
    },
    message(message) {
      if (!state) return [];
      const authentic = message.epoch === 1;
      const from = authentic ? state : apart(state);
      const [next, effects] = stepClient(from, message, context);
      if (next.tag === "failed" && !authentic) return effects;
      if (from !== state) wipeMaster(state);
      state = next;
      return effects;
    },
    own: ({ client, server }) => ({ read: server, write: client }),
    disown,
    wipe() {
      if (state) wipeMaster(state);
      state = { tag: "failed" };
    },
  };
}

/** The same with a secret of its own, which may come to an end with it. */
function apart(state: ClientState): ClientState {
  const secured = state.tag === "proved" || state.tag === "resumed";
  return secured ? { ...state, master: state.master.slice() } : state;
}

function wipeMaster(state: ClientState): void {
  if (state.tag === "proved" || state.tag === "resumed") wipe(state.master);
}

/** The server's machine, for a ClientHello whose cookie was verified, or that `mayResumeWithoutCookie`. */
export function serverMachine(
  hello: ClientHello,
  first: HandshakeMessage,
  context: ServerContext,
): HandshakeMachine {
  const { certificates, rawPublicKey } = context.credentials;
  let state: ServerState | undefined;
  let claim: ReturnType<typeof claimOf> | undefined;
  const follow = ([next, effects]: ServerStep): readonly HandshakeEffect[] => {
    state = next;
    const identity = claimedIdentity(next);
    if (identity) claim = claimOf(identity); // and it stays, for the words on how it ended
    return effects;
  };
  return {
    role: "server",
    expects: certificates || rawPublicKey ? CERTIFICATE_PROOF : PSK_PROOF,
    get claimed() {
      return claim?.claimed;
    },
    get claim() {
      return claim?.claim;
    },
    get awaitsProof() {
      return state?.tag === "keyed" && state.client.identity.type === "psk";
    },
    awaitsHello: false,
    get over() {
      return state?.tag === "failed";
    },
    start: () => follow(startServer(hello, first, context)),
    message: (message) => (state ? follow(stepServer(state, message, context)) : []),
    own: ({ client, server }) => ({ read: client, write: server }),
    disown() {
      if (state?.tag === "established" && state.sessionId)
        context.sessions?.delete(state.sessionId);
    },
    wipe() {
      if (state) forgetSecrets(state);
      state = { tag: "failed" };
    },
  };
}

/** Who somebody says that it is: as it is, and for messages. */
function claimOf(identity: PeerIdentity): { readonly claimed: string; readonly claim: string } {
  switch (identity.type) {
    case "psk":
      return { claimed: identity.identity, claim: `identity ${identity.identity}` };
    case "certificate":
      return { claimed: identity.subject, claim: `certificate ${identity.subject}` };
    case "raw-public-key":
      return { claimed: identity.fingerprint, claim: `public key ${identity.fingerprint}` };
  }
}
