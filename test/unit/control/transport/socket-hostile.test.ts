import assert from "node:assert/strict";
import { test } from "node:test";
import { MAX_MESSAGE_OCTETS } from "../../../../agent/control/channel.ts";
import { MAX_QUEUED_OCTETS } from "../../../../agent/control/server-connection.ts";
import { MAX_CONNECTIONS } from "../../../../agent/control/transport/socket-server.ts";
import { anActivity } from "../../../support/control-samples.ts";
import { mutate, seeded } from "../../../support/seeded.ts";
import { RawPeer, skip, startAgent, type Agent, type Owner } from "./lab.ts";

/** Another client is served as if nothing had happened. */
async function isWell(owner: Owner, { path, log }: Agent, call = "provider.list"): Promise<void> {
  const peer = await RawPeer.connect(owner, path);
  peer.ask("well", call);
  const [answer] = await peer.until(1);
  assert.deepEqual(answer?.result, []);
  peer.socket.destroy();
  assert.deepEqual(
    log.lines.filter(({ level }) => level === "error"),
    [],
  );
}

const hello = '{"jsonrpc":"2.0","id":1,"method":"hello"}';

const LINES: readonly [title: string, line: string, reason: string | undefined][] = [
  ["an unknown call", '{"jsonrpc":"2.0","id":1,"method":"exec","params":{}}', "unknown-method"],
  [
    "input of other types",
    '{"jsonrpc":"2.0","id":1,"method":"provider.add","params":{"name":[]}}',
    "invalid-input",
  ],
  ["no JSON", "\u0000\u0001 }{", "invalid-input"],
  ["a batch", `[${hello}]`, "invalid-input"],
  ["a request of a browser", "GET / HTTP/1.1", "invalid-input"],
  ["an end of line of Windows", `${hello}\r`, undefined],
  ["empty lines before it", `\n \n\r\n${hello}`, undefined],
];

for (const [title, line, reason] of LINES) {
  test(`${title} is answered, and the connection goes on`, { skip }, async (t) => {
    const agent = await startAgent(t);
    const peer = await RawPeer.connect(t, agent.path);
    peer.say(`${line}\n`);
    const [answer] = await peer.until(1);
    assert.equal(answer?.error?.data.reason, reason);
    peer.ask(2, "hello");
    await peer.until(2);
    await isWell(t, agent);
  });
}

test(
  "a line that comes octet by octet is one line, with its characters whole",
  { skip },
  async (t) => {
    const agent = await startAgent(t);
    const peer = await RawPeer.connect(t, agent.path);
    const params = { name: "Zweigstelle Köln 🛟", server: "b", pskIdentity: "c", key: "d" };
    const call = `${JSON.stringify({ jsonrpc: "2.0", id: 1, method: "provider.add", params })}\n`;
    peer.socket.setNoDelay(true);
    for (const octet of Buffer.from(call)) peer.say(Uint8Array.of(octet));
    await peer.until(1);
    assert.equal(agent.double.state.providers[0]?.name, params.name);
  },
);

test("a line that has no end yet keeps nobody waiting", { skip }, async (t) => {
  const agent = await startAgent(t);
  const peer = await RawPeer.connect(t, agent.path);
  peer.say(hello);
  await isWell(t, agent);
  assert.deepEqual(peer.heard, []);
  peer.socket.destroy();
  await isWell(t, agent);
});

test(
  "a line of four mebioctets is told to be too long and ends the connection",
  { skip },
  async (t) => {
    const agent = await startAgent(t);
    const peer = await RawPeer.connect(t, agent.path);
    await peer.sayAll("x".repeat(4_194_304)); // it may not read before all of it is written
    const [answer] = await peer.until(1);
    assert.match(answer?.error?.message ?? "", /longer than 262144 octets/);
    peer.say(`\n${hello}\n`);
    await peer.closed();
    assert.equal(peer.heard.length, 1);
    await isWell(t, agent);
  },
);

