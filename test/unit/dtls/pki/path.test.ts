import assert from "node:assert/strict";
import { test } from "node:test";
import { parseCertificate } from "../../../../agent/dtls/crypto/x509.ts";
import { validatePath } from "../../../../agent/dtls/pki/path.ts";
import { alertName } from "../../../../agent/wire/dtls/alert.ts";
import { type MadeCertificate, makeCertificate } from "../../../support/make-certificate.ts";
import { BELIEVED } from "./believed-paths.ts";
import { GOOD, NOW, type PathCase, ROOT } from "./path-cases.ts";
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
  const ca = makeCertificate({ subject: "CN=CA", ca: true, notBefore: start, notAfter: end });
  const leaf = makeCertificate({ subject: "CN=leaf", issuer: ca, notAfter: "2030-01-01" });
  const one = { title: "", chain: [leaf], anchors: [ca] };
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

/** How many signatures it took to say no. */
function verifications(chain: readonly MadeCertificate[]): number {
  let verified = 0;
  const parsed = chain.map(({ der }) => {
    const certificate = parseCertificate(der);
    const isSignedBy: typeof certificate.isSignedBy = (issuer) => {
      verified += 1;
      return certificate.isSignedBy(issuer);
    };
    return { ...certificate, isSignedBy };
  });
  const anchors = [parseCertificate(ROOT.der)];
  const trust = { anchors, revocations: new Set<string>(), legacy: false };
  assert.equal(validatePath(parsed, trust, "server", NOW).tag, "fault");
  return verified;
}

test("CAs that all vouch for each other end in a refusal, soon", () => {
  const names = ["0", "1", "2", "3", "4"];
  const roots = names.map((name) => makeCertificate({ subject: `CN=${name}`, ca: true }));
  const crossed = roots.flatMap((issuer) =>
    names.slice(0, 3).map((name) => makeCertificate({ subject: `CN=${name}`, issuer, ca: true })),
  );
  const [first] = roots;
  assert.ok(first);
  const verified = verifications([
    makeCertificate({ subject: "CN=leaf", issuer: first }),
    ...crossed,
  ]);
  assert.ok(verified > 8 && verified <= 33, `${verified} signatures`);
});

test("a CA that is shown many times is asked once", () => {
  const stranger = makeCertificate({ subject: "CN=Stranger CA", ca: true });
  const leaf = makeCertificate({ subject: "CN=leaf", issuer: stranger });
  assert.equal(verifications([leaf, ...Array.from({ length: 15 }, () => stranger)]), 1);
});
