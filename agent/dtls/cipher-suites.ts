import type { AeadName } from "./crypto/aead.ts";
import { isAeadAvailable } from "./crypto/aead.ts";
import type { HashName } from "./crypto/prf.ts";
import type { KeyType } from "./pki/certificate.ts";

/** How the two ends come to a common secret, and by what they prove who they are. */
export type KeyExchange = "psk" | "ecdhe_psk" | "ecdhe_ecdsa" | "ecdhe_rsa";

/** One cipher suite, as data. Lengths are in octets. */
export interface CipherSuite {
  readonly id: number;
  /** The registered name. */
  readonly name: string;
  readonly keyExchange: KeyExchange;
  readonly aead: AeadName;
  /** For the PRF and the transcript. */
  readonly hash: HashName;
  readonly keyLength: number;
  /** The part of the nonce that comes out of the key block. */
  readonly fixedIvLength: number;
  /** The part of the nonce that goes with every record: 8, or 0 where the sequence number is mixed in. */
  readonly recordIvLength: number;
}

// An explicit nonce in each record. [RFC 5288 §3] [RFC 6655 §3]
const explicitNonce = { fixedIvLength: 4, recordIvLength: 8 } as const;

/**
 * What we speak, preferred ones first: forward secrecy before none [RFC 9132 §7.1], AES-GCM before ChaCha20 as
 * most machines have instructions for it, the tag of 8 octets last.
 */
export const cipherSuites: readonly CipherSuite[] = [
  {
    id: 0xd001, // [RFC 8442 §3]
    name: "TLS_ECDHE_PSK_WITH_AES_128_GCM_SHA256",
    keyExchange: "ecdhe_psk",
    aead: "aes-128-gcm",
    hash: "sha256",
    keyLength: 16,
    ...explicitNonce,
  },
  {
    id: 0xccac, // [RFC 7905 §2]
    name: "TLS_ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256",
    keyExchange: "ecdhe_psk",
    aead: "chacha20-poly1305",
    hash: "sha256",
    keyLength: 32,
    fixedIvLength: 12,
    recordIvLength: 0,
  },
  {
    id: 0xc02b, // [RFC 5289 §3.2]
    name: "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    keyExchange: "ecdhe_ecdsa",
    aead: "aes-128-gcm",
    hash: "sha256",
    keyLength: 16,
    ...explicitNonce,
  },
  {
    id: 0xc02f, // [RFC 5289 §3.2]
    name: "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    keyExchange: "ecdhe_rsa",
    aead: "aes-128-gcm",
    hash: "sha256",
    keyLength: 16,
    ...explicitNonce,
  },
  {
    id: 0xc02c, // [RFC 5289 §3.2]
    name: "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
    keyExchange: "ecdhe_ecdsa",
    aead: "aes-256-gcm",
    hash: "sha384",
    keyLength: 32,
    ...explicitNonce,
  },
  {
    id: 0xc030, // [RFC 5289 §3.2]
    name: "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
    keyExchange: "ecdhe_rsa",
    aead: "aes-256-gcm",
    hash: "sha384",
    keyLength: 32,
    ...explicitNonce,
  },
  {
    id: 0xcca9, // [RFC 7905 §2]
    name: "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
    keyExchange: "ecdhe_ecdsa",
    aead: "chacha20-poly1305",
    hash: "sha256",
    keyLength: 32,
    fixedIvLength: 12,
    recordIvLength: 0,
  },
  {
    id: 0xcca8, // [RFC 7905 §2]
    name: "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
    keyExchange: "ecdhe_rsa",
    aead: "chacha20-poly1305",
    hash: "sha256",
    keyLength: 32,
    fixedIvLength: 12,
    recordIvLength: 0,
  },
  {
    id: 0xc0ae, // [RFC 7251 §2.1]
    name: "TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8",
    keyExchange: "ecdhe_ecdsa",
    aead: "aes-128-ccm-8",
    hash: "sha256",
    keyLength: 16,
    ...explicitNonce,
  },
  {
    id: 0x00a8, // [RFC 5487 §2]
    name: "TLS_PSK_WITH_AES_128_GCM_SHA256",
    keyExchange: "psk",
    aead: "aes-128-gcm",
    hash: "sha256",
    keyLength: 16,
    ...explicitNonce,
  },
  {
    id: 0x00a9, // [RFC 5487 §2]
    name: "TLS_PSK_WITH_AES_256_GCM_SHA384",
    keyExchange: "psk",
    aead: "aes-256-gcm",
    hash: "sha384",
    keyLength: 32,
    ...explicitNonce,
  },
  {
    id: 0xc0a8, // [RFC 6655 §4]
    name: "TLS_PSK_WITH_AES_128_CCM_8",
    keyExchange: "psk",
    aead: "aes-128-ccm-8",
    hash: "sha256",
    keyLength: 16,
    ...explicitNonce,
  },
];

/** The key exchange in which a server with such a key signs; undefined for a key that signs in none. */
export function exchangeWith(keyType: KeyType): KeyExchange | undefined {
  if (keyType === "rsa") return "ecdhe_rsa";
  return keyType === "ec-p256" || keyType === "ec-p384" ? "ecdhe_ecdsa" : undefined;
}

/** Those of `cipherSuites` with one of these key exchanges whose AEAD this runtime has, in the same order. */
export function availableSuites(exchanges: ReadonlySet<KeyExchange>): readonly CipherSuite[] {
  return cipherSuites.filter(
    (suite) => exchanges.has(suite.keyExchange) && isAeadAvailable(suite.aead),
  );
}

/** The suite of ours with that number. */
export function suiteById(id: number): CipherSuite | undefined {
  return cipherSuites.find((suite) => suite.id === id);
}

/** The suite of ours with that registered name. */
export function suiteByName(name: string): CipherSuite | undefined {
  return cipherSuites.find((suite) => suite.name === name);
}
