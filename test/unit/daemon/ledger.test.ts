import assert from "node:assert/strict";
import { test } from "node:test";
import { Ledger } from "../../../agent/daemon/ledger.ts";
import { ControlError } from "../../../agent/control/control-error.ts";
import type {
  AgentChanges,
  NewActivity,
  StoredActivity,
} from "../../../agent/store/agent-store.ts";
import { MemoryAgentStore } from "../../../agent/store/memory-agent-store.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";
import { FaultyStore } from "./faulty-store.ts";

const QUIET = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

function scene() {
  const clock = new VirtualClock();
  const memory = new MemoryAgentStore();
  const store = new FaultyStore(memory);
  const logged: StoredActivity[] = [];
  const ledger = new Ledger({ store, clock, log: QUIET }, (entry) => logged.push(entry));
  return { clock, memory, store, ledger, logged };
}

function activity(text: string): NewActivity {
  return {
    atMs: 0,
    kind: "agent-started",
    severity: "info",
    provider: null,
    request: null,
    text,
    details: {},
  };
}

const mid = (last: number): AgentChanges => ({
  mids: [{ server: "dots.example.net:4646", cuid: "c", last }],
});

test("what a user asks for is kept at once, or refused", () => {
  const { store, ledger, memory } = scene();
  ledger.keep(mid(1));
  store.failing = () => true;
  assert.throws(
    () => ledger.keep(mid(2)),
    (error) => error instanceof ControlError && error.reason === "store-failed",
  );
  store.failing = () => false;
  ledger.keep({ activities: [activity("later")] });
  assert.equal(memory.load().mids[0]?.last, 1, "what was refused is not kept later");
});

test("what happened is kept when that is possible again: the latest of each, every entry", async () => {
  const { store, ledger, memory, clock, logged } = scene();
  store.failing = () => true;
  for (const last of [1, 2, 3]) ledger.note({ ...mid(last), activities: [activity(`${last}`)] });
  assert.deepEqual(logged, []);
  store.failing = () => false;
  await clock.advance(5000);
  assert.equal(memory.load().mids[0]?.last, 3);
  assert.deepEqual(
    logged.map(({ text }) => text),
    ["1", "2", "3"],
  );
  assert.equal(clock.pending, 0);
});

test("what waits goes with the next change", () => {
  const { store, ledger, memory, clock } = scene();
  store.failing = (number) => number === 1;
  ledger.note(mid(1));
  ledger.keep({ activities: [activity("asked")] });
  assert.equal(memory.load().mids[0]?.last, 1);
  assert.equal(clock.pending, 0);
});

test("a provider that is removed does not come back with what waits", () => {
  const { store, ledger, memory } = scene();
  const provider = {
    id: "p-1",
    name: "One",
    kind: "practice",
    host: "127.0.0.1",
    port: 4646,
    credential: { type: "psk", identity: "practice", key: new Uint8Array(16) },
    addedAtMs: 0,
  } as const;
  ledger.keep({ providers: [provider] });
  store.failing = () => true;
  ledger.note({ providers: [{ ...provider, port: 4647 }] });
  store.failing = () => false;
  ledger.keep({ removeProviders: ["p-1"] });
  assert.deepEqual(memory.load().providers, []);
});

test("the entries that wait have an end", async () => {
  const { store, ledger, clock, logged } = scene();
  store.failing = () => true;
  for (let i = 0; i < 600; i += 1) ledger.note({ activities: [activity(`${i}`)] });
  store.failing = () => false;
  await clock.advance(5000);
  assert.equal(logged.length, 500);
  assert.equal(logged.at(-1)?.text, "599");
});

test("closed: keeps what waits, then refuses", () => {
  const { store, ledger, memory, clock } = scene();
  store.failing = (number) => number === 1;
  ledger.note(mid(1));
  ledger.close();
  ledger.close();
  assert.equal(memory.reopened().load().mids[0]?.last, 1);
  assert.equal(clock.pending, 0);
  const isStopping = (error: unknown): boolean =>
    error instanceof ControlError && error.reason === "stopping";
  assert.throws(() => ledger.keep(mid(2)), isStopping);
  assert.throws(() => ledger.read((it) => it.load()), isStopping);
  ledger.note(mid(2));
});
