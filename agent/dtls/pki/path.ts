import { AlertDescription } from "../../wire/dtls/alert.ts";
import { sameBytes } from "../../wire/bytes.ts";
import type { Trust } from "../credentials.ts";
import type { Certificate } from "./certificate.ts";
import { type CertificateFault, faultOf, faultOfCa, someOf } from "./certificate-fault.ts";
import { faultInPath, type Purpose } from "./path-checks.ts";

export type { CertificateFault } from "./certificate-fault.ts";

/** A path that is believed. */
export interface ValidPath {
  readonly tag: "valid";
  /** The peer's certificate first, then each one's issuer, the anchor last. */
  readonly path: readonly Certificate[];
  /** The earliest end on the path, in milliseconds since the Unix epoch. */
  readonly notAfter: number;
}

/** As many as a session's handshake could sensibly bring. */
const MAX_PRESENTED = 16;
/** With the peer's certificate and the anchor. */
const MAX_PATH = 8;
/** Signatures that one peer may have us verify: cross-signed CAs make many ways, and a hostile one makes more. */
const MAX_VERIFICATIONS = 16;
/** Ways of names alone that are followed, to an anchor or not. */
const MAX_STEPS = 256;

/** What the search has come by so far. */
interface Search {
  readonly intermediates: readonly Certificate[];
  readonly trust: Trust;
  readonly judge: (path: readonly Certificate[]) => CertificateFault | undefined;
  stepsLeft: number;
  verificationsLeft: number;
  /** What was verified, by certificate and issuer: many ways share their upper end. */
  readonly verified: Map<string, boolean>;
  /** Of the first path that was whole: it says most. */
  wholeFault: CertificateFault | undefined;
  /** Of the first way that led to an anchor, but for a signature. */
  unsigned: CertificateFault | undefined;
  /** Of the first way that led nowhere. */
  deadEnd: CertificateFault | undefined;
}

/**
 * Whether a certificate is believed, and by which path. [RFC 5280 §6] [RFC 4158 §2] A way is sought by names alone,
 * and then verified from its anchor down: no key is used before somebody who is believed has vouched for it, as what
 * a stranger's key takes of our time is the stranger's choice.
 * @param chain the peer's certificate first; then, in any order, what else it sent. The anchor need not be there.
 * @param atMs wall-clock time in milliseconds since the Unix epoch
 */
export function validatePath(
  chain: readonly Certificate[],
  trust: Trust,
  purpose: Purpose,
  atMs: number,
): ValidPath | CertificateFault {
  const [leaf, ...others] = chain;
  if (!leaf) return nothingShown();
  const tooMany = `comes with more than ${MAX_PRESENTED} certificates`;
  if (chain.length > MAX_PRESENTED) return faultOf(AlertDescription.badCertificate, leaf, tooMany);
  const search: Search = {
    intermediates: distinct(others, [leaf, ...trust.anchors]),
    trust,
    judge: (path) => faultInPath(path, trust, purpose, atMs),
    stepsLeft: MAX_STEPS,
    verificationsLeft: MAX_VERIFICATIONS,
    verified: new Map(),
    wholeFault: undefined,
    unsigned: undefined,
    deadEnd: undefined,
  };
  const path = extend([leaf], leaf, search);
  if (path) return { tag: "valid", path, notAfter: Math.min(...path.map((one) => one.notAfter)) };
  const fault = search.wholeFault ?? search.unsigned;
  if (fault) return fault;
  if (leaf.selfIssued && leaf.namesAsIssuer(leaf)) return selfSigned(leaf);
  return search.deadEnd ?? unknownCa(leaf, faultOf, trust);
}

/** Depth first, anchors before what the peer sent: the shortest way is tried first. */
function extend(
  path: readonly Certificate[],
  last: Certificate,
  search: Search,
): readonly Certificate[] | undefined {
  const named = (all: readonly Certificate[]): readonly Certificate[] =>
    all.filter((one) => last.namesAsIssuer(one) && !path.some((other) => isSame(one, other)));
  const anchors = named(search.trust.anchors);
  const issuers = [...anchors, ...named(search.intermediates)];
  for (const [i, issuer] of issuers.entries()) {
    if (path.length === MAX_PATH || search.stepsLeft === 0 || search.verificationsLeft === 0) {
      search.deadEnd ??= tooFar(path[0] ?? last);
      return undefined;
    }
    search.stepsLeft -= 1;
    const longer = [...path, issuer];
    const found = i < anchors.length ? whole(longer, search) : extend(longer, issuer, search);
    if (found) return found;
  }
  if (issuers.length === 0) {
    search.deadEnd ??= unknownCa(last, path.length === 1 ? faultOf : faultOfCa, search.trust);
  }
  return undefined;
}

