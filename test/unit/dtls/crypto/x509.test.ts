import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { test } from "node:test";
import { parseCertificate } from "../../../../agent/dtls/crypto/x509.ts";
import { WireError } from "../../../../agent/wire/bytes.ts";
import { type CertificateWish, makeCertificate } from "../../../support/make-certificate.ts";
import { seeded } from "../../../support/seeded.ts";
import { content, parts, tlv } from "../pki/certificate-twin.ts";

const CA = makeCertificate({ subject: "CN=Test CA, O=Exämple, C=DE", ca: true, pathLength: 3 });
const FULL: CertificateWish = {
  subject: "CN=Office, O=Test",
  issuer: CA,
  serial: 77,
  notBefore: "2024-02-29T01:02:03Z",
  notAfter: "2055-05-05T05:05:05Z",
  dns: ["Office.Example.COM", "*.example.com", "office.example.com"],
  ip: ["192.0.2.1", "2001:db8::1", "2001:db8::", "::ffff:c000:207"],
  srv: ["_DOTS-signal.example.com"],
  email: ["a@example.com"],
  uri: ["https://example.com/"],
  keyUsage: ["digitalSignature", "keyAgreement", "decipherOnly"],
};

function parsed(wish: CertificateWish) {
  return parseCertificate(makeCertificate(wish).der);
}

test("everything that a certificate says is read [RFC 5280 §4.1]", () => {
  const made = makeCertificate(FULL);
  const certificate = parseCertificate(made.der);
  const witness = new X509Certificate(made.der);
  assert.equal(certificate.subject, "CN=Office, O=Test");
  assert.equal(certificate.issuer, "CN=Test CA, O=Exämple, C=DE");
  assert.equal(certificate.serial, witness.serialNumber.toLowerCase().replace(/^0/, ""));
  assert.equal(certificate.fingerprint, made.fingerprint);
  assert.equal(certificate.fingerprint.toUpperCase(), witness.fingerprint256.replaceAll(":", ""));
  assert.equal(certificate.notBefore, Date.parse("2024-02-29T01:02:03Z"));
  assert.equal(certificate.notAfter, Date.parse("2055-05-05T05:05:05Z"));
  assert.equal(certificate.notAfter, Date.parse(witness.validTo));
  assert.deepEqual(
    Buffer.from(certificate.spki),
    witness.publicKey.export({ type: "spki", format: "der" }),
  );
  assert.equal(certificate.keyType, "ec-p256");
  assert.equal(certificate.selfIssued, false);
  assert.equal(certificate.isCa, false);
  assert.deepEqual(certificate.names, {
    dns: ["office.example.com", "*.example.com"],
    ip: ["192.0.2.1", "2001:db8::1", "2001:db8::", "::ffff:192.0.2.7"],
    srv: ["_dots-signal.example.com"],
    email: ["a@example.com"],
    others: ["uniformResourceIdentifier"],
    commonName: "Office",
  });
  assert.deepEqual(certificate.keyUsage, new Set(["digitalSignature", "keyAgreement", "other"]));
  assert.deepEqual(certificate.extendedKeyUsage, ["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"]);
});

test("a CA's certificate says so, and is signed by itself", () => {
  const ca = parseCertificate(CA.der);
  assert.equal(ca.isCa, true);
  assert.equal(ca.pathLength, 3);
  assert.equal(ca.selfIssued, true);
  assert.deepEqual(ca.keyUsage, new Set(["keyCertSign"]));
  assert.equal(ca.extendedKeyUsage, undefined);
  assert.ok(ca.namesAsIssuer(ca) && ca.isSignedBy(ca));
});

test("without extensions nothing is said, and nothing assumed", () => {
  const bare = parsed({ subject: "", keyUsage: "none", eku: "none", noKeyIds: true });
  assert.equal(bare.subject, "");
  assert.equal(bare.keyUsage, undefined);
  assert.equal(bare.extendedKeyUsage, undefined);
  assert.equal(bare.pathLength, undefined);
  assert.equal(bare.names.commonName, undefined);
  assert.equal(bare.subjectKeyId, undefined);
});

