import assert from "node:assert/strict";
import { setImmediate as turn } from "node:timers/promises";
import { test } from "node:test";
import { MAX_MESSAGE_OCTETS } from "../../../agent/control/channel.ts";
import { ClientCore } from "../../../agent/control/client-core.ts";
import type { TestStep } from "../../../agent/control/contract.ts";
import { ControlError } from "../../../agent/control/control-error.ts";
import { ControlGone } from "../../../agent/control/control-gone.ts";
import { serveChannel } from "../../../agent/control/server-connection.ts";
import { createDouble, type ControlDouble } from "../../support/control-double.ts";
import { aReport, aStatus, anActivity } from "../../support/control-samples.ts";
import { MemoryChannel } from "../../support/memory-channel.ts";
import { seeded } from "../../support/seeded.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";
import { Log } from "./lab.ts";

const gone =
  (code: string) =>
  (error: unknown): boolean =>
    error instanceof ControlGone && error.code === code;
const refused =
  (reason: string) =>
  (error: unknown): boolean =>
    error instanceof ControlError && error.reason === reason;

/** Connects a client to the double of an agent. */
function connect(client: ClientCore, double: ControlDouble): MemoryChannel {
  const [agent, mine] = MemoryChannel.pair();
  const { handlers } = double;
  const clock = new VirtualClock();
  serveChannel(agent, {
    handlers,
    events: double,
    right: "admin",
    version: "1.2.3",
    log: new Log(),
    clock,
  });
  client.attach(mine);
  return mine;
}

interface Met {
  readonly client: ClientCore;
  readonly double: ControlDouble;
  readonly channel: MemoryChannel;
  /** Why the connection was lost, each time. */
  readonly lost: unknown[];
}

function meet(): Met {
  const lost: unknown[] = [];
  const client = new ClientCore({ onLost: (why) => lost.push(why) });
  const double = createDouble();
  return { client, double, channel: connect(client, double), lost };
}

test("a call is answered, with what was asked at the other end", async () => {
  const { client, double } = meet();
  assert.deepEqual(await client.call("target.list", {}), []);
  assert.deepEqual(double.asked, [{ name: "target.list", input: {} }]);
});

test("calls that are answered in another order than asked get their own answers", async () => {
  const { client, double } = meet();
  const release = double.hold("agent.status");
  const first = client.call("agent.status", {});
  assert.deepEqual(await client.call("target.list", {}), []);
  release();
  assert.deepEqual(await first, aStatus());
});

test("a refusal comes as what it was at the agent", async () => {
  const { client, double } = meet();
  double.refuse("target.list", "store-failed", { message: "the disk is full", hint: "Make room." });
  await assert.rejects(client.call("target.list", {}), (error) => {
    assert.ok(error instanceof ControlError);
    const { reason, message, hint } = error;
    assert.deepEqual([reason, message, hint], ["store-failed", "the disk is full", "Make room."]);
    return true;
  });
});

test("progress is told while the answer is awaited", async () => {
  const { client } = meet();
  const draft = { name: "a", server: "b", pskIdentity: "c", key: "d" };
  const steps: TestStep[] = [];
  const options = { onProgress: (step: TestStep): void => void steps.push(step) };
  assert.deepEqual(await client.call("provider.test", { draft }, options), aReport());
  assert.deepEqual(steps, aReport().steps);
});

test("a call that is given up rejects at once and is given up at the agent", async () => {
  const { client, double, channel } = meet();
  double.hold("agent.status");
  const controller = new AbortController();
  const call = client.call("agent.status", {}, { signal: controller.signal });
  controller.abort();
  await assert.rejects(call, { name: "AbortError" });
  assert.match(channel.sent.at(-1) ?? "", /"method":"cancel","params":\{"id":1\}/);
  const { signal } = controller;
  await assert.rejects(client.call("target.list", {}, { signal }), { name: "AbortError" });
  assert.equal(channel.sent.length, 2);
});

