import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, test } from "node:test";
import { ControlError } from "../../../agent/control/control-error.ts";
import { ControlGone } from "../../../agent/control/control-gone.ts";
import { bridgeControl } from "../../../electron/main/control-bridge.ts";
import type { Asked, Bridge, Frame, Page } from "../../../electron/main/control-bridge.ts";
import { CALL, EVENT, LISTEN, PROGRESS, UNLISTEN } from "../../../electron/messages.ts";
import type { Answer } from "../../../electron/messages.ts";

const HOME = "app://mayday/#/home";

/** A window's page, and what it was sent. */
class TestPage implements Page {
  mainFrame: Frame = { url: HOME };
  destroyed = false;
  readonly sent: { channel: string; message: unknown }[] = [];

  isDestroyed(): boolean {
    return this.destroyed;
  }

  send(channel: string, message: unknown): void {
    assert.equal(this.destroyed, false, "a page that is gone cannot be sent to");
    this.sent.push({ channel, message: structuredClone(message) });
  }

  /** An event of its main frame. */
  get asked(): Asked {
    return { sender: this, senderFrame: this.mainFrame };
  }
}

interface Options {
  readonly onProgress: (value: unknown) => void;
  readonly signal: AbortSignal;
}

interface Call extends Options {
  readonly name: string;
  readonly input: unknown;
}

interface Lab {
  readonly bridge: Bridge;
  readonly page: TestPage;
  readonly calls: Call[];
  readonly listeners: Map<string, Set<(payload: unknown) => void>>;
  readonly strangers: string[];
  readonly channels: ReadonlySet<string>;
  /** Asks as the page would: what is passed is cloned on the way, as Electron does. */
  ask(channel: string, message: unknown, asked?: Asked): Promise<unknown>;
}

function lab(answer: (call: Call) => unknown = () => ({})): Lab {
  const calls: Call[] = [];
  const listeners: Lab["listeners"] = new Map();
  const strangers: string[] = [];
  const handlers = new Map<string, (event: Asked, message: unknown) => unknown>();
  const api = {
    call: async (name: string, input: unknown, { onProgress, signal }: Options) => {
      const call = { name, input, onProgress, signal };
      calls.push(call);
      return answer(call);
    },
    on: (name: string, listener: (payload: unknown) => void) => {
      const some = listeners.get(name) ?? new Set();
      listeners.set(name, some.add(listener));
      return { stop: () => void some.delete(listener) };
    },
  };
  const bridge = bridgeControl({
    ipc: {
      handle: (channel, listener) => void handlers.set(channel, listener),
      removeHandler: (channel) => void handlers.delete(channel),
    },
    api,
    names: { calls: new Set(["agent.status"]), events: new Set(["agent.changed"]) },
    onStranger: (url) => strangers.push(url),
  });
  const page = new TestPage();
  bridge.attach(page);
  const ask: Lab["ask"] = async (channel, message, asked = page.asked) =>
    handlers.get(channel)?.(asked, structuredClone(message));
  const channels = new Set<string>();
  for (const channel of handlers.keys()) channels.add(channel);
  return { bridge, page, calls, listeners, strangers, channels, ask };
}

const STATUS = { id: 1, name: "agent.status", input: {} };
const CHANGED = { id: 7, name: "agent.changed" };

describe("who may ask", () => {
  const others: [who: string, asked: (page: TestPage) => Asked][] = [
    ["a frame that is gone", (page) => ({ sender: page, senderFrame: null })],
    ["a frame within the page", (page) => ({ sender: page, senderFrame: { url: HOME } })],
    ["another window", () => new TestPage().asked],
    ["another window's page in our frame", (page) => ({ ...page.asked, sender: new TestPage() })],
  ];
  const origins = [
    "https://mayday/",
    "app://mayday.example/",
    "app://elsewhere/",
    "file:///app://mayday/",
    "about:blank",
    "",
  ];
  for (const url of origins) {
    others.push([
      `the window at ${url === "" ? "no URL" : url}`,
      (page) => {
        page.mainFrame = { url };
        return page.asked;
      },
    ]);
  }
  for (const [who, asked] of others) {
    test(`${who} is refused, on every channel`, async () => {
      const { page, ask, calls, listeners, strangers } = lab();
      const event = asked(page);
      await assert.rejects(ask(CALL, STATUS, event), /not for you/);
      await assert.rejects(ask(LISTEN, CHANGED, event), /not for you/);
      await assert.rejects(ask(UNLISTEN, 7, event), /not for you/);
      assert.deepEqual([calls.length, listeners.size, strangers.length], [0, 0, 3]);
    });
  }

  test("nobody, before there is a window and after the end", async () => {
    const { bridge, ask, page } = lab();
    bridge.attach(new TestPage());
    await assert.rejects(ask(CALL, STATUS), /not for you/);
    bridge.attach(page);
    bridge.close();
    assert.equal(await ask(CALL, STATUS), undefined, "nobody handles it any more");
  });
});