/** The same name and key is the same CA, whoever vouches for it: nobody leads to an anchor over himself. [RFC 4158 §5.2] */
function isSame(one: Certificate, other: Certificate): boolean {
  return one.subjectForm === other.subjectForm && sameBytes(one.spki, other.spki);
}

function whole(path: readonly Certificate[], search: Search): readonly Certificate[] | undefined {
  if (!mayVerify(path)) {
    search.wholeFault ??= search.judge(path);
    return undefined;
  }
  const unsigned = signatureFault(path, search);
  search.unsigned ??= unsigned;
  if (unsigned) return undefined;
  const fault = search.judge(path);
  search.wholeFault ??= fault;
  return fault ? undefined : path;
}

/** Whether no signature on it is by a key, or in a way, that proves nothing or takes long. `judge` says which. */
function mayVerify(path: readonly Certificate[]): boolean {
  const [, ...issuers] = path;
  const signed = path.slice(0, -1);
  return (
    issuers.every(({ unfitKey }) => unfitKey === undefined) &&
    signed.every(({ weakSignature }) => weakSignature === undefined)
  );
}

/** The signatures of a way to an anchor, the anchor's own first. */
function signatureFault(
  path: readonly Certificate[],
  search: Search,
): CertificateFault | undefined {
  for (let i = path.length - 2; i >= 0; i -= 1) {
    const [signed, issuer] = path.slice(i);
    if (!signed || !issuer) continue;
    const verdict = verify(signed, issuer, search);
    if (verdict === undefined) return tooFar(path[0] ?? signed);
    if (verdict) continue;
    const what = `is not signed by ${issuer.subject}, which it names as its issuer`;
    return (i === 0 ? faultOf : faultOfCa)(AlertDescription.badCertificate, signed, what);
  }
  return undefined;
}

/** Undefined when there were too many to verify. */
function verify(signed: Certificate, issuer: Certificate, search: Search): boolean | undefined {
  const pair = `${signed.fingerprint} ${issuer.fingerprint}`;
  const known = search.verified.get(pair);
  if (known !== undefined || search.verificationsLeft === 0) return known;
  search.verificationsLeft -= 1;
  const verdict = signed.isSignedBy(issuer);
  search.verified.set(pair, verdict);
  return verdict;
}

function unknownCa(last: Certificate, fault: typeof faultOf, trust: Trust): CertificateFault {
  const known = trust.anchors.map(({ subject }) => subject);
  const which = known.length === 0 ? "none is configured" : `configured: ${someOf(known)}`;
  return fault(AlertDescription.unknownCa, last, `is not by a CA that is believed here; ${which}`);
}

function selfSigned(leaf: Certificate): CertificateFault {
  const what = "is signed by itself: only what a configured CA has issued is believed";
  return faultOf(AlertDescription.unknownCa, leaf, what);
}

function tooFar(leaf: Certificate): CertificateFault {
  const what = `is too far from a CA that is believed here: more than ${MAX_PATH} certificates, or too many ways`;
  return faultOf(AlertDescription.badCertificate, leaf, what);
}

function nothingShown(): CertificateFault {
  const reason = "is missing";
  return { tag: "fault", alert: AlertDescription.badCertificate, certificate: "", reason };
}

/** Each once, without those that are elsewhere already. */
function distinct(
  all: readonly Certificate[],
  elsewhere: readonly Certificate[],
): readonly Certificate[] {
  const seen = new Set(elsewhere.map(({ fingerprint }) => fingerprint));
  return all.filter(({ fingerprint }) => {
    const fresh = !seen.has(fingerprint);
    seen.add(fingerprint);
    return fresh;
  });
}