test("a signal that fires after the answer does nothing", async () => {
  const { client, channel } = meet();
  const controller = new AbortController();
  await client.call("target.list", {}, { signal: controller.signal });
  controller.abort();
  await turn();
  assert.equal(channel.sent.length, 1);
});

test("what is too long to be taken is not sent", async () => {
  const { client, channel } = meet();
  const provider = "é".repeat(MAX_MESSAGE_OCTETS / 2);
  await assert.rejects(client.call("provider.show", { provider }), refused("invalid-input"));
  assert.deepEqual(channel.sent, []);
});

test("calls reject when the connection ends, and later ones at once; it is told once", async () => {
  const { client, double, channel, lost } = meet();
  double.hold("agent.status");
  const call = client.call("agent.status", {});
  channel.close();
  await assert.rejects(call, gone("lost"));
  await assert.rejects(client.call("target.list", {}), gone("lost"));
  assert.equal(client.attached, false);
  assert.equal(lost.length, 1);
});

test("calls reject when the client closes, which is no loss", async () => {
  const { client, double, lost } = meet();
  double.hold("agent.status");
  const call = client.call("agent.status", {});
  client.close();
  client.close();
  await assert.rejects(call, gone("lost"));
  await turn();
  assert.deepEqual(lost, []);
});

test("listeners are told the first thing and what follows, until they stop", async () => {
  const { client, double, channel } = meet();
  const heard: unknown[] = [];
  const listening = client.on("agent.changed", (status) => heard.push(status));
  await turn();
  double.fire("agent.changed", aStatus());
  double.fire("activity.logged", anActivity());
  await turn();
  assert.deepEqual(heard, [aStatus(), aStatus()]);
  listening.stop();
  listening.stop();
  await turn();
  double.fire("agent.changed", aStatus());
  await turn();
  assert.equal(heard.length, 2);
  assert.equal(channel.sent.filter((text) => text.includes("unsubscribe")).length, 1);
});

test("a second listener is told the first thing, too, and goes on when the other stops", async () => {
  const { client, double } = meet();
  const heard: string[] = [];
  const first = client.on("agent.changed", () => heard.push("first"));
  await turn();
  client.on("agent.changed", () => heard.push("second"));
  await turn();
  assert.ok(heard.includes("second"));
  first.stop();
  heard.length = 0;
  double.fire("agent.changed", aStatus());
  await turn();
  assert.deepEqual(heard, ["second"]);
});

test("listeners go on over a new connection, and those that came in between begin", async () => {
  const { client, double, channel } = meet();
  const heard: string[] = [];
  client.on("agent.changed", () => heard.push("changed"));
  await turn();
  channel.close();
  await turn();
  client.on("activity.logged", () => heard.push("logged"));
  connect(client, double);
  await turn();
  assert.deepEqual(heard, ["changed", "changed"]);
  double.fire("activity.logged", anActivity());
  await turn();
  assert.deepEqual(heard.slice(2), ["logged"]);
});

test("a connection that was replaced says nothing any more", async () => {
  const { client, double, channel, lost } = meet();
  double.hold("agent.status");
  const call = client.call("agent.status", {});
  connect(client, double);
  await assert.rejects(call, gone("lost"));
  await turn();
  assert.equal(channel.isClosed, true);
  assert.deepEqual(await client.call("target.list", {}), []);
  assert.deepEqual(lost, []);
});

test("one who may not listen is told nothing, and nothing breaks", async () => {
  const client = new ClientCore();
  const [agent, mine] = MemoryChannel.pair();
  const error = { code: -32_000, message: "no", data: { reason: "not-allowed" } };
  agent.listen({
    message: () => agent.send(JSON.stringify({ jsonrpc: "2.0", id: 1, error })),
    closed: () => {},
  });
  client.attach(mine);
  client.on("agent.changed", () => assert.fail());
  await turn();
  assert.equal(client.attached, true);
});

