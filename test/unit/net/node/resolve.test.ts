import assert from "node:assert/strict";
import { test } from "node:test";
import { resolveHost } from "../../../../agent/net/node/resolve.ts";
import { NetError } from "../../../../agent/net/ports.ts";

const literals = [
  ["192.0.2.1", { family: 4, host: "192.0.2.1", port: 5 }],
  ["[2001:DB8::01]", { family: 6, host: "2001:db8::1", port: 5 }],
  ["2001:db8::1", { family: 6, host: "2001:db8::1", port: 5 }],
] as const;

for (const [host, address] of literals) {
  test(`the literal ${host} is its own answer`, async () => {
    assert.deepEqual(await resolveHost(host, 5), [address]);
  });
}

test("localhost has loopback addresses, each once", async () => {
  const addresses = await resolveHost("localhost", 5);
  const hosts = addresses.map((address) => address.host);
  assert.ok(hosts.length > 0);
  assert.equal(new Set(hosts).size, hosts.length);
  for (const host of hosts) assert.ok(host === "::1" || host.startsWith("127."), host);
});

test("a name that cannot exist is unreachable, and the message names it", async () => {
  await assert.rejects(
    resolveHost("a..b", 5),
    (cause) =>
      cause instanceof NetError &&
      cause.code === "net/unreachable" &&
      cause.message.includes('"a..b"'),
  );
});
