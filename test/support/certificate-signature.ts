/** How certificates that tests make are signed, also in ways that nobody should believe. */
import { constants, type KeyObject, sign } from "node:crypto";
import { AsnConvert } from "@peculiar/asn1-schema";
import { AlgorithmIdentifier } from "@peculiar/asn1-x509";

/** The parts of a wish that concern the signature. */
export interface SignatureWish {
  /** The hash of the signature. */
  readonly hash?: "md5" | "sha1" | "sha256" | "sha384" | "sha512";
  /** Whether a signature by an RSA key is PSS. */
  readonly pss?: boolean;
  /** Spoils the signature. */
  readonly forged?: boolean;
}

const NULL = Uint8Array.of(5, 0);
const HASH_OIDS = {
  sha256: "2.16.840.1.101.3.4.2.1",
  sha384: "2.16.840.1.101.3.4.2.2",
  sha512: "2.16.840.1.101.3.4.2.3",
} as const;

/** What the certificate says of its signature. [RFC 5758 §3.2] [RFC 4055 §5] */
export function algorithmOf(signer: KeyObject, wish: SignatureWish): AlgorithmIdentifier {
  const hash = wish.hash ?? "sha256";
  const type = signer.asymmetricKeyType;
  if (type === "ed25519") return new AlgorithmIdentifier({ algorithm: "1.3.101.112" });
  if (type === "ec") {
    const ecdsa = { sha1: "1", sha256: "3.2", sha384: "3.3", sha512: "3.4", md5: "0" }[hash];
    return new AlgorithmIdentifier({ algorithm: `1.2.840.10045.4.${ecdsa}` });
  }
  if (wish.pss === true || type === "rsa-pss") {
    const parameters = pssParameters(hash);
    return new AlgorithmIdentifier({ algorithm: "1.2.840.113549.1.1.10", parameters });
  }
  const rsa = { md5: 4, sha1: 5, sha256: 11, sha384: 12, sha512: 13 }[hash];
  return new AlgorithmIdentifier({
    algorithm: `1.2.840.113549.1.1.${rsa}`,
    parameters: NULL.buffer,
  });
}

/** [RFC 4055 §3.1]; SHA-1 is what stands where nothing does. */
function pssParameters(hash: NonNullable<SignatureWish["hash"]>): ArrayBuffer {
  if (hash === "md5" || hash === "sha1") return Uint8Array.of(0x30, 0).buffer;
  const algorithm = HASH_OIDS[hash];
  const digest = new AlgorithmIdentifier({ algorithm, parameters: NULL.buffer });
  const mgf1 = new AlgorithmIdentifier({
    algorithm: "1.2.840.113549.1.1.8",
    parameters: AsnConvert.serialize(digest),
  });
  const salt = { sha256: 32, sha384: 48, sha512: 64 }[hash];
  const fields = [
    tagged(0xa0, new Uint8Array(AsnConvert.serialize(digest))),
    tagged(0xa1, new Uint8Array(AsnConvert.serialize(mgf1))),
    tagged(0xa2, Uint8Array.of(2, 1, salt)),
  ];
  return Uint8Array.from(tagged(0x30, Buffer.concat(fields))).buffer;
}

/** One value with a tag in front; none here is long. */
function tagged(tag: number, value: Uint8Array): Uint8Array {
  if (value.length > 127) throw new Error("too long for a length of one octet");
  return Buffer.concat([Uint8Array.of(tag, value.length), value]);
}

/** The signature. */
export function signatureOf(data: Uint8Array, signer: KeyObject, wish: SignatureWish): ArrayBuffer {
  const hash = wish.hash ?? "sha256";
  const type = signer.asymmetricKeyType;
  const pss = type === "rsa-pss" || (type === "rsa" && wish.pss === true);
  const saltLength = { md5: 20, sha1: 20, sha256: 32, sha384: 48, sha512: 64 }[hash];
  const options = pss ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength } : {};
  const signature = sign(type === "ed25519" ? null : hash, data, { key: signer, ...options });
  if (wish.forged === true) signature[signature.length - 1] = (signature.at(-1) ?? 0) ^ 1;
  return Uint8Array.from(signature).buffer;
}
