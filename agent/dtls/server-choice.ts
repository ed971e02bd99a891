import { AlertDescription } from "../wire/dtls/alert.ts";
import { CertificateType, NamedGroup } from "../wire/dtls/extensions.ts";
import { exchangeWith, type CipherSuite, type KeyExchange } from "./cipher-suites.ts";
import type { OwnCertificate } from "./credentials.ts";
import type { KeyShareGroup } from "./crypto/key-share.ts";
import type { SigningKey } from "./crypto/signature.ts";
import { failure, type HandshakeFailure } from "./handshake.ts";
import { offeredGroups, type HelloOffer } from "./hello-offer.ts";
import type { KeyType } from "./pki/certificate.ts";
import { checkServerName } from "./pki/server-name.ts";
import type { ServerContext } from "./server-state.ts";

/** What the server goes on with: one of the ways that the client offers. */
export interface Choice {
  readonly suite: CipherSuite;
  /** For ECDHE. */
  readonly group: KeyShareGroup | undefined;
  /** What we sign with; none with pre-shared keys. */
  readonly signer: Signer | undefined;
}

/** With what the server proves itself, and in which form it asks the client to. */
export type Signer = {
  readonly key: SigningKey;
  /** One that the client can verify. */
  readonly scheme: number;
} & (
  | {
      readonly type: "certificate";
      readonly own: OwnCertificate;
      /** Whether it is shown because the client asked for its name. */
      readonly named: boolean;
    }
  | { readonly type: "raw-public-key" }
);

/** Something to sign with, before it is known whether the client can verify it. */
type Candidate = Omit<Signer & { type: "certificate" }, "scheme"> | RawCandidate;
type RawCandidate = Omit<Signer & { type: "raw-public-key" }, "scheme">;

const CURVE_OF: Readonly<Partial<Record<KeyType, number>>> = {
  "ec-p256": NamedGroup.secp256r1,
  "ec-p384": NamedGroup.secp384r1,
};

/** Our most preferred suite that the client offers too, if there is all that it takes: a group, a key, a signature. */
export function choose(offer: HelloOffer, context: ServerContext): Choice | HandshakeFailure {
  const theirs = offeredGroups(offer);
  const group = context.groups.find((candidate) => theirs.includes(candidate));
  const common = context.suites.filter(({ id }) => offer.suites.includes(id));
  const candidates = candidatesFor(offer, context);
  for (const among of [candidates.filter(isWanted), candidates]) {
    for (const suite of common) {
      const choice = tryChoice(suite, { offer, group, candidates: among });
      if (choice) return choice;
    }
  }
  return noChoice(common, candidates, offer);
}

/** The name comes before the suite: a certificate for another name is of little use to the client. [RFC 6066 §3] */
function isWanted(candidate: Candidate): boolean {
  return candidate.type === "raw-public-key" || candidate.named;
}

function tryChoice(
  suite: CipherSuite,
  {
    offer,
    group,
    candidates,
  }: {
    readonly offer: HelloOffer;
    readonly group: KeyShareGroup | undefined;
    readonly candidates: readonly Candidate[];
  },
): Choice | undefined {
  if (suite.keyExchange === "psk") return { suite, group: undefined, signer: undefined };
  if (group === undefined) return undefined;
  if (suite.keyExchange === "ecdhe_psk") return { suite, group, signer: undefined };
  // Without it a server in the middle could bring two sessions to the same secret. [RFC 7627 §1]
  if (!offer.extendedMasterSecret) return undefined;
  for (const candidate of candidates) {
    const scheme = schemeFor(candidate.key, suite, offer);
    if (scheme !== undefined) return { suite, group, signer: { ...candidate, scheme } };
  }
  return undefined;
}

/** What there is to sign with in a form that the client takes, in the order that it was given. */
function candidatesFor(offer: HelloOffer, { credentials }: ServerContext): readonly Candidate[] {
  const { certificates, rawPublicKey } = credentials;
  const candidates: Candidate[] = [];
  if (rawPublicKey && takes(offer, CertificateType.rawPublicKey)) {
    candidates.push({ type: "raw-public-key", key: rawPublicKey.own });
  }
  if (certificates && takes(offer, CertificateType.x509)) {
    for (const own of certificates.own) {
      const named = isFor(offer.serverName, own, certificates.trust.legacy);
      candidates.push({ type: "certificate", own, key: own.key, named });
    }
  }
  return candidates;
}

/** Whether the client takes keys in that form from us, and can show its own in it. [RFC 7250 §4.2] */
function takes(offer: HelloOffer, type: number): boolean {
  return offer.clientCertificateTypes.includes(type) && offer.serverCertificateTypes.includes(type);
}

function isFor(host: string | undefined, { chain }: OwnCertificate, legacy: boolean): boolean {
  return host !== undefined && checkServerName(chain[0], { host }, legacy) === undefined;
}

/** How this key signs for the client in that suite; undefined if it cannot. [RFC 8422 §5.3] [RFC 5246 §7.4.1.4.1] */
function schemeFor(key: SigningKey, suite: CipherSuite, offer: HelloOffer): number | undefined {
  if (exchangeWith(key.keyType) !== suite.keyExchange) return undefined;
  const curve = CURVE_OF[key.keyType];
  if (curve !== undefined && offer.groups && !offer.groups.includes(curve)) return undefined;
  return key.schemes.find((scheme) => offer.schemes.includes(scheme));
}

function noChoice(
  common: readonly CipherSuite[],
  candidates: readonly Candidate[],
  offer: HelloOffer,
): HandshakeFailure {
  const signed = common.some(({ keyExchange }) => !isPsk(keyExchange));
  if (signed && candidates.length === 0) {
    const reason = "the client takes no certificate of the kinds that are served here";
    return failure("dtls/no-common-suite", reason, AlertDescription.unsupportedCertificate);
  }
  const reason =
    (common.length === 0 && "the client offers no cipher suite that is served here") ||
    (signed && !offer.extendedMasterSecret && "the client offers no extended master secret") ||
    "the client offers no group or signature that is served here";
  return failure("dtls/no-common-suite", reason, AlertDescription.handshakeFailure);
}

function isPsk(exchange: KeyExchange): boolean {
  return exchange === "psk" || exchange === "ecdhe_psk";
}
