import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { test } from "node:test";
import { NetError, type Address, type DatagramSocket } from "../../../agent/net/ports.ts";
import {
  connect,
  type ConnectDeps,
  type ConnectOutcome,
  type ConnectRequest,
  type ConnectStep,
} from "../../../agent/session/connect.ts";
import { counting, KEY, NAME, SERVER, sessionLab, type SessionLab } from "./session-lab.ts";

/** Nothing is there: what is sent to it disappears. */
function nowhere(n: number): Address {
  return { family: 4, host: `198.51.100.${100 + n}`, port: 4646 };
}

/** The lab's server has this address; nobody listens on this port. */
const SHUT: Address = { ...SERVER, port: 9 };

interface Connected {
  readonly outcome: ConnectOutcome;
  readonly steps: readonly ConnectStep[];
  /** How long it took. */
  readonly ms: number;
}

async function run(
  lab: SessionLab,
  request: Partial<ConnectRequest> = {},
  deps: Partial<ConnectDeps> = {},
): Promise<Connected> {
  const steps: ConnectStep[] = [];
  const from = lab.network.clock.now();
  const outcome = await lab.network.settle(
    connect(
      { ...lab.deps, ...deps },
      { ...lab.endpoint(), timeoutMs: 10_000, ...request },
      (told) => steps.push(told),
    ),
    60_000,
  );
  return { outcome, steps, ms: lab.network.clock.now() - from };
}

async function failure(
  connecting: Promise<Connected>,
): Promise<Extract<ConnectOutcome, { readonly tag: "failed" }>> {
  const { outcome } = await connecting;
  assert.ok(outcome.tag === "failed", outcome.tag);
  return outcome;
}

/** Waits until what is left ran out, and says how much did not. */
async function pending(lab: SessionLab): Promise<number> {
  lab.provider.stop();
  await lab.network.run({ for: 500 });
  return lab.network.pending;
}

test("a session comes with its address and times, step by step", async () => {
  const lab = await sessionLab(1);
  const { outcome, steps } = await run(lab);
  assert.ok(outcome.tag === "session");
  assert.deepEqual(outcome.address, SERVER);
  assert.equal(outcome.resolveMs, 0);
  assert.equal(outcome.handshakeMs, 120);
  assert.deepEqual(
    steps.map(({ tag }) => tag),
    ["resolving", "resolved", "trying", "established"],
  );
  outcome.dtls.close();
  assert.equal(await pending(lab), 0);
});

test("a silent first address does not keep the second waiting [RFC 9132 §4.3]", async () => {
  const lab = await sessionLab(2);
  lab.names.set(NAME, [nowhere(1), SERVER]);
  const { outcome, steps, ms } = await run(lab);
  assert.ok(outcome.tag === "session");
  assert.equal(ms, 250 + 120);
  assert.ok(!steps.some(({ tag }) => tag === "failed"), "it did not fail: it was not needed");
  outcome.dtls.close();
  assert.equal(await pending(lab), 0, "the first one was given up");
});

test("under attack the second begins 100 ms after the first [RFC 9132 §4.3]", async () => {
  const lab = await sessionLab(3);
  lab.names.set(NAME, [nowhere(1), SERVER]);
  const { outcome, ms } = await run(lab, { underAttack: true });
  assert.ok(outcome.tag === "session");
  assert.equal(ms, 100 + 120);
  outcome.dtls.close();
});

test("an address that answers is not raced, however far away", async () => {
  const lab = await sessionLab(4, { path: { delayMs: 110 } });
  lab.names.set(NAME, [SERVER, { ...SERVER, host: "198.51.100.1", port: 4647 }]);
  const { outcome, steps } = await run(lab);
  assert.ok(outcome.tag === "session");
  assert.equal(steps.filter(({ tag }) => tag === "trying").length, 1);
  outcome.dtls.close();
});

test("addresses are tried in the order that was asked for", async () => {
  const lab = await sessionLab(5);
  lab.names.set(NAME, [nowhere(1), SERVER]);
  const { outcome, ms } = await run(lab, { inOrder: (addresses) => addresses.toReversed() });
  assert.ok(outcome.tag === "session");
  assert.equal(ms, 120);
  outcome.dtls.close();
});

test("a name with a thousand addresses takes eight sockets", async () => {
  const lab = await sessionLab(6);
  lab.names.set(
    NAME,
    Array.from({ length: 1000 }, (_, n) => ({ ...nowhere(0), port: 5000 + n })),
  );
  const { steps } = await run(lab);
  assert.equal(steps.filter(({ tag }) => tag === "trying").length, 8);
  assert.equal(await pending(lab), 0);
});

