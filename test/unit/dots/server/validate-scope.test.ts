import assert from "node:assert/strict";
import { test } from "node:test";
import { refusalOf } from "../../../../agent/dots/server/authorize.ts";
import { recordOf } from "../../../../agent/dots/server/target.ts";
import { isFault, validateScope } from "../../../../agent/dots/server/validate-scope.ts";
import type { PutKind } from "../../../../agent/dots/signal/scope.ts";
import type { MitigationScope } from "../../../../agent/wire/cbor/types.ts";
import { BRANCH } from "./harness.ts";

const GOOD: MitigationScope = { "target-prefix": ["203.0.113.7/32"], lifetime: 3600 };

function outcome(scope: MitigationScope, kind: PutKind = "request"): string {
  const wish = validateScope(scope, kind, 4);
  if (isFault(wish)) return wish.message;
  return refusalOf(BRANCH, wish.target) ?? "accepted";
}

const REFUSALS: readonly (readonly [string, MitigationScope, RegExp])[] = [
  ["no target", { lifetime: 3600 }, /nothing to protect/],
  [
    "ports alone",
    { "target-port-range": [{ "lower-port": 1 }], lifetime: 1 },
    /nothing to protect/,
  ],
  ["no lifetime", { "target-prefix": ["203.0.113.7/32"] }, /lifetime is missing/],
  ["lifetime 0", { ...GOOD, lifetime: 0 }, /lifetime 0/],
  ["lifetime -2", { ...GOOD, lifetime: -2 }, /lifetime -2/],
  ["an empty list", { ...GOOD, "target-prefix": [] }, /target-prefix is empty/],
  ["an empty list beside a target", { ...GOOD, "target-protocol": [] }, /target-protocol is empty/],
  ["an empty prefix", { ...GOOD, "target-prefix": [""] }, /target-prefix holds an empty value/],
  ["an empty name", { ...GOOD, "target-fqdn": [""] }, /target-fqdn holds an empty value/],
  ["an empty URI", { ...GOOD, "target-uri": [""] }, /target-uri holds an empty value/],
  ["too many entries", { ...GOOD, "target-protocol": [1, 2, 3, 4, 5] }, /more than 4/],
  ["a bare address", { ...GOOD, "target-prefix": ["203.0.113.7"] }, /not an IP prefix/],
  ["a /33", { ...GOOD, "target-prefix": ["203.0.113.7/33"] }, /prefix length above 32/],
  ["a /129", { ...GOOD, "target-prefix": ["2001:db8:1::/129"] }, /prefix length above 128/],
  ["loopback", { ...GOOD, "target-prefix": ["127.0.0.1/32"] }, /loopback/],
  ["multicast", { ...GOOD, "target-prefix": ["ff02::1/128"] }, /multicast/],
  ["broadcast", { ...GOOD, "target-prefix": ["255.255.255.255/32"] }, /broadcast/],
  [
    "a foreign prefix",
    { ...GOOD, "target-prefix": ["192.0.2.1/32"] },
    /192\.0\.2\.1\/32 is outside .*203\.0\.113\.0\/24/,
  ],
  ["a prefix wider than its own", { ...GOOD, "target-prefix": ["203.0.112.0/23"] }, /outside/],
  [
    "one foreign prefix among own",
    { ...GOOD, "target-prefix": ["203.0.113.7/32", "192.0.2.1/32"] },
    /192\.0\.2\.1\/32 is outside/,
  ],
  [
    "a reversed port range",
    { ...GOOD, "target-port-range": [{ "lower-port": 2, "upper-port": 1 }] },
    /upper-port 1 is below lower-port 2/,
  ],
  [
    "a lower-port twice",
    { ...GOOD, "target-port-range": [{ "lower-port": 2 }, { "lower-port": 2, "upper-port": 3 }] },
    /same lower-port/,
  ],
  ["no domain name", { ...GOOD, "target-fqdn": ["not a name"] }, /not a domain name/],
  ["a name with a wildcard", { ...GOOD, "target-fqdn": ["*.example.com"] }, /not a domain name/],
  [
    "a foreign name",
    { ...GOOD, "target-fqdn": ["example.org"] },
    /"example\.org" is not under .*example\.com/,
  ],
  ["a name that only ends alike", { ...GOOD, "target-fqdn": ["badexample.com"] }, /not under/],
  ["no URI", { ...GOOD, "target-uri": ["www.example.com"] }, /not a URI with a host/],
  [
    "a URI without host",
    { ...GOOD, "target-uri": ["mailto:a@example.com"] },
    /not a URI with a host/,
  ],
  ["a foreign URI", { ...GOOD, "target-uri": ["https://example.org/"] }, /not under/],
  ["a foreign address as URI", { ...GOOD, "target-uri": ["https://192.0.2.1/"] }, /outside/],
  ["loopback as URI", { ...GOOD, "target-uri": ["https://[::1]/"] }, /loopback/],
  ["an address in disguise as URI", { ...GOOD, "target-uri": ["https://0x7f.1/"] }, /neither/],
  ["an alias", { ...GOOD, "alias-name": ["web"] }, /no data channel/],
  ["mid in the body", { ...GOOD, mid: 1 }, /mid must not be/],
  ["status in the body", { ...GOOD, status: "attack-stopped" }, /status must not be/],
  ["counters in the body", { ...GOOD, "bytes-dropped": "1" }, /bytes-dropped must not be/],
];

