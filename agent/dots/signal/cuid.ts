/** Client Unique Identifiers, made from what a client authenticates with. [RFC 9132 §4.4.1.1] */

/** SHA-256 of the data: 32 octets. Injected, because this layer holds no crypto of its own. */
export type Sha256 = (data: Uint8Array) => Uint8Array;

/** The octets of the hash that are kept: the last 16 are stripped. [RFC 9132 §4.4.1.1] */
const KEPT_OCTETS = 16;

/** The cuid of a client that uses a pre-shared key: over the PSK identity as it travels, in UTF-8. */
export function cuidFromPskIdentity(identity: string, sha256: Sha256): string {
  return cuidOf(new TextEncoder().encode(identity), sha256);
}

/** The cuid of a client that uses an X.509 certificate: over its DER-encoded SubjectPublicKeyInfo. */
export function cuidFromSpki(spkiDer: Uint8Array, sha256: Sha256): string {
  return cuidOf(spkiDer, sha256);
}

/** The cuid of a client that uses a raw public key: over the key as [RFC 7250] carries it. */
export function cuidFromRawPublicKey(rawPublicKey: Uint8Array, sha256: Sha256): string {
  return cuidOf(rawPublicKey, sha256);
}

/** 22 characters of base64url, without padding. [RFC 4648 §5] */
function cuidOf(input: Uint8Array, sha256: Sha256): string {
  const kept = sha256(input).subarray(0, KEPT_OCTETS);
  return btoa(String.fromCharCode(...kept))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}
