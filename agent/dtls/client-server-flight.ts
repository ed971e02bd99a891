import { WireError } from "../wire/bytes.ts";
import { AlertDescription } from "../wire/dtls/alert.ts";
import { decodeCertificateRequest } from "../wire/dtls/certificate-messages.ts";
import { decodeServerKeyExchangeEcdhe } from "../wire/dtls/ecdhe-messages.ts";
import { HandshakeType } from "../wire/dtls/handshake.ts";
import {
  decodeServerKeyExchangeEcdhePsk,
  decodeServerKeyExchangePsk,
} from "../wire/dtls/psk-messages.ts";
import {
  believeServer,
  chooseScheme,
  exchangeSignatureFault,
  signingCredentials,
} from "./client-authentication.ts";
import { prove } from "./client-proof.ts";
import { fail, heard, type ClientContext, type ClientState, type Step } from "./client-state.ts";
import { failure } from "./handshake.ts";
import type { HandshakeMessage } from "./reassembly.ts";

type State = ClientState & { tag: "negotiated" };

/** One message of the server's first flight after its hello; undefined if it is out of turn. [RFC 5246 §7.3] */
export function onServerFlight(
  state: State,
  message: HandshakeMessage,
  context: ClientContext,
): Step | undefined {
  switch (message.type) {
    case HandshakeType.certificate:
      return onCertificate(state, message, context);
    case HandshakeType.serverKeyExchange:
      return onServerKeyExchange(state, message, context);
    case HandshakeType.certificateRequest:
      return onCertificateRequest(state, message, context);
    case HandshakeType.serverHelloDone:
      return onServerHelloDone(state, message, context);
    default:
      return undefined;
  }
}

function onCertificate(
  state: State,
  message: HandshakeMessage,
  context: ClientContext,
): Step | undefined {
  const credentials = signingCredentials(context);
  if (!credentials || state.server) return undefined;
  const { keyExchange } = state.suite;
  const server = believeServer(message.body, keyExchange, credentials, context.wallTime());
  if ("tag" in server) return fail(state, server);
  return [{ ...state, server, transcript: heard(state.transcript, message) }, []];
}

function onServerKeyExchange(
  state: State,
  message: HandshakeMessage,
  context: ClientContext,
): Step | undefined {
  if (state.exchange) return undefined;
  const transcript = heard(state.transcript, message);
  switch (state.suite.keyExchange) {
    case "psk":
      // The hint is of no use here: there is one credential for this server. [RFC 4279 §5.2]
      decodeServerKeyExchangePsk(message.body);
      return [{ ...state, transcript, exchange: {} }, []];
    case "ecdhe_psk": {
      const share = decodeServerKeyExchangeEcdhePsk(message.body);
      return takeShare({ ...state, transcript }, share, context);
    }
    case "ecdhe_ecdsa":
    case "ecdhe_rsa": {
      if (!state.server) return undefined;
      const share = decodeServerKeyExchangeEcdhe(message.body);
      const fault = exchangeSignatureFault(share, state, state.server);
      return fault ? fail(state, fault) : takeShare({ ...state, transcript }, share, context);
    }
  }
}

function takeShare(
  state: State,
  share: { readonly group: number; readonly publicKey: Uint8Array },
  context: ClientContext,
): Step {
  const group = context.groups.find((offered) => offered === share.group);
  if (group === undefined) {
    const reason = `the server chose group ${share.group}, which was not offered`;
    return fail(state, failure("dtls/protocol", reason, AlertDescription.illegalParameter));
  }
  return [{ ...state, exchange: { group, publicKey: share.publicKey.slice() } }, []];
}

/** Which authorities the server names does not matter: there is one certificate to show it. [RFC 5246 §7.4.4] */
function onCertificateRequest(
  state: State,
  message: HandshakeMessage,
  context: ClientContext,
): Step | undefined {
  const credentials = signingCredentials(context);
  if (!credentials || !state.exchange || state.scheme !== undefined) return undefined;
  const scheme = chooseScheme(decodeCertificateRequest(message.body), credentials);
  if (typeof scheme !== "number") return fail(state, scheme);
  return [{ ...state, scheme, transcript: heard(state.transcript, message) }, []];
}

function onServerHelloDone(
  state: State,
  message: HandshakeMessage,
  context: ClientContext,
): Step | undefined {
  if (message.body.length > 0) throw new WireError("wire/leftover", "ServerHelloDone is not empty");
  if (signingCredentials(context) && state.scheme === undefined) {
    const reason = "the server does not ask for a certificate: DOTS needs mutual authentication"; // [RFC 9132 §8]
    return fail(state, failure("dtls/authentication", reason, AlertDescription.handshakeFailure));
  }
  const transcript = heard(state.transcript, message);
  return prove({ ...state, transcript }, context);
}