const failures: readonly {
  readonly name: string;
  readonly addresses: readonly Address[];
  readonly request?: Partial<ConnectRequest>;
  readonly fault: string;
  readonly message: RegExp;
  readonly hint: RegExp;
  readonly attempts: readonly string[];
  readonly withinMs: number;
}[] = [
  {
    name: "nobody listens",
    addresses: [SHUT],
    fault: "unreachable",
    message: /^nobody answers: tried 198\.51\.100\.1:9 \(UDP\): nobody listens there$/,
    hint: /firewall/,
    attempts: ["dtls/refused"],
    withinMs: 100,
  },
  {
    name: "nobody answers, on any address",
    addresses: [nowhere(1), nowhere(2)],
    fault: "unreachable",
    message: /198\.51\.100\.101:4646 \(UDP\): no answer came within 10 s; 198\.51\.100\.102/,
    hint: /firewall/,
    attempts: ["dtls/timeout", "dtls/timeout"],
    withinMs: 10_000,
  },
  {
    name: "a wrong key",
    addresses: [SERVER],
    request: {
      credential: { type: "psk", identity: "branch", key: new TextEncoder().encode("wrong") },
    },
    fault: "key-refused",
    message: /^the server refused this key \(identity branch\)$/,
    hint: /Check the PSK identity and the key/,
    attempts: ["dtls/authentication"],
    withinMs: 1000,
  },
  {
    name: "an unknown identity, which ends the try on another address, too",
    addresses: [nowhere(1), SERVER, nowhere(2)],
    request: {
      credential: { type: "psk", identity: "nobody", key: new TextEncoder().encode(KEY) },
    },
    fault: "key-refused",
    message: /identity nobody/,
    hint: /Check the PSK identity/,
    attempts: ["dtls/authentication"],
    withinMs: 1500,
  },
  {
    name: "an empty key",
    addresses: [SERVER],
    request: { credential: { type: "psk", identity: "branch", key: new Uint8Array() } },
    fault: "internal",
    message: /the key is empty/,
    hint: /this machine/,
    attempts: ["dtls/configuration"],
    withinMs: 0,
  },
];

for (const { name, addresses, request, fault, message, hint, attempts, withinMs } of failures) {
  test(`${name}: ${fault}`, async () => {
    const lab = await sessionLab(7);
    lab.names.set(NAME, addresses);
    const connected = run(lab, request);
    const failed = await failure(connected);
    assert.equal(failed.fault, fault);
    assert.match(failed.message, message);
    assert.match(failed.hint, hint);
    assert.deepEqual(
      failed.attempts.map(({ error }) => error.code),
      attempts,
    );
    assert.ok((await connected).ms <= withinMs, `${(await connected).ms} ms`);
    assert.ok(!JSON.stringify(failed).includes("wrong"), "no key");
    assert.equal(await pending(lab), 0);
  });
}

for (const [name, keyAccepted, fault, ms] of [
  ["a new key is suspected, soon", false, "key-refused", 3080],
  ["a key that was accepted is not", true, "unreachable", 10_000],
] as const) {
  test(`where the server falls silent upon the proof, ${name}: ${fault}`, async () => {
    const lab = await sessionLab(14);
    lab.network.trace = ({ packet: { body } }) => {
      const proof = body.tag === "udp" && body.data[0] === 22 && body.data[13] === 16;
      if (proof) lab.link.set({ bToA: { loss: 1 } });
    };
    const connected = run(lab, { keyAccepted });
    const failed = await failure(connected);
    assert.equal(failed.fault, fault);
    assert.equal((await connected).ms, ms);
    assert.deepEqual(
      failed.attempts.map(({ error }) => error.code),
      ["dtls/proof-unanswered"],
    );
    if (fault === "key-refused") assert.match(failed.hint, /^It fell silent .* packet loss/);
    assert.equal(await pending(lab), 0);
  });
}

test("something that answers with an alert in the clear is no server for us: not-dots", async () => {
  const lab = await sessionLab(8);
  const elsewhere = lab.network.host(["198.51.100.2"]);
  const at: Address = { family: 4, host: "198.51.100.2", port: 4646 };
  const alert = Uint8Array.from([21, 254, 253, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 2, 47]);
  const socket: DatagramSocket = await elsewhere.datagrams.bind(
    { local: at },
    { message: (_data, from) => socket.send(alert, from), error: () => undefined },
  );
  lab.names.set(NAME, [at, SHUT]);
  const failed = await failure(run(lab));
  assert.equal(failed.fault, "not-dots");
  assert.match(failed.message, /198\.51\.100\.2:4646 .*198\.51\.100\.1:9/);
  assert.equal(failed.cause.name, "DtlsError");
});

