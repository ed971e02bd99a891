import type { SigningKey } from "./crypto/signature.ts";
import type { Certificate } from "./pki/certificate.ts";
import type { Revocations } from "./pki/revocations.ts";

/** What the two ends prove themselves with, and believe each other by. [RFC 9132 §7.1] */

/** What a client proves itself with, and what it believes a server by. */
export type ClientCredentials =
  | PskClientCredentials
  | CertificateClientCredentials
  | RawPublicKeyClientCredentials;

/** One key, which both ends have. [RFC 4279] [RFC 5489] */
export interface PskClientCredentials {
  readonly type: "psk";
  /** Sent in the clear to the server. */
  readonly identity: string;
  readonly key: Uint8Array;
}

/** Certificates on both sides. [RFC 8422] */
export interface CertificateClientCredentials {
  readonly type: "certificate";
  readonly own: OwnCertificate;
  readonly trust: Trust;
  /** Whose certificate the server's has to be. */
  readonly server: ExpectedServer;
}

/** Bare public keys on both sides. [RFC 7250] */
export interface RawPublicKeyClientCredentials {
  readonly type: "raw-public-key";
  readonly own: SigningKey;
  /** The server's keys that are believed: DER of their SubjectPublicKeyInfo. */
  readonly trusted: readonly Uint8Array[];
}

/** A certificate with its chain, and its key. */
export interface OwnCertificate {
  /** Ours first, then each one's issuer; a root may be left out. */
  readonly chain: readonly [Certificate, ...Certificate[]];
  readonly key: SigningKey;
}

/** By what another's certificate is believed. */
export interface Trust {
  /** The CAs, none other. A certificate that is itself among them, but no CA's, is not believed by that. */
  readonly anchors: readonly Certificate[];
  readonly revocations: Revocations;
  /**
   * Whether certificates of older makers are taken too: ones without an extended key usage, and ones that name
   * their owner in the common name alone. [RFC 6125 §6.4.4]
   */
  readonly legacy: boolean;
}

/** The name by which a server is sought. [RFC 6125 §6.2] */
export interface ExpectedServer {
  /** A DNS name, or a literal address. */
  readonly host: string;
}

/** What a server checks its clients with, and proves itself with. One of the three at least. */
export interface ServerCredentials {
  /** The key of an identity, or nothing if it is not known. Must not throw. */
  pskOf?(identity: string): Uint8Array | undefined;
  /** The identity hint, if one is to be sent. [RFC 4279 §2] */
  readonly hint?: string;
  readonly certificates?: ServerCertificates;
  readonly rawPublicKey?: ServerRawPublicKey;
}

/** A server that asks its clients for certificates. */
export interface ServerCertificates {
  /** Which one is shown follows the name that a client asks for, and the suites it has; the first unless told. */
  readonly own: readonly [OwnCertificate, ...OwnCertificate[]];
  /** By what clients' certificates are believed. */
  readonly trust: Trust;
  /** Whether somebody with these names is a client here at all; asked after its certificate was believed. */
  isClient(names: readonly string[]): boolean;
}

/** A server that knows its clients by their keys. */
export interface ServerRawPublicKey {
  readonly own: SigningKey;
  /** Whether this is a client's key: DER of its SubjectPublicKeyInfo. */
  isClient(spki: Uint8Array): boolean;
}
