import assert from "node:assert/strict";
import { test } from "node:test";
import { readScope } from "../../../agent/dots/signal/scope.ts";
import { parseTypedTarget } from "../../../agent/scope/typed-target.ts";

const prefix = (...prefixes: string[]) => ({ "target-prefix": prefixes });
const port = (lower: number, upper?: number) => ({
  "target-port-range": [
    upper === undefined ? { "lower-port": lower } : { "lower-port": lower, "upper-port": upper },
  ],
});

const GOOD: readonly (readonly [string, object])[] = [
  ["203.0.113.7", prefix("203.0.113.7/32")],
  ["  203.0.113.7\t", prefix("203.0.113.7/32")],
  ["203.0.113.7:443", { ...prefix("203.0.113.7/32"), ...port(443) }],
  ["203.0.113.7:443-443", { ...prefix("203.0.113.7/32"), ...port(443) }],
  ["203.0.113.7:1000-2000", { ...prefix("203.0.113.7/32"), ...port(1000, 2000) }],
  ["203.0.113.7:443/tcp", { ...prefix("203.0.113.7/32"), ...port(443), "target-protocol": [6] }],
  ["203.0.113.7:53/UDP", { ...prefix("203.0.113.7/32"), ...port(53), "target-protocol": [17] }],
  ["203.0.113.7/udp", { ...prefix("203.0.113.7/32"), "target-protocol": [17] }],
  ["203.0.113.0/28", prefix("203.0.113.0/28")],
  ["203.0.113.7/32", prefix("203.0.113.7/32")],
  ["2001:DB8::1", prefix("2001:db8::1/128")],
  ["[2001:db8::1]", prefix("2001:db8::1/128")],
  ["[2001:db8::1]:443/tcp", { ...prefix("2001:db8::1/128"), ...port(443), "target-protocol": [6] }],
  ["64:ff9b::cb00:7107", prefix("64:ff9b::cb00:7107/128")],
  ["2002:cb00:7107::1", prefix("2002:cb00:7107::1/128")],
  ["2001:db8::/48", prefix("2001:db8::/48")],
  ["[2001:db8::]/48", prefix("2001:db8::/48")],
  ["www.example.com", { "target-fqdn": ["www.example.com"] }],
  ["WWW.Example.com.:443", { "target-fqdn": ["www.example.com"], ...port(443) }],
  ["https://www.example.com/shop", { "target-uri": ["https://www.example.com/shop"] }],
  ["https://203.0.113.7:8443/", { "target-uri": ["https://203.0.113.7:8443/"] }],
];

for (const [text, scope] of GOOD) {
  test(`"${text}" can be asked for, by the server's rules too`, () => {
    const parsed = parseTypedTarget(text);
    assert.deepEqual(parsed, { scope });
    assert.equal(typeof readScope({ ...scope, lifetime: 60 }, "request"), "object");
  });
}

const BAD: readonly (readonly [string, RegExp])[] = [
  ["", /neither an address/],
  ["192.168.1.10", /is an address inside your network; the provider needs the outside one/],
  ["10.1.2.3:443", /inside your network/],
  ["172.31.255.255", /inside your network/],
  ["100.64.0.1", /inside your network/],
  ["169.254.1.1", /inside your network/],
  ["fd00::1", /inside your network/],
  ["[fe80::1]:443", /inside your network/],
  ["fec0::1", /inside your network/],
  ["64:ff9b::192.168.1.10", /inside your network/],
  ["64:ff9b::ac1f:ffff", /inside your network/], // 172.31.255.255
  ["2002:a01:203::1", /inside your network/], // 10.1.2.3
  ["[2002:6440:1::1]:443", /inside your network/], // 100.64.0.1
  ["2002:c0a8::/32", /has addresses inside your network/],
  ["192.168.0.0/24", /has addresses inside your network/],
  ["8.0.0.0/5", /has addresses inside your network/], // 10.0.0.0/8 is in it
  ["https://10.0.0.1/", /inside your network/],
  ["printer.local", /a name inside your network/],
  ["https://nas.home.arpa/", /a name inside your network/],
  ["shop", /neither a target you named nor/],
  ["127.0.0.1", /loopback/],
  ["[::1]", /loopback/],
  ["224.0.0.1", /multicast/],
  ["0.0.0.0/0", /unspecified/],
  ["::ffff:203.0.113.7", /IPv4-mapped/],
  ["203.0.113.7/28", /write 203\.0\.113\.0\/28 or 203\.0\.113\.7$/],
  ["203.0.113.0/33", /prefix length above 32/],
  ["203.0.113.0:443/28", /ports beside a prefix/],
  ["203.0.113.7:", /no port/],
  ["203.0.113.7:http", /no port/],
  ["203.0.113.7:70000", /70000 is not 0 to 65535/],
  ["203.0.113.7:20-10", /below/],
  ["203.0.113.7/icmp", /neither \/tcp nor \/udp/],
  ["203.0.113.7/", /CIDR/],
  ["2001:db8::1:443:x", /brackets/],
  ["[203.0.113.7]:443", /no IPv6 address in its brackets/],
  ["[2001:db8::1", /brackets/],
  ["1.2.3", /neither an address/],
  ["www.exa mple.com", /neither an address/],
  ["https://user@www.example.com/", /URI/],
  ["https://", /URI/],
];

for (const [text, words] of BAD) {
  test(`"${text}" is refused in words`, () => {
    const parsed = parseTypedTarget(text);
    assert.ok(typeof parsed === "string", "refused");
    assert.match(parsed, words);
  });
}
