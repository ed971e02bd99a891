import { AlertDescription } from "../wire/dtls/alert.ts";
import { decodeClientKeyExchangeEcdhe } from "../wire/dtls/ecdhe-messages.ts";
import {
  decodeClientKeyExchangeEcdhePsk,
  decodeClientKeyExchangePsk,
} from "../wire/dtls/psk-messages.ts";
import { pskBinding } from "./credential-binding.ts";
import { wipe } from "./crypto/constant-time.ts";
import type { KeyShare } from "./crypto/key-share.ts";
import { failure, transcriptForm, type HandshakeFailure } from "./handshake.ts";
import { epochKeys, masterSecret, pskPremaster } from "./key-schedule.ts";
import type { HandshakeMessage } from "./reassembly.ts";
import {
  fail,
  type ClaimedClient,
  type Greeted,
  type ServerContext,
  type ServerStep,
  type Shown,
} from "./server-state.ts";

/** With pre-shared keys: the client's Finished then proves that it has the key. [RFC 4279 §2] [RFC 5489 §2] */
export function onPskExchange(
  { share, tag: _tag, asks: _asks, ...state }: Greeted,
  message: HandshakeMessage,
  context: ServerContext,
): ServerStep {
  const exchange = pskExchange(share, message.body);
  if ("tag" in exchange) return fail(exchange);
  const { client, key } = claimed(exchange.identity, state.serverName, context);
  const premaster = pskPremaster(key, exchange.agreed);
  if (exchange.agreed) wipe(exchange.agreed);
  const { transcript, master } = derive(premaster, state, message);
  const { suite, clientRandom, connectionIds } = state;
  return [
    { ...state, tag: "keyed", transcript, master, client },
    [
      { tag: "secret", clientRandom, master },
      { tag: "keys", keys: epochKeys(master, state), suite, connectionIds },
    ],
  ];
}

/** With certificates: the secret is there, but no keys before the client's signature. [RFC 8422 §5.7] */
export function onSignedExchange(
  { share, tag: _tag, ...state }: Shown,
  message: HandshakeMessage,
): ServerStep {
  const { publicKey } = decodeClientKeyExchangeEcdhe(message.body);
  const agreed = share?.agree(publicKey);
  if (!agreed) return fail(NO_POINT);
  const { transcript, master } = derive(agreed, state, message);
  return [
    { ...state, tag: "exchanged", transcript, master },
    [{ tag: "secret", clientRandom: state.clientRandom, master }],
  ];
}

/** The transcript with this message, and the master secret, which is bound to just that. [RFC 7627 §4] */
function derive(
  premaster: Uint8Array,
  state: Omit<Greeted, "tag" | "share" | "asks">,
  message: HandshakeMessage,
): { readonly transcript: readonly Uint8Array[]; readonly master: Uint8Array } {
  const transcript = [...state.transcript, transcriptForm(message)];
  const session = state.extendedMasterSecret ? transcript : undefined;
  return { transcript, master: masterSecret(premaster, { ...state, session }) };
}

/**
 * Who that is, and its key. An unknown identity goes on with a key that nobody has: who asks learns no more than from
 * a wrong key, and not sooner either. [RFC 4279 §2]
 */
function claimed(
  octets: Uint8Array,
  serverName: string | undefined,
  { credentials, random }: ServerContext,
): { readonly client: ClaimedClient; readonly key: Uint8Array } {
  const named = identityOf(octets);
  const known = named === undefined ? undefined : credentials.pskOf?.(named);
  // No key is as good as no identity: an empty one everybody has.
  const key = known !== undefined && known.length > 0 ? known : random.bytes(32);
  const identity = named ?? new TextDecoder().decode(octets);
  const binding = pskBinding(identity, key, serverName);
  return { client: { identity: { type: "psk", identity }, binding, validUntil: undefined }, key };
}

/** As it is, octet for octet, or two clients could be one; undefined for what is no UTF-8. [RFC 4279 §5.1] */
function identityOf(octets: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(octets);
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

function pskExchange(
  share: KeyShare | undefined,
  body: Uint8Array,
): { readonly identity: Uint8Array; readonly agreed: Uint8Array | undefined } | HandshakeFailure {
  if (!share) return { ...decodeClientKeyExchangePsk(body), agreed: undefined };
  const { identity, publicKey } = decodeClientKeyExchangeEcdhePsk(body);
  const agreed = share.agree(publicKey);
  return agreed ? { identity, agreed } : NO_POINT;
}

const NO_POINT = failure(
  "dtls/protocol",
  "the client's key share is not a point of its group",
  AlertDescription.illegalParameter,
);
