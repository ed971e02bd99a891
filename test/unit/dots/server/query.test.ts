import assert from "node:assert/strict";
import { test } from "node:test";
import { parseQuery } from "../../../../agent/dots/server/query.ts";
import { isFault, validateScope } from "../../../../agent/dots/server/validate-scope.ts";

const wish = validateScope(
  {
    "target-prefix": ["203.0.113.0/24"],
    "target-port-range": [{ "lower-port": 443 }, { "lower-port": 8000, "upper-port": 8080 }],
    "target-protocol": [6],
    "target-fqdn": ["www.example.com"],
    "target-uri": ["https://shop.example.com/cart", "https://203.0.114.1"],
    lifetime: 1,
  },
  "request",
  10,
);

function shows(...options: string[]): boolean {
  const query = parseQuery(options);
  if (typeof query === "string") throw new Error(query);
  assert.ok(!isFault(wish));
  return query.filters.every((passes) => passes(wish.target));
}

const MATCHES: readonly (readonly [string[], boolean])[] = [
  [[], true],
  [["c=n"], true],
  [["target-prefix=203.0.113.7/32"], true],
  [["target-prefix=203.0.0.0/16"], true],
  [["target-prefix=192.0.2.0/24"], false],
  [["target-prefix=192.0.2.0/24,203.0.113.0/25"], true],
  [["target-port=443"], true],
  [["target-port=444"], false],
  [["target-port=1-1000"], true],
  [["target-port=8081-9000"], false],
  [["target-port=80,8040"], true],
  [["target-protocol=6"], true],
  [["target-protocol=17"], false],
  [["target-protocol=1-20"], true],
  [["target-fqdn=WWW.example.com"], true],
  [["target-fqdn=*.example.com"], true],
  [["target-fqdn=*.www.example.com"], false],
  [["target-fqdn=example.com"], false],
  [["target-uri=https://shop.example.com/cart"], true],
  [["target-uri=HTTPS://Shop.example.com:443/cart"], true],
  [["target-uri=https://203.0.114.1:443/"], true],
  [["target-uri=https://shop.example.com/Cart"], false],
  [["target-uri=203.0.114.1"], true],
  [["target-uri=203.0.114.2"], false],
  [["target-uri=*.example.com"], true],
  [["target-uri=www.example.com"], false],
  [["alias-name=web"], false],
  [["target-port=443", "target-protocol=6"], true],
  [["target-port=443", "target-protocol=17"], false],
];

for (const [options, expected] of MATCHES) {
  test(`${options.join("&") || "no query"} ${expected ? "shows" : "hides"} it [RFC 9244 §8.3]`, () =>
    assert.equal(shows(...options), expected));
}

const BAD = [
  ["c=x"],
  ["c="],
  ["c"],
  ["c=a", "c=n"],
  ["target-prefix=203.0.113.7"],
  ["target-prefix="],
  ["target-port=70000"],
  ["target-port=9-1"],
  ["target-port=443,"],
  ["target-port=a"],
  ["target-protocol=256"],
  ["target-fqdn=a.*.example.com"],
  ["target-uri=https://a.example.com\\@b.example.com/"],
  ["source-prefix=192.0.2.0/24"],
  ["nonsense=1"],
];

for (const options of BAD) {
  test(`${options.join("&")} is refused [RFC 9244 §8.3]`, () =>
    assert.equal(typeof parseQuery(options), "string"));
}

test("a target without ports or protocols is a target on all of them", () => {
  const anywhere = validateScope(
    { "target-prefix": ["203.0.113.0/24"], lifetime: 1 },
    "request",
    10,
  );
  const query = parseQuery(["target-port=1", "target-protocol=255"]);
  assert.ok(!isFault(anywhere) && typeof query !== "string");
  assert.ok(query.filters.every((passes) => passes(anywhere.target)));
});
