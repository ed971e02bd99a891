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
  /** The session ended by a fatal alert: nobody is to come back to it. [RFC 5246 §7.2.2] */
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
/** Certificate to Finished, from anyone: each handshake may take that much memory a few times over. */
const CERTIFICATE_PROOF: ReassemblyLimits = { messages: 5, octets: 8192 };

/** The client's machine. */
export function clientMachine(context: ClientContext): HandshakeMachine {
  let state: ClientState | undefined;
  return {
    role: "client",
    expects: context.credentials.type === "psk" ? PSK_REPLIES : CERTIFICATE_REPLIES,
    ...claimOf(clientIdentity(context.credentials)),
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
    disown() {}, // what a client keeps is not kept here
    wipe() {
      if (state?.tag === "proved" || state?.tag === "resumed") wipe(state.master);
      state = { tag: "failed" };
    },
  };
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
