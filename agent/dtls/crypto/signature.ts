import { Buffer } from "node:buffer"; // the runtime takes DER in no other form
import type { KeyObject, SignKeyObjectInput } from "node:crypto";
import { constants, createPublicKey, sign, verify } from "node:crypto";
import type { KeyType } from "../pki/certificate.ts";
import { DtlsError } from "../session.ts";

/** Signature schemes that are made and believed here. [RFC 8446 §4.2.3] [RFC 5246 §7.4.1.4.1] */
export const SignatureScheme = {
  rsaPkcs1Sha256: 0x0401,
  ecdsaSecp256r1Sha256: 0x0403,
  rsaPkcs1Sha384: 0x0501,
  ecdsaSecp384r1Sha384: 0x0503,
  rsaPssRsaeSha256: 0x0804,
  rsaPssRsaeSha384: 0x0805,
} as const;

/** The same in order of preference: the shortest first, then PSS, which has a proof. */
export const SIGNATURE_SCHEMES: readonly number[] = [
  SignatureScheme.ecdsaSecp256r1Sha256,
  SignatureScheme.ecdsaSecp384r1Sha384,
  SignatureScheme.rsaPssRsaeSha256,
  SignatureScheme.rsaPssRsaeSha384,
  SignatureScheme.rsaPkcs1Sha256,
  SignatureScheme.rsaPkcs1Sha384,
];

/**
 * A private key that signs, and its public half. The key never leaves it.
 */
export interface SigningKey {
  /** DER of the SubjectPublicKeyInfo. */
  readonly spki: Uint8Array;
  readonly keyType: KeyType;
  /** What it can sign with, in order of preference. */
  readonly schemes: readonly number[];
  /** @throws {DtlsError} `dtls/configuration` for a scheme that is not among `schemes`, `dtls/closed` once wiped */
  sign(scheme: number, data: Uint8Array): Uint8Array;
  /** Forgets the key for good. Idempotent. */
  wipe(): void;
}

/** How a scheme is carried out. */
interface Recipe {
  readonly hash: "sha256" | "sha384";
  readonly options: Omit<SignKeyObjectInput, "key">;
}

const DER = { dsaEncoding: "der" } as const; // [RFC 8422 §5.4]
const PKCS1 = { padding: constants.RSA_PKCS1_PADDING } as const;
const PSS = {
  padding: constants.RSA_PKCS1_PSS_PADDING,
  saltLength: constants.RSA_PSS_SALTLEN_DIGEST, // [RFC 8446 §4.2.3]
} as const;

const RECIPES: ReadonlyMap<number, Recipe> = new Map<number, Recipe>([
  [SignatureScheme.ecdsaSecp256r1Sha256, { hash: "sha256", options: DER }],
  [SignatureScheme.ecdsaSecp384r1Sha384, { hash: "sha384", options: DER }],
  [SignatureScheme.rsaPssRsaeSha256, { hash: "sha256", options: PSS }],
  [SignatureScheme.rsaPssRsaeSha384, { hash: "sha384", options: PSS }],
  [SignatureScheme.rsaPkcs1Sha256, { hash: "sha256", options: PKCS1 }],
  [SignatureScheme.rsaPkcs1Sha384, { hash: "sha384", options: PKCS1 }],
]);

// In TLS 1.2 a scheme for ECDSA binds the hash and not the curve: the curve's own hash is only the better choice.
const P256_SCHEMES = [SignatureScheme.ecdsaSecp256r1Sha256, SignatureScheme.ecdsaSecp384r1Sha384];
const RSA_SCHEMES = [
  SignatureScheme.rsaPssRsaeSha256,
  SignatureScheme.rsaPssRsaeSha384,
  SignatureScheme.rsaPkcs1Sha256,
  SignatureScheme.rsaPkcs1Sha384,
];
const SCHEMES: Readonly<Record<KeyType, readonly number[]>> = {
  "ec-p256": P256_SCHEMES,
  "ec-p384": P256_SCHEMES.toReversed(),
  rsa: RSA_SCHEMES,
  "rsa-pss": [], // takes schemes of its own, which hardly a peer has
  other: [],
};

const MIN_RSA_BITS = 2_048; // [RFC 7525 §4.3]
const MAX_RSA_BITS = 8_192; // beyond, checking a signature takes a stranger's CPU time and ours
const MAX_RSA_EXPONENT = 0xffff_ffffn; // for the same reason; nearly all have 65537

/** P-256, P-384 and P-521; the last for CAs alone. Others are weak, or slow. */
const CURVES: ReadonlySet<string | undefined> = new Set(["prime256v1", "secp384r1", "secp521r1"]);

