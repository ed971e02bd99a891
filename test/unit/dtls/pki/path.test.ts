import assert from "node:assert/strict";
import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { test } from "node:test";
import { inspectKey } from "../../../../agent/dtls/crypto/signature.ts";
import { parseCertificate } from "../../../../agent/dtls/crypto/x509.ts";
import { validatePath } from "../../../../agent/dtls/pki/path.ts";
import { alertName } from "../../../../agent/wire/dtls/alert.ts";
import { type MadeCertificate, makeCertificate } from "../../../support/make-certificate.ts";
import { BELIEVED } from "./believed-paths.ts";
import { twinOf } from "./certificate-twin.ts";
import { ca, GOOD, leaf, NOW, type PathCase, ROOT } from "./path-cases.ts";
import { REFUSED } from "./refused-paths.ts";

function verdict({ chain, anchors = [ROOT], purpose, legacy, revoked = [] }: PathCase, at = NOW) {
  const trust = {
    anchors: anchors.map(({ der }) => parseCertificate(der)),
    revocations: new Set(revoked.map(({ fingerprint }) => fingerprint)),
    legacy: legacy ?? false,
  };
  const parsed = chain.map(({ der }) => parseCertificate(der));
  return validatePath(parsed, trust, purpose ?? "server", at);
}

for (const one of BELIEVED) {
  test(`believed: ${one.title} [RFC 5280 §6]`, () => {
    const valid = verdict(one);
    assert.ok(valid.tag === "valid", valid.tag === "fault" ? valid.reason : "");
    const anchors = (one.anchors ?? [ROOT]).map(({ fingerprint }) => fingerprint);
    assert.equal(valid.path[0]?.fingerprint, one.chain[0]?.fingerprint);
    assert.ok(anchors.includes(valid.path.at(-1)?.fingerprint ?? ""));
  });
}

for (const one of REFUSED) {
  test(`refused: ${one.title} [RFC 5280 §6]`, () => {
    const fault = verdict(one);
    assert.ok(fault.tag === "fault");
    assert.match(fault.reason, one.refused?.reason ?? /^$/);
    assert.equal(alertName(fault.alert), one.refused?.alert);
    if (one.chain.length > 0) assert.ok(fault.reason.includes(`(certificate ${fault.certificate}`));
  });
}

test("the limits of validity belong to it, and the earliest end of the path is told [RFC 5280 §4.1.2.5]", () => {
  const [start, end] = ["2026-01-01T00:00:00Z", "2026-12-31T00:00:00Z"];
  const issuer = ca("CN=CA", undefined, { notBefore: start, notAfter: end });
  const ends = leaf(issuer, { notAfter: "2030-01-01" });
  const one = { title: "", chain: [ends], anchors: [issuer] };
  for (const [at, tag] of [
    [Date.parse(start), "valid"],
    [Date.parse(start) - 1, "fault"],
    [Date.parse(end), "valid"],
    [Date.parse(end) + 1, "fault"],
  ] as const) {
    const seen = verdict(one, at);
    assert.equal(seen.tag, tag, String(at));
    if (seen.tag === "valid") assert.equal(seen.notAfter, Date.parse(end));
  }
});