test("a line of just the length that is taken is taken", { skip }, async (t) => {
  const agent = await startAgent(t);
  const peer = await RawPeer.connect(t, agent.path);
  peer.say(`${hello.padEnd(MAX_MESSAGE_OCTETS)}\n`);
  assert.equal((await peer.until(1))[0]?.error, undefined);
});

test("who sends calls, ends and then reads gets every answer, and the end", { skip }, async (t) => {
  const agent = await startAgent(t);
  const peer = await RawPeer.connect(t, agent.path);
  const release = agent.double.hold("provider.list");
  for (let id = 0; id < 20; id += 1) peer.ask(id, "provider.list");
  peer.socket.end();
  await isWell(t, agent, "target.list"); // the agent has had its time to see the end
  release();
  await peer.closed();
  assert.equal(peer.heard.length, 20);
});

test(
  "one connection too many is told so and ended; when another has gone there is room",
  { skip },
  async (t) => {
    const agent = await startAgent(t);
    const peers: RawPeer[] = [];
    for (let at = 0; at < MAX_CONNECTIONS; at += 1) {
      const peer = await RawPeer.connect(t, agent.path);
      peer.ask(1, "hello");
      await peer.until(1);
      peers.push(peer);
    }
    for (let at = 0; at < 3; at += 1) {
      const late = await RawPeer.connect(t, agent.path);
      late.ask(1, "hello");
      const [answer] = await late.until(1);
      assert.equal(answer?.error?.data.reason, "busy");
      late.socket.end();
      await late.closed();
    }
    const [first] = peers;
    first?.socket.end();
    await first?.closed();
    await isWell(t, agent);
    assert.equal(agent.log.lines.length, 1);
  },
);

test(
  "hundreds of connections that say nothing do not keep the agent from those it has",
  { skip },
  async (t) => {
    const agent = await startAgent(t);
    const early = await RawPeer.connect(t, agent.path);
    early.ask(1, "hello");
    await early.until(1);
    const flood = Array.from({ length: 300 }, () => RawPeer.connect(t, agent.path).catch(() => {}));
    await Promise.all(flood);
    early.ask(2, "provider.list");
    assert.deepEqual((await early.until(2))[1]?.result, []);
  },
);

test("who asks for much and reads nothing is cut off", { skip }, async (t) => {
  const agent = await startAgent(t);
  const text = "x".repeat(1000);
  const activity = Array.from({ length: 1000 }, (_, id) => anActivity({ id, text }));
  agent.double.set({ activity });
  const peer = await RawPeer.connect(t, agent.path);
  peer.socket.pause();
  const before = process.memoryUsage().arrayBuffers;
  for (let id = 0; agent.log.lines.length === 0; id += 1) {
    peer.ask(id, "activity.list", { limit: 1000 });
    await isWell(t, agent);
    if (id > 200) assert.fail("it was never cut off");
  }
  const held = process.memoryUsage().arrayBuffers - before;
  assert.ok(held < 4 * MAX_QUEUED_OCTETS, `${held} octets`);
  assert.match(agent.log.lines[0]?.message ?? "", /does not read/);
  peer.socket.resume();
  peer.socket.end();
  await peer.closed();
});

test("random lines and damaged calls end at most their own connection", { skip }, async (t) => {
  const chance = seeded(5);
  const agent = await startAgent(t);
  const good = Buffer.from(
    `${hello}\n{"jsonrpc":"2.0","id":2,"method":"target.list","params":{}}\n`,
  );
  for (let round = 0; round < 200; round += 1) {
    const peer = await RawPeer.connect(t, agent.path);
    peer.say(chance.int(2) === 0 ? chance.bytes(chance.int(2000)) : mutate(good, chance));
    if (chance.int(2) === 0) {
      peer.say(`\n{"jsonrpc":"2.0","id":"last","method":"hello"}\n`);
      peer.socket.end();
      await peer.closed();
      assert.ok(peer.heard.some((answer) => answer.id === "last"));
    } else {
      peer.socket.destroy();
    }
  }
  await isWell(t, agent);
});
