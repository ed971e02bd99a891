/** Chains that are refused, and why. */
import { makeCertificate } from "../../../support/make-certificate.ts";
import {
  ca,
  GOOD,
  leaf,
  MAILED,
  NEW_ROOT,
  type PathCase,
  ROOT,
  SHA1_ROOT,
  SUB,
  SUBSUB,
  tower,
  under,
  UNKNOWN,
} from "./path-cases.ts";

const LEAF = String.raw`\(certificate CN=leaf, issued by CN=`;
const MIDDLE = String.raw`\(certificate CN=Middle CA, issued by CN=Root CA, O=Test\)$`;

function refused(alert: string, reason: string): Pick<PathCase, "refused"> {
  return { refused: { alert, reason: new RegExp(reason) } };
}

const STRANGER = ca("CN=Stranger CA", undefined);
const LOOP_A = ca("CN=Loop A", ca("CN=Loop B", undefined));
const LOOP_B = ca("CN=Loop B", ca("CN=Loop A", undefined));
const SELF = makeCertificate({ subject: "CN=self", dns: ["dots.example.com"] });
const OLD_ROOT = ca("CN=Old CA", undefined, { notAfter: "2025-03-31T00:00:00Z" });
const REVOKED_SUB = ca("CN=Revoked CA", ROOT);

const BOUND = ca("CN=Bound CA", ROOT, { nameConstraints: { permitted: { dns: ["example.com"] } } });
const NAMED = ca("CN=Named CA", BOUND, { dns: ["ca.example.net"] });

