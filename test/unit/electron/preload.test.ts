import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { runInNewContext } from "node:vm";
import { contract } from "../../../agent/control/contract.ts";
import { byName } from "../../../agent/control/define.ts";
import { CALL, EVENT, LISTEN, PROGRESS, UNLISTEN } from "../../../electron/messages.ts";
import type { Answer, CallMessage } from "../../../electron/messages.ts";
import type { Exposed } from "../../../electron/preload/exposed.ts";
import { ROOT } from "../../../scripts/tree.ts";
import { buildApp } from "./built-app.ts";

const app = buildApp();
after(() => app.remove());
const source = readFileSync(app.at("dist/electron/preload/index.cjs"), "utf8");

const CALLS = [...byName<unknown>(contract.calls).keys()];
const EVENTS = [...byName<unknown>(contract.events).keys()];

interface Lab {
  readonly mayday: Exposed;
  readonly exposed: string[];
  /** What was sent to the main process. */
  readonly invoked: (readonly [channel: string, message: unknown])[];
  /** As if the main process had sent it. */
  send(channel: string, message: unknown): void;
}

/** Runs the built preload as a sandbox would: `require` knows electron alone, and there is no Node. */
function load(answer: (message: CallMessage) => Answer = () => ({ ok: true, output: {} })): Lab {
  const exposed: Record<string, Exposed> = {};
  const invoked: [string, unknown][] = [];
  const listeners = new Map<string, (event: unknown, message: unknown) => void>();
  const electron = {
    contextBridge: {
      exposeInMainWorld: (name: string, value: Exposed) => void (exposed[name] = value),
    },
    ipcRenderer: {
      invoke: async (channel: string, message: unknown) => {
        invoked.push([channel, message]);
        return channel === CALL ? answer(message as CallMessage) : true;
      },
      on: (channel: string, listener: (event: unknown, message: unknown) => void) =>
        void listeners.set(channel, listener),
    },
  };
  const require = (name: string): unknown =>
    name === "electron" ? electron : assert.fail(`a sandbox has no ${name}`);
  runInNewContext(source, { require, module: { exports: {} }, exports: {} });
  const { mayday } = exposed;
  assert.ok(mayday);
  const send: Lab["send"] = (channel, message) => listeners.get(channel)?.({ sender: {} }, message);
  return { mayday, exposed: Object.keys(exposed), invoked, send };
}

/** The number under which the page asked first. */
function firstId([first]: Lab["invoked"]): number {
  assert.ok(first);
  return (first[1] as CallMessage).id;
}

describe("the build", () => {
  test("takes seconds", () => assert.ok(app.builtInMs < 30_000, `${app.builtInMs} ms`));

  test("makes modules for main, CommonJS for the sandbox, and no source maps", () => {
    const names = readdirSync(app.at("dist"), { recursive: true, encoding: "utf8" });
    for (const name of [
      "electron/main/index.mjs",
      "electron/main/agent-process.mjs",
      "electron/preload/index.cjs",
      "renderer/index.html",
    ]) {
      assert.ok(names.includes(name), `${name} is missing`);
    }
    assert.deepEqual(
      names.filter((name) => name.endsWith(".map")),
      [],
    );
    assert.doesNotMatch(source, /^\s*(?:import|export)\s/m);
    assert.doesNotMatch(source, /sourceMappingURL/);
  });

  test("keeps the contract's schemas out of the preload", () => {
    assert.doesNotMatch(source, /zod|safeParse/i);
    assert.ok(source.length < 8192, `${source.length} characters`);
  });

  test("gives the window what it gives the browser, to the octet", () => {
    const vite = join(ROOT, "node_modules/vite/bin/vite.js");
    const config = join(ROOT, "renderer/vite.config.ts");
    const other = app.at("of-vite");
    execFileSync(process.execPath, [vite, "build", "-c", config, "--outDir", other], {
      cwd: ROOT,
      stdio: ["ignore", "ignore", "pipe"],
    });
    const filesOf = (folder: string): Map<string, string> =>
      new Map(
        readdirSync(folder, { recursive: true, withFileTypes: true })
          .filter((entry) => entry.isFile())
          .map(({ name, parentPath }) => [name, readFileSync(join(parentPath, name), "latin1")]),
      );
    assert.deepEqual(filesOf(app.at("dist/renderer")), filesOf(other));
  });
});

