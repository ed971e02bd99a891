import assert from "node:assert/strict";
import { test } from "node:test";
import { parseCertificate } from "../../../../agent/dtls/crypto/x509.ts";
import { checkServerName } from "../../../../agent/dtls/pki/server-name.ts";
import { AlertDescription } from "../../../../agent/wire/dtls/alert.ts";
import { type CertificateWish, makeCertificate } from "../../../support/make-certificate.ts";

type Names = Omit<CertificateWish, "subject">;
const HOST = "dots.example.com";

function check(names: Names, host: string, legacy = false, subject = "CN=dots.example.com") {
  const { der } = makeCertificate({ subject, ...names });
  return checkServerName(parseCertificate(der), { host }, legacy);
}

const FOUND: readonly (readonly [Names, string])[] = [
  [{ dns: [HOST] }, HOST],
  [{ dns: ["a.example", HOST] }, HOST],
  [{ dns: ["DOTS.Example.com"] }, "dots.EXAMPLE.com"],
  [{ dns: [HOST] }, "dots.example.com."],
  [{ dns: ["*.example.com"] }, HOST],
  [{ dns: ["xn--bcher-kva.example"] }, "bücher.example"],
  [{ dns: ["*.xn--bcher-kva.example"] }, "dots.BÜCHER.example"],
  [{ dns: ["localhost"] }, "localhost"],
  [{ srv: ["_dots-signal.dots.example.com"] }, HOST],
  [{ srv: ["_DOTS-signal.dots.example.com"], dns: ["other.example"] }, HOST],
  [{ ip: ["192.0.2.1"] }, "192.0.2.1"],
  [{ ip: ["2001:db8::1"] }, "2001:DB8:0::1"],
  [{ ip: ["fe80::1"] }, "fe80::1%eth0"],
];
for (const [names, host] of FOUND) {
  test(`${JSON.stringify(names)} is for ${host} [RFC 6125 §6.4]`, () =>
    assert.equal(check(names, host), undefined));
}

const NOT_FOUND: readonly (readonly [Names, string, RegExp])[] = [
  [
    { dns: ["other.example.com"] },
    HOST,
    /^is not for dots\.example\.com but for other\.example\.com \(/,
  ],
  [{ dns: ["example.com"] }, HOST, /but for example\.com \(/],
  [{ dns: ["dots.example.com.evil.example"] }, HOST, /but for/],
  [{ dns: ["dots.example.com\0.evil.example"] }, HOST, /but for/],
  [{ dns: ["*.example.com"] }, "example.com", /but for \*\.example\.com/],
  [{ dns: ["*.example.com"] }, "a.b.example.com", /but for/],
  [{ dns: ["*.com"] }, "example.com", /but for \*\.com/],
  [{ dns: ["*"] }, "localhost", /but for \*/],
  [{ dns: ["d*.example.com"] }, HOST, /but for/],
  [{ dns: ["dots.*.com"] }, HOST, /but for/],
  [{ dns: ["*.*.com"] }, HOST, /but for/],
  [{ dns: ["*.example.com"] }, ".example.com", /but for/],
  [{ dns: ["bücher.example"] }, "xn--bcher-kva.example", /but for/],
  [{ srv: ["_other.dots.example.com"] }, HOST, /but for _other\.dots/],
  [{ srv: ["_dots-signal.*.com"] }, HOST, /but for/],
  [{ srv: ["_dots-signal.example.com"] }, HOST, /but for/],
  [{ dns: ["192.0.2.1"] }, "192.0.2.1", /is not for 192\.0\.2\.1 but for/],
  [{ ip: ["192.0.2.2"], dns: ["x.example"] }, "192.0.2.1", /but for x\.example, 192\.0\.2\.2 \(/],
  [{ ip: ["::ffff:192.0.2.1"] }, "192.0.2.1", /but for/],
  [{ ip: ["192.0.2.1"] }, HOST, /but for 192\.0\.2\.1/],
  [
    {},
    HOST,
    /but for no name at all, since a common name alone is no server's name \(certificate CN=/,
  ],
  [{ email: ["dots.example.com"], uri: ["coaps://dots.example.com"] }, HOST, /no name at all/],
  [{ dns: ["a.x", "b.x", "c.x", "d.x", "e.x"] }, HOST, /but for a\.x, b\.x, c\.x and 2 more/],
  [{ dns: [""] }, "", /but for/],
  [{ dns: ["a"] }, "ü/a", /but for/],
];
for (const [names, host, reason] of NOT_FOUND) {
  test(`${JSON.stringify(names)} is not for "${host}" [RFC 6125 §6.4]`, () => {
    const fault = check(names, host);
    assert.ok(fault);
    assert.match(fault.reason, reason);
    assert.equal(fault.alert, AlertDescription.badCertificate);
  });
}

const COMMON_NAME: readonly (readonly [Names, string, boolean])[] = [
  [{}, HOST, true],
  [{ email: ["a@example.com"] }, HOST, true],
  [{ dns: ["other.example"] }, HOST, false],
  [{ srv: ["_dots-signal.other.example"] }, HOST, false],
  [{ ip: ["192.0.2.1"] }, HOST, false],
  [{}, "other.example", false],
];
for (const [names, host, found] of COMMON_NAME) {
  const what = `${JSON.stringify(names)} with a common name`;
  test(`${what} is ${found ? "" : "not "}for ${host}, for compatibility alone [RFC 6125 §6.4.4]`, () => {
    assert.equal(check(names, host, true) === undefined, found);
    assert.ok(check(names, host, false));
  });
}

test("a common name is no address", () => {
  assert.ok(check({}, "192.0.2.1", true, "CN=192.0.2.1"));
});

test("what the certificate is for is told in one short line, whatever it says", () => {
  const fault = check({ dns: ["a\n\u0007b.example", "long.".repeat(400)] }, HOST);
  assert.ok(fault);
  assert.match(fault.reason, /but for a\ufffd\ufffdb\.example, long\..*… \(certificate CN=/);
  assert.doesNotMatch(fault.reason, /\p{C}/u);
  assert.ok(fault.reason.length < 1_000);
});