/** Refused. */
export const REFUSED: readonly PathCase[] = [
  {
    title: "expired",
    chain: [leaf(ROOT, { notAfter: "2026-06-30T10:00:00Z" })],
    ...refused("certificate_expired", `^expired on 2026-06-30 ${LEAF}Root CA, O=Test\\)$`),
  },
  {
    title: "not yet valid",
    chain: [leaf(ROOT, { notBefore: "2027-01-02T00:00:00Z" })],
    ...refused("certificate_expired", `^is not valid before 2027-01-02 ${LEAF}`),
  },
  {
    title: "an expired CA between",
    chain: under({ notAfter: "2026-01-31T00:00:00Z" }),
    ...refused(
      "certificate_expired",
      `^rests on a CA's certificate that expired on 2026-01-31 ${MIDDLE}`,
    ),
  },
  {
    title: "an expired anchor",
    chain: [leaf(OLD_ROOT)],
    anchors: [OLD_ROOT],
    ...refused(
      "certificate_expired",
      `CA's certificate that expired on 2025-03-31 .*CN=Old CA, issued by CN=Old CA`,
    ),
  },
  {
    title: "by another CA",
    chain: [leaf(STRANGER)],
    ...refused(
      "unknown_ca",
      `^is not by a CA that is believed here; configured: CN=Root CA, O=Test ${LEAF}Stranger CA\\)$`,
    ),
  },
  {
    title: "by another CA, which is shown",
    chain: [leaf(STRANGER), STRANGER],
    ...refused(
      "unknown_ca",
      `^rests on a CA's certificate that is not by a CA that is believed here; .*CN=Stranger CA, issued by CN=Stranger CA`,
    ),
  },
  {
    title: "by another CA of the same name",
    chain: [leaf(NEW_ROOT)],
    ...refused("unknown_ca", `^is not by a CA that is believed here`),
  },
  {
    title: "by another CA of the same name, no key identifiers",
    chain: [leaf(NEW_ROOT, { noKeyIds: true })],
    ...refused(
      "bad_certificate",
      `^is not signed by CN=Root CA, O=Test, which it names as its issuer ${LEAF}`,
    ),
  },
  {
    title: "no CA configured",
    chain: [GOOD],
    anchors: [],
    ...refused("unknown_ca", "; none is configured "),
  },
  {
    title: "a CA between is not shown",
    chain: [leaf(SUB)],
    ...refused("unknown_ca", `${LEAF}Sub CA\\)$`),
  },
  {
    title: "signed by itself",
    chain: [SELF],
    ...refused(
      "unknown_ca",
      String.raw`^is signed by itself: .*\(certificate CN=self, issued by CN=self\)$`,
    ),
  },
  {
    title: "signed by itself, and configured as if it were a CA",
    chain: [SELF],
    anchors: [SELF],
    opensslDiffers: "it believes any that is configured",
    ...refused("unknown_ca", "^is signed by itself"),
  },
  {
    title: "issued by a certificate that is configured, and no CA's",
    chain: [leaf(SELF)],
    anchors: [SELF],
    ...refused("bad_certificate", "CA's certificate that is not one of a CA .*CN=self"),
  },
  {
    title: "a forged signature",
    chain: [leaf(ROOT, { forged: true })],
    ...refused("bad_certificate", "^is not signed by CN=Root CA, O=Test, which"),
  },
  {
    title: "a forged CA between",
    chain: under({ forged: true }),
    ...refused("bad_certificate", `^rests on a CA's certificate that is not signed by .*${MIDDLE}`),
  },
  {
    title: "no extended key usage",
    chain: [leaf(ROOT, { eku: "none" })],
    opensslDiffers: "it takes one without",
    ...refused(
      "unsupported_certificate",
      "^does not say what it is for: it has no extended key usage, and needs serverAuth ",
    ),
  },
  {
    title: "clientAuth alone, of a server",
    chain: [leaf(ROOT, { eku: ["clientAuth"] })],
    ...refused(
      "unsupported_certificate",
      "^is not for a server: its extended key usage lacks serverAuth ",
    ),
  },
  {
    title: "serverAuth alone, of a client",
    chain: [leaf(ROOT, { eku: ["serverAuth"] })],
    purpose: "client",
    legacy: true,
    ...refused("unsupported_certificate", "^is not for a client: .* lacks clientAuth "),
  },
  {
    title: "by a CA for another purpose",
    chain: under({ eku: ["clientAuth"] }),
    ...refused(
      "unsupported_certificate",
      `^rests on a CA's certificate that is not for a server: .*${MIDDLE}`,
    ),
  },
  {
    title: "key usage without digitalSignature",
    chain: [leaf(ROOT, { keyUsage: ["keyAgreement"] })],
    opensslDiffers: "it leaves that to TLS",
    ...refused(
      "unsupported_certificate",
      "^may not prove who shows it: its key usage lacks digitalSignature ",
    ),
  },
  {
    title: "by one that is no CA",
    chain: [leaf(GOOD, { subject: "CN=below" }), GOOD],
    ...refused(
      "bad_certificate",
      String.raw`^rests on a CA's certificate that is not one of a CA \(certificate CN=leaf`,
    ),
  },
  {
    title: "by a CA without keyCertSign",
    chain: under({ keyUsage: ["digitalSignature"] }),
    ...refused(
      "bad_certificate",
      `may not issue certificates: its key usage lacks keyCertSign ${MIDDLE}`,
    ),
  },
  {
    title: "too long for a path length",
    chain: [leaf(SUBSUB), SUBSUB, ca("CN=Sub CA", ROOT, { pathLength: 0 })],
    ...refused(
      "bad_certificate",
      String.raw`allows 0 CAs between it and the end, and there are 1 \(certificate CN=Sub CA`,
    ),
  },
  {
    title: "nine certificates",
    chain: tower(7),
    opensslDiffers: "it goes up to a hundred",
    ...refused("bad_certificate", "^is too far from a CA that is believed here: more than 8"),
  },
  {
    title: "seventeen shown",
    chain: [GOOD, ...Array.from({ length: 16 }, () => SUB)],
    opensslDiffers: "it has no such limit",
    ...refused("bad_certificate", "^comes with more than 16 certificates"),
  },
  {
    title: "two CAs that vouch for each other",
    chain: [leaf(LOOP_A), LOOP_A, LOOP_B],
    ...refused("unknown_ca", "that is not by a CA that is believed here"),
  },
  {
    title: "revoked",
    chain: [GOOD],
    revoked: [GOOD],
    opensslDiffers: "it is not told",
    ...refused("certificate_revoked", `^is revoked in the configuration ${LEAF}`),
  },
  {
    title: "a revoked CA between",
    chain: [leaf(REVOKED_SUB), REVOKED_SUB],
    revoked: [REVOKED_SUB],
    opensslDiffers: "it is not told",
    ...refused(
      "certificate_revoked",
      "^rests on a CA's certificate that is revoked .*CN=Revoked CA",
    ),
  },
  {
    title: "a revoked anchor",
    chain: [GOOD],
    revoked: [ROOT],
    opensslDiffers: "it is not told",
    ...refused("certificate_revoked", "^rests on a CA's certificate that is revoked .*CN=Root CA"),
  },
  {
    title: "an unknown critical extension",
    chain: [leaf(ROOT, { extra: [{ ...UNKNOWN, critical: true }] })],
    ...refused(
      "unsupported_certificate",
      String.raw`^has a critical extension that is not known here: 1\.3\.6\.1\.4\.1\.99999\.1 `,
    ),
  },
  {
    title: "an unknown critical extension of a CA",
    chain: under({ extra: [{ ...UNKNOWN, critical: true }] }),
    ...refused("unsupported_certificate", `critical extension .*${MIDDLE}`),
  },
  {
    title: "signed with SHA-1",
    chain: [leaf(ROOT, { hash: "sha1" })],
    ...refused("unsupported_certificate", "^is signed with SHA-1, which proves nothing "),
  },
  {
    title: "signed with MD5",
    chain: [leaf(SHA1_ROOT, { hash: "md5" })],
    anchors: [SHA1_ROOT],
    ...refused("unsupported_certificate", "^is signed with MD5, which proves nothing "),
  },
  {
    title: "signed with PSS, and SHA-1 by silence",
    chain: [leaf(SHA1_ROOT, { pss: true, hash: "sha1" })],
    anchors: [SHA1_ROOT],
    ...refused("unsupported_certificate", "^is signed with SHA-1 or an unknown hash"),
  },
  {
    title: "RSA with 1024 bits",
    chain: [leaf(ROOT, { keyType: "rsa-1024" })],
    ...refused("unsupported_certificate", "^has a key that has 1024 bits of RSA, fewer than 2048 "),
  },
  {
    title: "a CA with 1024 bits of RSA",
    chain: under({ keyType: "rsa-1024" }),
    ...refused(
      "unsupported_certificate",
      `has a key that has 1024 bits of RSA, fewer than 2048 ${MIDDLE}`,
    ),
  },
  {
    title: "a key of Ed25519",
    chain: [leaf(ROOT, { keyType: "ed25519" })],
    opensslDiffers: "it has Ed25519",
    ...refused("unsupported_certificate", "^has a key of a kind that is not known here "),
  },
  {
    title: "a name outside what a CA may issue for",
    chain: under({ nameConstraints: { permitted: { dns: ["example.net"] } } }),
    ...refused(
      "bad_certificate",
      `^has the name dots.example.com, for which CN=Middle CA may not issue ${LEAF}Middle CA\\)$`,
    ),
  },
  {
    title: "a name inside what a CA may not issue for",
    chain: under({ nameConstraints: { excluded: { dns: ["dots.example.com"] } } }),
    ...refused("bad_certificate", "^has the name dots.example.com, for which CN=Middle CA"),
  },
  {
    title: "an address outside what a CA may issue for",
    chain: under({ nameConstraints: { permitted: { ip: ["10.0.0.0/8"] } } }, { ip: ["11.0.0.1"] }),
    ...refused("bad_certificate", "^has the name 11.0.0.1, for which"),
  },
  {
    title: "a CA with a name outside what the one above may issue for",
    chain: [leaf(NAMED), NAMED, BOUND],
    ...refused(
      "bad_certificate",
      "^rests on a CA's certificate that has the name ca.example.net, for which CN=Bound CA",
    ),
  },
  {
    title: "an SRV-ID outside what a CA may issue for",
    chain: under(
      { nameConstraints: { permitted: { dns: ["example.com"] } } },
      { srv: ["_dots-signal.example.net"] },
    ),
    opensslDiffers: "to it that is another form",
    ...refused("bad_certificate", "^has the name example.net, for which"),
  },
  {
    title: "a critical limit of an unknown form",
    chain: under({ nameConstraints: MAILED }),
    opensslDiffers: "it has that form",
    ...refused(
      "unsupported_certificate",
      `constrains names of a form that is not known here: rfc822Name ${MIDDLE}`,
    ),
  },
  {
    title: "nothing shown",
    chain: [],
    opensslDiffers: "there is nothing to ask about",
    ...refused("bad_certificate", "^is missing$"),
  },
];
