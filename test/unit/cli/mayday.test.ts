import assert from "node:assert/strict";
import { test } from "node:test";
import { mayday } from "./mayday-process.ts";

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
  { args: ["practice", "extra"], names: /too many.*\n {2}mayday practice --help tells more/ },
  { args: ["signal", "bogus"], names: /bogus.*\n {2}mayday signal --help tells more/ },
  { args: ["signal", "put", "x"], names: /\n {2}mayday signal put --help tells more/ },
  { args: ["practice", "--print", "--port", "0"], names: /--print needs a --port/ },
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
  { args: ["signal", "get", "--server", "coaps://h", "--cert", "c"], names: /--key/ },
  { args: ["agent"], names: /a command is missing.*\n {2}mayday agent --help tells more/ },
  { args: ["status", "x"], names: /too many.*\n {2}mayday status --help tells more/ },
  { args: ["provider", "add", "--bogus"], names: /--bogus.*\n {2}mayday provider add --help/ },
  { args: ["request"], names: /'target'.*\n {2}mayday request --help tells more/ },
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