const lookups: readonly {
  readonly name: string;
  readonly resolve: ConnectDeps["resolve"];
  readonly fault: string;
  readonly message: string;
  readonly ms: number;
}[] = [
  {
    name: "a name that does not exist",
    resolve: () => Promise.reject(new NetError("net/unreachable", "looking up: ENOTFOUND")),
    fault: "name-not-found",
    message: `no address was found for the name ${NAME}`,
    ms: 0,
  },
  {
    name: "a name without an address",
    resolve: () => Promise.resolve([]),
    fault: "name-not-found",
    message: `no address was found for the name ${NAME}`,
    ms: 0,
  },
  {
    name: "a resolver that never answers",
    resolve: () => new Promise(() => {}),
    fault: "name-not-found",
    message: `the name ${NAME} was not resolved in time`,
    ms: 10_000,
  },
  {
    name: "a resolver that breaks",
    resolve: () => Promise.reject(new TypeError("resolve is not a function")),
    fault: "internal",
    message: "no session: resolve is not a function",
    ms: 0,
  },
  {
    name: "a resolver that throws",
    resolve: () => {
      throw new RangeError("out of range");
    },
    fault: "internal",
    message: "no session: out of range",
    ms: 0,
  },
];

for (const { name, resolve, fault, message, ms } of lookups) {
  test(`${name}: ${fault}`, async () => {
    const lab = await sessionLab(9);
    const connected = run(lab, {}, { resolve });
    const failed = await failure(connected);
    assert.deepEqual([failed.fault, failed.message, failed.attempts], [fault, message, []]);
    assert.equal((await connected).ms, ms);
    assert.equal(await pending(lab), 0);
  });
}

test("a lookup takes from the time of the handshake", async () => {
  const lab = await sessionLab(10);
  const { clock } = lab.network;
  const resolve: ConnectDeps["resolve"] = () =>
    new Promise((resolved) => {
      clock.after(7000, () => resolved([nowhere(1)]));
    });
  const { outcome, ms } = await run(lab, {}, { resolve });
  assert.ok(outcome.tag === "failed");
  assert.match(outcome.message, /within 3 s/);
  assert.equal(ms, 10_000);
});

test("a machine that cannot open a socket is told apart: internal", async () => {
  const lab = await sessionLab(11);
  const { clock, random } = lab.clientHost;
  const datagrams = { bind: () => Promise.reject(new TypeError("no sockets here")) };
  const failed = await failure(run(lab, {}, { world: { clock, random, datagrams } }));
  assert.deepEqual([failed.fault, failed.message], ["internal", "no session: no sockets here"]);
});

for (const ms of [0, 10, 39, 41, 100, 119]) {
  test(`given up after ${ms} ms, it leaves nothing`, async () => {
    const lab = await sessionLab(12);
    lab.names.set(NAME, [nowhere(1), SERVER]);
    const abort = new AbortController();
    const counted = counting(lab.clientHost);
    const connecting = connect(
      { ...lab.deps, world: counted.world },
      { ...lab.endpoint(), timeoutMs: 10_000, signal: abort.signal },
    );
    await lab.network.run({ for: ms });
    abort.abort();
    assert.deepEqual(await lab.network.settle(connecting, 1), { tag: "given-up" });
    assert.equal(counted.open, 0);
    assert.equal(await pending(lab), 0);
  });
}

test("given up as the session stands, it leaves none", async () => {
  const lab = await sessionLab(12);
  const abort = new AbortController();
  const counted = counting(lab.clientHost);
  const connecting = connect(
    { ...lab.deps, world: counted.world },
    { ...lab.endpoint(), timeoutMs: 10_000, signal: abort.signal },
    ({ tag }) => {
      if (tag === "established") abort.abort();
    },
  );
  assert.deepEqual(await lab.network.settle(connecting, 1000), { tag: "given-up" });
  assert.equal(counted.open, 0);
});

test("whoever may give up is forgotten once there is a session", async () => {
  const lab = await sessionLab(12);
  const { signal } = new AbortController();
  const { outcome } = await run(lab, { signal });
  assert.ok(outcome.tag === "session");
  assert.deepEqual(getEventListeners(signal, "abort"), []);
  outcome.dtls.close();
});

test("what was given up before it began asks nobody", async () => {
  const lab = await sessionLab(13);
  const { outcome, steps } = await run(lab, { signal: AbortSignal.abort() });
  assert.equal(outcome.tag, "given-up");
  assert.ok(!steps.some(({ tag }) => tag === "trying"));
});
