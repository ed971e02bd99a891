/**
 * A hundred times kill -9 of the agent, at chance moments around a request: what was acknowledged is kept, nothing is
 * asked twice, and the database opens. A real server watches: what it holds at the end is what the users asked for.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import Database from "better-sqlite3";
import type { Mitigation } from "../../agent/control/contract.ts";
import { connectControl } from "../../agent/control/transport/socket-client.ts";
import type { ControlConnection } from "../../agent/control/transport/socket-client.ts";
import { scratchFolder, startAgentProcess, type AgentProcess } from "../support/agent-process.ts";
import { seeded } from "../support/seeded.ts";
import { mayday, startServer, type Owner, type ServerProcess } from "../support/server-process.ts";

const ROUNDS = 100;
/** A kill comes at most this long after the request went out, in milliseconds: it is answered in about 10. */
const SPREAD_MS = 25;
const SETTLED_MS = 30_000;
/** How many the server lets this client ask for. */
const ADDRESSES = 16;

/** What a user asked for, and what was said to it. */
interface Asked {
  readonly key: string;
  readonly target: string;
  id: string | undefined;
  withdrawn: boolean;
}

/** A live mitigation of the server's; the port tells whose request it is. */
interface Held {
  readonly mid: number;
  readonly port: number;
}

async function heldBy(owner: Owner, server: ServerProcess): Promise<Held[]> {
  const program = mayday(owner, [...server.signal("get"), "--json"]);
  assert.equal(await program.exit(), 0, program.output);
  const { payload } = JSON.parse(program.output) as {
    payload: {
      "ietf-dots-signal-channel:mitigation-scope": {
        scope: { mid: number; status: string; "target-port-range": { "lower-port": number }[] }[];
      };
    };
  };
  return payload["ietf-dots-signal-channel:mitigation-scope"].scope
    .filter(({ status }) => !/withdrawn|terminated/.test(status))
    .map(({ mid, "target-port-range": [range] }) => ({ mid, port: range?.["lower-port"] ?? 0 }));
}

function request(control: ControlConnection, { key, target }: Asked): Promise<Mitigation> {
  return control.call("mitigation.request", { targets: [target], requestKey: key });
}

/** `count` mitigations live and are granted, and nothing waits for the server any more. */
async function settled(control: ControlConnection, count: number): Promise<readonly Mitigation[]> {
  const from = performance.now();
  for (;;) {
    const live = await control.call("mitigation.list", {});
    const granted = live.filter(({ phase }) => phase === "accepted" || phase === "filtering");
    if (granted.length === live.length && live.length <= count) return live;
    if (performance.now() - from > SETTLED_MS) assert.fail(`not settled: ${JSON.stringify(live)}`);
    await sleep(100);
  }
}

/**
 * What the server should hold: ports do not set two requests apart, so that of those for one address the newest
 * replaces the others. [RFC 9132 §4.4.1.3]
 */
function wantedOf(asked: readonly Asked[]): Asked[] {
  return asked.slice(-ADDRESSES).filter(({ withdrawn }) => !withdrawn);
}

/** The oldest that lives. It is acknowledged, and the kill that follows must not undo it. */
async function withdrawOne(control: ControlConnection, asked: readonly Asked[]): Promise<void> {
  const one = wantedOf(asked).find(({ id }) => id !== undefined);
  if (one?.id === undefined) return;
  await control.call("mitigation.withdraw", { id: one.id });
  one.withdrawn = true;
}

test(`${ROUNDS} rounds of kill -9 around a request lose none and double none`, async (t) => {
  const owner: Owner = { after: (fn) => t.after(fn) };
  const server = await startServer(owner);
  const dataDir = scratchFolder(owner);
  const random = seeded(20_261_122);
  const asked: Asked[] = [];

  const start = async (): Promise<[AgentProcess, ControlConnection]> => {
    const agent = await startAgentProcess(owner, dataDir, ["--no-console"]);
    return [agent, await connectControl(agent.control, { validate: false })];
  };

  let answered = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const [agent, control] = await start();
    if (round === 0) {
      const { port, identity, key } = server;
      const draft = { name: "Lab", server: `127.0.0.1:${port}`, pskIdentity: identity, key };
      await control.call("provider.add", draft);
    }
    const known = await control.call("mitigation.list", { all: true });
    for (const { id, key } of asked) {
      if (id !== undefined) assert.equal(known.filter((one) => one.id === id).length, 1, key);
    }
    // Whoever was not answered asks again, with the same key.
    const before = asked.at(-1);
    if (before !== undefined) {
      const again = await request(control, before);
      assert.ok(
        before.id === undefined || before.id === again.id,
        "the same key, the same request",
      );
      before.id = again.id;
    }
    if (round % 3 === 2) await withdrawOne(control, asked);

    const mine: Asked = {
      key: `round-${round}-of-kills`,
      target: `203.0.113.${round % ADDRESSES}:${1000 + round}/tcp`,
      id: undefined,
      withdrawn: false,
    };
    asked.push(mine);
    const answer = request(control, mine).then(
      ({ id }) => {
        mine.id = id;
        answered += 1;
      },
      () => undefined, // killed before it answered
    );
    await sleep(random.fraction() * SPREAD_MS);
    await agent.program.stop("SIGKILL");
    await answer;
    control.close();
  }
  t.diagnostic(`${answered} of ${ROUNDS} requests were acknowledged before the kill`);
  assert.ok(answered > 0 && answered < ROUNDS, "the kills come around the answer");

  const [agent, control] = await start();
  const last = asked.at(-1);
  assert.ok(last);
  last.id = (await request(control, last)).id;
  const wanted = wantedOf(asked);
  const live = await settled(control, wanted.length);
  assert.deepEqual(
    live.map(({ id }) => id).toSorted(),
    wanted.map(({ id = "" }) => id).toSorted(),
    "the agent keeps what was asked for, once",
  );
  const held = await heldBy(owner, server);
  const byMid = (a: Held, b: Held): number => a.mid - b.mid;
  const portOf = ({ scope }: Mitigation): number =>
    scope["target-port-range"]?.[0]?.["lower-port"] ?? 0;
  assert.deepEqual(
    held.toSorted(byMid),
    live.map((one) => ({ mid: one.mid, port: portOf(one) })).toSorted(byMid),
    "the server holds exactly that",
  );
  control.close();
  await agent.program.stop("SIGTERM");

  const database = new Database(join(dataDir, "agent.db"), { readonly: true });
  assert.deepEqual(database.pragma("integrity_check"), [{ integrity_check: "ok" }]);
  database.close();
});