test("hello says who the agent is", async () => {
  const hello = { product: "mayday", contract: 1, version: "1.2.3", right: "admin" };
  assert.deepEqual(await meet().client.hello(), hello);
});

/** A client whose agent is a program that says `answer` to everything. */
function confused(answer: string): { client: ClientCore; channel: MemoryChannel } {
  const [other, channel] = MemoryChannel.pair();
  other.listen({ message: () => other.send(answer), closed: () => {} });
  const client = new ClientCore();
  client.attach(channel);
  return { client, channel };
}

const result = (value: unknown): string => JSON.stringify({ jsonrpc: "2.0", id: 1, result: value });

const STRANGERS: readonly [answer: string, code: string][] = [
  ["HTTP/1.1 400 Bad Request", "not-mayday"],
  [result({}), "not-mayday"],
  [result(null), "not-mayday"],
  [result([]), "not-mayday"],
  [result({ product: "other", contract: 1, version: "1" }), "not-mayday"],
  [result({ product: "mayday", contract: "1", version: "1" }), "not-mayday"],
  [result({ product: "mayday", contract: 2, version: "9" }), "other-version"],
  ['{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"?"}}', "not-mayday"],
  ['{"jsonrpc":"2.0","id":1,"method":"hello"}', "not-mayday"],
];

for (const [answer, code] of STRANGERS) {
  test(`a program that says ${answer.slice(0, 70)} is ${code}`, () =>
    assert.rejects(confused(answer).client.hello(), gone(code)));
}

test("a right that is not known is the least", async () => {
  const answer = result({ product: "mayday", contract: 1, version: "1", right: "all" });
  assert.equal((await confused(answer).client.hello()).right, "read");
});

test("why an agent ends the connection is what its calls reject with", async () => {
  const { client, double, channel, lost } = meet();
  double.hold("agent.status");
  const call = client.call("agent.status", {});
  const data = { reason: "busy", hint: "Later." };
  channel.deliver(
    JSON.stringify({ jsonrpc: "2.0", id: null, error: { code: 1, message: "full", data } }),
  );
  channel.close();
  await assert.rejects(call, refused("busy"));
  assert.deepEqual(lost.map(refused("busy")), [true]);
});

test("an error of another program is a fault, with few of its words", async () => {
  const error = { code: 1, message: "x".repeat(100_000), data: { reason: "__proto__", hint: 5 } };
  const { client } = confused(JSON.stringify({ jsonrpc: "2.0", id: 1, error }));
  await assert.rejects(client.call("target.list", {}), (thrown) => {
    assert.ok(thrown instanceof ControlError);
    assert.equal(thrown.reason, "internal");
    assert.equal(thrown.hint, undefined);
    assert.ok(thrown.message.length < 5000);
    return true;
  });
});

const MEANINGLESS = [
  '{"jsonrpc":"2.0","id":99,"result":{}}',
  '{"jsonrpc":"2.0","id":"1","result":{}}',
  '{"jsonrpc":"2.0","id":99,"error":{}}',
  '{"jsonrpc":"2.0","method":"event","params":{"name":"__proto__","payload":1}}',
  '{"jsonrpc":"2.0","method":"event","params":["agent.changed"]}',
  '{"jsonrpc":"2.0","method":"progress","params":{"id":"x"}}',
  '{"jsonrpc":"2.0","method":"later","params":{}}',
];

for (const text of MEANINGLESS) {
  test(`${text} means nothing to a client`, async () => {
    const { client, channel } = meet();
    client.on("agent.changed", () => {});
    channel.deliver(text);
    assert.deepEqual(await client.call("target.list", {}), []);
  });
}

test("random octets end the connection and nothing else", async () => {
  const chance = seeded(3);
  for (let round = 0; round < 300; round += 1) {
    const { client, channel } = meet();
    const call = client.call("target.list", {});
    channel.deliver(new TextDecoder().decode(chance.bytes(chance.int(40))));
    await assert.rejects(call, gone("not-mayday"));
    await turn();
    assert.equal(channel.isClosed, true);
  }
});
