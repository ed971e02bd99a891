import assert from "node:assert/strict";
import { SocketAddress } from "node:net";
import { test } from "node:test";
import { parseHostPort, parseLiteral, sameAddress } from "../../../agent/net/address.ts";
import { NetError } from "../../../agent/net/ports.ts";
import { Prng } from "../../../agent/net/simulated/prng.ts";

const literals: ReadonlyArray<readonly [text: string, family: 4 | 6 | undefined, host?: string]> = [
  ["1.2.3.4", 4, "1.2.3.4"],
  ["255.255.255.255", 4, "255.255.255.255"],
  ["::1", 6, "::1"],
  ["2001:DB8:0:0:1:0:0:1", 6, "2001:db8::1:0:0:1"],
  ["::ffff:192.0.2.1", 6, "::ffff:192.0.2.1"],
  ["::ffff:c000:0201", 6, "::ffff:192.0.2.1"],
  ["fe80::1%eth0", 6, "fe80::1%eth0"],
  ["1.2.3", undefined],
  ["01.2.3.4", undefined],
  ["1.2.3.256", undefined],
  ["0x7f000001", undefined],
  ["::1.2.3.4", undefined],
  ["1::2::3", undefined],
  ["[::1]", undefined],
  ["name", undefined],
  ["", undefined],
];

for (const [text, family, host] of literals) {
  test(`literal "${text}" reads as ${host ?? "none"}`, () => {
    assert.deepEqual(parseLiteral(text), family === undefined ? undefined : { family, host });
  });
}

test("an IPv6 literal becomes what the system prints [RFC 5952 §4]", () => {
  const random = new Prng("literals");
  for (let k = 0; k < 2000; k++) {
    const groups = Array.from({ length: 8 }, () =>
      random.chance(0.5) ? 0 : random.word() & 0xffff,
    );
    if (groups.slice(0, 6).every((group) => group === 0)) continue; // the deprecated ::/96
    const text = groups.map((group) => group.toString(16).padStart(4, "0")).join(":");
    const printed = new SocketAddress({ address: text, family: "ipv6" }).address;
    assert.equal(parseLiteral(text)?.host, printed);
  }
});

const accepted: ReadonlyArray<readonly [text: string, host: string, port: number]> = [
  ["1.2.3.4", "1.2.3.4", 4646],
  ["1.2.3.4:5", "1.2.3.4", 5],
  ["0.0.0.0:0", "0.0.0.0", 0],
  ["[::1]", "::1", 4646],
  ["[::1]:5", "::1", 5],
  ["[2001:DB8::0001]:65535", "2001:db8::1", 65535],
  ["[fe80::1%eth0]:5", "fe80::1%eth0", 5],
  ["name", "name", 4646],
  ["name:5", "name", 5],
  ["dots.example.net.:5", "dots.example.net.", 5],
  ["_dots._udp.example", "_dots._udp.example", 4646],
  ["bücher.example", "bücher.example", 4646],
];

for (const [text, host, port] of accepted) {
  test(`"${text}" is host ${host}, port ${port}`, () => {
    assert.deepEqual(parseHostPort(text, 4646), { host, port });
  });
}

const refused: ReadonlyArray<readonly [text: string, why: RegExp]> = [
  ["", /host is missing/],
  [":5", /host is missing/],
  ["name:", /port after ":" is missing/],
  ["name:65536", /"65536" is not a port/],
  ["name:-1", /"-1" is not a port/],
  ["name:5x", /"5x" is not a port/],
  ["name:1e3", /"1e3" is not a port/],
  ["::1", /in brackets/],
  ["::1:4646", /in brackets/],
  ["[::1", /"\]" after the IPv6 address is missing/],
  ["[::1]5", /only ":" and a port/],
  ["[1.2.3.4]:5", /"1\.2\.3\.4" is not an IPv6 address/],
  ["[name]:5", /"name" is not an IPv6 address/],
  ["1.2.3", /is not an IPv4 address/],
  ["1.2.3.256", /is not an IPv4 address/],
  ["0x7f.1", /is not an IPv4 address/],
  ["127", /is not an IPv4 address/],
  ["two words", /is not a host name/],
  ["a..b", /is not a host name/],
  ["coaps//name", /is not a host name/],
  [`${"x".repeat(64)}.example`, /is not a host name/],
];

for (const [text, why] of refused) {
  test(`"${text.slice(0, 20)}" is refused: ${why.source}`, () => {
    assert.throws(
      () => parseHostPort(text, 4646),
      (cause) => cause instanceof NetError && cause.code === "net/other" && why.test(cause.message),
    );
  });
}

test("addresses are the same when family, host and port are", () => {
  const a = { family: 4, host: "1.2.3.4", port: 5 } as const;
  assert.ok(sameAddress(a, { ...a }));
  assert.ok(!sameAddress(a, { ...a, port: 6 }));
  assert.ok(!sameAddress(a, { ...a, host: "1.2.3.5" }));
  assert.ok(!sameAddress(a, { ...a, family: 6 }));
});
