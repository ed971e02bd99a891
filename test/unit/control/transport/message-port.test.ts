import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { test } from "node:test";
import { MessageChannel } from "node:worker_threads";
import { serveChannel } from "../../../../agent/control/server-connection.ts";
import { ClientCore } from "../../../../agent/control/client-core.ts";
import { messagePortChannel } from "../../../../agent/control/transport/message-port.ts";
import { createDouble } from "../../../support/control-double.ts";
import { VirtualClock } from "../../../support/virtual-clock.ts";
import { Log } from "../lab.ts";

test("both ends talk over Node's own ports, until one closes", async () => {
  const { port1, port2 } = new MessageChannel();
  const double = createDouble();
  const { handlers } = double;
  const base = {
    right: "write",
    version: "1.2.3",
    log: new Log(),
    clock: new VirtualClock(),
  } as const;
  serveChannel(messagePortChannel(port1), { ...base, handlers, events: double });
  const client = new ClientCore();
  client.attach(messagePortChannel(port2));
  assert.equal((await client.hello()).version, "1.2.3");
  assert.deepEqual(await client.call("target.list", {}), []);
  const closed = once(port1, "close");
  client.close();
  await closed;
});

/** Stands for Electron's ports: what was sent is the `data` of an event, and there may be no end. */
class WrappingPort extends EventEmitter {
  readonly posted: unknown[] = [];
  postMessage(message: unknown): void {
    this.posted.push(message);
  }
}

test("what came is taken out of Electron's events; what is no text is left alone", () => {
  const port = new WrappingPort();
  const heard: string[] = [];
  const channel = messagePortChannel(port);
  channel.listen({ message: (text) => heard.push(text), closed: () => {} });
  for (const message of [{ data: "a" }, "b", { data: { data: "c" } }, { ports: [] }, null, 7]) {
    port.emit("message", message);
  }
  assert.deepEqual(heard, ["a", "b"]);
  channel.send("out");
  assert.deepEqual(port.posted, ["out"]);
});

test("a channel that was closed tells so once, sends nothing and hears nothing", async () => {
  const port = new WrappingPort();
  let closed = 0;
  const channel = messagePortChannel(port);
  channel.listen({ message: () => assert.fail(), closed: () => (closed += 1) });
  channel.close();
  channel.close();
  await Promise.resolve();
  port.emit("close");
  port.emit("message", "late");
  channel.send("late");
  assert.equal(closed, 1);
  assert.deepEqual(port.posted, []);
});
