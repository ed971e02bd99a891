/**
 * A minute of damaged handshakes at a real `mayday server`, from many addresses: pre-shared keys, certificates, tickets,
 * records with connection ids. Then it still lives and serves, nothing was thrown, and its memory is back.
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { HostileClients, type HostileCredential } from "../support/lab-hostile.ts";
import { clientCertificate, labFiles, SERVER_NAME } from "../support/lab-credentials.ts";
import { SuiteOwner } from "../support/lab-owner.ts";
import { run, type Program } from "../support/program.ts";

const SECONDS = 60;
/** Warm-up: code is compiled, caches are filled, before memory is looked at. */
const WARM_UP_SECONDS = 15;
const MOST_GROWTH = 0.1;
/** The server gives a handshake up after 20 s, and what it says to one whose client is gone. */
const GIVEN_UP_MS = 22_000;
/** How long its memory may take to be back. */
const PATIENCE_MS = 60_000;
const LOOK_EVERY_MS = 2_000;
const ENTRY = join(import.meta.dirname, "../../agent/cli/mayday.ts");
const MEMORY_REPORT = join(import.meta.dirname, "../support/lab-memory-report.ts");
const PSK = "a key of the branch";

describe("a live server among damaged handshakes", () => {
  const owner = new SuiteOwner();
  const folder = mkdtempSync(join(tmpdir(), "mayday-fuzz-"));
  let server: Program;
  let port: number;
  const credentials: readonly HostileCredential[] = [
    { type: "psk", identity: "branch", key: new TextEncoder().encode(PSK) },
    clientCertificate("ec-p256"),
    clientCertificate("rsa"),
  ];

  before(async () => {
    server = run(owner, process.execPath, [
      "--expose-gc",
      "--import",
      MEMORY_REPORT,
      ENTRY,
      "server",
      "--config",
      configIn(folder),
      "--log-level",
      "warn",
    ]);
    const [, text] = await server.until(/"udp":"127\.0\.0\.1:(\d+)"/);
    port = Number(text);
  });
  after(async () => {
    await owner.done();
    rmSync(folder, { recursive: true });
  });

  test(`${SECONDS} s: it lives, serves, throws nothing, and its memory is back`, async () => {
    const seed = Number(process.env["SEED"] ?? Date.now() % 2 ** 32);
    console.log(`live server: SEED=${seed}`);
    const clients = new HostileClients(seed, port, credentials);
    await clients.harass(WARM_UP_SECONDS * 1000);
    await sleep(GIVEN_UP_MS);
    const beforehand = await memoryOf(server);
    const most = beforehand * (1 + MOST_GROWTH);
    await clients.harass(SECONDS * 1000);
    const afterwards = await memoryBack(server, most);
    const { attempts, established, resumed, hostile } = clients.count;
    console.log(
      `live server: ${attempts} handshakes begun, ${established} stood, ${resumed} of them resumed, ` +
        `${hostile} hostile datagrams; memory ${mib(beforehand)} before, ${mib(afterwards)} after`,
    );
    for (const credential of credentials) assert.equal(await clients.isServed(credential), true);
    assert.ok(hostile > 5_000, `${hostile} hostile datagrams`);
    assert.ok(established > 50 && resumed > 5, `${established} stood, ${resumed} resumed`);
    assert.ok(afterwards <= most, `${mib(afterwards)} are more than ${mib(most)}`);
    const thrown = server.output
      .split("\n")
      .filter((line) => /"level":(50|60)|Error:|^\s+at |uncaught/i.test(line));
    assert.deepEqual(thrown, []);
    await server.stop();
  });
});

/** Octets in use once they are no more than `most`; what they are when patience ends, if they never are. */
async function memoryBack(server: Program, most: number): Promise<number> {
  const endsAt = performance.now() + PATIENCE_MS;
  for (;;) {
    const octets = await memoryOf(server);
    if (octets <= most || performance.now() > endsAt) return octets;
    await sleep(LOOK_EVERY_MS);
  }
}

let looks = 0;

/** Octets in use after a collection. */
async function memoryOf(server: Program): Promise<number> {
  looks += 1;
  server.write(`${looks}\n`);
  const [, octets] = await server.until(new RegExp(`MEMORY ${looks}: (\\d+)`));
  return Number(octets);
}

function mib(octets: number): string {
  return `${(octets / 2 ** 20).toFixed(1)} MiB`;
}

/** A server with a client for each credential. */
function configIn(folder: string): string {
  const { ca, cert, key } = labFiles(folder, SERVER_NAME, "ec-p256");
  const other = labFiles(folder, SERVER_NAME, "rsa");
  writeFileSync(join(folder, "branch.psk"), PSK, { mode: 0o600 });
  const config = {
    listen: { udp: "127.0.0.1:0" },
    tls: { cert, key, clientCa: ca, more: [{ cert: other.cert, key: other.key }] },
    clients: [
      {
        name: "branch",
        psk: { identity: "branch", file: "branch.psk" },
        prefixes: ["203.0.113.0/28"],
      },
      {
        name: "office",
        certificate: { dns: "office.example.com" },
        prefixes: ["198.51.100.0/24"],
      },
    ],
    mitigator: { plugin: "simulated" },
    state: "server.db",
  };
  const path = join(folder, "server.json");
  writeFileSync(path, JSON.stringify(config));
  return path;
}
