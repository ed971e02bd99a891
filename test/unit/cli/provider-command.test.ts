import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { providerCommand } from "../../../agent/cli/provider-command.ts";
import { contract, type TestReport } from "../../../agent/control/contract.ts";
import {
  aCertificate,
  aMitigation,
  aProvider,
  aReport,
  aStatus,
} from "../../support/control-samples.ts";
import { makeCertificate } from "../../support/make-certificate.ts";
import { controlLab } from "./control-lab.ts";

const folder = mkdtempSync(join(tmpdir(), "mayday-"));
after(() => rmSync(folder, { recursive: true }));

function keyFile(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content, { mode: 0o600 });
  return path;
}

const SECRET = "a very secret key";
const KEY = keyFile("branch.psk", SECRET);
const SERVER = ["--server", "dots.example.net", "--psk-identity", "branch", "--psk-file", KEY];
const { provider: calls } = contract.calls;

const office = makeCertificate({ subject: "CN=office", dns: ["office.example.com"] });
const FILES = {
  cert: keyFile("office.pem", `A certificate:\n${office.pem}`),
  key: keyFile("office.key", office.keyPem),
  ca: keyFile("ca.pem", makeCertificate({ subject: "CN=CA", ca: true }).pem),
};
const CERTIFIED = ["--server", "s", "--cert", FILES.cert, "--key", FILES.key, "--ca", FILES.ca];

test("provider add hands the key over as its octets, and shows it nowhere", async (t) => {
  const lab = await controlLab(t);
  const { exit, out, err } = await lab.run(providerCommand, "provider", "add", "North", ...SERVER);
  assert.deepEqual([exit, err], [0, ""]);
  assert.equal(out, "North is added (dots.example.net). How it goes: mayday status\n");
  assert.deepEqual(lab.double.asked, [
    {
      name: "provider.add",
      input: {
        name: "North",
        server: "dots.example.net",
        pskIdentity: "branch",
        key: `base64:${btoa(SECRET)}`,
      },
    },
  ]);
});

test("provider add --json is the provider", async (t) => {
  const lab = await controlLab(t);
  const { out } = await lab.run(providerCommand, "provider", "add", "N", ...SERVER, "--json");
  assert.equal(calls.add.output.parse(JSON.parse(out)).name, "N");
});

test("a key of any octets is the same key at the agent", async (t) => {
  const lab = await controlLab(t);
  const octets = Uint8Array.from({ length: 256 }, (_, i) => i);
  const flags = [...SERVER.slice(0, -1), keyFile("octets.psk", octets)];
  await lab.run(providerCommand, "provider", "add", "N", ...flags);
  const key = `base64:${Buffer.from(octets).toString("base64")}`;
  assert.equal(lab.lastInput["key"], key);
});

test("provider add hands over what counts of certificates and key", async (t) => {
  const lab = await controlLab(t);
  const { exit, err } = await lab.run(providerCommand, "provider", "add", "North", ...CERTIFIED);
  assert.deepEqual([exit, err], [0, ""]);
  const { certificate, key, ca, ...rest } = lab.lastInput;
  assert.deepEqual(rest, {
    type: "certificate",
    name: "North",
    server: "s",
    legacy: false,
  });
  assert.equal(certificate, office.pem);
  assert.equal(key, office.keyPem);
  assert.match(String(ca), /^-----BEGIN CERTIFICATE-----/);
  assert.ok(calls.add.input.safeParse(lab.lastInput).success);
});

test("an encrypted key is opened here, and what else can be said of certificates is handed over", async (t) => {
  const lab = await controlLab(t);
  const options = { type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "p" } as const;
  const encrypted = keyFile("encrypted.key", office.privateKey.export(options).toString());
  const flags = ["--key", encrypted, "--key-passphrase-file", keyFile("passphrase", "p")];
  const more = ["--server-name", "dots.example.com", "--legacy-certificates"];
  const args = ["add", "North", ...CERTIFIED, ...flags, ...more];
  const { exit, err } = await lab.run(providerCommand, "provider", ...args);
  assert.deepEqual([exit, err], [0, ""]);
  assert.equal(lab.lastInput["key"], office.keyPem);
  assert.equal(lab.lastInput["serverName"], "dots.example.com");
  assert.equal(lab.lastInput["legacy"], true);
});

test("provider add --practice is one step", async (t) => {
  const lab = await controlLab(t);
  const { exit, out } = await lab.run(providerCommand, "provider", "add", "--practice");
  assert.equal(exit, 0);
  assert.match(out, /^Practice provider runs inside the agent .* filters nothing/);
  assert.match(out, /203\.0\.113\.0\/24/);
  assert.deepEqual(lab.double.asked, [{ name: "provider.addPractice", input: {} }]);
});