test("names are compared without regard to case, spaces and kind of string [RFC 5280 §7.1]", () => {
  const ca = parsed({ subject: "CN=The  CA, C=de", keyName: "k", ca: true, noKeyIds: true });
  const same = { ...CA, subject: "CN=the ca, C=DE" };
  const other = { ...CA, subject: "CN=the ca" };
  assert.equal(parsed({ subject: "CN=x", issuer: same, noKeyIds: true }).namesAsIssuer(ca), true);
  assert.equal(parsed({ subject: "CN=x", issuer: other, noKeyIds: true }).namesAsIssuer(ca), false);
});

test("of two with the name, the key identifier tells the issuer [RFC 5280 §4.2.1.1]", () => {
  const renewed = makeCertificate({ subject: CA.subject, keyName: "renewed", ca: true });
  const leaf = parsed({ subject: "CN=x", issuer: renewed });
  assert.equal(leaf.namesAsIssuer(parseCertificate(renewed.der)), true);
  assert.equal(leaf.namesAsIssuer(parseCertificate(CA.der)), false);
  assert.equal(leaf.isSignedBy(parseCertificate(CA.der)), false);
});

const SIGNED: readonly (readonly [Partial<CertificateWish>, string | undefined])[] = [
  [{ keyType: "rsa", hash: "sha256" }, undefined],
  [{ keyType: "rsa", hash: "sha512" }, undefined],
  [{ keyType: "rsa", hash: "sha1" }, "SHA-1"],
  [{ keyType: "rsa", hash: "md5" }, "MD5"],
  [{ keyType: "rsa", pss: true, hash: "sha256" }, undefined],
  [{ keyType: "rsa", pss: true, hash: "sha384" }, undefined],
  [{ keyType: "rsa", pss: true, hash: "sha512" }, undefined],
  [{ keyType: "rsa", pss: true, hash: "sha1" }, "SHA-1 or an unknown hash"],
  [{ keyType: "ec-p256", hash: "sha1" }, "SHA-1"],
  [{ keyType: "ec-p384", hash: "sha384" }, undefined],
  [{ keyType: "ed25519" }, undefined],
];
for (const [wish, weak] of SIGNED) {
  test(`a signature of ${JSON.stringify(wish)} is ${weak ?? "strong"}, and verified`, () => {
    const certificate = parsed({ subject: "CN=x", ...wish });
    assert.equal(certificate.weakSignature, weak);
    assert.equal(certificate.isSignedBy(certificate), true);
  });
}

test("constraints on names are read by form [RFC 5280 §4.2.1.10]", () => {
  const permitted = { dns: ["Example.com"], ip: ["10.0.0.0/8", "2001:db8::/32", "0.0.0.0/0"] };
  const excluded = { dns: [".x.example.com"], ip: ["10.1.2.3/32"] };
  const wish = { permitted, excluded, email: "example.com", critical: false };
  const ca = parsed({ subject: "CN=x", ca: true, nameConstraints: wish });
  assert.deepEqual(ca.nameConstraints, {
    critical: false,
    permitted: { dns: ["example.com"], ip: ["10.0.0.0/8", "2001:db8::/32", "0.0.0.0/0"] },
    excluded: { dns: [".x.example.com"], ip: ["10.1.2.3/32"] },
    unprocessed: ["rfc822Name"],
  });
});

test("text from a certificate is one short line without control characters", () => {
  const subject = `CN=${"\u0007\u202e\n".repeat(9)}${"long".repeat(15)}, O=${"x".repeat(60)}, OU=${"y".repeat(60)}, L=${"z".repeat(60)}`;
  const { subject: shown } = parsed({ subject });
  assert.ok(shown.length <= 201, String(shown.length));
  assert.doesNotMatch(shown, /\p{C}/u);
});

