import assert from "node:assert/strict";
import { test } from "node:test";
import { Command, CommanderError } from "commander";
import { CliError } from "../../../agent/cli/exit.ts";
import {
  addGetFlags,
  addHeartbeatFlags,
  addPutFlags,
  addSessionFlags,
  scopeOf,
  serverOf,
  type GetFlags,
  type HeartbeatFlags,
  type PutFlags,
} from "../../../agent/cli/signal-flags.ts";
import {
  addCredentialFlags,
  credentialFlagsOf,
  type CredentialOptions,
} from "../../../agent/cli/signal-credential.ts";
import type { MitigationScope } from "../../../agent/wire/cbor/types.ts";

const BASE = ["--server", "coaps://h", "--psk-identity", "me", "--psk-file", "f"];

function parsed(add: (command: Command) => Command, args: readonly string[]): Command {
  const command = add(addSessionFlags(new Command("verb")));
  command.exitOverride().configureOutput({ outputError: () => undefined });
  return command.parse([...BASE, ...args], { from: "user" });
}

const put = (...args: string[]): PutFlags =>
  parsed(addPutFlags, ["--mid", "1", ...args]).opts<PutFlags>();

const scopes: readonly { args: string[]; scope: MitigationScope }[] = [
  {
    args: ["--target-prefix", "203.0.113.7", "2001:DB8:0::1", "--target-prefix", "198.51.100.0/24"],
    scope: {
      "target-prefix": ["203.0.113.7/32", "2001:db8::1/128", "198.51.100.0/24"],
      lifetime: 3600,
    },
  },
  {
    args: [
      "--target-prefix",
      "2001:db8::/32",
      "--target-port",
      "443",
      "1000-2000",
      "--lifetime",
      "-1",
    ],
    scope: {
      "target-prefix": ["2001:db8::/32"],
      "target-port-range": [{ "lower-port": 443 }, { "lower-port": 1000, "upper-port": 2000 }],
      lifetime: -1,
    },
  },
  {
    args: ["--target-fqdn", "www.example.com", "--target-protocol", "tcp", "UDP", "132", "icmp"],
    scope: {
      "target-protocol": [6, 17, 132, 1],
      "target-fqdn": ["www.example.com"],
      lifetime: 3600,
    },
  },
  {
    args: [
      "--target-uri",
      "https://a.example/",
      "--alias",
      "web",
      "mail",
      "--no-trigger",
      "--lifetime",
      "60",
    ],
    scope: {
      "target-uri": ["https://a.example/"],
      "alias-name": ["web", "mail"],
      lifetime: 60,
      "trigger-mitigation": false,
    },
  },
];

for (const { args, scope } of scopes) {
  test(`put ${args.join(" ")}`, () => {
    assert.deepEqual(scopeOf(put(...args)), scope);
  });
}

test("the flags of every verb have their defaults", () => {
  const flags = put();
  assert.equal(flags.timeout, 10);
  assert.equal(flags.connectionId, true);
  assert.equal(flags.mtu, undefined);
  assert.equal(flags.json, undefined);
  assert.equal(flags.trigger, true);
  const { count, interval } = parsed(addHeartbeatFlags, []).opts<HeartbeatFlags>();
  assert.deepEqual({ count, interval }, { count: 1, interval: 30 });
});

test("get selects by mid and content, and observes", () => {
  const args = ["--mid", "0", "--content", "non-config", "--observe", "2.5"];
  const { mid, content, observe } = parsed(addGetFlags, args).opts<GetFlags>();
  assert.deepEqual({ mid, content, observe }, { mid: 0, content: "non-config", observe: 2.5 });
});

