/** The AEADs of our suites. [RFC 5288] [RFC 6655] [RFC 7905] */
export type AeadName = "aes-128-gcm" | "aes-256-gcm" | "aes-128-ccm-8" | "chacha20-poly1305";

/** Authenticated encryption under one key. A nonce must never be used twice to seal. [RFC 5116 §2] */
export interface Aead {
  /** Octets by which sealing makes a text longer. */
  readonly tagLength: number;
  /** The ciphertext and its tag. @throws {DtlsError} `dtls/closed` once wiped */
  seal(nonce: Uint8Array, aad: Uint8Array, plaintext: Uint8Array): Uint8Array;
  /** The plaintext; undefined when `sealed` does not authenticate, is too short, or the key is wiped. Never throws. */
  open(nonce: Uint8Array, aad: Uint8Array, sealed: Uint8Array): Uint8Array | undefined;
  /** Forgets the key for good. Idempotent. */
  wipe(): void;
}
