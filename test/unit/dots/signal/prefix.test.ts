import assert from "node:assert/strict";
import { test } from "node:test";
import {
  covers,
  forbiddenKind,
  intersects,
  parsePrefix,
} from "../../../../agent/dots/signal/prefix.ts";
import { prefix } from "../server/harness.ts";

const CANONICAL = [
  ["203.0.113.7/32", "203.0.113.7/32"],
  ["203.0.113.7/24", "203.0.113.0/24"],
  ["203.0.113.255/25", "203.0.113.128/25"],
  ["1.2.3.4/0", "0.0.0.0/0"],
  ["2001:DB8::1/128", "2001:db8::1/128"],
  ["2001:db8:0:0:1:0:0:1/64", "2001:db8::/64"],
  ["2001:db8:ffff::/33", "2001:db8:8000::/33"],
] as const;

for (const [text, canonical] of CANONICAL) {
  test(`${text} is ${canonical} [RFC 6991 §4]`, () => assert.equal(prefix(text).text, canonical));
}

const NONE = [
  "",
  "203.0.113.7",
  "203.0.113.7/33",
  "203.0.113.7/-1",
  "203.0.113.7/08",
  "203.0.113.7/",
  "203.0.113/24",
  "0313.0.113.7/32",
  "203.0.113.07/32",
  "0x7f.0.0.1/32",
  "2001:db8::/129",
  "2001:db8::g/64",
  "fe80::1%eth0/128",
  "example.com/32",
  `2001:db8::1/128${" ".repeat(100)}`,
];

for (const text of NONE) {
  test(`${JSON.stringify(text)} is no prefix`, () =>
    assert.equal(typeof parsePrefix(text), "string"));
}

const FORBIDDEN = [
  ["127.0.0.1/32", "loopback"],
  ["126.0.0.0/7", "loopback"],
  ["224.0.0.1/32", "multicast"],
  ["239.0.0.0/8", "multicast"],
  ["255.255.255.255/32", "broadcast"],
  ["0.0.0.0/32", "unspecified"],
  ["0.0.0.0/0", "unspecified"],
  ["::1/128", "loopback"],
  ["::/128", "unspecified"],
  ["ff02::1/128", "multicast"],
  ["::ffff:127.0.0.1/128", "IPv4-mapped"],
  ["203.0.113.0/24", undefined],
  ["2001:db8::/32", undefined],
  ["128.0.0.0/8", undefined],
] as const;

for (const [text, kind] of FORBIDDEN) {
  test(`${text} is ${kind ?? "a possible target"} [RFC 9132 §4.4.1.1]`, () =>
    assert.equal(forbiddenKind(prefix(text)), kind));
}

const PAIRS = [
  ["203.0.113.0/24", "203.0.113.128/25", true, true],
  ["203.0.113.128/25", "203.0.113.0/24", false, true],
  ["203.0.113.0/25", "203.0.113.128/25", false, false],
  ["203.0.113.0/24", "203.0.113.0/24", true, true],
  ["0.0.0.0/0", "203.0.113.0/24", true, true],
  ["::/0", "203.0.113.0/24", false, false],
  ["2001:db8:8000::/33", "2001:db8:7fff::/48", false, false],
  ["2001:db8:8000::/33", "2001:db8:8001::/48", true, true],
] as const;

for (const [outer, inner, covered, met] of PAIRS) {
  test(`${outer} ${covered ? "covers" : "does not cover"} ${inner}`, () => {
    assert.equal(covers(prefix(outer), prefix(inner)), covered);
    assert.equal(intersects(prefix(outer), prefix(inner)), met);
  });
}
