import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Channel } from "../../../agent/control/channel.ts";
import { ClientCore } from "../../../agent/control/client-core.ts";
import { ControlGone } from "../../../agent/control/control-gone.ts";
import type { AgentMessage, HostMessage } from "../../../electron/agent-messages.ts";
import { hostAgent } from "../../../electron/main/agent-host.ts";
import type { AgentHost, ProcessListener } from "../../../electron/main/agent-host.ts";
import type { HostState } from "../../../electron/main/agent-restarts.ts";
import { MemoryChannel } from "../../support/memory-channel.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

/** A process that a test plays. */
class Process {
  readonly told: HostMessage[] = [];
  readonly channel: Channel;
  readonly asked: string[] = [];
  killed = false;
  listener: ProcessListener = { message: () => {}, exit: () => {} };
  readonly #agent: Channel;

  constructor(contract = 1) {
    [this.channel, this.#agent] = MemoryChannel.pair();
    this.#agent.listen({ message: (text) => this.#answer(text, contract), closed: () => {} });
  }

  tell(message: HostMessage): void {
    this.told.push(message);
  }

  kill(): void {
    this.killed = true;
    this.exit(9);
  }

  listen(listener: ProcessListener): void {
    this.listener = listener;
  }

  says(message: AgentMessage): void {
    this.listener.message(message);
  }

  exit(code: number): void {
    this.#agent.close();
    this.listener.exit(code);
  }

  #answer(text: string, contract: number): void {
    const { id, method } = JSON.parse(text) as { id: number; method: string };
    this.asked.push(method);
    const hello = { product: "mayday", contract, version: "0.1.0", right: "admin" };
    const result = method === "hello" ? hello : {};
    this.#agent.send(JSON.stringify({ jsonrpc: "2.0", id, result }));
  }
}

interface Lab {
  readonly clock: VirtualClock;
  readonly client: ClientCore;
  readonly host: AgentHost;
  readonly processes: Process[];
  readonly states: string[];
  /** The one that runs now. */
  readonly last: () => Process;
}

function lab(contract?: number): Lab {
  const clock = new VirtualClock();
  const client = new ClientCore();
  const processes: Process[] = [];
  const states: string[] = [];
  const describeState = (state: HostState): string =>
    state.tag === "waiting" ? `waiting: ${state.fault ?? "silent"}` : state.tag;
  const host = hostAgent({
    clock,
    client,
    log: { warn: () => {}, error: () => {} },
    fork: () => {
      const process = new Process(contract);
      processes.push(process);
      return process;
    },
    onState: (state) => states.push(describeState(state)),
  });
  const last = (): Process => processes.at(-1) ?? assert.fail("nothing was started");
  return { clock, client, host, processes, states, last };
}

const READY: AgentMessage = { tag: "ready", joined: false };

describe("the agent's process", () => {
  test("runs once it has said so and introduced itself", async () => {
    const { clock, last, states } = lab();
    last().says(READY);
    await clock.advance(0);
    assert.deepEqual([states, last().asked], [["running"], ["hello"]]);
    assert.equal(clock.pending, 0);
  });

  test("is started again when it dies, later and later, until it stays", async () => {
    const { clock, last, processes, states } = lab();
    for (const delay of [500, 1000, 2000]) {
      last().says({ tag: "failed", message: "the disk is full" });
      last().exit(1);
      await clock.advance(delay - 1);
      const before = processes.length;
      await clock.advance(1);
      assert.equal(processes.length, before + 1, `after ${delay} ms`);
    }
    last().says(READY);
    await clock.advance(120_000);
    last().exit(139);
    await clock.advance(500);
    assert.equal(processes.length, 5);
    const failed = ["waiting: the disk is full", "starting"];
    const wanted = [...failed, ...failed, ...failed, "running", "waiting: silent", "starting"];
    assert.deepEqual(states, wanted);
  });

  test("is killed when it says nothing", async () => {
    const { clock, processes } = lab();
    await clock.advance(20_000);
    assert.equal(processes[0]?.killed, true);
    await clock.advance(500);
    assert.equal(processes.length, 2);
  });

  test("of another contract is not talked to, and it is said why", async () => {
    const { clock, last, states } = lab(2);
    const first = last();
    first.says(READY);
    await clock.advance(0);
    assert.equal(first.killed, true);
    assert.match(states[0] ?? "", /^waiting: the agent is of another version/);
  });

  test("may say what means nothing", async () => {
    const { clock, last, states } = lab();
    for (const value of [undefined, null, "ready", 7, {}, { tag: "ready" }, { tag: "failed" }]) {
      last().listener.message(value);
    }
    await clock.advance(0);
    assert.deepEqual(states, []);
  });
});

describe("whoever talks to the agent", () => {
  test("is told at once that it is gone, and may ask the next one", async () => {
    const { client, clock, last } = lab();
    last().says(READY);
    await clock.advance(0);
    last().listener.exit(1); // its channel may tell that later, or never
    await assert.rejects(client.call("agent.status", {}), ControlGone);
    await clock.advance(500);
    assert.deepEqual(await client.call("agent.status", {}), {});
  });

  test("goes on listening over a restart", async () => {
    const { client, clock, last } = lab();
    client.on("agent.changed", () => {});
    last().exit(1);
    await clock.advance(500);
    assert.deepEqual(last().asked, ["events.subscribe"]);
  });
});

describe("the end", () => {
  test("is asked for, and waited for", async () => {
    const { clock, host, last, states } = lab();
    last().says(READY);
    await clock.advance(0);
    let isStopped = false;
    const stopped = host.stop().then(() => (isStopped = true));
    await clock.advance(1000);
    assert.deepEqual([last().told, isStopped], [[{ tag: "stop" }], false]);
    last().exit(0);
    await stopped;
    await host.stop();
    await clock.advance(60_000);
    assert.deepEqual(states, ["running", "stopping", "stopped"]);
    assert.equal(clock.pending, 0);
  });

  test("is forced when it does not come", async () => {
    const { clock, host, last, processes } = lab();
    const stopped = host.stop();
    await clock.advance(2500);
    assert.equal(last().killed, true);
    await stopped;
    assert.equal(processes.length, 1);
  });

  test("comes at once while nothing runs", async () => {
    const { clock, host, last, processes } = lab();
    last().exit(1);
    await host.stop();
    await clock.advance(60_000);
    assert.equal(processes.length, 1);
  });
});
