import { Buffer } from "node:buffer";
import { createPrivateKey, type KeyObject } from "node:crypto";
import { SetupError } from "./setup-error.ts";

/**
 * Certificates and keys as text that somebody typed, pasted or picked: PEM. [RFC 7468]
 * What is wrong is told in words that follow "… cannot be used:", and never holds any of a key.
 */

/** One part of a text, with and without its armour. */
interface Block {
  readonly label: string;
  readonly text: string;
  readonly body: string;
}

const BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----((?:(?!-----)[^])*)-----END \1-----/g;
const CERTIFICATE = /^(X509 |TRUSTED )?CERTIFICATE$/;
const PRIVATE_KEY = /^((RSA|EC|DSA|ENCRYPTED) )?PRIVATE KEY$/;
/** An older way to encrypt: the label does not tell, a header in the body does. [RFC 1421 §4.6.1.1] */
const OLD_ENCRYPTION = /^\s*Proc-Type:\s*4,ENCRYPTED/;

/**
 * The DER of every certificate in a text, in their order.
 * @throws {SetupError} `certificate`: there is none, or one is damaged.
 */
export function certificatesOfPem(text: string): readonly Uint8Array[] {
  const blocks = blocksOf(text);
  const certificates = blocks.filter(({ label }) => CERTIFICATE.test(label));
  if (certificates.length > 0) return certificates.map(derOf);
  const isKey = blocks.some(({ label }) => PRIVATE_KEY.test(label));
  throw fault(isKey ? "it holds a key, and a certificate is wanted" : "it holds no certificate");
}

/**
 * The PKCS #8, not encrypted, of the one private key in a text.
 * @throws {SetupError} `certificate`: there is none, there are several, or it is encrypted or damaged.
 */
export function privateKeyOfPem(text: string): Uint8Array {
  const blocks = blocksOf(text);
  const [key, another] = blocks.filter(({ label }) => PRIVATE_KEY.test(label));
  if (another !== undefined) throw fault("it holds several private keys, and one is wanted");
  if (key === undefined) {
    const isCertificate = blocks.some(({ label }) => CERTIFICATE.test(label));
    throw fault(
      isCertificate ? "it holds a certificate, and a key is wanted" : "it holds no private key",
    );
  }
  if (key.label === "ENCRYPTED PRIVATE KEY" || OLD_ENCRYPTION.test(key.body)) {
    throw fault("it is encrypted; decrypt it first: openssl pkey -in encrypted.key -out plain.key");
  }
  return Uint8Array.from(readKey(key.text).export({ type: "pkcs8", format: "der" }));
}

/** A private key as the runtime has it. @throws {SetupError} `certificate`: it is damaged. */
export function privateKeyOfPkcs8(pkcs8: Uint8Array): KeyObject {
  try {
    return createPrivateKey({ key: Buffer.from(pkcs8), format: "der", type: "pkcs8" });
  } catch {
    throw fault(DAMAGED_KEY);
  }
}

const DAMAGED_KEY = "it is no key, or damaged";

function readKey(pem: string): KeyObject {
  try {
    return createPrivateKey({ key: pem, format: "pem" });
  } catch {
    throw fault(DAMAGED_KEY); // not as the cause: what the runtime says of a key is nobody's business
  }
}

function blocksOf(text: string): readonly Block[] {
  const blocks = [...text.matchAll(BLOCK)].map(([whole, label = "", body = ""]) => ({
    label,
    text: whole,
    body,
  }));
  if (blocks.length > 0) return blocks;
  const cut = text.includes("-----BEGIN ");
  throw fault(cut ? "it is PEM that is cut short or damaged" : "it is not PEM");
}

function derOf({ body }: Block): Uint8Array {
  const text = body.replaceAll(/\s/g, "");
  const der = Buffer.from(text, "base64");
  const whole = der.toString("base64").replace(/=+$/, "") === text.replace(/=+$/, "");
  if (whole && der.length > 0) return Uint8Array.from(der);
  throw fault("a certificate in it is damaged: it is not base64");
}

function fault(message: string): SetupError {
  return new SetupError("certificate", message);
}