const mistakes: readonly { args: string[]; says: RegExp }[] = [
  { args: ["add"], says: /name is missing/ },
  { args: ["add", "N"], says: /--server is missing/ },
  { args: ["add", "N", "--server", "s"], says: /--psk-identity is missing/ },
  { args: ["add", "N", "--server", "s", "--psk-identity", "i"], says: /--psk-file is missing/ },
  { args: ["add", "", ...SERVER], says: /name.*It is empty/ },
  { args: ["add", "a\u{7}b", ...SERVER], says: /control character/ },
  { args: ["add", "N", ...SERVER, "--psk-file", "/nowhere"], says: /\/nowhere cannot be read/ },
  {
    args: ["add", "N", ...SERVER, "--psk-file", keyFile("large.psk", "k".repeat(4000))],
    says: /--psk-file: .*large\.psk is too large for a key/,
  },
  { args: ["add", "N", "--server", "s", "--cert", FILES.cert], says: /--key is missing/ },
  { args: ["add", "N", "--server", "s", "--ca", FILES.ca], says: /--cert is missing/ },
  {
    args: ["add", "N", ...CERTIFIED, "--psk-file", KEY],
    says: /--psk-file and --cert: .* by a key or by a certificate/,
  },
  { args: ["add", "N", ...CERTIFIED, "--ca", FILES.key], says: /office\.key holds no certificate/ },
  { args: ["add", "N", ...CERTIFIED, "--key", "/nowhere"], says: /\/nowhere is not there/ },
  {
    args: ["add", "N", ...CERTIFIED, "--ca", keyFile("many.pem", office.pem.repeat(200))],
    says: /--ca: .*many\.pem holds too much/,
  },
  { args: ["test", "N", ...CERTIFIED], says: /but not both/ },
  { args: ["add", "N", "--practice"], says: /--practice has a name/ },
  { args: ["test"], says: /name a provider, or give --server/ },
  { args: ["test", "N", "--server", "s"], says: /but not both/ },
  { args: ["show"], says: /missing required argument 'name'/ },
  { args: ["remove"], says: /missing required argument 'name'/ },
  { args: ["list", "x"], says: /too many arguments/ },
];

for (const { args, says } of mistakes) {
  test(`provider ${args.join(" ").slice(0, 60)}: exit 2, and the agent is not asked`, async (t) => {
    const lab = await controlLab(t);
    const { exit, out, err } = await lab.run(providerCommand, "provider", ...args);
    assert.equal(exit, 2);
    assert.equal(out, "");
    assert.match(err, says);
    assert.ok(!err.includes(SECRET));
    assert.deepEqual(lab.double.asked, []);
  });
}

const providers = [
  aProvider({ name: "North <b>\u{202e}" }),
  aProvider({
    id: "p2",
    name: "Practice provider",
    kind: "practice",
    prefixes: ["203.0.113.0/24"],
  }),
];

test("provider list", async (t) => {
  const lab = await controlLab(t, { state: { providers } });
  const { out } = await lab.run(providerCommand, "provider", "list");
  assert.equal(
    out,
    `North <b>�         coaps://dots.example.net:4646  identity branch
Practice provider  coaps://dots.example.net:4646  practice
`,
  );
  const json = await lab.run(providerCommand, "provider", "list", "--json");
  assert.deepEqual(calls.list.output.parse(JSON.parse(json.out)), providers);
});

const certified = (more: Partial<ReturnType<typeof aCertificate>>) =>
  aProvider({ name: "Certified", pskIdentity: null, certificate: aCertificate(more) });

test("provider list and show with a certificate: whose it is, and how long it is good", async (t) => {
  const lab = await controlLab(t, {
    state: {
      providers: [
        certified({}),
        certified({ state: "expiring", expiresAt: "2030-01-11T12:00:04.000Z" }),
        certified({ state: "expired", expiresAt: "2029-12-31T00:00:00.000Z" }),
      ],
    },
  });
  const { out } = await lab.run(providerCommand, "provider", "list");
  const ends = out.split("\n").map((line) => line.replace(/^.*:4646 +/, ""));
  assert.deepEqual(ends, [
    "certificate CN=branch.example.com",
    "certificate CN=branch.example.com, expires on 2030-01-11, in 10 days",
    "certificate CN=branch.example.com, expired on 2029-12-31",
    "",
  ]);
  const shown = await lab.run(providerCommand, "provider", "show", "Certified");
  assert.equal(
    shown.out,
    `Certified
  id           p1
  server       coaps://dots.example.net:4646
  certificate  CN=branch.example.com
  issuer       CN=Northline CA
  good until   2031-01-01
  fingerprint  ${"ab".repeat(32)}
  server name  dots.example.net
  added        12:00
`,
  );
});

