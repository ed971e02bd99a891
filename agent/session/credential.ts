import { cuidFromPskIdentity, cuidFromRawPublicKey, cuidFromSpki } from "../dots/signal/cuid.ts";
import type { Sha256 } from "../dots/signal/cuid.ts";
import type { ClientCredentials } from "../dtls/credentials.ts";

/** What follows from what a client proves itself with. */

/** The client identifier that goes with a credential. [RFC 9132 §4.4.1.1] */
export function cuidOf(credential: ClientCredentials, sha256: Sha256): string {
  switch (credential.type) {
    case "psk":
      return cuidFromPskIdentity(credential.identity, sha256);
    case "certificate":
      return cuidFromSpki(credential.own.chain[0].spki, sha256);
    case "raw-public-key":
      return cuidFromRawPublicKey(credential.own.spki, sha256);
  }
}

/** Which credential it is, for people: `identity branch`, `certificate CN=office`. Never a secret. */
export function credentialText(credential: ClientCredentials): string {
  switch (credential.type) {
    case "psk":
      return `identity ${credential.identity}`;
    case "certificate":
      return `certificate ${credential.own.chain[0].subject}`;
    case "raw-public-key":
      return "our public key";
  }
}
