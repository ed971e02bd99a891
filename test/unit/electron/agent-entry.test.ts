import assert from "node:assert/strict";
import { once, EventEmitter } from "node:events";
import { describe, test } from "node:test";
import { setImmediate as soon } from "node:timers/promises";
import type { Channel } from "../../../agent/control/channel.ts";
import type { AgentMessage } from "../../../electron/agent-messages.ts";
import { runAgentProcess } from "../../../electron/main/agent-entry.ts";
import type { EntryParts, OwnAgent } from "../../../electron/main/agent-entry.ts";
import { MemoryChannel } from "../../support/memory-channel.ts";

/** The main process's side, and what the agent's process did. */
interface Lab {
  readonly done: string[];
  readonly said: AgentMessage[];
  readonly window: Channel;
  readonly heard: string[];
  tell(data: unknown, ports?: Channel[]): void;
  exited(): Promise<unknown>;
}

function lab(parts: Pick<EntryParts<Channel>, "start" | "join">): Lab {
  const done: string[] = [];
  const said: AgentMessage[] = [];
  const heard: string[] = [];
  const events = new EventEmitter();
  const [window, port] = MemoryChannel.pair();
  window.listen({ message: (text) => heard.push(text), closed: () => done.push("window closed") });
  runAgentProcess<Channel>({
    parent: {
      on: (_event, listener) => events.on("message", listener),
      postMessage: (message) => void said.push(message),
    },
    channelOf: (channel) => channel,
    exit: (code) => {
      done.push(`exit ${code}`);
      events.emit("exit");
    },
    ...parts,
  });
  const tell: Lab["tell"] = (data, ports = [port]) => events.emit("message", { data, ports });
  return { done, said, window, heard, tell, exited: () => once(events, "exit") };
}

const ATTACH = { tag: "attach" };
const STOP = { tag: "stop" };
const never = async (): Promise<never> => assert.fail("not asked for");

function ownAgent(done: string[]): OwnAgent {
  return {
    attach: (channel) =>
      channel.listen({ message: (text) => channel.send(`re: ${text}`), closed: () => {} }),
    close: async () => {
      await soon();
      done.push("agent closed");
    },
  };
}

describe("an agent of its own", () => {
  test("serves the window, and ends in good order", async () => {
    const closed: string[] = [];
    const one = lab({ start: async () => ownAgent(closed), join: never });
    one.tell(ATTACH);
    one.window.send("hello");
    await soon();
    assert.deepEqual(one.said, [{ tag: "ready", joined: false }]);
    assert.deepEqual(one.heard, ["re: hello"]);
    const exited = one.exited();
    one.tell(STOP);
    await exited;
    assert.deepEqual([closed, one.done], [["agent closed"], ["exit 0"]]);
  });

  test("that is stopped while it starts is closed, too", async () => {
    const closed: string[] = [];
    const one = lab({ start: () => soon(ownAgent(closed)), join: never });
    one.tell(ATTACH);
    const exited = one.exited();
    one.tell(STOP);
    await exited;
    assert.deepEqual([closed, one.done, one.said], [["agent closed"], ["exit 0"], []]);
  });

  test("that cannot start says why, and what to do", async () => {
    const fault = Object.assign(new Error("the disk is full"), { hint: "Make room." });
    const one = lab({ start: () => Promise.reject(fault), join: never });
    one.tell(ATTACH);
    await one.exited();
    assert.deepEqual(one.said, [{ tag: "failed", message: "the disk is full. Make room." }]);
    assert.deepEqual(one.done, ["exit 1"]);
  });

  test("is not started for what means nothing", async () => {
    const one = lab({ start: never, join: never });
    for (const data of [undefined, null, "attach", {}, { tag: "attach!" }]) one.tell(data);
    one.tell(ATTACH, []);
    await soon();
    assert.deepEqual([one.said, one.done], [[], []]);
    const exited = one.exited();
    one.tell(STOP);
    await exited;
    assert.deepEqual(one.done, ["exit 0"]);
  });
});

describe("where an agent runs already", () => {
  test("words are passed on to it and back, unread", async () => {
    const [here, there] = MemoryChannel.pair();
    there.listen({ message: (text) => there.send(`other: ${text}`), closed: () => {} });
    const one = lab({ start: async () => undefined, join: async () => here });
    one.tell(ATTACH);
    await soon();
    one.window.send("{not even JSON");
    await soon();
    assert.deepEqual(one.said, [{ tag: "ready", joined: true }]);
    assert.deepEqual(one.heard, ["other: {not even JSON"]);
  });

  test("its end is this process's, so that the next one starts an agent of its own", async () => {
    const [here, there] = MemoryChannel.pair();
    there.listen({ message: () => {}, closed: () => {} });
    const one = lab({ start: async () => undefined, join: async () => here });
    one.tell(ATTACH);
    await soon();
    there.close();
    await soon();
    assert.deepEqual(one.done.toSorted(), ["exit 0", "window closed"]);
  });

  test("it goes on when this process is stopped", async () => {
    const [here, there] = MemoryChannel.pair();
    let isLeft = false;
    there.listen({ message: () => {}, closed: () => (isLeft = true) });
    const one = lab({ start: async () => undefined, join: async () => here });
    one.tell(ATTACH);
    await soon();
    const exited = one.exited();
    one.tell(STOP);
    await exited;
    assert.equal(isLeft, true);
    assert.ok(one.done.includes("exit 0"));
  });

  test("one that cannot be joined is told of", async () => {
    const join = () => Promise.reject(new Error("the control socket belongs to another user"));
    const one = lab({ start: async () => undefined, join });
    one.tell(ATTACH);
    await one.exited();
    const message = "the control socket belongs to another user.";
    assert.deepEqual(one.said, [{ tag: "failed", message }]);
  });
});