const der = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, "hex"));
const BASIC = "2.5.29.19";
const CONSTRAINTS = "2.5.29.30";
const ALT_NAME = "2.5.29.17";
const MALFORMED: readonly (readonly [string, readonly { oid: string; value: Uint8Array }[]])[] = [
  ["an extension twice", [1, 2].map(() => ({ oid: BASIC, value: der("3000") }))],
  ["key usage twice", [{ oid: "2.5.29.15", value: der("03020780") }]],
  ["a negative path length", [{ oid: BASIC, value: der("30060101ff0201ff") }]],
  ["a path length beyond all", [{ oid: BASIC, value: der("300c0101ff020700ffffffffffff") }]],
  ["basic constraints that are none", [{ oid: BASIC, value: der("0500") }]],
  ["an address of five octets", [{ oid: ALT_NAME, value: der("300787050102030405") }]],
  ["an address with a mask", [{ oid: ALT_NAME, value: der("300a8708c0000200ffffff00") }]],
  ["names that end too soon", [{ oid: ALT_NAME, value: der("300a8203616263") }]],
  ["a mask with gaps", [{ oid: CONSTRAINTS, value: der("300ea00c300a87080a000000ff00ff00") }]],
  [
    "a constraint on IPv4 without a mask",
    [{ oid: CONSTRAINTS, value: der("300aa008300687040a000000") }],
  ],
  [
    "a constraint on IPv6 without a mask",
    [{ oid: CONSTRAINTS, value: der(`3016a01430128710${"20".repeat(16)}`) }],
  ],
  ["no value", [{ oid: CONSTRAINTS, value: new Uint8Array() }]],
];
for (const [title, extra] of MALFORMED) {
  test(`refuses ${title} [RFC 5280 §4.2]`, () => {
    const made = makeCertificate({ subject: "CN=x", extra });
    assert.throws(() => parseCertificate(made.der), { name: "WireError", code: "wire/malformed" });
  });
}

test("refuses what is cut short, is followed by something, or is none", () => {
  const { der: good } = makeCertificate({ subject: "CN=x" });
  const bad = [
    new Uint8Array(),
    Uint8Array.of(0x30, 0),
    good.subarray(0, -1),
    Uint8Array.from([...good, 0]),
    new TextEncoder().encode(makeCertificate({ subject: "CN=x" }).pem),
    new Uint8Array(40_000).fill(0x30),
    Uint8Array.from({ length: 30_000 }, (_, i) => (i % 2 === 0 ? 0x30 : 0x80)),
  ];
  for (const octets of bad) {
    assert.throws(() => parseCertificate(octets), { name: "WireError", code: "wire/malformed" });
  }
});

test("refuses one that names another algorithm outside than inside [RFC 5280 §4.1.1.2]", () => {
  const octets = Buffer.from(makeCertificate({ subject: "CN=x", keyType: "rsa" }).der);
  const sha256WithRsa = der("06092a864886f70d01010b");
  const outer = octets.lastIndexOf(sha256WithRsa);
  assert.ok(outer > octets.indexOf(sha256WithRsa));
  octets[outer + sha256WithRsa.length - 1] = 0x0c; // with SHA-384
  assert.throws(() => parseCertificate(octets), /it names two algorithms$/);
});

test("refuses one of more than 8 KiB, more than 64 names, or more than 512 values: it takes long to read", () => {
  const dns = (count: number) => Array.from({ length: count }, (_, i) => `name-${i}.example.com`);
  assert.equal(parsed({ subject: "CN=x", dns: dns(64) }).names.dns.length, 64);
  assert.throws(() => parsed({ subject: "CN=x", dns: dns(65) }), /more than 64 values in one$/);
  assert.throws(() => parsed({ subject: "CN=x", dns: dns(1_000) }), /it is too large$/);
  const permitted = { dns: dns(65) };
  const wish = { subject: "CN=x", ca: true, nameConstraints: { permitted } };
  assert.throws(() => parsed(wish), /more than 64 values in one$/);
  const nulls = (count: number): NonNullable<CertificateWish["extra"]> =>
    [1, 2].map((last) => ({
      oid: `1.3.6.1.4.1.99999.${last}`,
      value: tlv(0x30, Buffer.alloc(2 * count, "0500", "hex")),
    }));
  assert.equal(parsed({ subject: "CN=x", extra: nulls(200) }).subject, "CN=x");
  assert.throws(
    () => parsed({ subject: "CN=x", extra: nulls(300) }),
    /there are too many values in it$/,
  );
});