for (const [what, scope, message] of REFUSALS) {
  test(`a request with ${what} is refused [RFC 9132 §4.4.1.3]`, () =>
    assert.match(outcome(scope), message));
}

const ACCEPTED: readonly (readonly [string, MitigationScope])[] = [
  ["a prefix", GOOD],
  ["an indefinite lifetime", { ...GOOD, lifetime: -1 }],
  ["its own name", { "target-fqdn": ["example.com"], lifetime: 1 }],
  [
    "a name below, in capitals, with a final dot",
    { "target-fqdn": ["WWW.Example.COM."], lifetime: 1 },
  ],
  ["a URI of any scheme", { "target-uri": ["coaps://www.example.com:4646/x"], lifetime: 1 }],
  ["a URI with its address", { "target-uri": ["https://[2001:db8:1::1]:443/"], lifetime: 1 }],
];

for (const [what, scope] of ACCEPTED) {
  test(`a request with ${what} is accepted`, () => assert.equal(outcome(scope), "accepted"));
}

test("an efficacy update may leave out the lifetime, but not attack-status [RFC 9132 §4.4.3]", () => {
  const scope = { "target-prefix": ["203.0.113.7/32"] };
  assert.match(outcome(scope, "efficacy"), /attack-status is missing/);
  assert.equal(outcome({ ...scope, "attack-status": "under-attack" }, "efficacy"), "accepted");
});

test("the target comes out canonical, without repetitions, in the order given [RFC 9132 §4.4.2]", () => {
  const wish = validateScope(
    {
      "target-prefix": ["203.0.113.9/24", "2001:DB8:1::/48", "203.0.113.0/24"],
      "target-port-range": [{ "lower-port": 443 }, { "lower-port": 80, "upper-port": 81 }],
      "target-protocol": [17, 6, 17],
      "target-fqdn": ["B.example.com", "a.example.com."],
      lifetime: 60,
      "trigger-mitigation": false,
    },
    "request",
    10,
  );
  assert.ok(!isFault(wish));
  assert.equal(wish.trigger, false);
  assert.deepEqual(recordOf(wish.target), {
    prefixes: ["203.0.113.0/24", "2001:db8:1::/48"],
    ports: [
      { lower: 443, upper: 443 },
      { lower: 80, upper: 81 },
    ],
    protocols: [17, 6],
    fqdns: ["b.example.com", "a.example.com"],
    uris: [],
    aliases: [],
  });
});

test("text of a peer is quoted and cut short in a diagnostic", () => {
  const message = outcome({ ...GOOD, "target-fqdn": [`\u001b[31m${"a".repeat(200)}`] });
  assert.ok(!message.includes("\u001b"));
  assert.ok(message.length < 150);
});
