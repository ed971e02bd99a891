/**
 * A private key that signs, and its public half. The key never leaves it.
 */
export interface SigningKey {
  /** DER of the SubjectPublicKeyInfo. */
  readonly spki: Uint8Array;
}
