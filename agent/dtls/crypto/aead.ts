import { createCipheriv, createDecipheriv, getCiphers } from "node:crypto";
import { DtlsError } from "../session.ts";
import type { Aead, AeadName } from "./aead-types.ts";
import { createCcmFallback } from "./ccm.ts";
import { wipe } from "./constant-time.ts";

export type { Aead, AeadName } from "./aead-types.ts";

/** What all AEAD ciphers of the runtime have in common. */
interface Transform {
  setAAD(aad: Uint8Array, options: { plaintextLength: number }): unknown;
  update(data: Uint8Array): Uint8Array;
  final(): Uint8Array;
}

/** One AEAD of the runtime. */
interface Native {
  readonly cipher: string;
  readonly keyLength: number;
  readonly tagLength: number;
  sealing(key: Uint8Array, nonce: Uint8Array): Transform & { getAuthTag(): Uint8Array };
  opening(key: Uint8Array, nonce: Uint8Array): Transform & { setAuthTag(tag: Uint8Array): unknown };
}

const natives: Readonly<Record<AeadName, Native>> = {
  "aes-128-gcm": gcm("aes-128-gcm", 16),
  "aes-256-gcm": gcm("aes-256-gcm", 32),
  // OpenSSL 3.0 fails to seal nothing under no additional data; a record always has 13 octets of it.
  "aes-128-ccm-8": {
    cipher: "aes-128-ccm",
    keyLength: 16,
    tagLength: 8,
    sealing: (key, nonce) => createCipheriv("aes-128-ccm", key, nonce, { authTagLength: 8 }),
    opening: (key, nonce) => createDecipheriv("aes-128-ccm", key, nonce, { authTagLength: 8 }),
  },
  "chacha20-poly1305": {
    cipher: "chacha20-poly1305",
    keyLength: 32,
    tagLength: 16,
    sealing: (key, nonce) => createCipheriv("chacha20-poly1305", key, nonce, { authTagLength: 16 }),
    opening: (key, nonce) =>
      createDecipheriv("chacha20-poly1305", key, nonce, { authTagLength: 16 }),
  },
};

// Not every runtime is built on OpenSSL: BoringSSL, which Electron has, offers fewer ciphers.
const runtimeCiphers = new Set(getCiphers());

/** Whether `createAead` can make it in this runtime. */
export function isAeadAvailable(name: AeadName): boolean {
  return name === "aes-128-ccm-8" || isNative(name);
}

/** Whether the runtime itself has it; CCM is built here where it has not. */
export function isNative(name: AeadName): boolean {
  return runtimeCiphers.has(natives[name].cipher);
}

/** The AEAD under `key`, of which it keeps a copy. @throws {DtlsError} `dtls/configuration` */
export function createAead(name: AeadName, key: Uint8Array): Aead {
  const { keyLength, tagLength } = natives[name];
  if (key.length !== keyLength) {
    throw new DtlsError(
      "dtls/configuration",
      `${name} takes ${keyLength} octets of key, not ${key.length}`,
    );
  }
  if (isNative(name)) return createNativeAead(name, key);
  if (name === "aes-128-ccm-8") return createCcmFallback(key, tagLength);
  throw new DtlsError("dtls/configuration", `this runtime has no ${name}`);
}

/** The runtime's own AEAD, see `isNative`. `createAead` is what to use. */
export function createNativeAead(name: AeadName, key: Uint8Array): Aead {
  const native = natives[name];
  const ownKey = Uint8Array.from(key);
  let wiped = false;
  return {
    tagLength: native.tagLength,
    seal(nonce, aad, plaintext) {
      if (wiped) throw new DtlsError("dtls/closed", "the key is wiped");
      return seal(native, ownKey, nonce, aad, plaintext);
    },
    open(nonce, aad, sealed) {
      if (wiped || sealed.length < native.tagLength) return undefined;
      return open(native, ownKey, nonce, aad, sealed);
    },
    wipe() {
      wiped = true;
      wipe(ownKey);
    },
  };
}

function seal(
  native: Native,
  key: Uint8Array,
  nonce: Uint8Array,
  aad: Uint8Array,
  plaintext: Uint8Array,
): Uint8Array {
  const cipher = native.sealing(key, nonce);
  cipher.setAAD(aad, { plaintextLength: plaintext.length });
  const sealed = new Uint8Array(plaintext.length + native.tagLength);
  sealed.set(cipher.update(plaintext));
  cipher.final(); // none of them is a block cipher: nothing is held back
  sealed.set(cipher.getAuthTag(), plaintext.length);
  return sealed;
}

function open(
  native: Native,
  key: Uint8Array,
  nonce: Uint8Array,
  aad: Uint8Array,
  sealed: Uint8Array,
): Uint8Array | undefined {
  const length = sealed.length - native.tagLength;
  try {
    const decipher = native.opening(key, nonce);
    decipher.setAuthTag(sealed.subarray(length));
    decipher.setAAD(aad, { plaintextLength: length });
    const text = decipher.update(sealed.subarray(0, length));
    decipher.final();
    return new Uint8Array(text.buffer, text.byteOffset, text.length);
  } catch {
    return undefined; // a record that does not authenticate is dropped without a word [RFC 6347 §4.1.2.7]
  }
}

function gcm(cipher: "aes-128-gcm" | "aes-256-gcm", keyLength: number): Native {
  return {
    cipher,
    keyLength,
    tagLength: 16,
    sealing: (key, nonce) => createCipheriv(cipher, key, nonce, { authTagLength: 16 }),
    opening: (key, nonce) => createDecipheriv(cipher, key, nonce, { authTagLength: 16 }),
  };
}
