/** Keys for tests, and PEM. */
import { createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";

/** Kinds of keys. The weak, odd ones are there to be refused. */
export type MadeKeyType =
  | "ec-p256"
  | "ec-p384"
  | "ec-p521"
  | "rsa"
  | "rsa-1024"
  | "rsa-3072"
  | "rsa-pss"
  | "ed25519";

const keys = new Map<string, KeyObject>();

/** A key; the same one for the same type and name, since RSA takes its time. */
export function makeKey(type: MadeKeyType, name = ""): KeyObject {
  const known = keys.get(`${type} ${name}`);
  if (known) return known;
  const key = freshKey(type);
  keys.set(`${type} ${name}`, key);
  return key;
}

function freshKey(type: MadeKeyType): KeyObject {
  switch (type) {
    case "ec-p256":
      return generateKeyPairSync("ec", { namedCurve: "prime256v1" }).privateKey;
    case "ec-p384":
      return generateKeyPairSync("ec", { namedCurve: "secp384r1" }).privateKey;
    case "ec-p521":
      return generateKeyPairSync("ec", { namedCurve: "secp521r1" }).privateKey;
    case "rsa":
      return generateKeyPairSync("rsa", { modulusLength: 2_048 }).privateKey;
    case "rsa-1024":
      return generateKeyPairSync("rsa", { modulusLength: 1_024 }).privateKey;
    case "rsa-3072":
      return generateKeyPairSync("rsa", { modulusLength: 3_072 }).privateKey;
    case "rsa-pss":
      return generateKeyPairSync("rsa-pss", { modulusLength: 2_048 }).privateKey;
    case "ed25519":
      return generateKeyPairSync("ed25519").privateKey;
  }
}

/** A private key's octets as a PEM file of PKCS #8, with a passphrase if one is given. */
export function keyPemOf(key: KeyObject, passphrase?: string): string {
  return passphrase === undefined
    ? key.export({ type: "pkcs8", format: "pem" }).toString()
    : key.export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase }).toString();
}

/** Octets as PEM. */
export function pemOf(label: string, der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ""].join("\n");
}

/** DER of the public half. */
export function spkiOf(key: KeyObject): Buffer {
  return createPublicKey(key).export({ type: "spki", format: "der" });
}
