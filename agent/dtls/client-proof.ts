import { concatBytes } from "../wire/bytes.ts";
import { AlertDescription } from "../wire/dtls/alert.ts";
import { encodeCertificateVerify } from "../wire/dtls/certificate-messages.ts";
import { encodeFinished } from "../wire/dtls/finished.ts";
import { HandshakeType } from "../wire/dtls/handshake.ts";
import { ownCertificateBody, ownKey, signingCredentials } from "./client-authentication.ts";
import { clientKeyExchange } from "./client-key-exchange.ts";
import {
  fail,
  heard,
  type ClientContext,
  type ClientState,
  type Secured,
  type Step,
} from "./client-state.ts";
import { wipe } from "./crypto/constant-time.ts";
import { ourMessage, failure, type FlightMessage, type HandshakeFailure } from "./handshake.ts";
import { epochKeys, masterSecret, verifyData } from "./key-schedule.ts";
import { DtlsError } from "./session.ts";

/** What our own Finished adds to a state. */
export interface Finishing {
  readonly finished: FlightMessage;
  readonly after: Pick<Secured, "messageSeq" | "transcript">;
}

/** Our second flight: who we are, our part of the secret, and the proof of both. [RFC 5246 §7.4.6 - §7.4.9] */
export function prove(state: ClientState & { tag: "negotiated" }, context: ClientContext): Step {
  const exchange = clientKeyExchange(state, context.credentials);
  if ("tag" in exchange) return fail(state, exchange);
  const { server, exchange: _share, scheme, ...agreed } = state;
  const opening = openingMessages(state.messageSeq + 1, exchange.body, context);
  const session = heard(state.transcript, ...opening);
  const messageSeq = state.messageSeq + opening.length;
  const signature = certificateVerify(scheme, session, messageSeq + 1, context);
  if ("tag" in signature) {
    wipe(exchange.premaster);
    return fail(state, signature);
  }
  // Up to the ClientKeyExchange, and no further. [RFC 7627 §3]
  const bound = state.extendedMasterSecret ? session : undefined;
  const master = masterSecret(exchange.premaster, { ...state, session: bound });
  const signed = {
    messageSeq: messageSeq + signature.length,
    transcript: heard(session, ...signature),
  };
  const { finished, after } = finish({ ...agreed, ...signed, master });
  const { suite, clientRandom, connectionIds } = state;
  const flight = [...opening, ...signature, { tag: "change-cipher-spec" }, finished] as const;
  // Only with forward secrecy: then nobody but the server that was meant can ever read it. [RFC 7918 §4.2]
  const early = context.falseStart && suite.keyExchange !== "psk";
  const notAfter = server?.notAfter ?? Infinity;
  return [
    { ...agreed, ...after, tag: "proved", master, notAfter, ticket: undefined },
    [
      { tag: "keys", keys: epochKeys(master, state), suite, connectionIds },
      { tag: "secret", clientRandom, master },
      { tag: "send", flight, final: false },
      ...(early ? [{ tag: "may-send" } as const] : []),
    ],
  ];
}

/** Our Finished, over all that was said. [RFC 5246 §7.4.9] */
export function finish(
  state: Pick<Secured, "suite" | "master" | "messageSeq" | "transcript">,
): Finishing {
  const messageSeq = state.messageSeq + 1;
  const verify = verifyData(state.suite, state.master, "client", state.transcript);
  const finished = ourMessage(HandshakeType.finished, messageSeq, 1, encodeFinished(verify));
  return { finished, after: { messageSeq, transcript: heard(state.transcript, finished) } };
}

/** Our certificate, if our credentials are of that kind, and our part of the secret. */
function openingMessages(
  firstSeq: number,
  keyExchange: Uint8Array,
  context: ClientContext,
): readonly FlightMessage[] {
  const credentials = signingCredentials(context);
  const certificate = credentials ? [ownCertificateBody(credentials)] : [];
  return [
    ...certificate.map((body) => ourMessage(HandshakeType.certificate, firstSeq, 0, body)),
    ourMessage(HandshakeType.clientKeyExchange, firstSeq + certificate.length, 0, keyExchange),
  ];
}

/** The signature over all that was said, if one is due. A key that does not sign any more has an outcome too. */
function certificateVerify(
  scheme: number | undefined,
  session: readonly Uint8Array[],
  messageSeq: number,
  context: ClientContext,
): readonly FlightMessage[] | HandshakeFailure {
  const credentials = signingCredentials(context);
  if (!credentials || scheme === undefined) return [];
  try {
    const signature = ownKey(credentials).sign(scheme, concatBytes(...session));
    const body = encodeCertificateVerify({ scheme, signature });
    return [ourMessage(HandshakeType.certificateVerify, messageSeq, 0, body)];
  } catch (error) {
    if (!(error instanceof DtlsError)) throw error;
    const reason = `our own key cannot sign: ${error.message}`;
    return failure(error.code, reason, AlertDescription.internalError);
  }
}
