import assert from "node:assert/strict";
import { existsSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { agentCommand } from "../../../agent/cli/agent-command.ts";
import { SetupError } from "../../../agent/host/setup-error.ts";
import { maydayAt, scratchFolder, startAgentProcess } from "../../support/agent-process.ts";

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  test(`the agent says in one line that it is ready, and ends well on ${signal}`, async (t) => {
    const dataDir = scratchFolder(t);
    const agent = await startAgentProcess(t, dataDir);
    assert.equal(agent.control, join(dataDir, "control.sock"));
    assert.match(agent.console ?? "", /^http:\/\/127\.0\.0\.1:[1-9]\d+$/);
    assert.equal(statSync(agent.control).mode & 0o777, 0o600);
    const endsAt = performance.now();
    await agent.program.stop(signal);
    assert.equal(await agent.program.exit(), 0, agent.program.output);
    const tookMs = performance.now() - endsAt;
    assert.ok(tookMs < 2000, `${tookMs} ms`);
    assert.ok(!existsSync(agent.control));
    const status = maydayAt(t, dataDir, ["status"]);
    assert.equal(await status.exit(), 6, status.output);
  });
}

test("SSLKEYLOGFILE: the keys are logged, and that is said", async (t) => {
  const folder = scratchFolder(t);
  const keys = join(folder, "keys.log");
  process.env["SSLKEYLOGFILE"] = keys;
  t.after(() => delete process.env["SSLKEYLOGFILE"]);
  const { program } = await startAgentProcess(t, join(folder, "data"), ["--no-console"]);
  await program.until(/warning: SSLKEYLOGFILE is set: whoever reads .*keys\.log can read/);
  assert.equal(statSync(keys).mode & 0o777, 0o600);
  await program.stop();
});

test("a second agent is told that there is one, and harms it in no way", async (t) => {
  const dataDir = scratchFolder(t);
  const first = await startAgentProcess(t, dataDir);
  const second = maydayAt(t, dataDir, ["agent", "run", "--json"]);
  assert.equal(await second.exit(), 1);
  const { error } = JSON.parse(second.output) as { error: Record<string, string> };
  assert.equal(error["code"], "agent-running");
  assert.equal(error["message"], `an agent is running already (control socket ${first.control})`);
  const status = maydayAt(t, dataDir, ["status"]);
  assert.equal(await status.exit(), 0, status.output);
  await first.program.stop();
});

test("--config: its data directory is relative to the file, and there need be no console", async (t) => {
  const folder = scratchFolder(t);
  const config = join(folder, "agent.json");
  writeFileSync(config, JSON.stringify({ dataDir: "data", console: false, logLevel: "error" }));
  const agent = await startAgentProcess(t, join(folder, "unused"), ["--config", config]);
  const dataDir = join(folder, "data");
  assert.equal(agent.control, join(dataDir, "control.sock"));
  assert.equal(agent.console, undefined);
  const link = maydayAt(t, dataDir, ["console"]);
  assert.equal(await link.exit(), 2);
  assert.match(link.output, /console/);
  await agent.program.stop();
  assert.match(agent.program.output, /^\{"ready":true[^\n]*\}\n$/); // the log is as quiet as the file says
});

test("a flag comes before the file", async (t) => {
  const folder = scratchFolder(t);
  const config = join(folder, "agent.json");
  writeFileSync(config, JSON.stringify({ dataDir: "data", console: { port: 0 } }));
  const dataDir = join(folder, "other");
  const flags = ["--config", config, "--data-dir", dataDir, "--no-console"];
  const agent = await startAgentProcess(t, folder, flags);
  assert.equal(agent.control, join(dataDir, "control.sock"));
  assert.equal(agent.console, undefined);
  await agent.program.stop();
});

test("a socket's place that something else has: exit 2, and it is left alone", async (t) => {
  const dataDir = scratchFolder(t);
  mkdirSync(join(dataDir, "control.sock"));
  const agent = maydayAt(t, dataDir, ["agent", "run", "--json"]);
  assert.equal(await agent.exit(), 2);
  const { error } = JSON.parse(agent.output) as { error: Record<string, string> };
  assert.equal(error["code"], "control");
  assert.match(error["hint"] ?? "", /MAYDAY_CONTROL/);
  assert.ok(statSync(join(dataDir, "control.sock")).isDirectory());
});

/** How `mayday agent run ARGS` fails that never comes to start an agent. */
async function failure(...args: string[]): Promise<unknown> {
  const program = agentCommand()
    .exitOverride()
    .configureOutput({ writeErr: () => undefined });
  for (const command of program.commands) command.copyInheritedSettings(program);
  return program.parseAsync(["run", ...args], { from: "user" }).then(
    () => assert.fail("it started"),
    (error: unknown) => error,
  );
}

test("a configuration that cannot be used: each fault with its path", async (t) => {
  const config = join(scratchFolder(t), "agent.json");
  writeFileSync(config, JSON.stringify({ console: { port: 70_000 }, logLevel: 1 }));
  const error = await failure("--config", config);
  assert.ok(error instanceof SetupError);
  assert.match(error.message, /\n {2}console\.port: .*\n {2}logLevel: /);
});

for (const [args, says] of [
  [["--console-port", "70000"], /--console-port.*Not a port/],
  [["--log-level", "loud"], /--log-level takes silent/],
  [["now"], /too many arguments/],
  [["--config", "/nowhere.json"], /\/nowhere\.json cannot be used/],
] as const) {
  test(`agent run ${args.join(" ")} does not start`, async () => {
    assert.match(String(await failure(...args)), says);
  });
}
