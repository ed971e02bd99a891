import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { connectDtls } from "../../../agent/dtls/client.ts";
import { nodeWorld } from "../../../agent/net/node/world.ts";
import { NetError, type Address, type World } from "../../../agent/net/ports.ts";
import { LocalPracticeHost, type HostedPractice } from "../../../agent/provider/practice-host.ts";

const QUIET = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** A host in a folder of its own, in a world where some ports are taken. */
function host(t: TestContext, taken: readonly number[] = [4646]) {
  const dataDir = mkdtempSync(join(tmpdir(), "mayday-practice-"));
  const asked: number[] = [];
  const world = withTaken(nodeWorld(), taken, asked);
  const practice = new LocalPracticeHost(dataDir, world, QUIET);
  t.after(async () => {
    await practice.close();
    rmSync(dataDir, { recursive: true, force: true });
  });
  return { practice, asked, dataDir };
}

/** Tests of others may use the usual port: here it is always taken. */
function withTaken(world: World, taken: readonly number[], asked: number[]): World {
  const bind: World["datagrams"]["bind"] = (options, listener) => {
    const port = options.local?.port ?? 0;
    asked.push(port);
    if (!taken.includes(port)) return world.datagrams.bind(options, listener);
    return Promise.reject(new NetError("net/address-in-use", `port ${port} is taken`));
  };
  return { ...world, datagrams: { bind } };
}

async function canBeReached({ server, identity, key }: HostedPractice): Promise<boolean> {
  const to: Address = { family: 4, ...server };
  const credentials = { type: "psk", identity, key } as const;
  const session = await connectDtls(nodeWorld(), { to, credentials, timeoutMs: 1000 }).catch(
    () => undefined,
  );
  session?.close();
  return session !== undefined;
}

test("runs the practice provider where it can", async (t) => {
  const { practice, asked } = host(t);
  const running = await practice.start(undefined);
  assert.deepEqual(asked, [4646, 0]);
  assert.equal(running.server.host, "127.0.0.1");
  assert.ok(running.prefixes.includes("203.0.113.0/24"));
  assert.ok(await canBeReached(running));
});

test("comes back where it was, with the same key", async (t) => {
  const { practice, asked } = host(t);
  const first = await practice.start(undefined);
  await practice.close();
  assert.ok(!(await canBeReached(first)), "it has ended");
  asked.length = 0;
  const second = await practice.start(first.server.port);
  assert.deepEqual(asked, [first.server.port]);
  assert.deepEqual(second, first);
  assert.ok(await canBeReached(second));
});

test("moves when its port is taken", async (t) => {
  const { practice, asked } = host(t, [4646, 4700]);
  const running = await practice.start(4700);
  assert.deepEqual(asked, [4700, 4646, 0]);
  assert.ok(await canBeReached(running));
});

test("started twice runs once", async (t) => {
  const { practice } = host(t);
  const [one, two] = await Promise.all([practice.start(undefined), practice.start(undefined)]);
  assert.equal(two, one);
  await practice.close();
  await practice.close();
});

test("a start that fails can be tried again", async (t) => {
  const { practice } = host(t, [4646, 0]);
  await assert.rejects(practice.start(undefined), (error) => error instanceof NetError);
  await assert.rejects(practice.start(undefined), (error) => error instanceof NetError);
});
