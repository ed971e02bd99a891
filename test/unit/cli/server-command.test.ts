import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, test } from "node:test";

const folder = mkdtempSync(join(tmpdir(), "mayday-server-"));
after(() => rmSync(folder, { recursive: true }));
const MAYDAY = join(import.meta.dirname, "../../../agent/cli/mayday.ts");
writeFileSync(join(folder, "key.psk"), "secret key of the test\n", { mode: 0o600 });

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `mayday`; `onLine` sees each line of stdout. */
async function mayday(
  args: readonly string[],
  onLine: (line: string, end: (signal: NodeJS.Signals) => void) => void = () => {},
): Promise<Ended> {
  const env = { ...process.env, MAYDAY_DATA_DIR: folder };
  const child = spawn(process.execPath, [MAYDAY, ...args], {
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const lines: string[] = [];
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  createInterface(child.stdout).on("line", (line) => {
    lines.push(line);
    onLine(line, (signal) => child.kill(signal));
  });
  const [code] = (await once(child, "close")) as [number | null];
  return { code, stdout: lines.join("\n"), stderr };
}

function configFile(name: string, change: object = {}): string {
  const path = join(folder, name);
  const client = {
    name: "branch",
    psk: { identity: "branch", file: "key.psk" },
    prefixes: ["203.0.113.0/28"],
    names: [],
  };
  const config = {
    listen: { udp: "127.0.0.1:0" },
    clients: [client],
    mitigator: { plugin: "simulated" },
    state: "server.db",
  };
  writeFileSync(path, JSON.stringify({ ...config, ...change }));
  return path;
}

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  test(`the server says in one line that it is ready, with its real port, and ends well on ${signal}`, async () => {
    let readyAt = 0;
    const { code, stdout, stderr } = await mayday(
      ["server", "--config", configFile("good.json")],
      (_, end) => {
        readyAt = performance.now();
        end(signal);
      },
    );
    const tookMs = performance.now() - readyAt;
    assert.equal(code, 0, stderr);
    const ready = JSON.parse(stdout) as { ready: boolean; udp: string };
    assert.deepEqual(Object.keys(ready), ["ready", "udp"]);
    assert.match(ready.udp, /^127\.0\.0\.1:[1-9]\d+$/);
    assert.ok(tookMs < 2000, `${tookMs} ms`);
    assert.ok(!stderr.includes("secret key"));
  });
}

test("what this version does not serve is a warning, and not in the ready line", async () => {
  const config = configFile("later.json", {
    listen: { udp: "127.0.0.1:0", tcp: "127.0.0.1:4646" },
  });
  const { stdout, stderr } = await mayday(["server", "--config", config], (_, end) =>
    end("SIGTERM"),
  );
  assert.match(stderr, /listen\.tcp: not served by this version/);
  assert.ok(!stdout.includes("tcp"));
});

test("a faulty file: exit 2 and nothing on stdout; with --json the error there", async () => {
  const config = configFile("bad.json", { colour: "red" });
  const plain = await mayday(["server", "--config", config]);
  assert.equal(plain.code, 2);
  assert.equal(plain.stdout, "");
  assert.match(plain.stderr, /colour: is not known here/);
  const json = await mayday(["server", "--config", config, "--json"]);
  assert.equal(json.code, 2);
  const { error } = JSON.parse(json.stdout) as { error: { code: string; message: string } };
  assert.equal(error.code, "config");
});

test("no --config: exit 2, naming the flag", async () => {
  const { code, stderr } = await mayday(["server"]);
  assert.equal(code, 2);
  assert.match(stderr, /--config/);
});

test("a state that cannot be used: exit 2, with its path in the file", async () => {
  const config = configFile("state.json", { state: "missing/server.db" });
  const { code, stderr } = await mayday(["server", "--config", config]);
  assert.equal(code, 2);
  assert.match(stderr, /^ {2}state: cannot open .*missing/m);
});

test("practice --print shows what a client needs, and makes the key once, for its owner alone", async () => {
  const first = await mayday(["practice", "--print", "--json", "--port", "14650"]);
  assert.equal(first.code, 0, first.stderr);
  const details = JSON.parse(first.stdout) as {
    server: string;
    pskIdentity: string;
    pskFile: string;
    prefixes: string[];
  };
  assert.equal(details.server, "coaps://127.0.0.1:14650");
  assert.equal(details.pskIdentity, "practice");
  assert.ok(details.prefixes.includes("203.0.113.0/24"));
  const key = readFileSync(details.pskFile, "utf8");
  assert.match(key, /^hex:[0-9a-f]{64}\n$/);
  assert.equal(statSync(details.pskFile).mode & 0o777, 0o600);
  const text = await mayday(["practice", "--print"]);
  assert.match(text.stdout, /coaps:\/\/127\.0\.0\.1:4646/);
  assert.ok(!text.stdout.includes(key.slice(4, 20)));
  assert.equal(readFileSync(details.pskFile, "utf8"), key);
});

test("practice runs the same server", async () => {
  const { code, stdout, stderr } = await mayday(["practice", "--port", "0"], (_, end) =>
    end("SIGTERM"),
  );
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^\{"ready":true,"udp":"127\.0\.0\.1:[1-9]\d+"\}$/);
});