for (const [state, expiresAt, text] of [
  ["expiring", "2030-01-11T12:00:04.000Z", "2030-01-11, in 10 days"],
  ["expired", "2029-12-31T00:00:00.000Z", "2029-12-31: it is over"],
] as const) {
  test(`provider show with a certificate that is ${state}`, async (t) => {
    const lab = await controlLab(t, { state: { providers: [certified({ state, expiresAt })] } });
    const { out } = await lab.run(providerCommand, "provider", "show", "Certified");
    assert.ok(out.includes(`  good until   ${text}\n`), out);
  });
}

test("provider list without any says what to do", async (t) => {
  const lab = await controlLab(t);
  const { out } = await lab.run(providerCommand, "provider", "list");
  assert.match(out, /mayday provider add --help/);
});

test("provider show", async (t) => {
  const lab = await controlLab(t, { state: { providers } });
  const { out } = await lab.run(providerCommand, "provider", "show", "Practice provider");
  assert.equal(
    out,
    `Practice provider (filters nothing)
  id        p2
  server    coaps://dots.example.net:4646
  identity  branch
  added     12:00
  prefixes  203.0.113.0/24
`,
  );
  const json = await lab.run(providerCommand, "provider", "show", "p2", "--json");
  assert.deepEqual(calls.show.output.parse(JSON.parse(json.out)), providers[1]);
});

test("provider remove", async (t) => {
  const lab = await controlLab(t, { state: { providers } });
  const { exit, out } = await lab.run(providerCommand, "provider", "remove", "p2");
  assert.deepEqual([exit, out], [0, "p2 is forgotten, and its key erased.\n"]);
  const again = await lab.run(providerCommand, "provider", "remove", "p2", "--json");
  assert.equal(again.exit, 2);
  assert.match(again.out, /"code":"no-such-provider"/);
});

test("provider remove tells what the provider was not told", async (t) => {
  const mitigations = [
    aMitigation({ provider: "Practice provider", phase: "withdrawing", targets: ["Shop\u{7}"] }),
  ];
  const lab = await controlLab(t, { state: { providers, status: aStatus({ mitigations }) } });
  const { exit, out } = await lab.run(providerCommand, "provider", "remove", "p2");
  assert.equal(exit, 0);
  assert.equal(
    out,
    `p2 is forgotten, and its key erased.
  It may go on filtering traffic to Shop\u{fffd} until 12:00, since it was not told to stop.
`,
  );
});

const fault = { code: "key-refused", message: "the key is wrong", hint: "Check it." } as const;
const failed: TestReport = {
  ok: false,
  steps: [
    { step: "resolve", state: "ok", text: "it is 203.0.113.1", ms: 2.4 },
    { step: "handshake", state: "failed", text: "the key is wrong", ms: 41 },
    { step: "heartbeat", state: "skipped", text: "not tried", ms: null },
  ],
  fault,
};

test("provider test tells of each step, and that all went well", async (t) => {
  const lab = await controlLab(t, { state: { providers } });
  const { exit, out, err } = await lab.run(providerCommand, "provider", "test", "p2");
  assert.deepEqual([exit, err], [0, ""]);
  assert.equal(
    out,
    `✓ resolve    203.0.113.1
✓ handshake  DTLS 1.2
✓ heartbeat  answered
The provider can be called.
`,
  );
});

test("a step that is under way is shown to whoever watches, and taken back", async (t) => {
  const running = { step: "resolve", state: "running", text: "looking up\u{7}", ms: null } as const;
  const report = aReport({ steps: [running, ...aReport().steps] });
  const live = await controlLab(t, { state: { providers, report }, watched: true });
  const { err } = await live.run(providerCommand, "provider", "test", "p2");
  assert.equal(err, "\r\u{1b}[K… looking up�\r\u{1b}[K");
});

test("a test that fails: the steps on stdout, why on stderr, exit 5 for a key", async (t) => {
  const lab = await controlLab(t, { state: { report: failed } });
  const { exit, out, err } = await lab.run(providerCommand, "provider", "test", ...SERVER);
  assert.equal(exit, 5);
  assert.equal(
    out,
    `✓ resolve    it is 203.0.113.1
✗ handshake  the key is wrong
- heartbeat  not tried
`,
  );
  assert.equal(err, "mayday: the key is wrong\n  Check it.\n");
  const { server } = lab.lastInput["draft"] as { server: string };
  assert.equal(server, "dots.example.net");
});

test("a test that fails, as JSON: the report with its error", async (t) => {
  const lab = await controlLab(t, { state: { report: failed }, watched: true });
  const { exit, out, err } = await lab.run(
    providerCommand,
    "provider",
    "test",
    ...SERVER,
    "--json",
  );
  assert.deepEqual([exit, err], [5, ""]);
  const answer = JSON.parse(out) as { error: unknown };
  assert.deepEqual(calls.test.output.parse(answer), failed);
  assert.deepEqual(answer.error, fault);
});
