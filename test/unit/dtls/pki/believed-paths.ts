/** Chains that are believed. */
import {
  ca,
  GOOD,
  leaf,
  MAILED,
  NEW_ROOT,
  OTHER_ROOT,
  type PathCase,
  ROOT,
  SHA1_ROOT,
  SUB,
  SUBSUB,
  tower,
  under,
  UNKNOWN,
} from "./path-cases.ts";

const CROSSED = ca("CN=Root CA, O=Test", OTHER_ROOT, { noKeyIds: true });
const EXPIRED_CROSSED = ca("CN=Cross CA", OTHER_ROOT, { notAfter: "2025-01-01T00:00:00Z" });
const LIVE_CROSSED = ca("CN=Cross CA", ROOT);

const MIDDLE = ca("CN=Middle CA", ROOT, {
  pathLength: 0,
  nameConstraints: { permitted: { dns: ["example.com"] } },
});
const ROLLED = ca("CN=Middle CA", MIDDLE, { keyName: "rolled", dns: ["middle.example.net"] });
const BOUND = ca("CN=Bound CA", ROOT, { nameConstraints: { permitted: { dns: ["example.com"] } } });
const BELOW_BOUND = ca("CN=Below", BOUND);

/** Believed. */
export const BELIEVED: readonly PathCase[] = [
  { title: "one signed by a configured CA", chain: [GOOD] },
  { title: "the same as a client's", chain: [GOOD], purpose: "client" },
  { title: "with the anchor shown too", chain: [GOOD, ROOT] },
  { title: "two CAs between", chain: [leaf(SUBSUB), SUBSUB, SUB] },
  { title: "two CAs between, in another order", chain: [leaf(SUBSUB), SUB, SUBSUB] },
  { title: "the same CA shown twice", chain: [leaf(SUB), SUB, SUB] },
  {
    title: "others shown that have nothing to do with it",
    chain: [leaf(SUB), OTHER_ROOT, GOOD, SUB],
  },
  {
    title: "an anchor that is not a root",
    chain: [leaf(SUBSUB), SUBSUB],
    anchors: [SUB],
    opensslDiffers: "without -partial_chain it wants a root",
  },
  { title: "eight certificates", chain: tower(6) },
  { title: "a path length that just suffices", chain: under({ pathLength: 0 }) },
  { title: "two anchors of one name, by the key", chain: [GOOD], anchors: [NEW_ROOT, ROOT] },
  { title: "no key identifiers", chain: [leaf(ROOT, { noKeyIds: true })] },
  {
    title: "two anchors of one name, no key identifiers",
    opensslDiffers: "it tries the first of that name alone",
    chain: [leaf(ROOT, { noKeyIds: true })],
    anchors: [NEW_ROOT, ROOT],
  },
  {
    title: "a CA cross-signed by one that is configured",
    chain: [GOOD, CROSSED],
    anchors: [OTHER_ROOT],
  },
  {
    title: "a CA cross-signed twice, once in vain",
    chain: [leaf(LIVE_CROSSED), EXPIRED_CROSSED, LIVE_CROSSED],
    anchors: [OTHER_ROOT, ROOT],
  },
  {
    title: "any purpose",
    chain: [leaf(ROOT, { eku: ["2.5.29.37.0"] })],
    opensslDiffers: "it wants the very purpose",
  },
  {
    title: "clientAuth alone, of a client",
    chain: [leaf(ROOT, { eku: ["clientAuth"] })],
    purpose: "client",
  },
  { title: "no key usage", chain: [leaf(ROOT, { keyUsage: "none" })] },
  {
    title: "an extension that is unknown, and not critical",
    chain: [leaf(ROOT, { extra: [UNKNOWN] })],
  },
  {
    title: "no extended key usage, where older ones are taken",
    chain: [leaf(ROOT, { eku: "none" })],
    legacy: true,
  },
  { title: "P-384", chain: [leaf(ROOT, { keyType: "ec-p384" })] },
  {
    title: "RSA",
    chain: [
      leaf(ca("CN=RSA CA", ROOT, { keyType: "rsa" }), { keyType: "rsa" }),
      ca("CN=RSA CA", ROOT, { keyType: "rsa" }),
    ],
  },
  {
    title: "RSA with PSS and SHA-384",
    chain: [leaf(SHA1_ROOT, { pss: true, hash: "sha384" })],
    anchors: [SHA1_ROOT],
  },
  {
    title: "an anchor whose own signature is weak",
    chain: [leaf(SHA1_ROOT)],
    anchors: [SHA1_ROOT],
  },
  {
    title: "a CA with Ed25519",
    chain: [leaf(ca("CN=Ed CA", undefined, { keyType: "ed25519" }))],
    anchors: [ca("CN=Ed CA", undefined, { keyType: "ed25519" })],
  },
  {
    title: "a CA with P-521",
    chain: [
      leaf(ca("CN=521 CA", undefined, { keyType: "ec-p521", hash: "sha512" }), { hash: "sha512" }),
    ],
    anchors: [ca("CN=521 CA", undefined, { keyType: "ec-p521", hash: "sha512" })],
  },
  {
    title: "names that a CA may issue for",
    chain: under(
      { nameConstraints: { permitted: { dns: ["example.com"], ip: ["10.0.0.0/8"] } } },
      { ip: ["10.1.2.3"] },
    ),
  },
  {
    title: "names of a form that a CA is not limited in",
    chain: under(
      { nameConstraints: { permitted: { dns: ["example.com"] } } },
      { ip: ["192.0.2.1"] },
    ),
  },
  {
    title: "a limit of an unknown form, not critical",
    chain: under({ nameConstraints: { ...MAILED, critical: false } }),
  },
  {
    title: "a CA's new key under its old one, which counts for no length and no name",
    chain: [leaf(ROLLED), ROLLED, MIDDLE],
  },
  {
    title: "the common name of a CA, which is no DNS name, where older ones are taken",
    chain: [leaf(BELOW_BOUND), BELOW_BOUND, BOUND],
    legacy: true,
  },
];
