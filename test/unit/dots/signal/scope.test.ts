import assert from "node:assert/strict";
import { test } from "node:test";
import { validateScope as validateAtClient } from "../../../../agent/dots/client/validate-scope.ts";
import { isFault, validateScope } from "../../../../agent/dots/server/validate-scope.ts";
import { readScope } from "../../../../agent/dots/signal/scope.ts";
import type { MitigationScope } from "../../../../agent/wire/cbor/types.ts";

const GOOD: MitigationScope = { "target-prefix": ["203.0.113.7/32"], lifetime: 3600 };

/** What the client would not send must be what the server would not take, in the same words. */
function verdict(scope: MitigationScope): string {
  const atServer = validateScope(scope, "request", 128);
  const server = isFault(atServer) ? atServer.message : "ok";
  let client = "ok";
  try {
    validateAtClient(scope);
  } catch (error) {
    assert.ok(error instanceof Error);
    client = error.message;
  }
  assert.equal(client, server);
  return client;
}

const REFUSED: readonly (readonly [MitigationScope, RegExp])[] = [
  [{ ...GOOD, "target-prefix": ["192.0.0.0/2"] }, /includes multicast/],
  [{ ...GOOD, "target-prefix": ["::ffff:1.2.3.4/128"] }, /IPv4-mapped/],
  [{ ...GOOD, "target-prefix": ["::1.2.3.4/128"] }, /not an IP prefix/],
  [{ ...GOOD, "target-prefix": ["1.2.3.0/024"] }, /not an IP prefix/],
  [{ ...GOOD, "target-prefix": ["fe80::1%eth0/64"] }, /not an IP prefix/],
  [{ ...GOOD, "target-fqdn": ["foo_.example.com"] }, /not a domain name/],
  [{ ...GOOD, "target-fqdn": ["1.2.3.4"] }, /not a domain name/],
  [{ ...GOOD, "target-fqdn": ["www.example.com", ""] }, /target-fqdn holds an empty value/],
  [{ ...GOOD, "target-uri": ["https:www.example.com"] }, /not a URI with a host/],
  [{ ...GOOD, "target-uri": ["https://bücher.example/"] }, /not a URI with a host/],
  [{ ...GOOD, "target-uri": ["https://[ff02::1]/"] }, /includes multicast/],
  [
    { ...GOOD, "target-port-range": [{ "lower-port": 2 }, { "lower-port": 2, "upper-port": 3 }] },
    /same lower-port/,
  ],
  [{ ...GOOD, "target-port-range": [{ "lower-port": 65_536 }] }, /65536 is not 0 to 65535/],
  [{ ...GOOD, "target-port-range": [{ "lower-port": 0.5 }] }, /0\.5 is not 0 to 65535/],
  [{ ...GOOD, "target-protocol": [256] }, /target-protocol 256/],
  [{ ...GOOD, "target-protocol": [-1] }, /target-protocol -1/],
  [{ ...GOOD, status: "attack-stopped" }, /status must not be/],
  [{ ...GOOD, mid: 1 }, /mid must not be/],
  [{ ...GOOD, lifetime: 2 ** 32 }, /lifetime 4294967296/],
  [{ ...GOOD, lifetime: 1.5 }, /lifetime 1\.5/],
  [{ ...GOOD, lifetime: -2 }, /lifetime -2/],
];

for (const [scope, message] of REFUSED) {
  test(`client and server refuse ${JSON.stringify(scope)} [RFC 9132 §4.4.1.1]`, () =>
    assert.match(verdict(scope), message));
}

const ACCEPTED: readonly MitigationScope[] = [
  GOOD,
  { ...GOOD, lifetime: 4_000_000_000 }, // uint32, not int32
  { ...GOOD, lifetime: 2 ** 32 - 1 },
  { ...GOOD, lifetime: -1 },
  { ...GOOD, "trigger-mitigation": false, "attack-status": "under-attack" },
  { ...GOOD, "target-protocol": [0, 255] },
  { ...GOOD, "target-port-range": [{ "lower-port": 0, "upper-port": 65_535 }] },
  { "target-fqdn": ["_dots.example.net."], lifetime: 1 },
  { "target-uri": ["coaps://www.example.com:4646/x"], lifetime: 1 },
];

for (const scope of ACCEPTED) {
  test(`client and server accept ${JSON.stringify(scope)} [RFC 9132 §4.4.1.1]`, () =>
    assert.equal(verdict(scope), "ok"));
}

test("two spellings of one URI are one target, the first of them", () => {
  const scope = { "target-uri": ["HTTPS://a.example", "https://a.example:443/"], lifetime: 1 };
  const wish = readScope(scope, "request");
  assert.ok(typeof wish !== "string");
  assert.deepEqual(
    wish.target.uris.map(({ text }) => text),
    ["HTTPS://a.example"],
  );
});
