import { concatBytes, sameBytes, WireError } from "../wire/bytes.ts";
import { AlertDescription } from "../wire/dtls/alert.ts";
import {
  ClientCertificateType,
  decodeCertificate,
  decodeRawPublicKey,
  encodeCertificate,
  encodeRawPublicKey,
  type CertificateRequest,
} from "../wire/dtls/certificate-messages.ts";
import { serverEcdhParams, type ServerKeyExchangeEcdhe } from "../wire/dtls/ecdhe-messages.ts";
import type { KeyExchange } from "./cipher-suites.ts";
import type { ClientContext, Negotiated, ServerKey } from "./client-state.ts";
import type {
  CertificateClientCredentials,
  ClientCredentials,
  RawPublicKeyClientCredentials,
} from "./credentials.ts";
import {
  keyTypeOf,
  SIGNATURE_SCHEMES,
  verifySignature,
  type SigningKey,
} from "./crypto/signature.ts";
import { fingerprintOf, parseCertificate } from "./crypto/x509.ts";
import { failure, type HandshakeFailure } from "./handshake.ts";
import type { Certificate, KeyType } from "./pki/certificate.ts";
import type { CertificateFault } from "./pki/certificate-fault.ts";
import { validatePath } from "./pki/path.ts";
import { checkServerName } from "./pki/server-name.ts";

/** Credentials of the kinds that sign. */
export type SigningCredentials = Exclude<ClientCredentials, { readonly type: "psk" }>;

/** What key a suite's name promises. [RFC 8422 §2] */
const KEYS: Readonly<Partial<Record<KeyExchange, ReadonlySet<KeyType>>>> = {
  ecdhe_ecdsa: new Set(["ec-p256", "ec-p384"]),
  ecdhe_rsa: new Set(["rsa"]),
};

/** The server's key out of its Certificate message, if it is to be believed and fits the suite. @throws {WireError} */
export function believeServer(
  body: Uint8Array,
  keyExchange: KeyExchange,
  credentials: SigningCredentials,
  atMs: number,
): ServerKey | HandshakeFailure {
  const key =
    credentials.type === "certificate"
      ? believeChain(body, credentials, atMs)
      : believeRawKey(body, credentials);
  if ("tag" in key || KEYS[keyExchange]?.has(keyTypeOf(key.spki))) return key;
  const reason = "the server's key is not of the kind that the cipher suite is for";
  return failure("dtls/protocol", reason, AlertDescription.unsupportedCertificate);
}

/** [RFC 5280 §6] [RFC 6125 §6] */
function believeChain(
  body: Uint8Array,
  { trust, server }: CertificateClientCredentials,
  atMs: number,
): ServerKey | HandshakeFailure {
  const chain = readChain(decodeCertificate(body).certificates);
  if ("tag" in chain) return chain;
  const [leaf] = chain;
  if (!leaf) return distrust("the server showed no certificate", AlertDescription.handshakeFailure);
  const path = validatePath(chain, trust, "server", atMs);
  if (path.tag === "fault") return disbelieved(path);
  const fault = checkServerName(leaf, server, trust.legacy);
  return fault ? disbelieved(fault) : { spki: leaf.spki, notAfter: path.notAfter };
}

function disbelieved({ reason, alert }: CertificateFault): HandshakeFailure {
  return distrust(`the server's certificate ${reason}`, alert);
}

function readChain(ders: readonly Uint8Array[]): readonly Certificate[] | HandshakeFailure {
  try {
    return ders.map(parseCertificate);
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    const reason = `the server's certificate cannot be read: ${error.message}`;
    return distrust(reason, AlertDescription.badCertificate);
  }
}

/** [RFC 7250 §4.4] */
function believeRawKey(
  body: Uint8Array,
  { trusted }: RawPublicKeyClientCredentials,
): ServerKey | HandshakeFailure {
  const spki = decodeRawPublicKey(body).slice();
  if (trusted.some((key) => sameBytes(key, spki))) return { spki, notAfter: Infinity };
  const reason = `the server's public key is none of those trusted (its SHA-256: ${fingerprintOf(spki)})`;
  return distrust(reason, AlertDescription.certificateUnknown);
}

/** Why the server's signature of its key share is not to be believed. [RFC 8422 §5.4] */
export function exchangeSignatureFault(
  exchange: ServerKeyExchangeEcdhe,
  { clientRandom, serverRandom }: Negotiated,
  server: ServerKey,
): HandshakeFailure | undefined {
  const { scheme, signature } = exchange;
  if (!SIGNATURE_SCHEMES.includes(scheme)) {
    const reason = `the server signed with scheme 0x${hex4(scheme)}, which was not offered`;
    return failure("dtls/protocol", reason, AlertDescription.illegalParameter);
  }
  const signed = concatBytes(clientRandom, serverRandom, serverEcdhParams(exchange));
  if (verifySignature(server.spki, scheme, signed, signature)) return undefined;
  const reason = "the server's signature does not hold: it does not have the key that it showed";
  return distrust(reason, AlertDescription.decryptError);
}

/** The scheme to sign with, out of those that the server takes. [RFC 5246 §7.4.4] */
export function chooseScheme(
  request: CertificateRequest,
  credentials: SigningCredentials,
): number | HandshakeFailure {
  const { keyType, schemes } = ownKey(credentials);
  const type = keyType === "rsa" ? ClientCertificateType.rsaSign : ClientCertificateType.ecdsaSign;
  const scheme = schemes.find((candidate) => request.signatureAlgorithms.includes(candidate));
  if (scheme !== undefined && request.certificateTypes.includes(type)) return scheme;
  const reason = `the server takes no signature of a key like ours (${keyType})`;
  return distrust(reason, AlertDescription.handshakeFailure);
}

/** Our Certificate message. */
export function ownCertificateBody(credentials: SigningCredentials): Uint8Array {
  if (credentials.type === "raw-public-key") return encodeRawPublicKey(credentials.own.spki);
  return encodeCertificate({ certificates: credentials.own.chain.map(({ der }) => der) });
}

/** The key that proves that the certificate is ours. */
export function ownKey(credentials: SigningCredentials): SigningKey {
  return credentials.type === "certificate" ? credentials.own.key : credentials.own;
}

/** The credentials, if they are of a kind that signs. */
export function signingCredentials({ credentials }: ClientContext): SigningCredentials | undefined {
  return credentials.type === "psk" ? undefined : credentials;
}

function distrust(reason: string, alert: number): HandshakeFailure {
  return failure("dtls/authentication", reason, alert);
}

function hex4(value: number): string {
  return value.toString(16).padStart(4, "0");
}
