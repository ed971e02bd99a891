import assert from "node:assert/strict";
import { test } from "node:test";
import type { MitigationScope } from "../../../../agent/wire/cbor/types.ts";
import { Code } from "../../../../agent/wire/coap/code.ts";
import { withBody } from "../../../support/scripted-peer.ts";
import { SCOPE, GRANTED, scene, settled } from "./scene.ts";

const broken: readonly { name: string; scope: MitigationScope; why: RegExp }[] = [
  { name: "no target", scope: { lifetime: 1 }, why: /nothing to protect/ },
  {
    name: "only ports",
    scope: { "target-port-range": [{ "lower-port": 1 }], lifetime: 1 },
    why: /nothing to protect/,
  },
  { name: "an empty list", scope: { ...SCOPE, "target-fqdn": [] }, why: /target-fqdn is empty/ },
  {
    name: "an empty text",
    scope: { ...SCOPE, "alias-name": ["a", ""] },
    why: /alias-name holds an empty value/,
  },
  {
    name: "no lifetime",
    scope: { "target-prefix": ["203.0.113.1/32"] },
    why: /lifetime is missing/,
  },
  { name: "lifetime 0", scope: { ...SCOPE, lifetime: 0 }, why: /lifetime 0/ },
  { name: "lifetime -2", scope: { ...SCOPE, lifetime: -2 }, why: /lifetime -2/ },
  {
    name: "a bare address",
    scope: { ...SCOPE, "target-prefix": ["203.0.113.1"] },
    why: /not an IP prefix/,
  },
  {
    name: "/33",
    scope: { ...SCOPE, "target-prefix": ["203.0.113.1/33"] },
    why: /prefix length above 32/,
  },
  {
    name: "an octal address",
    scope: { ...SCOPE, "target-prefix": ["010.0.0.1/32"] },
    why: /not an IP prefix/,
  },
  {
    name: "loopback",
    scope: { ...SCOPE, "target-prefix": ["127.0.0.0/8"] },
    why: /includes loopback/,
  },
  {
    name: "IPv6 loopback",
    scope: { ...SCOPE, "target-prefix": ["::1/128"] },
    why: /includes loopback/,
  },
  {
    name: "multicast",
    scope: { ...SCOPE, "target-prefix": ["ff02::1/128"] },
    why: /includes multicast/,
  },
  {
    name: "broadcast",
    scope: { ...SCOPE, "target-prefix": ["255.255.255.255/32"] },
    why: /includes broadcast/,
  },
  {
    name: "port 65536",
    scope: { ...SCOPE, "target-port-range": [{ "lower-port": 65_536 }] },
    why: /65536 is not 0 to 65535/,
  },
  {
    name: "a range backwards",
    scope: { ...SCOPE, "target-port-range": [{ "lower-port": 2, "upper-port": 1 }] },
    why: /upper-port 1 is below lower-port 2/,
  },
  {
    name: "protocol 256",
    scope: { ...SCOPE, "target-protocol": [256] },
    why: /target-protocol 256/,
  },
  {
    name: "a name with a space",
    scope: { ...SCOPE, "target-fqdn": ["www example.com"] },
    why: /not a domain name/,
  },
  {
    name: "an address as a name",
    scope: { ...SCOPE, "target-fqdn": ["203.0.113.1"] },
    why: /not a domain name/,
  },
  {
    name: "a URI without a host",
    scope: { ...SCOPE, "target-uri": ["mailto:a@b"] },
    why: /not a URI with a host/,
  },
];

for (const { name, scope, why } of broken) {
  test(`${name} is refused before anything is sent [RFC 9132 §4.4.1.1]`, async () => {
    const { clock, client, peer } = scene(() => withBody(Code.Created, GRANTED));
    await assert.rejects(
      settled(clock, client.requestMitigation(7, scope)),
      (error: { code?: string; message: string }) => {
        assert.equal(error.code, "dots/invalid-request");
        assert.match(error.message, why);
        return true;
      },
    );
    await clock.advance(1000);
    assert.equal(peer.heard.length, 0);
  });
}

for (const mid of [-1, 0.5, 2 ** 32]) {
  test(`mid ${mid} is refused before anything is sent [RFC 9132 §4.4.1.1]`, async () => {
    const { client } = scene(() => undefined);
    await assert.rejects(client.requestMitigation(mid, SCOPE), { code: "dots/invalid-request" });
    await assert.rejects(client.withdraw(mid), { code: "dots/invalid-request" });
    await assert.rejects(client.getMitigations({ mid }), { code: "dots/invalid-request" });
  });
}

const accepted: readonly MitigationScope[] = [
  {
    "target-prefix": ["2001:db8::/48", "203.0.113.1/32"],
    lifetime: -1,
    "trigger-mitigation": false,
  },
  { "target-fqdn": ["www.example.com", "_dots.example.net."], lifetime: 1 },
  { "target-uri": ["https://www.example.com:8443/path"], lifetime: 1 },
  { "alias-name": ["web"], lifetime: 1 },
  {
    "target-prefix": ["203.0.113.0/28"],
    "target-port-range": [{ "lower-port": 0, "upper-port": 65_535 }],
    "target-protocol": [0, 255],
    lifetime: 1,
  },
];

for (const scope of accepted) {
  test(`${JSON.stringify(scope)} may be sent [RFC 9132 §4.4.1.1]`, async () => {
    const { clock, client } = scene(() => withBody(Code.Created, GRANTED));
    assert.equal((await settled(clock, client.requestMitigation(7, scope))).code, "2.01");
  });
}
