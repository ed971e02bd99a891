import assert from "node:assert/strict";
import { test } from "node:test";
import type { PracticeHost, RunningPractice } from "../../../agent/daemon/practice.ts";
import { MemoryAgentStore } from "../../../agent/store/memory-agent-store.ts";
import { daemonLab, DRAFT, SECOND, type DaemonLab } from "./daemon-lab.ts";

/** The practice provider inside the agent; the lab's provider plays it. */

class PlayedHost implements PracticeHost {
  readonly asked: (number | undefined)[] = [];
  running = false;
  fails = false;
  port: number;
  readonly #lab: DaemonLab;

  constructor(lab: DaemonLab) {
    this.#lab = lab;
    this.port = lab.provider.address.port;
  }

  start(port: number | undefined): Promise<RunningPractice> {
    this.asked.push(port);
    if (this.fails) return Promise.reject(new Error("no port is free"));
    this.running = true;
    const { host } = this.#lab.provider.address;
    return Promise.resolve({
      server: { host, port: this.port },
      identity: DRAFT.pskIdentity,
      key: new TextEncoder().encode(DRAFT.key),
      prefixes: ["203.0.113.0/24"],
    });
  }

  close(): Promise<void> {
    this.running = false;
    return Promise.resolve();
  }
}

test("added once, however often and at the same time it is asked for", async () => {
  const lab = await daemonLab(1);
  const practice = new PlayedHost(lab);
  const agent = lab.agent({ practice });
  const add = agent.daemon.handlers["provider.addPractice"];
  const [one, two] = await Promise.all([add({}, agent.context), add({}, agent.context)]);
  const three = await agent.call("provider.addPractice", {});
  assert.deepEqual([two.id, three.id], [one.id, one.id]);
  assert.deepEqual([one.kind, one.name], ["practice", "Practice provider"]);
  assert.deepEqual(one.prefixes, ["203.0.113.0/24"]);
  assert.equal(practice.asked.length, 1);
  const asked = await agent.request(["203.0.113.7"]);
  assert.equal((await agent.reach(asked.id, "filtering")).kind, "practice");
  await agent.close();
  assert.ok(!practice.running, "it ends with the agent");
});

test("the preview says that it protects nobody, and what it would refuse", async () => {
  const lab = await daemonLab(2);
  const agent = lab.agent({ practice: new PlayedHost(lab) });
  await agent.call("provider.addPractice", {});
  const { warnings } = await agent.call("scope.preview", { targets: ["203.0.113.7", "192.0.2.1"] });
  assert.match(warnings[0] ?? "", /filters nothing/);
  assert.match(warnings[1] ?? "", /it will refuse 192\.0\.2\.1\/32\.$/);
  await agent.close();
});

test("a real provider is asked before it", async () => {
  const lab = await daemonLab(3);
  await lab.another("real");
  const agent = lab.agent({ practice: new PlayedHost(lab) });
  await agent.call("provider.addPractice", {});
  await agent.call("provider.add", { ...DRAFT, server: "real.example.net" });
  const asked = await agent.request(["203.0.113.7"]);
  assert.equal(asked.provider, DRAFT.name);
  await agent.close();
});

test("started again with the agent; what moved is found where it is, with its mids", async () => {
  const lab = await daemonLab(4);
  const memory = new MemoryAgentStore();
  const practice = new PlayedHost(lab);
  practice.port = 9; // nobody is there
  const first = lab.agent({ practice, store: memory });
  await first.call("provider.addPractice", {});
  const { id, mid } = await first.request(["203.0.113.7"]);
  assert.equal(mid, 1);
  await lab.run(5 * SECOND);
  await first.close();

  practice.port = lab.provider.address.port;
  const second = lab.agent({ practice, store: memory.reopened() });
  assert.equal(second.status.sessions.length, 1, "shown while it starts");
  await second.reach(id, "filtering");
  assert.deepEqual(practice.asked, [undefined, 9]);
  const [shown] = await second.call("provider.list", {});
  assert.equal(shown?.server, "coaps://198.51.100.1:4646");
  assert.equal((await second.request(["203.0.113.8"])).mid, 2);
  await second.close();
});

test("one that does not start is refused, and can be tried again", async () => {
  const lab = await daemonLab(5);
  const practice = new PlayedHost(lab);
  practice.fails = true;
  const agent = lab.agent({ practice });
  const refusal = await agent.refusal("provider.addPractice", {});
  assert.equal(refusal.reason, "practice-failed");
  assert.match(refusal.message, /no port is free/);
  assert.deepEqual(await agent.call("provider.list", {}), []);
  practice.fails = false;
  await agent.call("provider.addPractice", {});
  await agent.close();
});

test("one of an earlier run that does not start now: its session is tried all the same", async () => {
  const lab = await daemonLab(6);
  const memory = new MemoryAgentStore();
  const practice = new PlayedHost(lab);
  const first = lab.agent({ practice, store: memory });
  await first.call("provider.addPractice", {});
  await first.close();
  practice.fails = true;
  const second = lab.agent({ practice, store: memory.reopened() });
  const { id } = await second.request(["203.0.113.7"]);
  await second.reach(id, "filtering"); // another process runs it
  await second.close();
});

test("removed, it ends", async () => {
  const lab = await daemonLab(7);
  const practice = new PlayedHost(lab);
  const agent = lab.agent({ practice });
  const { name } = await agent.call("provider.addPractice", {});
  await agent.call("provider.remove", { provider: name });
  assert.ok(!practice.running);
  assert.deepEqual(await agent.call("provider.list", {}), []);
  await agent.close();
});
