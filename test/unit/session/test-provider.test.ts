import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { test } from "node:test";
import { listenDtls } from "../../../agent/dtls/server.ts";
import type { Address } from "../../../agent/net/ports.ts";
import type { ProviderEndpoint, SessionDeps } from "../../../agent/session/provider-session.ts";
import {
  testProvider,
  type TestOutcome,
  type TestStep,
} from "../../../agent/session/test-provider.ts";
import { Code } from "../../../agent/wire/coap/code.ts";
import { ScriptedPeer, withText } from "../../support/scripted-peer.ts";
import { counting, KEY, NAME, SERVER, sessionLab, type SessionLab } from "./session-lab.ts";

interface Tested {
  readonly outcome: TestOutcome;
  readonly heard: readonly TestStep[];
  readonly ms: number;
}

async function run(
  lab: SessionLab,
  endpoint: Partial<ProviderEndpoint> = {},
  deps: Partial<SessionDeps> = {},
): Promise<Tested> {
  const heard: TestStep[] = [];
  const from = lab.network.clock.now();
  const counted = counting(lab.clientHost);
  const outcome = await lab.network.settle(
    testProvider({ ...lab.deps, world: counted.world, ...deps }, lab.endpoint(endpoint), (step) =>
      heard.push(step),
    ),
    60_000,
  );
  assert.equal(counted.open, 0, "sockets left");
  return { outcome, heard, ms: lab.network.clock.now() - from };
}

async function pending(lab: SessionLab): Promise<number> {
  lab.provider.stop();
  await lab.network.run({ for: 500 });
  return lab.network.pending;
}

/** `resolve ok`, for each step that ended. */
function endings({ steps }: TestOutcome): string[] {
  return steps.map(({ step, state }) => `${step} ${state}`);
}

test("a provider that works is told so in plain words, each step as it begins and ends", async () => {
  const lab = await sessionLab(1);
  const { outcome, heard } = await run(lab);
  assert.deepEqual(outcome, {
    ok: true,
    fault: null,
    steps: [
      { step: "resolve", state: "ok", text: `${NAME} is 198.51.100.1`, ms: 0 },
      {
        step: "handshake",
        state: "ok",
        text: "DTLS 1.2, ECDHE-PSK-AES-128-GCM-SHA256, 120 ms",
        ms: 120,
      },
      { step: "heartbeat", state: "ok", text: "the server answers heartbeats, 40 ms", ms: 40 },
    ],
  });
  assert.deepEqual(
    heard.map(({ step, state }) => `${step} ${state}`),
    [
      "resolve running",
      "resolve ok",
      "handshake running",
      "handshake ok",
      "heartbeat running",
      "heartbeat ok",
    ],
  );
  assert.ok(heard.every(({ state, ms }) => (state === "running") === (ms === null)));
  assert.equal(await pending(lab), 0);
});

test("an address needs no lookup", async () => {
  const lab = await sessionLab(2);
  const resolve = (): Promise<Address[]> => Promise.resolve([SERVER]);
  const { outcome } = await run(lab, { host: SERVER.host }, { resolve });
  assert.equal(outcome.steps[0]?.text, "198.51.100.1 is an address, and needs no lookup");
});

const faults: readonly {
  readonly name: string;
  readonly arrange?: (lab: SessionLab) => void;
  readonly endpoint?: Partial<ProviderEndpoint>;
  readonly endings: readonly string[];
  readonly code: string;
  readonly message: RegExp;
  readonly withinMs: number;
}[] = [
  {
    name: "a name that is not found",
    endpoint: { host: "no.example.net" },
    endings: ["resolve failed", "handshake skipped", "heartbeat skipped"],
    code: "name-not-found",
    message: /no\.example\.net/,
    withinMs: 0,
  },
  {
    name: "a server that is not there",
    arrange: (lab) => lab.link.cut(),
    endings: ["resolve ok", "handshake failed", "heartbeat skipped"],
    code: "unreachable",
    message: /nobody answers/,
    withinMs: 11_000,
  },
  {
    name: "a wrong key",
    endpoint: {
      credential: { type: "psk", identity: "branch", key: new TextEncoder().encode("secret!") },
    },
    endings: ["resolve ok", "handshake failed", "heartbeat skipped"],
    code: "key-refused",
    message: /refused this key \(identity branch\)/,
    withinMs: 1000,
  },
  {
    name: "a key that is nobody's",
    endpoint: {
      credential: { type: "psk", identity: "stranger", key: new TextEncoder().encode(KEY) },
    },
    endings: ["resolve ok", "handshake ok", "heartbeat failed"],
    code: "key-refused",
    message: /identity stranger/,
    withinMs: 1000,
  },
];

