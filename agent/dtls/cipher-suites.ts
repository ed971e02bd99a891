import type { AeadName } from "./crypto/aead.ts";
import { isAeadAvailable } from "./crypto/aead.ts";
import type { HashName } from "./crypto/prf.ts";

/** One cipher suite, as data. Lengths are in octets. */
export interface CipherSuite {
  readonly id: number;
  /** The registered name. */
  readonly name: string;
  readonly keyExchange: "psk" | "ecdhe_psk";
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

/** Those of `cipherSuites` whose AEAD this runtime has, in the same order. */
export function availableSuites(): readonly CipherSuite[] {
  return cipherSuites.filter((suite) => isAeadAvailable(suite.aead));
}

/** The suite of ours with that number. */
export function suiteById(id: number): CipherSuite | undefined {
  return cipherSuites.find((suite) => suite.id === id);
}

/** The suite of ours with that registered name. */
export function suiteByName(name: string): CipherSuite | undefined {
  return cipherSuites.find((suite) => suite.name === name);
}
