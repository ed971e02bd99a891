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
  /** In lower-case hex, without leading zeros. */
  readonly serial: string;
  /** SHA-256 of `der` in lower-case hex. */
  readonly fingerprint: string;
  /** Milliseconds since the Unix epoch. */
  readonly notBefore: number;
  readonly notAfter: number;
  /** DER of the SubjectPublicKeyInfo. */
  readonly spki: Uint8Array;
  readonly keyType: KeyType;
  /** The hash of the signature on it, where that is a weak one (MD5, SHA-1): such a signature proves nothing. */
  readonly weakSignature: string | undefined;
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
  /** Whether there are names of other forms (URI, directory name, …), which only name constraints ask for. */
  readonly others: readonly string[];
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