/** The key, ready to sign. @throws {DtlsError} `dtls/configuration` for a key that none of the schemes takes */
export function signingKey(key: KeyObject): SigningKey {
  const publicKey = publicHalf(key);
  const keyType = typeOf(publicKey);
  const schemes = SCHEMES[keyType];
  const unfit = unfitKey(publicKey) ?? (schemes.length === 0 ? "is of another kind" : undefined);
  if (unfit !== undefined) throw new DtlsError("dtls/configuration", wanted(unfit));
  let held: KeyObject | undefined = key;
  return {
    spki: Uint8Array.from(publicKey.export({ type: "spki", format: "der" })),
    keyType,
    schemes,
    sign(scheme, data) {
      if (!held) throw new DtlsError("dtls/closed", "the key is wiped");
      const recipe = schemes.includes(scheme) ? RECIPES.get(scheme) : undefined;
      if (!recipe) throw new DtlsError("dtls/configuration", noScheme(scheme, keyType));
      return Uint8Array.from(sign(recipe.hash, data, { key: held, ...recipe.options }));
    },
    wipe() {
      held = undefined; // the runtime's own memory goes with its last reference
    },
  };
}

/**
 * Whether the key of `spki` made this signature. False, too, for a key that is none, or too small, or does not fit
 * the scheme. Never throws.
 */
export function verifySignature(
  spki: Uint8Array,
  scheme: number,
  data: Uint8Array,
  signature: Uint8Array,
): boolean {
  const recipe = RECIPES.get(scheme);
  const key = publicKeyOf(spki);
  if (!recipe || !key || unfitKey(key) !== undefined) return false;
  if (!SCHEMES[typeOf(key)].includes(scheme)) return false;
  try {
    return verify(recipe.hash, data, { key, ...recipe.options }, signature);
  } catch {
    return false; // some runtimes throw for a signature that is not even one
  }
}

/** What kind of key this is; "other", too, for octets that are no key. Never throws. */
export function keyTypeOf(spki: Uint8Array): KeyType {
  return inspectKey(spki).keyType;
}

/** Why no key of this size is believed, see `inspectKey`. Never throws. */
export function unfitSizeOf(spki: Uint8Array): string | undefined {
  return inspectKey(spki).unfitKey;
}

/**
 * As `keyTypeOf`; and why no key of this size is believed, in words that follow "the key …", undefined for one that
 * is. Never throws.
 */
export function inspectKey(spki: Uint8Array): {
  readonly keyType: KeyType;
  readonly unfitKey: string | undefined;
} {
  const key = publicKeyOf(spki);
  if (!key) return { keyType: "other", unfitKey: "cannot be read" };
  return { keyType: typeOf(key), unfitKey: unfitKey(key) };
}

/** Whether these are the same key, in whatever form. Never throws. */
export function samePublicKey(a: Uint8Array, b: Uint8Array): boolean {
  const [one, other] = [publicKeyOf(a), publicKeyOf(b)];
  return one !== undefined && other !== undefined && one.equals(other);
}

/** The runtime's form of a public key; undefined for octets that are none. Never throws. */
export function publicKeyOf(spki: Uint8Array): KeyObject | undefined {
  try {
    return createPublicKey({ key: Buffer.from(spki), format: "der", type: "spki" });
  } catch {
    return undefined;
  }
}

function publicHalf(key: KeyObject): KeyObject {
  if (key.type === "private") return createPublicKey(key);
  throw new DtlsError("dtls/configuration", wanted("is not a private key"));
}

function typeOf(key: KeyObject): KeyType {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  if (type === "rsa" || type === "rsa-pss") return type;
  if (type !== "ec") return "other";
  if (details?.namedCurve === "prime256v1") return "ec-p256";
  return details?.namedCurve === "secp384r1" ? "ec-p384" : "other";
}

function unfitKey({
  asymmetricKeyType: type,
  asymmetricKeyDetails,
}: KeyObject): string | undefined {
  const { namedCurve, modulusLength: bits, publicExponent = 0n } = asymmetricKeyDetails ?? {};
  if (type === "ec" && !CURVES.has(namedCurve)) {
    return `is on ${namedCurve ?? "a curve of its own"}, a curve that is not believed`;
  }
  if (publicExponent > MAX_RSA_EXPONENT) return "has an RSA exponent over 32 bits";
  if (bits === undefined) return undefined;
  if (bits < MIN_RSA_BITS) return `has ${bits} bits of RSA, fewer than ${MIN_RSA_BITS}`;
  return bits > MAX_RSA_BITS ? `has ${bits} bits of RSA, more than ${MAX_RSA_BITS}` : undefined;
}

function wanted(what: string): string {
  return `the key ${what}: take one of P-256, P-384, or RSA with 2048 bits or more`;
}

function noScheme(scheme: number, keyType: KeyType): string {
  return `a key of ${keyType} does not sign with 0x${scheme.toString(16).padStart(4, "0")}`;
}
