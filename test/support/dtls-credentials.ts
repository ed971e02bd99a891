/** Credentials of every kind for both ends, by one CA. */
import type {
  CertificateClientCredentials,
  ClientCredentials,
  OwnCertificate,
  ServerCredentials,
  Trust,
} from "../../agent/dtls/credentials.ts";
import { signingKey } from "../../agent/dtls/crypto/signature.ts";
import { parseCertificate } from "../../agent/dtls/crypto/x509.ts";
import { makeCertificate, type CertificateWish } from "./make-certificate.ts";

export const SERVER_NAME = "dots.example.com";
export const CLIENT_NAME = "office.example.com";
export const IDENTITY = "branch";
export const KEY = new TextEncoder().encode("the key of the branch");

const CA = makeCertificate({ subject: "CN=Lab CA", ca: true });
const STRANGER = makeCertificate({ subject: "CN=Stranger CA", ca: true });
const serverKey = signingKey(makeCertificate({ subject: "CN=raw server" }).privateKey);
const clientKey = signingKey(makeCertificate({ subject: "CN=raw client" }).privateKey);

export const TRUST: Trust = {
  anchors: [parseCertificate(CA.der)],
  revocations: new Set(),
  legacy: false,
};

/** By nobody whom the lab trusts. */
export const STRANGERS_TRUST: Trust = { ...TRUST, anchors: [parseCertificate(STRANGER.der)] };

/** A certificate by the lab's CA, and its key. */
export function labCertificate(wish: CertificateWish): OwnCertificate {
  const made = makeCertificate({ issuer: CA, ...wish });
  return { chain: [parseCertificate(made.der)], key: signingKey(made.privateKey) };
}

/** The client's, with a certificate by a CA that is no one's. */
export const strangersCertificate = (): OwnCertificate =>
  labCertificate({ subject: "CN=stranger", dns: [CLIENT_NAME], issuer: STRANGER });

export const pskClient = { type: "psk", identity: IDENTITY, key: KEY } as const;

export const certificateClient: CertificateClientCredentials = {
  type: "certificate",
  own: labCertificate({ subject: "CN=office", dns: [CLIENT_NAME] }),
  trust: TRUST,
  server: { host: SERVER_NAME },
};

const rawClient: ClientCredentials = {
  type: "raw-public-key",
  own: clientKey,
  trusted: [serverKey.spki],
};

/** A client's credentials of each kind. */
export const clients = {
  psk: pskClient,
  certificate: certificateClient,
  "raw-public-key": rawClient,
} as const satisfies Record<ClientCredentials["type"], ClientCredentials>;

export const pskServer: ServerCredentials = {
  pskOf: (identity) => (identity === IDENTITY ? KEY : undefined),
};

/** A server for clients with certificates, and for those with keys of each kind. */
export const certificateServer: ServerCredentials &
  Required<Pick<ServerCredentials, "certificates">> = {
  certificates: {
    own: [
      labCertificate({ subject: "CN=server", dns: [SERVER_NAME] }),
      labCertificate({ subject: "CN=server with RSA", dns: [SERVER_NAME], keyType: "rsa" }),
    ],
    trust: TRUST,
    isClient: (names) => names.includes(CLIENT_NAME),
  },
};

const rawServer: ServerCredentials = {
  rawPublicKey: {
    own: serverKey,
    isClient: (spki) => Buffer.compare(spki, clientKey.spki) === 0,
  },
};

/** A server's credentials of each kind. */
export const servers = {
  psk: pskServer,
  certificate: certificateServer,
  "raw-public-key": rawServer,
} as const satisfies Record<ClientCredentials["type"], ServerCredentials>;
