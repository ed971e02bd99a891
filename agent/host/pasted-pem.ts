import { Buffer } from "node:buffer";
import { createPrivateKey, type KeyObject } from "node:crypto";
import { certificatesOfPem, privateKeyOfPem, type PemFault } from "./pem.ts";
import { SetupError } from "./setup-error.ts";

/**
 * Certificates and keys as text that somebody typed, pasted or picked. Every function throws {SetupError} `certificate`
 * with words that follow "… cannot be used:" and never hold any of a key.
 */
export const pastedPem = {
  /** The DER of every certificate in a text, in their order; one at least. */
  certificates(text: string): readonly Uint8Array[] {
    const ders = certificatesOfPem(text);
    if ("tag" in ders) throw unusable(ders);
    return ders;
  },

  /** The PKCS #8, not encrypted, of the one private key in a text. */
  privateKey(text: string): Uint8Array {
    const key = privateKeyOfPem(text);
    if ("tag" in key) throw unusable(key);
    return Uint8Array.from(key.export({ type: "pkcs8", format: "der" }));
  },

  /** A private key as the runtime has it, of what `privateKey` gave. */
  keyObject(pkcs8: Uint8Array): KeyObject {
    try {
      return createPrivateKey({ key: Buffer.from(pkcs8), format: "der", type: "pkcs8" });
    } catch {
      // Not as the cause: what the runtime says of a key is nobody's business.
      throw new SetupError("certificate", "it is no key, or damaged");
    }
  },
};

function unusable({ what, hint }: PemFault): SetupError {
  return new SetupError("certificate", `it ${what}`, { hint });
}