describe("what the page finds", () => {
  test("is window.mayday with call and on, and nothing else", () => {
    const { exposed, mayday } = load();
    assert.deepEqual(exposed, ["mayday"]);
    assert.deepEqual(Object.keys(mayday).toSorted(), ["call", "on"]);
    for (const value of Object.values(mayday)) assert.equal(typeof value, "function");
  });

  test("is every call of the contract, passed on", async () => {
    const { invoked, mayday } = load(({ name }) => ({ ok: true, output: `of ${name}` }));
    for (const name of CALLS) assert.equal(await mayday.call(name, { a: 1 }), `of ${name}`);
    const passed = invoked.map(([channel, message]) => {
      const { name, input } = message as CallMessage;
      return [channel, name, input];
    });
    assert.deepEqual(
      passed,
      CALLS.map((name) => [CALL, name, { a: 1 }]),
    );
  });

  test("is every event of the contract", () => {
    const { invoked, mayday } = load();
    for (const name of EVENTS) mayday.on(name, () => {});
    assert.deepEqual(
      invoked.map(([channel, message]) => [channel, (message as CallMessage).name]),
      EVENTS.map((name) => [LISTEN, name]),
    );
  });

  const unknown = [
    ...EVENTS,
    "agent.nothing",
    "events.subscribe",
    "hello",
    "",
    "__proto__",
    7,
    null,
  ];
  for (const name of unknown) {
    test(`is no call ${String(name)}: refused here, nothing is sent`, async () => {
      const { invoked, mayday } = load();
      await assert.rejects(mayday.call(name, {}), (fault) => {
        const { reason } = fault as { reason: string };
        return reason === "unknown-method";
      });
      assert.deepEqual(invoked, []);
    });
  }

  test("is no other event, and no listener that is no function", () => {
    const { invoked, mayday } = load();
    for (const name of [...CALLS, "event", "__proto__", undefined]) {
      assert.throws(() => mayday.on(name, () => {}), /no such event/);
    }
    for (const listener of [undefined, null, "alert(1)", {}]) {
      assert.throws(() => mayday.on(EVENTS[0], listener), /no listener/);
    }
    assert.deepEqual(invoked, []);
  });
});

describe("what comes back", () => {
  test("a refusal is a plain object with its reason, words and hint", async () => {
    const fault = { reason: "bad-key", message: "The key is empty.", hint: "Ask for it." };
    const { mayday } = load(() => ({ ok: false, fault }));
    await assert.rejects(mayday.call("provider.add", {}), (thrown) => {
      assert.deepEqual(structuredClone(thrown), fault);
      return true;
    });
  });

  test("progress reaches its own call, until that is answered; never Electron's event", async () => {
    const { invoked, mayday, send } = load();
    const told: unknown[][] = [];
    const answer = mayday.call("provider.test", {}, (...values: unknown[]) => told.push(values));
    const id = firstId(invoked);
    send(PROGRESS, { id, value: "handshake" });
    send(PROGRESS, { id: id + 1, value: "another's" });
    await answer;
    send(PROGRESS, { id, value: "late" });
    assert.deepEqual(told, [["handshake"]]);
  });

  test("events reach their own listener until it stops; never Electron's event", () => {
    const { invoked, mayday, send } = load();
    const told: unknown[][] = [];
    const off = mayday.on("agent.changed", (...values: unknown[]) => told.push(values));
    mayday.on("agent.changed", () => assert.fail("not its event"));
    const id = firstId(invoked);
    send(EVENT, { id, payload: { a: 1 } });
    off();
    off();
    send(EVENT, { id, payload: { a: 2 } });
    assert.deepEqual(told, [[{ a: 1 }]]);
    assert.deepEqual(invoked.slice(2), [[UNLISTEN, id]]);
  });
});