for (const { name, arrange, endpoint, endings: ended, code, message, withinMs } of faults) {
  test(`${name}: ${code}`, async () => {
    const lab = await sessionLab(3);
    arrange?.(lab);
    const { outcome, heard, ms } = await run(lab, endpoint);
    assert.equal(outcome.ok, false);
    assert.deepEqual(endings(outcome), ended);
    assert.equal(outcome.fault?.code, code);
    assert.match(outcome.fault?.message ?? "", message);
    assert.notEqual(outcome.fault?.hint, "");
    assert.ok(ms <= withinMs, `${ms} ms`);
    assert.ok(!JSON.stringify([outcome, heard]).includes("secret!"));
    assert.equal(await pending(lab), 0);
  });
}

const peers: readonly {
  readonly name: string;
  readonly answer: ReturnType<typeof withText> | "silence" | "goodbye";
  readonly code: string;
  readonly message: RegExp;
}[] = [
  {
    name: "a server that answers no heartbeat",
    answer: "silence",
    code: "silent",
    message: /does not answer heartbeats/,
  },
  {
    name: "a server that ends the session",
    answer: "goodbye",
    code: "closed",
    message: /ended the session/,
  },
  {
    name: "a CoAP server of another kind",
    answer: withText(Code.NotFound, "nothing here"),
    code: "not-dots",
    message: /4\.04/,
  },
];

for (const { name, answer, code, message } of peers) {
  test(`${name}: ${code}`, async () => {
    const lab = await sessionLab(4);
    const at: Address = { family: 4, host: "198.51.100.2", port: 4646 };
    const heard: number[] = [];
    const server = await listenDtls(lab.network.host([at.host]), {
      local: at,
      credentials: { pskOf: () => new TextEncoder().encode(KEY) },
      onSession: (session) => {
        void new ScriptedPeer(session, () => {
          heard.push(lab.network.clock.now());
          if (answer === "goodbye") session.close();
          return typeof answer === "string" ? undefined : answer;
        });
      },
    });
    lab.names.set(NAME, [at]);
    const { outcome, ms } = await run(lab);
    assert.deepEqual(endings(outcome), ["resolve ok", "handshake ok", "heartbeat failed"]);
    assert.equal(outcome.fault?.code, code);
    assert.match(outcome.fault?.message ?? "", message);
    assert.ok(ms <= 15_001, `${ms} ms`);
    assert.equal(heard.length, answer === "silence" ? 3 : 1, "heartbeats");
    server.close();
    assert.equal(await pending(lab), 0);
  });
}

test("one lost heartbeat does not fail a test", async () => {
  const lab = await sessionLab(5);
  let lost = 0;
  lab.network.trace = ({ fate }) => {
    if (fate !== "lost") return;
    lost += 1;
    lab.link.set({ aToB: { loss: 0 } });
  };
  const testing = testProvider(lab.deps, lab.endpoint(), ({ step, state }) => {
    if (step === "heartbeat" && state === "running") lab.link.set({ aToB: { loss: 1 } });
  });
  const outcome = await lab.network.settle(testing, 15_000);
  assert.deepEqual([lost, outcome.ok], [1, true]);
  assert.equal(await pending(lab), 0);
});

test("given up in the middle, it ends at once and leaves nothing", async () => {
  for (const ms of [10, 130]) {
    const lab = await sessionLab(6);
    const abort = new AbortController();
    const counted = counting(lab.clientHost);
    const deps = { ...lab.deps, world: counted.world };
    const testing = testProvider(deps, lab.endpoint(), () => undefined, abort.signal);
    await lab.network.run({ for: ms });
    abort.abort();
    const outcome = await lab.network.settle(testing, 1);
    assert.equal(outcome.ok, false);
    assert.equal(outcome.fault?.message, "the test was given up");
    assert.deepEqual([counted.open, getEventListeners(abort.signal, "abort")], [0, []]);
    assert.equal(await pending(lab), 0);
  }
});
