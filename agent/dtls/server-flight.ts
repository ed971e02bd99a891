import { concatBytes } from "../wire/bytes.ts";
import {
  ClientCertificateType,
  encodeCertificate,
  encodeCertificateRequest,
  encodeRawPublicKey,
} from "../wire/dtls/certificate-messages.ts";
import type { ClientHello } from "../wire/dtls/client-hello.ts";
import { encodeServerKeyExchangeEcdhe, serverEcdhParams } from "../wire/dtls/ecdhe-messages.ts";
import { HandshakeType } from "../wire/dtls/handshake.ts";
import {
  encodeServerKeyExchangeEcdhePsk,
  encodeServerKeyExchangePsk,
} from "../wire/dtls/psk-messages.ts";
import type { OwnCertificate } from "./credentials.ts";
import { generateKeyShare, type KeyShare } from "./crypto/key-share.ts";
import { SIGNATURE_SCHEMES } from "./crypto/signature.ts";
import { ourMessage, transcriptForm } from "./handshake.ts";
import type { HelloOffer } from "./hello-offer.ts";
import type { HandshakeMessage } from "./reassembly.ts";
import { choose, type Choice, type Signer } from "./server-choice.ts";
import { agreeConnectionIds, serverHello } from "./server-hello-reply.ts";
import {
  fail,
  type Agreed,
  type ResumptionOffer,
  type ServerContext,
  type ServerStep,
} from "./server-state.ts";

const SESSION_ID = 32;

/** Our part of a full handshake up to ServerHelloDone. */
export function greet(
  hello: ClientHello,
  offer: HelloOffer,
  message: HandshakeMessage,
  context: ServerContext,
): ServerStep {
  const choice = choose(offer, context);
  if ("tag" in choice) return fail(choice);
  const { suite, group, signer } = choice;
  const share = group === undefined ? undefined : generateKeyShare(group);
  const serverRandom = context.random.bytes(32);
  const resumption = resumptionOffer(offer, context);
  const connectionIds = agreeConnectionIds(offer, context);
  const reply = serverHello(offer, {
    random: serverRandom,
    sessionId: resumption?.by === "session-id" ? resumption.sessionId : new Uint8Array(),
    suite,
    connectionIds,
    willSendTicket: resumption?.by === "ticket",
    signer,
  });
  const randoms = concatBytes(hello.random, serverRandom);
  const bodies: readonly Body[] = [
    [HandshakeType.serverHello, reply],
    ...proof(choice, share, randoms, context),
    [HandshakeType.serverHelloDone, new Uint8Array()],
  ];
  // The HelloVerifyRequest had the number of the first ClientHello; we go on from the second's. [RFC 6347 §4.2.2]
  const flight = bodies.map(([type, body], i) => ourMessage(type, message.messageSeq + i, 0, body));
  const agreed: Agreed = {
    suite,
    clientRandom: hello.random.slice(),
    serverRandom,
    extendedMasterSecret: offer.extendedMasterSecret,
    connectionIds,
    returnRoutability: connectionIds !== undefined,
    serverName: offer.serverName,
    resumption,
    messageSeq: message.messageSeq + flight.length - 1,
    transcript: [transcriptForm(message), ...flight.map(transcriptForm)],
  };
  return [
    { tag: "greeted", ...agreed, share, asks: signer?.type },
    [{ tag: "send", flight, final: false }],
  ];
}

type Body = readonly [type: number, body: Uint8Array];

/** Only sessions with an extended master secret come back. [RFC 7627 §5.3] */
function resumptionOffer(offer: HelloOffer, context: ServerContext): ResumptionOffer {
  if (!offer.extendedMasterSecret || context.ticketLifetimeMs === undefined) return undefined;
  if (offer.ticket && context.tickets) return { by: "ticket" };
  // An id too would have to be kept here, which a ticket saves. [RFC 5077 §3.4]
  return context.sessions
    ? { by: "session-id", sessionId: context.random.bytes(SESSION_ID) }
    : undefined;
}

/** What stands between ServerHello and ServerHelloDone. Clients with certificates always have to show them. [RFC 9132 §7.1] */
function proof(
  { signer }: Choice,
  share: KeyShare | undefined,
  randoms: Uint8Array,
  context: ServerContext,
): readonly Body[] {
  if (!signer || !share) {
    const exchange = pskExchange(share, context.credentials.hint ?? "");
    return exchange ? [[HandshakeType.serverKeyExchange, exchange]] : [];
  }
  return [
    [HandshakeType.certificate, certificate(signer)],
    [HandshakeType.serverKeyExchange, signedExchange(signer, share, randoms)],
    [HandshakeType.certificateRequest, CERTIFICATE_REQUEST],
  ];
}

/** No authorities: their names would fill the flight, and a client has one certificate for us anyway. [RFC 5246 §7.4.4] */
const CERTIFICATE_REQUEST = encodeCertificateRequest({
  certificateTypes: [ClientCertificateType.ecdsaSign, ClientCertificateType.rsaSign],
  signatureAlgorithms: SIGNATURE_SCHEMES,
  authorities: [],
});

function certificate(signer: Signer): Uint8Array {
  if (signer.type === "raw-public-key") return encodeRawPublicKey(signer.key.spki);
  return encodeCertificate({ certificates: chainToSend(signer.own).map(({ der }) => der) });
}

/** A root convinces nobody who does not have it already, and octets are dear under loss. [RFC 5246 §7.4.2] */
function chainToSend({ chain }: OwnCertificate): OwnCertificate["chain"][number][] {
  return chain.filter((one, i) => i === 0 || !one.namesAsIssuer(one));
}

function signedExchange(
  { key, scheme }: Signer,
  { group, publicKey }: KeyShare,
  randoms: Uint8Array,
): Uint8Array {
  const params = { group, publicKey };
  const signature = key.sign(scheme, concatBytes(randoms, serverEcdhParams(params)));
  return encodeServerKeyExchangeEcdhe({ ...params, scheme, signature });
}

/** Needed for ECDHE; for plain PSK only to carry a hint. [RFC 4279 §2] */
function pskExchange(share: KeyShare | undefined, text: string): Uint8Array | undefined {
  const hint = new TextEncoder().encode(text);
  if (share) {
    const { group, publicKey } = share;
    return encodeServerKeyExchangeEcdhePsk({ hint, group, publicKey });
  }
  return hint.length > 0 ? encodeServerKeyExchangePsk({ hint }) : undefined;
}
