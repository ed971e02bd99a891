import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { SetupError } from "../../../agent/host/setup-error.ts";
import { loadServerConfig } from "../../../agent/provider/server-config.ts";

const folder = mkdtempSync(join(tmpdir(), "mayday-config-"));
after(() => rmSync(folder, { recursive: true }));
writeFileSync(join(folder, "branch.psk"), "hex:00ff\n", { mode: 0o600 });
writeFileSync(join(folder, "empty.psk"), "\n", { mode: 0o600 });
writeFileSync(join(folder, "open.psk"), "secret", { mode: 0o644 });

const CLIENT = {
  name: "branch",
  psk: { identity: "branch", file: "branch.psk" },
  prefixes: ["203.0.113.0/28", "2001:DB8:1::/48"],
  names: ["WWW.example.com."],
};
const GOOD = {
  listen: { udp: "127.0.0.1:0" },
  clients: [CLIENT],
  mitigator: { plugin: "simulated" },
  state: "server.db",
};

function load(content: unknown) {
  const path = join(folder, "server.json");
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
  return loadServerConfig(path);
}

test("a good file is read, paths relative to it", () => {
  const config = load(GOOD);
  assert.deepEqual(config.udp, { family: 4, host: "127.0.0.1", port: 0 });
  assert.equal(config.statePath, join(folder, "server.db"));
  const [entry] = config.clients;
  assert.deepEqual(entry?.psk, { identity: "branch", key: Uint8Array.of(0, 255) });
  assert.deepEqual(
    entry?.client.prefixes.map(({ text }) => text),
    ["203.0.113.0/28", "2001:db8:1::/48"],
  );
  assert.deepEqual(entry?.client.names, ["www.example.com"]);
  assert.deepEqual(config.warnings, []);
});

test("what is not served yet is named", () => {
  const config = load({
    ...GOOD,
    listen: { udp: "[::1]:4646", tcp: "127.0.0.1:4646", data: "127.0.0.1:4443" },
  });
  assert.deepEqual(config.udp, { family: 6, host: "::1", port: 4646 });
  assert.deepEqual(
    config.warnings,
    ["listen.tcp", "listen.data"].map((path) => `${path}: not served by this version`),
  );
});

test("how the transport behaves has defaults, and may be set", () => {
  assert.deepEqual(load(GOOD).dtls, {
    connectionId: true,
    resumptionMs: 86_400_000,
    maxDatagram: undefined,
  });
  const dtls = { connectionId: false, resumption: { lifetimeS: 0 }, mtu: 576 };
  assert.deepEqual(load({ ...GOOD, dtls }).dtls, {
    connectionId: false,
    resumptionMs: 0,
    maxDatagram: 528,
  });
});

test("warnings name a key that everybody can read, and a state that is not kept", () => {
  const { state: _, ...rest } = GOOD;
  const { warnings } = load({
    ...rest,
    clients: [{ ...CLIENT, psk: { identity: "b", file: "open.psk" } }],
  });
  assert.equal(warnings.length, 2);
  assert.match(warnings.join("\n"), /clients\[0\]\.psk\.file: .*chmod 600/);
  assert.match(warnings.join("\n"), /state: /);
});

test("a policy sets what it names and leaves the rest", () => {
  const { policy } = load({
    ...GOOD,
    policy: { maxLifetimeS: 60, terminatingS: 2, allowIndefinite: false },
  });
  assert.equal(policy.maxLifetimeS, 60);
  assert.equal(policy.terminatingMs, 2000);
  assert.equal(policy.allowIndefinite, false);
  assert.equal(policy.missingHbAllowed, 15);
});

const SECOND = { ...CLIENT, name: "second", psk: { identity: "second", file: "branch.psk" } };

