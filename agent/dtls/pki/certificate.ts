/**
 * An X.509 certificate as path validation sees it. What was read and proved by the runtime is in
 * `crypto/x509.ts`; here is no crypto. [RFC 5280 §4]
 */
export interface Certificate {
  /** The certificate itself. */
  readonly der: Uint8Array;
  /** Distinguished names for people, one line: `CN=server.example.com, O=Example`. */
  readonly subject: string;
  readonly issuer: string;
  /** The same in a form that compares as text. [RFC 5280 §7.1] */
  readonly subjectForm: string;
  readonly issuerForm: string;
  /** DER of the subject, as a list of authorities has it. [RFC 5246 §7.4.4] */
  readonly subjectDer: Uint8Array;
  /** Key identifiers in hex, where there are any. [RFC 5280 §4.2.1.1] [RFC 5280 §4.2.1.2] */
  readonly subjectKeyId: string | undefined;
  readonly authorityKeyId: string | undefined;
  /** In lower-case hex, without leading zeros. */
  readonly serial: string;
  /** SHA-256 of `der` in lower-case hex. */
  readonly fingerprint: string;
  /** The same of what is signed of it: one for all certificates that differ in the signature alone. */
  readonly signedFingerprint: string;
  /** The same as `fingerprint` of all that anybody can make of it by another writing of its signature. */
  readonly twinFingerprints: readonly string[];
  /** Milliseconds since the Unix epoch. */
  readonly notBefore: number;
  readonly notAfter: number;
  /** DER of the SubjectPublicKeyInfo. */
  readonly spki: Uint8Array;
  readonly keyType: KeyType;
  /** Why no key of its size is believed, in words that follow "the key …": "has 1024 bits of RSA, …". */
  readonly unfitKey: string | undefined;
  /** The hash of the signature on it, where that is a weak one (MD5, SHA-1) or unknown: it proves nothing. */
  readonly weakSignature: string | undefined;
  /** Whether issuer and subject are the same name; path lengths do not count such ones. [RFC 5280 §6.1] */
  readonly selfIssued: boolean;
  readonly names: SubjectNames;
  /** basicConstraints; without the extension it is no CA's. [RFC 5280 §4.2.1.9] */
  readonly isCa: boolean;
  readonly pathLength: number | undefined;
  /** Undefined without the extension: then any usage goes. [RFC 5280 §4.2.1.3] */
  readonly keyUsage: ReadonlySet<KeyUsage> | undefined;
  /** OIDs; undefined without the extension. [RFC 5280 §4.2.1.12] */
  readonly extendedKeyUsage: readonly string[] | undefined;
  /** Of a CA: which names it may issue for. [RFC 5280 §4.2.1.10] */
  readonly nameConstraints: NameConstraints | undefined;
  /** OIDs of critical extensions that are not processed here: such a certificate is refused. [RFC 5280 §4.2] */
  readonly unknownCritical: readonly string[];
  /** Whether its issuer field and key identifier point to `issuer`. Proves nothing. */
  namesAsIssuer(issuer: Certificate): boolean;
  /** Whether `issuer`'s key made the signature on it. */
  isSignedBy(issuer: Certificate): boolean;
}

/** What kind of key, as far as TLS cares. */
export type KeyType = "ec-p256" | "ec-p384" | "rsa" | "rsa-pss" | "other";

/** Bits of keyUsage that matter here. [RFC 5280 §4.2.1.3] */
export type KeyUsage = "digitalSignature" | "keyAgreement" | "keyCertSign" | "other";

/** Names in subjectAltName, and the common name. DNS names are in lower case. [RFC 5280 §4.2.1.6] */
export interface SubjectNames {
  readonly dns: readonly string[];
  /** Addresses in canonical text form. */
  readonly ip: readonly string[];
  /** SRV-IDs, `_dots-signal.example.com`. [RFC 4985 §2] */
  readonly srv: readonly string[];
  /** E-mail addresses; only name constraints ask for them. */
  readonly email: readonly string[];
  /** Forms of the other names there are (URI, directory name, …); only name constraints ask for them. */
  readonly others: readonly string[];
  /** The most specific one, as it is written. */
  readonly commonName: string | undefined;
}

/** Subtrees of names. A form that is not processed is in `unprocessed`, by its name. */
export interface NameConstraints {
  readonly critical: boolean;
  readonly permitted: ConstrainedNames;
  readonly excluded: ConstrainedNames;
  readonly unprocessed: readonly string[];
}

/** Subtrees of one kind, by form. Prefixes as `192.0.2.0/24`. */
export interface ConstrainedNames {
  readonly dns: readonly string[];
  readonly ip: readonly string[];
}
