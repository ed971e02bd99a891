import { AlertDescription } from "../wire/dtls/alert.ts";
import { encodeClientKeyExchangeEcdhe } from "../wire/dtls/ecdhe-messages.ts";
import {
  encodeClientKeyExchangeEcdhePsk,
  encodeClientKeyExchangePsk,
} from "../wire/dtls/psk-messages.ts";
import type { Negotiated, ServerExchange } from "./client-state.ts";
import type { ClientCredentials } from "./credentials.ts";
import { wipe } from "./crypto/constant-time.ts";
import { generateKeyShare } from "./crypto/key-share.ts";
import { failure, type HandshakeFailure } from "./handshake.ts";
import { pskPremaster } from "./key-schedule.ts";

/** The body of a ClientKeyExchange, and what both ends then share. */
export interface ClientExchange {
  readonly body: Uint8Array;
  /** The caller's to wipe. */
  readonly premaster: Uint8Array;
}

/** Our part of the secret. [RFC 4279 §2] [RFC 5489 §2] [RFC 8422 §5.7] */
export function clientKeyExchange(
  { suite: { keyExchange }, exchange }: Negotiated,
  credentials: ClientCredentials,
): ClientExchange | HandshakeFailure {
  if (credentials.type !== "psk") {
    const agreed = agree(exchange);
    if ("tag" in agreed) return agreed;
    const body = encodeClientKeyExchangeEcdhe({ publicKey: agreed.publicKey });
    return { body, premaster: agreed.secret };
  }
  const identity = new TextEncoder().encode(credentials.identity);
  if (keyExchange === "psk") {
    const body = encodeClientKeyExchangePsk({ identity });
    return { body, premaster: pskPremaster(credentials.key, undefined) };
  }
  const agreed = agree(exchange);
  if ("tag" in agreed) return agreed;
  const body = encodeClientKeyExchangeEcdhePsk({ identity, publicKey: agreed.publicKey });
  const premaster = pskPremaster(credentials.key, agreed.secret);
  wipe(agreed.secret);
  return { body, premaster };
}

/** Diffie and Hellman's part, with a key of ours that nothing else is ever made with. */
function agree(
  exchange: ServerExchange | undefined,
): { readonly publicKey: Uint8Array; readonly secret: Uint8Array } | HandshakeFailure {
  if (exchange?.group === undefined || !exchange.publicKey) {
    const reason = "the server sent no key share";
    return failure("dtls/protocol", reason, AlertDescription.unexpectedMessage);
  }
  const share = generateKeyShare(exchange.group);
  const secret = share.agree(exchange.publicKey);
  if (secret) return { publicKey: share.publicKey, secret };
  const reason = "the server's key share is not a point of its group";
  return failure("dtls/protocol", reason, AlertDescription.illegalParameter);
}