describe("calls", () => {
  test("are passed on, and answered", async () => {
    const { ask, calls } = lab(({ input }) => ({ echo: input }));
    const answer = await ask(CALL, { id: 3, name: "agent.status", input: { a: [1] } });
    assert.deepEqual(answer, { ok: true, output: { echo: { a: [1] } } });
    assert.equal(calls[0]?.name, "agent.status");
  });

  const unknown = ["agent.nothing", "agent", "", "__proto__", "constructor", "agent.changed"];
  for (const name of unknown) {
    test(`of a name that is not the contract's are refused: ${JSON.stringify(name)}`, async () => {
      const { ask, calls } = lab();
      const answer = (await ask(CALL, { id: 1, name, input: {} })) as Answer;
      assert.equal(answer.ok, false);
      assert.equal(!answer.ok && answer.fault.reason, "unknown-method");
      assert.equal(calls.length, 0);
    });
  }

  const malformed = [
    undefined,
    null,
    "agent.status",
    [],
    {},
    { name: "agent.status", input: {} },
    { id: "1", name: "agent.status", input: {} },
    { id: 0.5, name: "agent.status", input: {} },
    { id: 1, name: ["agent.status"], input: {} },
    { id: 1, name: "agent.status" },
  ];
  for (const message of malformed) {
    test(`of another form are refused: ${JSON.stringify(message)}`, async () => {
      const { ask, calls } = lab();
      const answer = (await ask(CALL, message)) as Answer;
      assert.equal(!answer.ok && answer.fault.reason, "invalid-input");
      assert.equal(calls.length, 0);
    });
  }

  const failures: readonly [string, Error, object][] = [
    [
      "the agent's no keeps its reason, words and hint",
      new ControlError({ reason: "bad-key", message: "The key is empty.", hint: "Ask for it." }),
      { reason: "bad-key", message: "The key is empty.", hint: "Ask for it." },
    ],
    [
      "an agent that is gone is told from a no",
      new ControlGone("lost", "the connection has ended"),
      { reason: "agent-gone", message: "the connection has ended", hint: undefined },
    ],
    [
      "a fault of ours tells nothing of itself",
      new Error("ENOENT: /home/user/secret"),
      { reason: "internal", message: "Something went wrong in Mayday.", hint: undefined },
    ],
  ];
  for (const [title, error, fault] of failures) {
    test(title, async () => {
      const { ask } = lab(() => {
        throw error;
      });
      assert.deepEqual(await ask(CALL, STATUS), { ok: false, fault });
    });
  }

  test("tell their progress to the page, under its own number", async () => {
    const { ask, page } = lab(({ onProgress }) => {
      onProgress({ step: "resolve" });
      onProgress({ step: "handshake" });
      return {};
    });
    await ask(CALL, { ...STATUS, id: 41 });
    assert.deepEqual(page.sent, [
      { channel: PROGRESS, message: { id: 41, value: { step: "resolve" } } },
      { channel: PROGRESS, message: { id: 41, value: { step: "handshake" } } },
    ]);
  });

  test("are given up when the page loads anew, and then tell nothing", async () => {
    const { ask, bridge, calls, page } = lab(({ signal }) => once(signal, "abort"));
    const answer = ask(CALL, STATUS);
    bridge.drop();
    await answer;
    assert.equal(calls[0]?.signal.aborted, true);
    calls[0]?.onProgress({});
    assert.deepEqual(page.sent, []);
  });
});

describe("events", () => {
  test("reach the page, for each listener, until it stops", async () => {
    const { ask, listeners, page } = lab();
    assert.equal(await ask(LISTEN, { id: 1, name: "agent.changed" }), true);
    assert.equal(await ask(LISTEN, { id: 2, name: "agent.changed" }), true);
    await ask(UNLISTEN, 1);
    for (const tell of listeners.get("agent.changed") ?? []) tell({ a: 1 });
    assert.deepEqual(page.sent, [{ channel: EVENT, message: { id: 2, payload: { a: 1 } } }]);
  });

  test("of a name that is not the contract's are refused, and so is what is no name", async () => {
    const { ask, listeners } = lab();
    for (const name of ["agent.status", "event", "__proto__", 7, undefined]) {
      assert.equal(await ask(LISTEN, { id: 1, name }), false);
    }
    assert.equal(listeners.size, 0);
  });

  test("are not listened to without bound, nor twice under one number", async () => {
    const { ask, listeners } = lab();
    const answers: unknown[] = [];
    for (let id = 0; id < 70; id += 1) answers.push(await ask(LISTEN, { ...CHANGED, id }));
    answers.push(await ask(LISTEN, { ...CHANGED, id: 0 }));
    assert.equal(answers.filter((answer) => answer === true).length, 64);
    assert.equal(listeners.get("agent.changed")?.size, 64);
  });

  test("end when the page loads anew", async () => {
    const { ask, bridge, listeners } = lab();
    await ask(LISTEN, CHANGED);
    bridge.drop();
    assert.equal(listeners.get("agent.changed")?.size, 0);
    assert.equal(await ask(LISTEN, CHANGED), true, "the number is free again");
  });

  test("are not sent to a page that is gone", async () => {
    const { ask, listeners, page } = lab();
    await ask(LISTEN, CHANGED);
    page.destroyed = true;
    for (const tell of listeners.get("agent.changed") ?? []) tell({});
    assert.deepEqual(page.sent, []);
  });
});
