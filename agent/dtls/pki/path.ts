import { AlertDescription } from "../../wire/dtls/alert.ts";
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
const MAX_VERIFICATIONS = 32;

/** What the search has come by so far. */
interface Search {
  readonly intermediates: readonly Certificate[];
  readonly trust: Trust;
  readonly judge: (path: readonly Certificate[]) => CertificateFault | undefined;
  verificationsLeft: number;
  /** Of the first path that was whole: it says most. */
  wholeFault: CertificateFault | undefined;
  /** Of the first way that led nowhere. */
  deadEnd: CertificateFault | undefined;
}

/**
 * Whether a certificate is believed, and by which path. [RFC 5280 §6] [RFC 4158 §2]
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
  if (leaf.selfIssued && leaf.isSignedBy(leaf)) return selfSigned(leaf);
  const search: Search = {
    intermediates: distinct(others, [leaf, ...trust.anchors]),
    trust,
    judge: (path) => faultInPath(path, trust, purpose, atMs),
    verificationsLeft: MAX_VERIFICATIONS,
    wholeFault: undefined,
    deadEnd: undefined,
  };
  const path = extend([leaf], leaf, search);
  if (path) return { tag: "valid", path, notAfter: Math.min(...path.map((one) => one.notAfter)) };
  return search.wholeFault ?? search.deadEnd ?? unknownCa(leaf, faultOf, trust);
}

/** Depth first, anchors before what the peer sent: the shortest way is tried first. */
function extend(
  path: readonly Certificate[],
  last: Certificate,
  search: Search,
): readonly Certificate[] | undefined {
  const inPath = new Set(path.map(({ fingerprint }) => fingerprint));
  const named = (all: readonly Certificate[]): readonly Certificate[] =>
    all.filter((one) => !inPath.has(one.fingerprint) && last.namesAsIssuer(one));
  const anchors = named(search.trust.anchors);
  const intermediates = named(search.intermediates);
  let led = false;
  for (const [i, issuer] of [...anchors, ...intermediates].entries()) {
    if (path.length === MAX_PATH || search.verificationsLeft === 0) {
      search.deadEnd ??= tooFar(path[0] ?? last);
      return undefined;
    }
    search.verificationsLeft -= 1;
    if (!last.isSignedBy(issuer)) continue;
    led = true;
    const longer = [...path, issuer];
    const found = i < anchors.length ? whole(longer, search) : extend(longer, issuer, search);
    if (found) return found;
  }
  if (!led) search.deadEnd ??= deadEnd(path, last, search.trust, anchors[0] ?? intermediates[0]);
  return undefined;
}

function whole(path: readonly Certificate[], search: Search): readonly Certificate[] | undefined {
  const fault = search.judge(path);
  search.wholeFault ??= fault;
  return fault ? undefined : path;
}

/** `named`: who should have signed it, and has not. */
function deadEnd(
  path: readonly Certificate[],
  last: Certificate,
  trust: Trust,
  named: Certificate | undefined,
): CertificateFault {
  const fault = path.length === 1 ? faultOf : faultOfCa;
  if (!named) return unknownCa(last, fault, trust);
  const what = `is not signed by ${named.subject}, which it names as its issuer`;
  return fault(AlertDescription.badCertificate, last, what);
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