test("refuses a signature by ECDSA that is not written in DER, each of which is another certificate", () => {
  const whole = makeCertificate({ subject: "CN=x" }).der;
  const [tbs = Buffer.of(), algorithm = Buffer.of(), bits = Buffer.of()] = parts(whole);
  const value = content(bits).subarray(1);
  const [r = Buffer.of(), s = Buffer.of()] = parts(value);
  const odd: readonly (readonly [string, Uint8Array, number?])[] = [
    ["a padded integer", tlv(0x30, tlv(2, Buffer.of(0, 0), content(r)), s)],
    ["a negative one", tlv(0x30, r, tlv(2, Buffer.of(0x80), content(s)))],
    ["an empty one", tlv(0x30, r, tlv(2))],
    ["one number", tlv(0x30, r)],
    ["three", tlv(0x30, r, s, s)],
    ["something after", Buffer.concat([value, Buffer.of(5, 0)])],
    ["a long length", Buffer.concat([Buffer.of(0x30, 0x81, value.length - 2), content(value)])],
    ["a length of no end", Buffer.concat([Buffer.of(0x30, 0x80), content(value), Buffer.of(0, 0)])],
    ["bits left over", value.map((octet, i) => (i === value.length - 1 ? octet & 254 : octet)), 1],
    ["nothing", Buffer.of()],
  ];
  assert.equal(parseCertificate(whole).subject, "CN=x");
  for (const [title, signature, unused = 0] of odd) {
    const octets = tlv(0x30, tbs, algorithm, tlv(3, Buffer.of(unused), signature));
    assert.throws(() => parseCertificate(octets), { code: "wire/malformed" }, title);
  }
});

for (const time of ["209901000000Z", "xx0101000000Z", "200230000000Z", "2001010000Z  "]) {
  test(`refuses the time ${time}, which is none [RFC 5280 §4.1.2.5]`, () => {
    const octets = Buffer.from(makeCertificate({ subject: "CN=x" }).der);
    const at = octets.indexOf("200101000000Z");
    assert.ok(at > 0);
    octets.write(time, at, "latin1");
    assert.throws(() => parseCertificate(octets), { code: "wire/malformed" });
  });
}

test("constraints with a minimum or maximum count as ones of an unknown form [RFC 5280 §4.2.1.10]", () => {
  const value = der("300aa0083006820161800101");
  const made = makeCertificate({ subject: "CN=x", extra: [{ oid: CONSTRAINTS, value }] });
  const { nameConstraints } = parseCertificate(made.der);
  assert.deepEqual(nameConstraints?.unprocessed, ["dNSName"]);
  assert.deepEqual(nameConstraints?.permitted.dns, []);
});

test("400 altered certificates: read or refused, never another error; only a whole one is signed", () => {
  const chance = seeded(4);
  const whole = makeCertificate(FULL).der;
  const ca = parseCertificate(CA.der);
  for (let i = 0; i < 400; i += 1) {
    const altered = Uint8Array.from(whole);
    const at = chance.int(altered.length);
    altered[at] = (altered[at] ?? 0) ^ (1 + chance.int(255));
    try {
      assert.equal(parseCertificate(altered).isSignedBy(ca), false, `octet ${at}`);
    } catch (error) {
      assert.ok(error instanceof WireError, `octet ${at}: ${String(error)}`);
    }
  }
});

test("what was parsed does not change with the octets it came from", () => {
  const octets = Uint8Array.from(makeCertificate({ subject: "CN=x" }).der);
  const certificate = parseCertificate(octets);
  octets.fill(0);
  assert.equal(certificate.der[0], 0x30);
});
