import assert from "node:assert/strict";
import { test } from "node:test";
import { leftOut, sameScope } from "../../../agent/scope/scope-relation.ts";
import type { MitigationScope } from "../../../agent/wire/cbor/types.ts";

const prefix = (...prefixes: string[]): MitigationScope => ({ "target-prefix": prefixes });
const name = (...names: string[]): MitigationScope => ({ "target-fqdn": names });
const uri = (...uris: string[]): MitigationScope => ({ "target-uri": uris });
const port = (lower: number, upper: number): MitigationScope => ({
  "target-port-range": [{ "lower-port": lower, "upper-port": upper }],
});

const SAME: readonly (readonly [MitigationScope, MitigationScope])[] = [
  [prefix("203.0.113.7/32", "203.0.113.8/32"), prefix("203.0.113.8/32", "203.0.113.7/32")],
  [prefix("2001:DB8::/48"), prefix("2001:db8:0::/48")],
  [name("WWW.example.com."), name("www.example.com")],
  [uri("HTTPS://www.example.com:443"), uri("https://www.example.com/")],
  [
    { ...prefix("203.0.113.7/32"), "target-port-range": [{ "lower-port": 443 }] },
    { ...prefix("203.0.113.7/32"), ...port(443, 443) },
  ],
  [prefix("203.0.113.7/32"), { ...prefix("203.0.113.7/32"), "target-fqdn": [] }],
];

for (const [a, b] of SAME) {
  test(`the same: ${JSON.stringify(a)} ${JSON.stringify(b)}`, () => {
    assert.ok(sameScope(a, b));
  });
}

const DIFFERENT: readonly (readonly [MitigationScope, MitigationScope])[] = [
  [prefix("203.0.113.7/32"), prefix("203.0.113.8/32")],
  [prefix("203.0.113.7/32"), { ...prefix("203.0.113.7/32"), ...port(443, 443) }],
  [prefix("203.0.113.7/32"), { ...prefix("203.0.113.7/32"), "target-protocol": [6] }],
  [prefix("203.0.113.7/32"), { ...prefix("203.0.113.7/32"), "alias-name": ["shop"] }],
  [{}, {}], // a server that shows no targets shows nobody's
];

for (const [a, b] of DIFFERENT) {
  test(`not the same: ${JSON.stringify(a)} ${JSON.stringify(b)}`, () => {
    assert.ok(!sameScope(a, b));
  });
}

type Case = readonly [
  older: MitigationScope,
  newer: MitigationScope,
  left: readonly string[] | undefined,
];

const LEFT: readonly Case[] = [
  [prefix("203.0.113.7/32"), prefix("203.0.113.8/32"), undefined],
  [prefix("203.0.113.7/32"), name("www.example.com"), undefined],
  [prefix("203.0.113.7/32"), prefix("203.0.113.0/28"), []],
  [prefix("203.0.113.0/28"), prefix("203.0.113.7/32"), ["the rest of 203.0.113.0/28"]],
  [prefix("203.0.113.7/32", "198.51.100.1/32"), prefix("203.0.113.7/32"), ["198.51.100.1"]],
  [prefix("203.0.113.7/32"), { ...prefix("203.0.113.7/32"), ...port(1, 9) }, ["other ports"]],
  [
    { ...prefix("203.0.113.7/32"), ...port(2, 3) },
    { ...prefix("203.0.113.7/32"), ...port(1, 9) },
    [],
  ],
  [{ ...prefix("203.0.113.7/32"), ...port(2, 3) }, prefix("203.0.113.7/32"), []],
  [
    { ...prefix("203.0.113.7/32"), "target-protocol": [6, 17] },
    { ...prefix("203.0.113.7/32"), "target-protocol": [6] },
    ["other protocols"],
  ],
  [name("a.example.com", "b.example.com"), name("b.example.com"), ["a.example.com"]],
  [uri("https://a.example.com/x"), name("a.example.com"), []],
  [uri("https://203.0.113.7/"), prefix("203.0.113.0/28"), []],
];

for (const [older, newer, left] of LEFT) {
  test(`${JSON.stringify(older)} after ${JSON.stringify(newer)}`, () => {
    assert.deepEqual(leftOut(older, newer), left);
  });
}
