import type { signingKey } from "../dtls/crypto/signature.ts";

/**
 * Reads the text that certificates and keys come in. From outside, since the runtime's crypto is at home elsewhere.
 * What is wrong is thrown as an error in words for whoever gave the text; they never hold any of a key.
 */
export interface PemReader {
  /** The DER of every certificate in a text, in their order; one at least. */
  certificates(pem: string): readonly Uint8Array[];
  /** The PKCS #8, not encrypted, of the one private key in a text. */
  privateKey(pem: string): Uint8Array;
  /** A private key as the runtime has it, of what `privateKey` gave. */
  keyObject(pkcs8: Uint8Array): Parameters<typeof signingKey>[0];
}
