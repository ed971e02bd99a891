import assert from "node:assert/strict";
import { test } from "node:test";
import { MAX_CALLS } from "../../../agent/control/call-runner.ts";
import { MAX_MESSAGE_OCTETS } from "../../../agent/control/channel.ts";
import { contract, type TestStep } from "../../../agent/control/contract.ts";
import { byName, type AnyCall, type Right } from "../../../agent/control/define.ts";
import { MAX_QUEUED_OCTETS } from "../../../agent/control/server-connection.ts";
import { aProvider, aReport } from "../../support/control-samples.ts";
import { mutate, seeded } from "../../support/seeded.ts";
import { Served } from "./lab.ts";

const draft = { name: "a", server: "b", pskIdentity: "c", key: "d" };
const never = (): Promise<never> => new Promise(() => {});

test("hello says who answers, and what the connection may do", async () => {
  const [answer] = await new Served({ right: "write" }).ask("hello");
  const result = { product: "mayday", contract: 1, version: "1.2.3", right: "write" };
  assert.deepEqual(answer, { jsonrpc: "2.0", id: 1, result });
});

test("a call is carried out with its defaults filled in, and answered under its id", async () => {
  const served = new Served();
  const [answer] = await served.ask("activity.list", {}, "first");
  assert.deepEqual(answer, { jsonrpc: "2.0", id: "first", result: [] });
  assert.deepEqual(served.double.asked, [{ name: "activity.list", input: { limit: 100 } }]);
});

const REFUSED: readonly [
  title: string,
  method: string,
  params: unknown,
  code: number,
  reason: string,
][] = [
  ["an unknown call", "provider.steal", {}, -32_601, "unknown-method"],
  ["a name of JavaScript's own", "__proto__", {}, -32_601, "unknown-method"],
  ["the name of a group", "provider", {}, -32_601, "unknown-method"],
  ["a missing field", "provider.show", {}, -32_602, "invalid-input"],
  ["an unknown field", "provider.list", { all: true }, -32_602, "invalid-input"],
  ["a list in the place of fields", "provider.show", ["p1"], -32_602, "invalid-input"],
  ["what is not there", "provider.show", { provider: "p1" }, -32_000, "no-such-provider"],
];

for (const [title, method, params, code, reason] of REFUSED) {
  test(`${title} is refused with ${reason}`, async () => {
    const [answer] = await new Served().ask(method, params);
    assert.equal(answer?.id, 1);
    assert.equal(answer.error?.code, code);
    assert.equal(answer.error.data.reason, reason);
    assert.notEqual(answer.error.message, "");
  });
}

for (const text of ["{", "[]", "7", '{"jsonrpc":"2.0","id":1,"method":5}']) {
  test(`${text} is answered with an error, and the connection goes on`, async () => {
    const served = new Served();
    const [answer] = await served.say(text);
    assert.equal(answer?.error?.data.reason, "invalid-input");
    assert.equal((await served.ask("provider.list")).length, 1);
  });
}

const CALLS = [...byName<AnyCall>(contract.calls)];
const RANKS: readonly Right[] = ["read", "write", "admin"];

for (const right of RANKS) {
  test(`a connection that may ${right} is refused exactly what needs more`, async () => {
    const served = new Served({ right });
    const refused: string[] = [];
    for (const [name] of CALLS) {
      if ((await served.reasonFor(name)) === "not-allowed") refused.push(name);
    }
    const beyond = CALLS.filter(([, { needs }]) => RANKS.indexOf(needs) > RANKS.indexOf(right));
    assert.deepEqual(
      refused,
      beyond.map(([name]) => name),
    );
    const done = served.double.asked.map(({ name }) => name);
    assert.deepEqual(
      done.filter((name) => refused.includes(name)),
      [],
    );
  });
}

test("a call without an id is not carried out, and answers to nothing are ignored", async () => {
  const served = new Served();
  const texts = [
    '{"jsonrpc":"2.0","method":"provider.addPractice"}',
    '{"jsonrpc":"2.0","id":1,"result":{}}',
    '{"jsonrpc":"2.0","id":null,"error":{"code":1}}',
    '{"jsonrpc":"2.0","method":"cancel","params":{"id":9}}',
    '{"jsonrpc":"2.0","method":"cancel","params":[]}',
  ];
  for (const text of texts) assert.deepEqual(await served.say(text), []);
  assert.deepEqual(served.double.asked, []);
});

test("a refusal's reason, words and hint travel", async () => {
  const served = new Served();
  const words = { message: "that name is taken", hint: "Choose another." };
  served.double.refuse("provider.add", "name-taken", words);
  const [answer] = await served.ask("provider.add", draft);
  const data = { reason: "name-taken", hint: words.hint };
  assert.deepEqual(answer?.error, { code: -32_000, message: words.message, data });
});

