import assert from "node:assert/strict";
import { test } from "node:test";
import { canonicalName } from "../../../../agent/dots/signal/domain-name.ts";

const LONGEST_LABEL = "a".repeat(63);

const NAMES: readonly (readonly [string, string | undefined])[] = [
  ["www.example.com", "www.example.com"],
  ["WWW.Example.COM.", "www.example.com"],
  ["_dots._udp.example.net", "_dots._udp.example.net"],
  ["xn--bcher-kva.example", "xn--bcher-kva.example"],
  ["localhost", "localhost"],
  ["4.example", "4.example"],
  ["a.1b", "a.1b"],
  [`${LONGEST_LABEL}.example`, `${LONGEST_LABEL}.example`],
  [`${LONGEST_LABEL}a.example`, undefined],
  [Array.from({ length: 64 }, () => "abc").join("."), undefined],
  ["", undefined],
  [".", undefined],
  ["a..b", undefined],
  ["a.example..", undefined],
  ["foo_.example.com", undefined],
  ["-a.example", undefined],
  ["a-.example", undefined],
  ["bücher.example", undefined],
  ["a b.example", undefined],
  ["*.example.com", undefined],
  ["a.example\n", undefined],
];

for (const [text, canonical] of NAMES) {
  test(`${JSON.stringify(text)} is ${canonical ?? "no domain name"} [RFC 6991 §4]`, () =>
    assert.equal(canonicalName(text), canonical));
}

for (const text of ["1.2.3.4", "1.2.3.4.", "3405803783", "0xcb.0x00.0x71.7", "0x7f.0x1", "a.0x"]) {
  test(`${text} is no domain name: a resolver may take it for an address`, () =>
    assert.equal(canonicalName(text), undefined));
}
