/** A home router that forgets its mappings in the middle of a session: the client's address changes at the server. */
import assert from "node:assert/strict";
import { after, before, describe, test, type TestContext } from "node:test";
import { environmentOf, scratchFolder } from "../support/agent-process.ts";
import { maydayAt, startServerAt, type LabServer } from "../support/lab-server.ts";
import { SuiteOwner } from "../support/lab-owner.ts";
import { type Internet, noInternet, smallInternet } from "../support/namespaces.ts";

const RECOVERY_MS = 3_000;
const HEARTBEATS = 6;
/** In what `--verbose` tells. */
const HEARTBEAT_ANSWER = /<- NON 2\.04/;

describe("a NAT rebinds", { skip: noInternet }, () => {
  let internet: Internet;
  const owner = new SuiteOwner();
  before(() => {
    internet = smallInternet(owner);
  });
  after(() => owner.done());

  test("with connection ids the session goes on", async (t) => {
    const server = await startServerAt(internet.provider, t, 1);
    const answered = await beatAcross(t, server, []);
    assert.equal(answered, HEARTBEATS);
    assert.equal(handshakesAt(server).length, 1);
  });

  test("without them it does not", async (t) => {
    const server = await startServerAt(internet.provider, t, 1);
    const answered = await beatAcross(t, server, ["--no-connection-id"]);
    assert.ok(answered < HEARTBEATS, `${answered} heartbeats of ${HEARTBEATS} were answered`);
  });

  test(`without them the agent's next request is accepted within ${RECOVERY_MS / 1000} s`, async (t) => {
    const server = await startServerAt(internet.provider, t, 1, { dtls: { connectionId: false } });
    const agent = await startAgentAt(internet, t, server);
    await agent.accepted(1, `${agent.target}:443/tcp`);
    internet.rebind();
    const took = await agent.accepted(2, `${agent.target}:8443/tcp`);
    console.log(`rebinding without connection ids: accepted in ${(took / 1000).toFixed(1)} s`);
    assert.ok(took < RECOVERY_MS, `${took} ms`);
    const [first, second] = handshakesAt(server);
    assert.equal(second?.resumed, true);
    assert.notEqual(second.from, first?.from);
  });

  /** Sends heartbeats while the router rebinds; how many were answered. */
  async function beatAcross(
    t: TestContext,
    server: LabServer,
    more: readonly string[],
  ): Promise<number> {
    const [client] = server.clients;
    assert.ok(client);
    const args = [
      "--count",
      String(HEARTBEATS),
      "--interval",
      "0.5",
      "--timeout",
      "2",
      "--verbose",
    ];
    const line = [...server.signal("heartbeat", client), ...args, ...more];
    const program = maydayAt(internet.lan, t, line);
    await program.until(HEARTBEAT_ANSWER);
    internet.rebind();
    await program.exit(30_000);
    return program.output.split(HEARTBEAT_ANSWER).length - 1;
  }
});

/** The sessions that the server's log tells of. */
function handshakesAt({ program }: LabServer): { from: string; resumed: boolean }[] {
  return program.output
    .split("\n")
    .filter((line) => line.includes('"handshake done"'))
    .map((line) => JSON.parse(line) as { from: string; resumed: boolean });
}

interface LabAgent {
  readonly target: string;
  /** Asks for help, the agent's request `id`; milliseconds from the command's start until it was accepted. */
  accepted(id: number, target: string): Promise<number>;
}

/** An agent in the LAN that has the server as its provider. */
async function startAgentAt(
  internet: Internet,
  t: TestContext,
  server: LabServer,
): Promise<LabAgent> {
  const [client] = server.clients;
  assert.ok(client);
  const env = environmentOf(scratchFolder(t));
  const daemon = maydayAt(internet.lan, t, ["agent", "run", "--no-console"], env);
  await daemon.until(/"ready":true/, 30_000);
  const run = async (args: readonly string[]): Promise<void> => {
    const program = maydayAt(internet.lan, t, args, env);
    assert.equal(await program.exit(30_000), 0, program.output);
  };
  await run([
    "provider",
    "add",
    "lab",
    "--server",
    server.uri.replace("coaps://", ""),
    "--psk-identity",
    client.identity,
    "--psk-file",
    client.pskFile,
  ]);
  const events = maydayAt(internet.lan, t, ["events", "--follow", "--json"], env);
  await events.until(/"kind":"session-active"/);
  return {
    target: client.prefix.replace("/32", ""),
    accepted: async (id, target) => {
      const startedAt = performance.now();
      await run(["request", target, "--yes"]);
      await events.until(new RegExp(`"kind":"mitigation-accepted".*"mitigation":"${id}"`), 30_000);
      return performance.now() - startedAt;
    },
  };
}