test("of many configured CAs three are named", () => {
  const anchors = ["A", "B", "C", "D", "E"].map((name) =>
    makeCertificate({ subject: `CN=${name}`, ca: true }),
  );
  const fault = verdict({ title: "", chain: [GOOD], anchors });
  assert.ok(fault.tag === "fault");
  assert.match(fault.reason, /configured: CN=A, CN=B, CN=C and 2 more \(/);
});

/** Whose keys were asked, in turn, until it was said no. */
function asked(chain: readonly MadeCertificate[]): readonly string[] {
  const issuers: string[] = [];
  const parsed = chain.map(({ der }) => {
    const certificate = parseCertificate(der);
    const isSignedBy: typeof certificate.isSignedBy = (issuer) => {
      issuers.push(issuer.fingerprint);
      return certificate.isSignedBy(issuer);
    };
    return { ...certificate, isSignedBy };
  });
  const anchors = [parseCertificate(ROOT.der)];
  const trust = { anchors, revocations: new Set<string>(), legacy: false };
  assert.equal(validatePath(parsed, trust, "server", NOW).tag, "fault");
  return issuers;
}

test("the key of a stranger is never asked: not of one that leads nowhere, nor of one that pretends to lead here", () => {
  const stranger = ca("CN=Stranger", undefined);
  const forged = ca("CN=Forged", ROOT, { forged: true });
  const self = makeCertificate({ subject: "CN=self" });
  assert.deepEqual(asked([leaf(stranger), stranger]), []);
  assert.deepEqual(asked([self, stranger]), []);
  assert.deepEqual(asked([leaf(forged), forged]), [ROOT.fingerprint]);
});

test("CAs that all vouch for each other end in a refusal, soon", () => {
  const wish = { subject: "CN=X", noKeyIds: true, ca: true };
  const all = Array.from({ length: 12 }, (_, i) =>
    makeCertificate({ ...wish, keyName: `x${i}`, issuer: { ...ROOT, subject: "CN=X" } }),
  );
  const believed = ["a", "b", "c"].map((keyName) =>
    makeCertificate({ ...wish, keyName, issuer: ROOT }),
  );
  const end = leaf({ ...ROOT, subject: "CN=X" }, { noKeyIds: true, forged: true });
  assert.deepEqual(asked([end, ...all]), []);
  const issuers = asked([end, ...believed, ...all]);
  assert.ok(issuers.length > 8 && issuers.length <= 16, `${issuers.length} signatures`);
  assert.equal(issuers[0], ROOT.fingerprint);
});

test("a CA that is shown many times is asked once, and so is one on many ways", () => {
  const sub = ca("CN=Sub", ROOT);
  const shown = [leaf(sub, { forged: true }), ...Array.from({ length: 15 }, () => sub)];
  assert.deepEqual(asked(shown), [ROOT.fingerprint, sub.fingerprint]);
  const lows = ["a", "b"].map((keyName) => ca("CN=Low", sub, { keyName, noKeyIds: true }));
  const issuers = asked([leaf({ ...ROOT, subject: "CN=Low" }, { noKeyIds: true }), ...lows, sub]);
  assert.equal(issuers.length, 5);
  assert.equal(issuers.filter((issuer) => issuer === ROOT.fingerprint).length, 1);
});

const CURVES = [
  ["ec-p256", "sha256"],
  ["ec-p384", "sha384"],
  ["ec-p521", "sha512"],
] as const;
for (const [keyType, hash] of CURVES) {
  test(`who is revoked stays so with the other signature that ${keyType} allows, by file or fingerprint`, () => {
    const anchor = ca(`CN=Signer ${keyType}`, undefined, { keyType, hash });
    const shown = leaf(anchor, { hash });
    const twin = { ...shown, der: twinOf(shown.der, keyType) };
    const { fingerprint, signedFingerprint } = parseCertificate(shown.der);
    assert.notEqual(parseCertificate(twin.der).fingerprint, fingerprint);
    assert.equal(parseCertificate(twin.der).isSignedBy(parseCertificate(anchor.der)), true);
    for (const [octets, entry] of [
      [shown.der, fingerprint],
      [shown.der, signedFingerprint],
      [twin.der, fingerprint],
      [twin.der, signedFingerprint],
      [shown.der, parseCertificate(twin.der).fingerprint],
    ] as const) {
      const anchors = [parseCertificate(anchor.der)];
      const judged = (...revoked: string[]): string => {
        const trust = { anchors, revocations: new Set(revoked), legacy: false };
        const seen = validatePath([parseCertificate(octets)], trust, "client", NOW);
        return seen.tag === "valid" ? "valid" : alertName(seen.alert);
      };
      assert.equal(judged(), "valid");
      assert.equal(judged(entry), "certificate_revoked");
    }
  });
}

for (const curve of ["secp112r1", "secp256k1"]) {
  test(`a CA on ${curve} is not believed, not even a configured one, and not asked`, () => {
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: curve });
    const weak = {
      ...makeCertificate({ subject: "CN=Weak", ca: true, noKeyIds: true }),
      privateKey,
    };
    const spki = createPublicKey(privateKey).export({ type: "spki", format: "der" });
    const anchor = { ...parseCertificate(weak.der), spki, ...inspectKey(spki) };
    const signed = parseCertificate(leaf(weak, { noKeyIds: true }).der);
    const trust = { anchors: [anchor], revocations: new Set<string>(), legacy: false };
    const seen = validatePath(
      [{ ...signed, isSignedBy: () => assert.fail("it was asked") }],
      trust,
      "server",
      NOW,
    );
    assert.ok(seen.tag === "fault");
    assert.match(seen.reason, new RegExp(`has a key that is on ${curve}, a curve that is not`));
  });
}
