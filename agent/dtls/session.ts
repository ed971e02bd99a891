import type { Address, Millis } from "../net/ports.ts";

/** What was negotiated, for people and records. Holds no key. */
export interface SecurityInfo {
  readonly version: "DTLS1.2";
  /** The suite's registered name, `TLS_ECDHE_PSK_WITH_AES_128_GCM_SHA256`. */
  readonly cipher: string;
  readonly resumed: boolean;
  /** Whether the session lives through a change of the client's address. [RFC 9146] */
  readonly connectionId: boolean;
}

/** Who an end proved to be. Fingerprints are SHA-256 in lower-case hex. */
export type PeerIdentity =
  | { readonly type: "psk"; readonly identity: string }
  | {
      readonly type: "certificate";
      /** The DNS names of its subjectAltName, in lower case. */
      readonly names: readonly string[];
      /** The distinguished name, for people. */
      readonly subject: string;
      /** Of the certificate. */
      readonly fingerprint: string;
    }
  /** `fingerprint` is that of the SubjectPublicKeyInfo. */
  | { readonly type: "raw-public-key"; readonly fingerprint: string };

/** Who uses a session, and hears from it. None may throw. */
export interface DtlsListener {
  message(data: Uint8Array): void;
  /** Called at most once, last. */
  closed(reason: Error): void;
  /** Server: the client's address has changed, and is proved. [RFC 9146 §6] */
  moved?(peer: Address): void;
}

/** An established DTLS session; fits `CoapTransport`. */
export interface DtlsSession {
  /** At the server it may change: see `DtlsListener.moved`. */
  readonly peer: Address;
  readonly local: Address;
  readonly security: SecurityInfo;
  /** At the server: the client's identity. At the client: the identity it used itself. */
  readonly identity: PeerIdentity;
  /** From the first ClientHello sent (client) or the verified one received (server) to the session; 0 until then. */
  readonly handshakeMs: Millis;
  readonly rttMs: Millis | undefined;
  /** The largest application payload that fits one datagram, in octets. */
  readonly maxMessage: number;
  /** @throws {DtlsError} `dtls/too-large`; does nothing once closed. */
  send(data: Uint8Array): void;
  listen(listener: DtlsListener): void;
  /** Sends close_notify and forgets the keys. Idempotent. */
  close(): void;
}

/** The closed set of ways in which DTLS fails. */
export type DtlsErrorCode =
  | "dtls/timeout" // no answer at all, or the handshake did not end in time
  | "dtls/refused" // the system reported "port unreachable"
  | "dtls/authentication" // the peer did not accept our credential, or its own is wrong
  | "dtls/proof-unanswered" // it answered until our proof of the key, then no more: a wrong key, or loss
  | "dtls/no-common-suite"
  | "dtls/protocol" // the peer broke the protocol; its alert, or ours, is in the message
  | "dtls/closed" // the peer ended the session, or its key is used up
  | "dtls/too-large"
  | "dtls/configuration" // what we were given cannot work: an empty key, an expired certificate, no suite
  | "dtls/network"; // any other fault of the network

/** A fault of DTLS. The message never holds key material. */
export class DtlsError extends Error {
  override readonly name = "DtlsError";
  readonly code: DtlsErrorCode;
  constructor(code: DtlsErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
