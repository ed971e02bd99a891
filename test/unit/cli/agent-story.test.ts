import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test, type TestContext } from "node:test";
import { contract } from "../../../agent/control/contract.ts";
import { maydayAt, scratchFolder, startAgentProcess } from "../../support/agent-process.ts";

const { calls } = contract;

/** The JSON that a command ends well with. */
async function asked(t: TestContext, dataDir: string, ...args: string[]): Promise<unknown> {
  const program = maydayAt(t, dataDir, [...args, "--json"]);
  assert.equal(await program.exit(30_000), 0, program.output);
  const [json = ""] = /^[[{].*$/m.exec(program.output) ?? []; // warnings of stderr are in the output, too
  return JSON.parse(json) as unknown;
}

test("the real agent: practice provider, request, status, withdrawal, end", async (t) => {
  const dataDir = scratchFolder(t);
  const agent = await startAgentProcess(t, dataDir);
  const follower = maydayAt(t, dataDir, ["events", "--follow"]);

  const provider = calls.provider.add.output.parse(
    await asked(t, dataDir, "provider", "add", "--practice"),
  );
  assert.equal(provider.kind, "practice");
  const tested = await asked(t, dataDir, "provider", "test", provider.name);
  assert.equal(calls.provider.test.output.parse(tested).ok, true);

  const mitigation = calls.mitigation.request.output.parse(
    await asked(t, dataDir, "request", "203.0.113.7:443", "--wait"),
  );
  assert.equal(mitigation.phase, "filtering");
  const status = calls.agent.status.output.parse(await asked(t, dataDir, "status"));
  assert.equal(status.sessions[0]?.state, "active");
  assert.deepEqual(
    status.mitigations.map(({ id, status: code }) => [id, code]),
    [[mitigation.id, 2]],
  );

  const refused = maydayAt(t, dataDir, ["request", "192.88.99.1", "--wait"]);
  assert.equal(await refused.exit(30_000), 3, refused.output);
  assert.match(refused.output, /outside this client's prefixes/);

  const withdrawn = calls.mitigation.withdraw.output.parse(
    await asked(t, dataDir, "mitigation", "withdraw", mitigation.id, "--wait"),
  );
  assert.deepEqual([withdrawn.phase, withdrawn.outcome], ["ended", "withdrawn"]);

  await follower.until(/refused to protect 192\.88\.99\.1/);
  await follower.stop("SIGINT");
  assert.equal(await follower.exit(), 0, follower.output);

  await agent.program.stop();
  assert.equal(await agent.program.exit(), 0, agent.program.output);
  assert.deepEqual(
    readdirSync(dataDir).filter((name) => /sock|lock|-wal|-shm|\.new/.test(name)),
    [],
  );
});