const refused: readonly { args: string[]; why: RegExp }[] = [
  {
    args: ["--target-prefix", "203.0.113.7/24"],
    why: /host bits.*203\.0\.113\.0\/24 or 203\.0\.113\.7\/32/,
  },
  { args: ["--target-prefix", "2001:db8::1/64"], why: /host bits.*2001:db8::\/64/ },
  { args: ["--target-prefix", "203.0.113"], why: /--target-prefix .*not an IP prefix/ },
  { args: ["--target-prefix", "010.0.0.1"], why: /not an IP prefix/ },
  { args: ["--target-prefix", "fe80::1%eth0"], why: /not an IP prefix/ },
  { args: ["--target-prefix", "203.0.113.7/33"], why: /length above 32/ },
  { args: ["--target-prefix", "2001:db8::/129"], why: /length above 128/ },
  { args: ["--target-prefix", "203.0.113.0/24/24"], why: /not an IP prefix/ },
  { args: ["--target-port", "65536"], why: /--target-port .*Not a port/ },
  { args: ["--target-port", "2000-1000"], why: /upper-port 1000 is below lower-port 2000/ },
  { args: ["--target-port", "http"], why: /Not a port/ },
  { args: ["--target-protocol", "256"], why: /--target-protocol .*Not a protocol/ },
  { args: ["--target-protocol", "constructor"], why: /Not a protocol/ },
  { args: ["--target-fqdn", ""], why: /--target-fqdn .*domain name/ },
  { args: ["--target-fqdn", "203.0.113.1"], why: /--target-fqdn .*domain name/ },
  { args: ["--target-fqdn", "bücher.example"], why: /--target-fqdn .*xn--/ },
  { args: ["--target-uri", "https:///a.example/"], why: /--target-uri .*not a URI with a host/ },
  { args: ["--target-uri", "https://[::1]/"], why: /--target-uri .*loopback/ },
  { args: ["--target-prefix", "127.0.0.1"], why: /--target-prefix .*loopback/ },
  { args: ["--target-prefix", "192.0.0.0/2"], why: /--target-prefix .*multicast/ },
  { args: ["--target-prefix", "::ffff:1.2.3.4"], why: /--target-prefix .*IPv4-mapped/ },
  { args: ["--lifetime", "4294967296"], why: /--lifetime .*seconds/ },
  { args: ["--lifetime", "0"], why: /--lifetime .*seconds/ },
  { args: ["--lifetime", "-2"], why: /--lifetime/ },
  { args: ["--lifetime", "1h"], why: /--lifetime/ },
  { args: ["--mid", "4294967296"], why: /--mid .*4294967295/ },
  { args: ["--mid", "0x10"], why: /--mid/ },
  { args: ["--observe", "0"], why: /--observe/ },
  { args: ["--timeout", "-1"], why: /--timeout/ },
  { args: ["--cuid", ""], why: /--cuid/ },
  { args: ["--efficacy", "fine"], why: /--efficacy .*under-attack/ },
  { args: ["--mtu", "575"], why: /--mtu .*576 to 1500/ },
  { args: ["--mtu", "1501"], why: /--mtu .*576 to 1500/ },
  { args: ["--mtu", "1e3"], why: /--mtu .*576 to 1500/ },
  { args: ["--session-file", ""], why: /--session-file .*empty/ },
  { args: ["--heartbeat-interval", "5"], why: /unknown option/ },
];

test("a lifetime may be all that 32 bits hold [RFC 9132 §5.3]", () => {
  assert.equal(put("--lifetime", "4294967295").lifetime, 4_294_967_295);
});

for (const { args, why } of refused) {
  test(`put ${args.join(" ")} is a usage error that names the flag`, () => {
    assert.throws(
      () => put(...args),
      (error) => error instanceof CommanderError && why.test(error.message),
    );
  });
}

const servers = [
  { uri: "coaps://192.0.2.1", server: { host: "192.0.2.1", port: 4646 } },
  { uri: "coaps://192.0.2.1:5000/", server: { host: "192.0.2.1", port: 5000 } },
  { uri: "COAPS://[2001:db8::1]:1", server: { host: "2001:db8::1", port: 1 } },
  { uri: "coaps://[2001:db8::1]", server: { host: "2001:db8::1", port: 4646 } },
  { uri: "coaps://dots.example.net", server: { host: "dots.example.net", port: 4646 } },
];

for (const { uri, server } of servers) {
  test(`--server ${uri}`, () => {
    assert.deepEqual(serverOf(uri), server);
  });
}

const noServers = [
  { uri: "coaps+tcp://h", why: /later version/ },
  { uri: "https://h", why: /coaps:\/\/HOST/ },
  { uri: "h:4646", why: /coaps:\/\/HOST/ },
  { uri: "coaps://", why: /coaps:\/\/HOST/ },
  { uri: "coaps://h/path", why: /coaps:\/\/HOST/ },
  { uri: "coaps://user@h", why: /coaps:\/\/HOST/ },
  { uri: "coaps://h:70000", why: /not a port/ },
  { uri: "coaps://2001:db8::1", why: /brackets/ },
  { uri: "coaps://h:0", why: /port 0/ },
];

