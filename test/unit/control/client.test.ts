import assert from "node:assert/strict";
import { setImmediate as turn } from "node:timers/promises";
import { test } from "node:test";
import { ControlClient } from "../../../agent/control/client.ts";
import { ControlError } from "../../../agent/control/control-error.ts";
import { aReport, aStatus } from "../../support/control-samples.ts";
import { MemoryChannel } from "../../support/memory-channel.ts";

/** A client, and what stands for its agent. */
function meet(): { client: ControlClient; agent: MemoryChannel } {
  const [agent, mine] = MemoryChannel.pair();
  agent.listen({ message: () => {}, closed: () => {} });
  const client = new ControlClient();
  client.attach(mine);
  return { client, agent };
}

function say(agent: MemoryChannel, message: object): void {
  agent.send(JSON.stringify({ jsonrpc: "2.0", ...message }));
}

test("an answer of the contract's form is delivered; what it holds beyond is not", async () => {
  const { client, agent } = meet();
  const call = client.call("agent.status", {});
  say(agent, { id: 1, result: { ...aStatus(), more: 1 } });
  assert.deepEqual(await call, aStatus());
});

for (const result of [null, 7, {}, { ...aStatus(), sessions: [{}] }]) {
  test(`an answer of another form is a fault: ${JSON.stringify(result).slice(0, 30)}`, async () => {
    const { client, agent } = meet();
    const call = client.call("agent.status", {});
    say(agent, { id: 1, result });
    await assert.rejects(
      call,
      (error) => error instanceof ControlError && error.reason === "internal",
    );
  });
}

test("events and progress of another form are not delivered; the next ones are", async () => {
  const { client, agent } = meet();
  const heard: unknown[] = [];
  client.on("agent.changed", (status) => heard.push(status));
  const [step] = aReport().steps;
  const onProgress = (value: unknown): void => void heard.push(value);
  const call = client.call("provider.test", { provider: "p" }, { onProgress });
  for (const payload of [undefined, {}, aStatus()]) {
    say(agent, { method: "event", params: { name: "agent.changed", payload } });
  }
  for (const value of [7, { ...step, state: "lost" }, step]) {
    say(agent, { method: "progress", params: { id: 2, value } });
  }
  say(agent, { id: 2, result: aReport() });
  assert.deepEqual(await call, aReport());
  await turn();
  assert.deepEqual(heard, [aStatus(), step]);
});