const FAULTS: readonly [title: string, handler: () => never][] = [
  [
    "an error",
    () => {
      throw new RangeError("the key is hunter2");
    },
  ],
  [
    "something that is no error",
    () => {
      throw Object.create(null) as unknown;
    },
  ],
  ["an answer of another form", () => ({ id: "hunter2" }) as never],
  [
    "an answer that cannot be read",
    () =>
      ({
        get id() {
          throw new RangeError("hunter2");
        },
      }) as never,
  ],
];

for (const [title, handler] of FAULTS) {
  test(`a handler that gives ${title} is a fault that the log knows and the peer does not`, async () => {
    const served = new Served({ handlers: { "provider.show": handler } });
    const [answer] = await served.ask("provider.show", { provider: "p1" });
    assert.equal(answer?.error?.data.reason, "internal");
    assert.doesNotMatch(JSON.stringify(answer), /hunter2|Error|\.ts/);
    assert.equal(served.log.lines.length, 1);
    assert.match(served.log.lines[0]?.fields ?? "", /provider\.show/);
    assert.equal(await served.reasonFor("provider.list"), undefined);
  });
}

test("what an answer holds beyond the contract does not leave the agent", async () => {
  const leaky = { ...aProvider(), key: "hunter2" };
  const served = new Served({ handlers: { "provider.list": () => [leaky] } });
  const [answer] = await served.ask("provider.list");
  assert.deepEqual(answer?.result, [aProvider()]);
});

test("a handler that hangs keeps no other call waiting", async () => {
  const served = new Served({ handlers: { "provider.list": never } });
  assert.deepEqual(await served.ask("provider.list"), []);
  assert.equal(await served.reasonFor("target.list"), undefined);
});

test(`${MAX_CALLS} calls run at once; the next is busy until one has its answer`, async () => {
  const served = new Served();
  const release = served.double.hold("provider.list");
  for (let id = 0; id < MAX_CALLS; id += 1) await served.ask("provider.list", {}, `held-${id}`);
  assert.deepEqual(served.heard, []);
  assert.equal(await served.reasonFor("target.list"), "busy");
  assert.equal((await served.ask("hello", {}, "h"))[0]?.error, undefined);
  release();
  await served.settle();
  assert.equal(await served.reasonFor("target.list"), undefined);
  assert.equal(served.heard.length, MAX_CALLS + 3);
});

test("an id that is under way cannot be used twice", async () => {
  const served = new Served();
  const release = served.double.hold("provider.list");
  await served.ask("provider.list", {}, 1);
  const [answer] = await served.ask("target.list", {}, 1);
  assert.equal(answer?.error?.data.reason, "invalid-input");
  release();
  await served.settle();
  assert.equal((await served.ask("target.list", {}, 1))[0]?.error, undefined);
});

/** A connection on which one call waits, and the signal that its handler was given. */
async function waiting(): Promise<{
  served: Served;
  signal: () => AbortSignal | undefined;
  end: () => void;
}> {
  let signal: AbortSignal | undefined;
  let end = (): void => {};
  const served = new Served({
    handlers: {
      "provider.test": (_input, context) => {
        signal = context.signal;
        return new Promise((resolve) => {
          end = () => resolve(aReport());
        });
      },
    },
  });
  await served.ask("provider.test", { provider: "p1" }, 1);
  return { served, signal: () => signal, end: () => end() };
}

test("a call that is given up is told so, not answered, and counts until it has ended", async () => {
  const { served, signal, end } = await waiting();
  assert.equal(signal()?.aborted, false);
  await served.say('{"jsonrpc":"2.0","method":"cancel","params":{"id":1}}');
  assert.equal(signal()?.aborted, true);
  const [second] = await served.ask("target.list", {}, 1);
  assert.equal(second?.error?.data.reason, "invalid-input");
  end();
  await served.ask("target.list", {}, 2);
  assert.deepEqual(
    served.heard.map(({ id }) => id),
    [1, 2],
  );
});

test("a call that is given up and throws because of it is no fault", async () => {
  const served = new Served({
    handlers: {
      "provider.test": (_input, { signal }) =>
        new Promise((_, reject) => {
          signal.addEventListener("abort", () => reject(new Error("aborted")));
        }),
    },
  });
  await served.ask("provider.test", { provider: "p1" }, 1);
  await served.say('{"jsonrpc":"2.0","method":"cancel","params":{"id":1}}');
  assert.deepEqual(served.heard, []);
  assert.deepEqual(served.log.lines, []);
});

test("all calls are given up when the connection ends", async () => {
  const { served, signal, end } = await waiting();
  served.peer.close();
  await served.settle();
  assert.equal(signal()?.aborted, true);
  end();
  await served.settle();
  assert.deepEqual(served.heard, []);
  assert.equal(served.clock.pending, 0);
});