for (const { uri, why } of noServers) {
  test(`--server ${uri} is a usage error`, () => {
    assert.throws(
      () => serverOf(uri),
      (error) =>
        error instanceof CliError &&
        error.exit === 2 &&
        error.message.startsWith("--server") &&
        why.test(error.message),
    );
  });
}

const CERTIFICATE = { cert: "c", key: "k", ca: "a" };
const RAW = { rawKey: "r", serverRawKey: ["s"] };
const PSK = { pskIdentity: "me", pskFile: "f" };
const credentials = [
  { flags: {}, why: /there is no credential/ },
  { flags: { keyPassphraseFile: "p" }, why: /there is no credential/ },
  { flags: { pskFile: "f" }, why: /--psk-identity is missing/ },
  { flags: { pskIdentity: "me" }, why: /--psk-file is missing/ },
  { flags: { ...CERTIFICATE, ca: undefined }, why: /--ca is missing/ },
  { flags: { ...CERTIFICATE, key: undefined }, why: /--key is missing/ },
  { flags: { serverName: "n" }, why: /--cert is missing/ },
  { flags: { legacyCertificates: true as const }, why: /--cert is missing/ },
  { flags: { rawKey: "r" }, why: /--server-raw-key is missing/ },
  { flags: { serverRawKey: ["r"] }, why: /--raw-key is missing/ },
  { flags: { ...PSK, serverName: "n" }, why: /--psk-identity and --server-name/ },
  { flags: { ...PSK, ...CERTIFICATE }, why: /--psk-identity and --cert/ },
  { flags: { ...RAW, ca: "a" }, why: /--ca and --raw-key/ },
  { flags: { ...PSK, keyPassphraseFile: "p" }, why: /--key-passphrase-file/ },
];

for (const { flags, why } of credentials) {
  test(`credentials ${JSON.stringify(flags)} are a usage error`, () => {
    assert.throws(
      () => credentialFlagsOf(defined(flags)),
      (error) => error instanceof CliError && error.exit === 2 && why.test(error.message),
    );
  });
}

for (const [given, name] of [
  ["Server.Example.COM.", "server.example.com"],
  ["bücher.example", "xn--bcher-kva.example"],
  ["[::1]", "::1"],
  ["192.0.2.1", "192.0.2.1"],
  ["a b", undefined],
  ["", undefined],
  [`${"a".repeat(64)}.example`, undefined],
] as const) {
  test(`--server-name ${given} ${name === undefined ? "is refused" : `is ${name}`}`, () => {
    const command = addCredentialFlags(new Command()).exitOverride();
    command.configureOutput({ writeErr: () => undefined });
    const parse = (): unknown =>
      command.parse(["--server-name", given], { from: "user" }).opts()["serverName"];
    if (name === undefined) assert.throws(parse, CommanderError);
    else assert.equal(parse(), name);
  });
}

test("a certificate goes with the host's name, and by the new rules, unless told otherwise", () => {
  assert.deepEqual(credentialFlagsOf(CERTIFICATE), {
    type: "certificate",
    ...CERTIFICATE,
    passphraseFile: undefined,
    serverName: undefined,
    legacy: false,
  });
  const told = { serverName: "n", legacyCertificates: true, keyPassphraseFile: "p" } as const;
  assert.deepEqual(credentialFlagsOf({ ...CERTIFICATE, ...told }), {
    type: "certificate",
    ...CERTIFICATE,
    passphraseFile: "p",
    serverName: "n",
    legacy: true,
  });
});

test("raw keys are a credential of their own", () => {
  assert.deepEqual(credentialFlagsOf(RAW), {
    type: "raw-public-key",
    key: "r",
    serverKeys: ["s"],
    passphraseFile: undefined,
  });
});

/** As commander has it: what was not given is not there. */
function defined(flags: Readonly<Record<string, unknown>>): CredentialOptions {
  return Object.fromEntries(Object.entries(flags).filter(([, value]) => value !== undefined));
}
