import assert from "node:assert/strict";
import { test } from "node:test";
import type { Scope } from "../../../../agent/control/contract.ts";
import { scopeRows } from "../../../../renderer/model/scope-words.ts";

const cases: readonly (readonly [name: string, scope: Scope, rows: readonly string[]])[] = [
  [
    "a prefix alone means every port and protocol, and says so",
    { "target-prefix": ["203.0.113.7/32"] },
    ["Addresses: 203.0.113.7/32", "Ports: all", "Protocols: all"],
  ],
  [
    "ports, ranges and protocols",
    {
      "target-prefix": ["203.0.113.0/28", "2001:db8::/48"],
      "target-port-range": [
        { "lower-port": 443 },
        { "lower-port": 80, "upper-port": 80 },
        { "lower-port": 1000, "upper-port": 2000 },
      ],
      "target-protocol": [6, 17, 47],
    },
    [
      "Addresses: 203.0.113.0/28 2001:db8::/48",
      "Ports: 443 80 1000–2000",
      "Protocols: TCP UDP protocol 47",
    ],
  ],
  [
    "names and links",
    { "target-fqdn": ["www.example.com"], "target-uri": ["https://www.example.com/shop"] },
    [
      "Names: www.example.com",
      "Links: https://www.example.com/shop",
      "Ports: all",
      "Protocols: all",
    ],
  ],
];

for (const [name, scope, rows] of cases) {
  test(name, () => {
    const shown = scopeRows(scope).map(({ label, values }) => `${label}: ${values.join(" ")}`);
    assert.deepEqual(shown, rows);
  });
}