const running: TestStep = { step: "resolve", state: "running", text: "", ms: null };

test("progress comes before the answer, under the call's id", async () => {
  const served = new Served({
    handlers: {
      "provider.test": (_input, { progress }) => {
        progress(running);
        return aReport();
      },
    },
  });
  const heard = await served.ask("provider.test", { provider: "p1" }, 7);
  const params = { id: 7, value: running };
  assert.deepEqual(heard[0], { jsonrpc: "2.0", method: "progress", params });
  assert.equal(heard[1]?.id, 7);
});

test("progress of another form is a fault that costs only itself; what comes too late is dropped", async () => {
  let late = (): void => {};
  const served = new Served({
    handlers: {
      "provider.test": (_input, { progress }) => {
        late = () => progress(running);
        progress({ ...running, state: "hunter2" } as never);
        return aReport();
      },
      "provider.list": (_input, { progress }) => {
        progress(running as never);
        return [];
      },
    },
  });
  assert.equal((await served.ask("provider.test", { provider: "p1" })).length, 1);
  late();
  assert.deepEqual(
    (await served.ask("provider.list")).map(({ result }) => result),
    [[]],
  );
  assert.equal(served.log.lines.length, 2);
});

test("a message that is too long is told so, and ends the connection", async () => {
  const served = new Served();
  const most = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "hello" }).padEnd(
    MAX_MESSAGE_OCTETS,
  );
  assert.equal((await served.say(most))[0]?.error, undefined);
  const [answer] = await served.say(`${most} `);
  assert.equal(answer?.error?.code, -32_600);
  assert.equal(served.isClosed, true);
});

const deep = (left: string, right: string, levels: number): string =>
  left.repeat(levels) + right.repeat(levels);

for (const bomb of [deep("[", "]", 100_000), deep('{"a":', "}", 40_000).replace(":}", ":1}")]) {
  test(`${bomb.slice(0, 8)}… a hundred thousand levels deep harms nothing`, async () => {
    const served = new Served();
    await served.say(bomb);
    await served.say(`{"jsonrpc":"2.0","id":1,"method":"provider.show","params":${bomb}}`);
    await served.say(
      `{"jsonrpc":"2.0","id":1,"method":"provider.show","params":{"provider":${bomb}}}`,
    );
    assert.deepEqual(
      served.heard.map(({ error }) => error?.data.reason),
      Array(3).fill("invalid-input"),
    );
    assert.equal(await served.reasonFor("provider.list"), undefined);
  });
}

test("who does not read is cut off, and the log says so once", async () => {
  const served = new Served();
  served.agent.queued = MAX_QUEUED_OCTETS;
  assert.equal((await served.ask("provider.list")).length, 1);
  served.agent.queued += 1;
  await served.ask("provider.list");
  await served.ask("provider.list");
  assert.equal(served.isClosed, true);
  assert.equal(served.heard.length, 1);
  assert.deepEqual(
    served.log.lines.map(({ level }) => level),
    ["warn"],
  );
});

test("a peer that has ended its side gets the answers that it waits for, and then the end", async () => {
  const served = new Served();
  const release = served.double.hold("provider.list");
  await served.ask("provider.list");
  served.peer.end();
  await served.settle();
  assert.equal(served.isClosed, false);
  release();
  await served.settle();
  assert.equal(served.heard.length, 1);
  assert.equal(served.isClosed, true);
  assert.equal(served.clock.pending, 0);
});

test("a peer that has ended its side is not waited for without end", async () => {
  const { served, signal } = await waiting();
  served.peer.end();
  await served.clock.advance(29_999); // longer than any call takes
  assert.equal(served.isClosed, false);
  await served.clock.advance(1);
  assert.equal(served.isClosed, true);
  assert.equal(signal()?.aborted, true);
});

test("damaged calls are answered or ignored; the connection goes on", async () => {
  const chance = seeded(2);
  const served = new Served();
  const good = [
    { jsonrpc: "2.0", id: 1, method: "provider.add", params: draft },
    { jsonrpc: "2.0", id: 2, method: "mitigation.request", params: { targets: ["a"] } },
    { jsonrpc: "2.0", id: 3, method: "events.subscribe", params: { names: ["agent.changed"] } },
    { jsonrpc: "2.0", method: "cancel", params: { id: 1 } },
  ].map((message) => new TextEncoder().encode(JSON.stringify(message)));
  for (let round = 0; round < 2000; round += 1) {
    const text = new TextDecoder().decode(mutate(chance.pick(good), chance));
    served.peer.send(text);
    if (round % 100 === 0) await served.settle();
  }
  assert.equal((await served.ask("hello", {}, "alive")).at(-1)?.id, "alive");
  assert.equal(served.isClosed, false);
  assert.deepEqual(served.log.lines, []);
});
