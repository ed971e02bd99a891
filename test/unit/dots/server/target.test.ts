import assert from "node:assert/strict";
import { test } from "node:test";
import {
  doOverlap,
  overlapOf,
  recordOf,
  sameTarget,
  targetOfRecord,
} from "../../../../agent/dots/server/target.ts";
import type { Target } from "../../../../agent/dots/signal/scope.ts";
import { isFault, validateScope } from "../../../../agent/dots/server/validate-scope.ts";
import type { MitigationScope } from "../../../../agent/wire/cbor/types.ts";

function target(scope: MitigationScope): Target {
  const wish = validateScope({ ...scope, lifetime: 1 }, "request", 10);
  if (isFault(wish)) throw new Error(wish.message);
  return wish.target;
}

const ADDRESS = { "target-prefix": ["203.0.113.7/32"] };

const OVERLAPS: readonly (readonly [string, MitigationScope, MitigationScope, boolean])[] = [
  ["the same address", ADDRESS, ADDRESS, true],
  ["an address within a prefix", ADDRESS, { "target-prefix": ["203.0.113.0/24"] }, true],
  ["a prefix around an address", { "target-prefix": ["203.0.113.0/24"] }, ADDRESS, true],
  ["neighbours", ADDRESS, { "target-prefix": ["203.0.113.6/32"] }, false],
  [
    "one address, different ports",
    { ...ADDRESS, "target-port-range": [{ "lower-port": 1 }] },
    { ...ADDRESS, "target-port-range": [{ "lower-port": 2 }] },
    true,
  ],
  [
    "the same name",
    { "target-fqdn": ["a.example.com"] },
    { "target-fqdn": ["A.EXAMPLE.com."] },
    true,
  ],
  [
    "a name and one below it",
    { "target-fqdn": ["example.com"] },
    { "target-fqdn": ["a.example.com"] },
    false,
  ],
  [
    "the same URI",
    { "target-uri": ["https://a.example.com/"] },
    { "target-uri": ["https://a.example.com/"] },
    true,
  ],
  [
    "the same URI, spelled twice",
    { "target-uri": ["https://a.example.com"] },
    { "target-uri": ["HTTPS://A.Example.com.:443/"] },
    true,
  ],
  [
    "two URIs of one host",
    { "target-uri": ["https://a.example.com/one"] },
    { "target-uri": ["https://a.example.com/two"] },
    true,
  ],
  [
    "a name and a URI of it",
    { "target-fqdn": ["a.example.com"] },
    { "target-uri": ["https://A.example.com/"] },
    true,
  ],
  [
    "a URI and its name",
    { "target-uri": ["https://A.example.com/"] },
    { "target-fqdn": ["a.example.com"] },
    true,
  ],
  [
    "a name and a URI of a neighbour",
    { "target-fqdn": ["a.example.com"] },
    { "target-uri": ["https://b.example.com/"] },
    false,
  ],
  ["an address in a URI", { "target-uri": ["https://203.0.113.7/"] }, ADDRESS, true],
  ["an address and a URI around", ADDRESS, { "target-uri": ["https://203.0.113.7/"] }, true],
  ["a name and an address", { "target-fqdn": ["a.example.com"] }, ADDRESS, false],
];

for (const [what, a, b, expected] of OVERLAPS) {
  test(`${what}: ${expected ? "overlap" : "no overlap"} [RFC 9132 §4.4.1.3]`, () => {
    assert.equal(overlapOf(target(a), target(b)) !== undefined, expected);
    assert.equal(doOverlap(target(a), target(b)), expected);
  });
}

test("the overlap names the narrower of two prefixes", () => {
  const overlap = overlapOf(target({ "target-prefix": ["203.0.113.0/24"] }), target(ADDRESS));
  assert.deepEqual(
    overlap?.prefixes.map(({ text }) => text),
    ["203.0.113.7/32"],
  );
});

test("the same request in another order is the same; another port is another request [RFC 9132 §4.4.1.3]", () => {
  const one = target({
    "target-prefix": ["203.0.113.7/32", "203.0.113.9/32"],
    "target-protocol": [6, 17],
  });
  const other = target({
    "target-prefix": ["203.0.113.9/32", "203.0.113.7/32"],
    "target-protocol": [17, 6],
  });
  assert.ok(sameTarget(one, other));
  assert.ok(!sameTarget(one, target({ ...ADDRESS, "target-port-range": [{ "lower-port": 1 }] })));
});

test("the overlap names a URI as it was asked for, and its host [RFC 9132 §4.4.1.3]", () => {
  const overlap = overlapOf(
    target({ "target-uri": ["HTTPS://A.example.com"] }),
    target({ "target-uri": ["https://a.example.com/"], "target-fqdn": ["a.example.com"] }),
  );
  assert.deepEqual(overlap?.uris, ["HTTPS://A.example.com"]);
  assert.deepEqual(overlap.fqdns, ["a.example.com"]);
});

test("another spelling of a URI is the same request, another path is not [RFC 9132 §4.4.1.3]", () => {
  const one = target({ "target-uri": ["https://a.example.com/"] });
  assert.ok(sameTarget(one, target({ "target-uri": ["HTTPS://a.EXAMPLE.com:443"] })));
  assert.ok(!sameTarget(one, target({ "target-uri": ["https://a.example.com/x"] })));
  assert.ok(!sameTarget(one, target({ "target-uri": ["http://a.example.com/"] })));
});

test("a target survives being kept", () => {
  const whole = target({
    ...ADDRESS,
    "target-port-range": [{ "lower-port": 1, "upper-port": 9 }],
    "target-protocol": [6],
    "target-fqdn": ["a.example.com"],
    "target-uri": ["https://[2001:db8::1]/", "https://b.example.com/"],
  });
  const kept = JSON.parse(JSON.stringify(recordOf(whole))) as ReturnType<typeof recordOf>;
  assert.deepEqual(targetOfRecord(kept), whole);
  assert.throws(() => targetOfRecord({ ...kept, prefixes: ["nonsense"] }), RangeError);
  const uris = [{ text: "nonsense", host: "a.example.com" }];
  assert.throws(() => targetOfRecord({ ...kept, uris }), RangeError);
});
