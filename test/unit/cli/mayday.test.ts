import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const MAYDAY = fileURLToPath(new URL("../../../agent/cli/mayday.ts", import.meta.url));
const PACKAGE = new URL("../../../package.json", import.meta.url);

interface Ended {
  readonly exit: number;
  readonly out: string;
  readonly err: string;
}

function mayday(...args: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, [MAYDAY, ...args], { timeout: 20_000 }, (error, out, err) => {
      const exit = error === null ? 0 : Number(error.code ?? -1);
      resolve({ exit, out, err });
    });
  });
}

const SESSION = [
  "--server",
  "coaps://127.0.0.1:1",
  "--psk-identity",
  "me",
  "--psk-file",
  "/nowhere/key",
];
const PUT = ["signal", "put", ...SESSION, "--mid", "1"];

const usage: readonly { args: string[]; names: RegExp }[] = [
  { args: [], names: /a command is missing/ },
  { args: ["bogus"], names: /unknown command 'bogus'/ },
  { args: ["signal"], names: /a command is missing/ },
  { args: ["signal", "put"], names: /--server/ },
  { args: ["signal", "put", ...SESSION], names: /--mid/ },
  { args: ["signal", "delete", ...SESSION], names: /--mid/ },
  { args: ["signal", "get", "--bogus"], names: /--(bogus|server)/ },
  { args: PUT, names: /--target-prefix/ },
  { args: [...PUT, "--target-prefix", "203.0.113.7/24"], names: /--target-prefix.*host bits/ },
  { args: [...PUT, "--target-prefix", "127.0.0.1"], names: /--target-prefix.*loopback/ },
  { args: [...PUT, "--target-port", "0-70000"], names: /--target-port/ },
  { args: ["signal", "get", ...SESSION], names: /nowhere/ },
  { args: ["signal", "get", "--server", "coaps+tcp://h"], names: /--server: coaps\+tcp/ },
  { args: ["signal", "get", "--server", "coaps://h", "--cert", "c"], names: /--cert/ },
];

for (const { args, names } of usage) {
  test(`mayday ${args.join(" ")} ends in exit 2 and says why on stderr`, async () => {
    const { exit, out, err } = await mayday(...args);
    assert.equal(exit, 2, err);
    assert.equal(out, "");
    assert.match(err, names);
  });
}

test("with --json a usage error is one document on stdout, nothing on stderr", async () => {
  const { exit, out, err } = await mayday(...PUT, "--json", "--target-port", "x");
  assert.equal(exit, 2);
  assert.equal(err, "");
  const { error } = JSON.parse(out) as { error: Record<string, unknown> };
  assert.equal(error["code"], "usage");
  assert.match(String(error["message"]), /--target-port/);
  assert.equal(typeof error["hint"], "string");
});

for (const args of [
  ["--help"],
  ["signal", "--help"],
  ["signal", "put", "--help"],
  ["signal", "get", "--help"],
  ["signal", "delete", "--help"],
  ["signal", "heartbeat", "--help"],
  ["server", "--help"],
  ["practice", "--help"],
]) {
  test(`mayday ${args.join(" ")} is useful and ends in exit 0`, async () => {
    const { exit, out } = await mayday(...args);
    assert.equal(exit, 0);
    assert.match(out, /^Usage: mayday/);
    assert.match(out, /Example/);
  });
}

test("mayday --version is the package's", async () => {
  const { version } = JSON.parse(await readFile(PACKAGE, "utf8")) as { version: string };
  assert.deepEqual(await mayday("--version"), { exit: 0, out: `${version}\n`, err: "" });
});
