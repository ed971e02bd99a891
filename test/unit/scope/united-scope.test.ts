import assert from "node:assert/strict";
import { test } from "node:test";
import { readScope } from "../../../agent/dots/signal/scope.ts";
import { parseTypedTarget } from "../../../agent/scope/typed-target.ts";
import { uniteScopes } from "../../../agent/scope/united-scope.ts";

interface Case {
  readonly title: string;
  readonly given: readonly string[];
  readonly scope: object;
  readonly warnings?: readonly RegExp[];
}

const CASES: readonly Case[] = [
  {
    title: "one target is itself",
    given: ["203.0.113.7:443/tcp"],
    scope: {
      "target-prefix": ["203.0.113.7/32"],
      "target-port-range": [{ "lower-port": 443 }],
      "target-protocol": [6],
    },
  },
  {
    title: "same ports and protocols stay as they are",
    given: ["203.0.113.7:443", "203.0.113.8:443", "203.0.113.7:443"],
    scope: {
      "target-prefix": ["203.0.113.7/32", "203.0.113.8/32"],
      "target-port-range": [{ "lower-port": 443 }],
    },
  },
  {
    title: "different ports widen each other",
    given: ["203.0.113.7:443", "203.0.113.8:80"],
    scope: {
      "target-prefix": ["203.0.113.7/32", "203.0.113.8/32"],
      "target-port-range": [{ "lower-port": 80 }, { "lower-port": 443 }],
    },
    warnings: [
      /^203\.0\.113\.7:443 would be protected on ports 80 and 443:/,
      /^203\.0\.113\.8:80 would be protected on ports 80 and 443:/,
    ],
  },
  {
    title: "one without ports is not narrowed by one with",
    given: ["203.0.113.7", "203.0.113.8:80"],
    scope: { "target-prefix": ["203.0.113.7/32", "203.0.113.8/32"] },
    warnings: [/^203\.0\.113\.8:80 would be protected on all ports:/],
  },
  {
    title: "protocols too",
    given: ["203.0.113.7:53/udp", "203.0.113.8:53/tcp", "www.example.com:53"],
    scope: {
      "target-prefix": ["203.0.113.7/32", "203.0.113.8/32"],
      "target-fqdn": ["www.example.com"],
      "target-port-range": [{ "lower-port": 53 }],
    },
    warnings: [/for all protocols/, /for all protocols/],
  },
  {
    title: "two protocols are named",
    given: ["203.0.113.7:53/udp", "203.0.113.8:443/tcp"],
    scope: {
      "target-prefix": ["203.0.113.7/32", "203.0.113.8/32"],
      "target-port-range": [{ "lower-port": 53 }, { "lower-port": 443 }],
      "target-protocol": [6, 17],
    },
    warnings: [
      /on ports 53 and 443 and for TCP and UDP/,
      /on ports 53 and 443 and for TCP and UDP/,
    ],
  },
  {
    title: "ranges that touch become one",
    given: ["203.0.113.7:10-20", "203.0.113.8:15-30", "203.0.113.9:31", "203.0.113.6:40"],
    scope: {
      "target-prefix": ["203.0.113.7/32", "203.0.113.8/32", "203.0.113.9/32", "203.0.113.6/32"],
      "target-port-range": [{ "lower-port": 10, "upper-port": 31 }, { "lower-port": 40 }],
    },
    warnings: [/10-31 and 40/, /10-31 and 40/, /10-31 and 40/, /10-31 and 40/],
  },
  {
    title: "a URI has its own port and shares nobody's",
    given: ["https://www.example.com/", "203.0.113.7:25"],
    scope: {
      "target-prefix": ["203.0.113.7/32"],
      "target-port-range": [{ "lower-port": 25 }],
      "target-uri": ["https://www.example.com/"],
    },
  },
];

for (const { title, given, scope, warnings = [] } of CASES) {
  test(title, () => {
    const items = given.map((one) => {
      const parsed = parseTypedTarget(one);
      if (typeof parsed === "string") throw new Error(`${one} ${parsed}`);
      return { given: one, scope: parsed.scope };
    });
    const united = uniteScopes(items);
    assert.deepEqual(united.scope, scope);
    assert.equal(united.warnings.length, warnings.length, united.warnings.join("\n"));
    for (const [i, words] of warnings.entries()) assert.match(united.warnings[i] ?? "", words);
    assert.equal(typeof readScope({ ...united.scope, lifetime: 60 }, "request"), "object");
  });
}