const FAULTS: readonly (readonly [string, unknown, readonly RegExp[]])[] = [
  ["no JSON", "{", [/not JSON/]],
  ["no object", "[]", [/the file: /]],
  ["nothing", {}, [/listen: /, /clients: /, /mitigator: /]],
  ["an unknown key", { ...GOOD, colour: "red" }, [/^ {2}colour: is not known here/m]],
  [
    "an unknown key of a client",
    { ...GOOD, clients: [{ ...CLIENT, prefix: [] }] },
    [/clients\[0\]\.prefix: is not known here/],
  ],
  ["no udp", { ...GOOD, listen: {} }, [/listen\.udp: /]],
  [
    "a name to listen on",
    { ...GOOD, listen: { udp: "localhost:4646" } },
    [/listen\.udp: "localhost" is not an IP address/],
  ],
  ["a port beyond", { ...GOOD, listen: { udp: "127.0.0.1:70000" } }, [/listen\.udp: .*port/]],
  ["no clients", { ...GOOD, clients: [] }, [/clients: needs at least one client/]],
  [
    "a client without credential",
    { ...GOOD, clients: [{ name: "x", prefixes: [] }] },
    [/clients\[0\]: needs psk, certificate or rawPublicKey/],
  ],
  [
    "a missing key file",
    { ...GOOD, clients: [{ ...CLIENT, psk: { identity: "x", file: "none.psk" } }] },
    [/clients\[0\]\.psk\.file: .*none\.psk cannot be read \(ENOENT\)/],
  ],
  [
    "an empty key file",
    { ...GOOD, clients: [{ ...CLIENT, psk: { identity: "x", file: "empty.psk" } }] },
    [/clients\[0\]\.psk\.file: .*is empty/],
  ],
  [
    "an empty identity",
    { ...GOOD, clients: [{ ...CLIENT, psk: { identity: "", file: "branch.psk" } }] },
    [/clients\[0\]\.psk\.identity: must not be empty/],
  ],
  [
    "a bare address",
    { ...GOOD, clients: [{ ...CLIENT, prefixes: ["203.0.113.1"] }] },
    [/clients\[0\]\.prefixes\[0\]: "203\.0\.113\.1" is not an IP prefix/],
  ],
  [
    "host bits",
    { ...GOOD, clients: [{ ...CLIENT, prefixes: ["203.0.113.1/28"] }] },
    [/host bits set; write 203\.0\.113\.0\/28 or 203\.0\.113\.1\/32/],
  ],
  [
    "no name",
    { ...GOOD, clients: [{ ...CLIENT, names: ["a b", "1.2.3.4"] }] },
    [
      /clients\[0\]\.names\[0\]: "a b" is not a domain name/,
      /clients\[0\]\.names\[1\]: "1\.2\.3\.4" is not a domain name/,
    ],
  ],
  [
    "a name twice",
    { ...GOOD, clients: [CLIENT, { ...SECOND, name: "branch" }] },
    [/clients\[1\]\.name: "branch" is already that of clients\[0\]/],
  ],
  [
    "an identity twice",
    { ...GOOD, clients: [CLIENT, { ...SECOND, psk: CLIENT.psk }] },
    [/clients\[1\]\.psk\.identity: "branch" is already/],
  ],
  [
    "an unknown plugin",
    { ...GOOD, mitigator: { plugin: "magic" } },
    [/mitigator\.plugin: "magic" is not one of simulated/],
  ],
  [
    "a wrong option of the plugin",
    { ...GOOD, mitigator: { plugin: "simulated", attackGbps: -1 } },
    [/mitigator\.attackGbps: /],
  ],
  [
    "an unknown option of the plugin",
    { ...GOOD, mitigator: { plugin: "simulated", x: 1, y: 2 } },
    [/^ {2}mitigator\.x: is not known here$/m, /^ {2}mitigator\.y: is not known here$/m],
  ],
  [
    "a wrong transport",
    { ...GOOD, dtls: { mtu: 500, resumption: { lifetimeS: -1 }, x: 1 } },
    [/dtls\.mtu: /, /dtls\.resumption\.lifetimeS: /, /dtls\.x: is not known here/],
  ],
  ["a wrong policy", { ...GOOD, policy: { maxLifetimeS: 0 } }, [/policy\.maxLifetimeS: /]],
  [
    "several faults at once",
    {
      ...GOOD,
      listen: { udp: "x:1" },
      clients: [{ ...CLIENT, prefixes: ["a", "203.0.113.0/28", "b"] }],
    },
    [/listen\.udp/, /prefixes\[0\]/, /prefixes\[2\]/],
  ],
];

/** One wrong form must not hide wrong values: the file, and all of its faults in their order. */
const BOTH: readonly (readonly [string, unknown, readonly string[]])[] = [
  [
    "next to it",
    {
      ...GOOD,
      state: 5,
      listen: { udp: "x:1", tcp: 1 },
      mitigator: { plugin: "magic" },
      clients: [{ ...CLIENT, prefixes: ["a", 5, "b"], psk: { identity: 5, file: "none.psk" } }],
    },
    [
      "listen.tcp",
      "clients[0].psk.identity",
      "clients[0].prefixes[1]",
      "state",
      "listen.udp",
      "clients[0].prefixes[0]",
      "clients[0].prefixes[2]",
      "clients[0].psk.file",
      "mitigator.plugin",
    ],
  ],
  [
    "in another client",
    { ...GOOD, clients: [5, CLIENT, { ...CLIENT, names: ["a b"] }] },
    ["clients[0]", "clients[2].name", "clients[2].psk.identity", "clients[2].names[0]"],
  ],
  [
    "of a credential, which is there all the same",
    { ...GOOD, clients: [{ ...CLIENT, psk: "branch.psk", prefixes: ["a"] }] },
    ["clients[0].psk", "clients[0].prefixes[0]"],
  ],
  [
    "at the top",
    { ...GOOD, colour: "red", policy: [], mitigator: { plugin: "simulated", x: 1 } },
    ["policy", "colour", "mitigator.x"],
  ],
];

for (const [where, content, paths] of BOTH) {
  test(`wrong values are told along with a wrong form ${where}`, () => {
    assert.throws(
      () => load(content),
      (error) => {
        assert.ok(error instanceof SetupError);
        const [, ...faults] = error.message.split("\n");
        assert.deepEqual(
          faults.map((fault) => /^ {2}([^:]+): /.exec(fault)?.[1]),
          paths,
        );
        return true;
      },
    );
  });
}

for (const [what, content, patterns] of FAULTS) {
  test(`a file with ${what} is refused, each fault with its path`, () => {
    assert.throws(
      () => load(content),
      (error) => {
        assert.ok(error instanceof SetupError);
        assert.equal(error.code, "config");
        for (const pattern of patterns) assert.match(error.message, pattern);
        return true;
      },
    );
  });
}

test("a file that is not there is named", () => {
  assert.throws(
    () => loadServerConfig(join(folder, "none.json")),
    (error) =>
      error instanceof SetupError && error.code === "config" && /none\.json/.test(error.message),
  );
});

test("a device without end is no file", { skip: !existsSync("/dev/zero") }, () => {
  assert.throws(
    () => loadServerConfig("/dev/zero"),
    (error) =>
      error instanceof SetupError && error.code === "config" && /too large/.test(error.message),
  );
});

test("no fault shows a key", () => {
  writeFileSync(join(folder, "bad.psk"), "hex:secretsecret", { mode: 0o600 });
  assert.throws(
    () => load({ ...GOOD, clients: [{ ...CLIENT, psk: { identity: "x", file: "bad.psk" } }] }),
    (error) =>
      error instanceof SetupError &&
      /is not hex/.test(error.message) &&
      !/secretsecret/.test(error.message),
  );
});
