import type {
  CertificateClientCredentials,
  ClientCredentials,
  OwnCertificate,
} from "../dtls/credentials.ts";
import { signingKey } from "../dtls/crypto/signature.ts";
import { parseCertificate } from "../dtls/crypto/x509.ts";
import type { Certificate } from "../dtls/pki/certificate.ts";
import { ownCertificate } from "../dtls/pki/own-certificate.ts";
import type { Sha256 } from "../dots/signal/cuid.ts";
import type { Millis } from "../net/ports.ts";
import { cuidOf } from "../session/credential.ts";
import type { StoredCertificate, StoredProvider } from "../store/agent-store.ts";
import { StoreError } from "../store/mitigation-store.ts";
import type { PemReader } from "./pem-reader.ts";

/** What is kept of a credential, ready for use. */

/** Whose credential, and where the server is that it is for. */
type Holder = Pick<StoredProvider, "host" | "credential">;

/** Makes of what is kept what sessions take, and remembers it: certificates cost time to read. */
export class Credentials {
  readonly #pem: PemReader;
  readonly #sha256: Sha256;
  readonly #ready = new WeakMap<StoredCertificate, CertificateClientCredentials>();

  constructor(deps: { readonly pem: PemReader; readonly sha256: Sha256 }) {
    this.#pem = deps.pem;
    this.#sha256 = deps.sha256;
  }

  /** What a session takes. @throws {StoreError} `store/damaged`: what was kept cannot be read. */
  of({ host, credential }: Holder): ClientCredentials {
    if (credential.type === "psk") return credential;
    const known = this.#ready.get(credential) ?? this.#read(credential, host);
    this.#ready.set(credential, known);
    return known;
  }

  /** The certificate that we are known by, if it is one. */
  certificateOf(holder: Holder): OwnCertificate | undefined {
    const credentials = this.of(holder);
    return credentials.type === "certificate" ? credentials.own : undefined;
  }

  /** The client identifier that goes with it. [RFC 9132 §4.4.1.1] */
  cuidOf(holder: Holder): string {
    return cuidOf(this.of(holder), this.#sha256);
  }

  /** Forgets a private key for good. */
  wipe({ credential }: Holder): void {
    if (credential.type === "psk") return;
    this.#ready.get(credential)?.own.key.wipe();
    this.#ready.delete(credential);
  }

  #read(stored: StoredCertificate, host: string): CertificateClientCredentials {
    try {
      return certificateCredentials(this.#pem, stored, host, timeOf(stored));
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new StoreError("store/damaged", `the certificate for ${host}: ${why}`, { cause });
    }
  }
}

/**
 * @param atMs when the certificate has to be good, in milliseconds since the Unix epoch
 * @throws {Error} the certificate, its key or a CA cannot be used.
 */
export function certificateCredentials(
  pem: PemReader,
  { chain, key, cas, serverName, legacy }: StoredCertificate,
  host: string,
  atMs: Millis,
): CertificateClientCredentials {
  return {
    type: "certificate",
    own: ownCertificate(chain, signingKey(pem.keyObject(key)), atMs),
    trust: { anchors: cas.map(parseCertificate), revocations: new Set(), legacy },
    server: { host: serverName ?? host },
  };
}

/** A moment at which it is good: what was kept was good once, and one that is over is the server's to refuse. */
function timeOf({ chain }: StoredCertificate): Millis {
  return Math.max(...chain.map((der) => parseCertificate(der).notBefore));
}

/** The one that is over first. */
export function firstOver({ chain: [own, ...issuers] }: OwnCertificate): Certificate {
  return issuers.reduce((first, next) => (next.notAfter < first.notAfter ? next : first), own);
}
