import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeDots } from "../../../../agent/wire/cbor/dots-body.ts";
import { OptionNumber, opaqueOption, uintOption } from "../../../../agent/wire/coap/options.ts";
import { StoreError } from "../../../../agent/store/mitigation-store.ts";
import { MemoryMitigationStore } from "../../../../agent/store/memory-mitigation-store.ts";
import { BRANCH, CUID, makeWorld, MITIGATE, mitigation } from "./harness.ts";
import type { Ask } from "./harness.ts";

const SCOPE = { "target-prefix": ["203.0.113.7/32"], lifetime: 3600 } as const;
const HB = encodeDots({ "ietf-dots-signal-channel:heartbeat": { "peer-hb-status": true } });
const WELL_KNOWN = [".well-known", "dots"];

/** One request on a new session, and how it is answered. */
const ANSWERS: readonly (readonly [string, Ask, string, RegExp])[] = [
  ["a mitigation request", { scope: SCOPE }, "2.01", /^$/],
  ["one without Content-Format", { scope: SCOPE, format: null }, "2.01", /^$/],
  [
    "one whose cdid a client set",
    { scope: SCOPE, path: [...MITIGATE, "cdid=abc", CUID, "mid=1"] },
    "2.01",
    /^$/,
  ],
  ["a body in another format", { scope: SCOPE, format: 60 }, "4.15", /271/],
  ["no body", {}, "4.00", /./],
  ["a body that is no CBOR", { payload: Uint8Array.of(0xff, 0xff) }, "4.00", /./],
  ["a body of another kind", { payload: HB }, "4.00", /mitigation-scope/],
  ["no scope", { scope: [] }, "4.00", /one scope is missing/],
  ["two scopes", { scope: [SCOPE, SCOPE] }, "4.00", /one entry/],
  [
    "an unknown comprehension-required key",
    { payload: Uint8Array.of(0xa1, 0x01, 0xa1, 0x02, 0x81, 0xa1, 0x18, 0x3c, 0x01) },
    "4.00",
    /60/,
  ],
  ["lifetime 0", { scope: { ...SCOPE, lifetime: 0 } }, "4.00", /lifetime/],
  [
    "a target of somebody else",
    { scope: { ...SCOPE, "target-prefix": ["192.0.2.1/32"] } },
    "4.00",
    /outside/,
  ],
  ["no mid", { scope: SCOPE, path: [...MITIGATE, CUID] }, "4.00", /mid/],
  ["no cuid", { scope: SCOPE, path: MITIGATE }, "4.00", /cuid/],
  ["an empty cuid", { scope: SCOPE, path: [...MITIGATE, "cuid=", "mid=1"] }, "4.00", /empty/],
  ["mid before cuid", { scope: SCOPE, path: [...MITIGATE, "mid=1", CUID] }, "4.00", /./],
  [
    "mid beyond 32 bits",
    { scope: SCOPE, path: [...MITIGATE, CUID, "mid=4294967296"] },
    "4.00",
    /mid/,
  ],
  ["POST", { method: "POST", scope: SCOPE }, "4.05", /./],
  ["another path", { method: "GET", path: ["nowhere"] }, "4.04", /./],
  ["no path", { method: "GET", path: [] }, "4.04", /./],
  ["session configuration", { method: "GET", path: [...WELL_KNOWN, "config"] }, "5.01", /./],
  [
    "an efficacy update of nothing known",
    {
      scope: { ...SCOPE, "attack-status": "under-attack" },
      options: [opaqueOption(OptionNumber.IfMatch)],
    },
    "no answer",
    /^$/,
  ],
  [
    "If-Match with a value",
    { scope: SCOPE, options: [opaqueOption(OptionNumber.IfMatch, Uint8Array.of(1))] },
    "4.12",
    /./,
  ],
  ["GET without cuid", { method: "GET", path: MITIGATE }, "4.00", /cuid/],
  ["GET of an unknown mid", { method: "GET" }, "4.04", /mid 1/],
  ["GET of all of none", { method: "GET", path: [...MITIGATE, CUID] }, "4.04", /./],
  ["GET with an unknown query", { method: "GET", query: ["x=1"] }, "4.00", /"x"/],
  [
    "GET that accepts another format",
    { method: "GET", options: [uintOption(OptionNumber.Accept, 60)] },
    "4.06",
    /271/,
  ],
  [
    "GET with a reserved block size",
    { method: "GET", options: [uintOption(OptionNumber.Block2, 7)] },
    "4.00",
    /Block2/,
  ],
  ["DELETE of an unknown mid", { method: "DELETE" }, "2.02", /^$/],
  ["DELETE without mid", { method: "DELETE", path: [...MITIGATE, CUID] }, "4.00", /mid/],
  ["a heartbeat", { path: [...WELL_KNOWN, "hb"], payload: HB }, "2.04", /^$/],
  [
    "a heartbeat without peer-hb-status",
    { path: [...WELL_KNOWN, "hb"], payload: Uint8Array.of(0xa1, 0x18, 0x31, 0xa0) },
    "4.00",
    /peer-hb-status/,
  ],
  ["a heartbeat with a cuid", { path: [...WELL_KNOWN, "hb", CUID], payload: HB }, "4.00", /./],
  ["GET of the heartbeat", { method: "GET", path: [...WELL_KNOWN, "hb"] }, "4.05", /./],
];

for (const [what, ask, code, text] of ANSWERS) {
  test(`${what}: ${code} [RFC 9132 §9]`, async () => {
    const { connect, server } = makeWorld();
    const reply = await connect().ask(ask);
    if (reply === "no answer") {
      assert.equal(reply, code);
    } else {
      assert.equal(`${reply.code} ${reply.text}`.slice(0, 4), code);
      assert.match(reply.text, text);
    }
    await server.close();
  });
}

test("a peer that is no client of the operator gets 4.01 [RFC 9132 §9]", async () => {
  const { connect } = makeWorld();
  assert.equal((await connect("stranger").reply({ scope: SCOPE })).code, "4.01");
});

test("the answer names mid and granted lifetime, nothing else [RFC 9132 §4.4.1.3 Figure 10]", async () => {
  const { connect } = makeWorld({ policy: { maxLifetimeS: 1800 } });
  const reply = await connect().reply({ scope: SCOPE });
  assert.deepEqual(reply.scope, [{ mid: 1, lifetime: 1800 }]);
});

for (const [allowIndefinite, granted] of [
  [true, -1],
  [false, 86_400],
] as const) {
  test(`lifetime -1 is granted as ${granted} when the policy says so [RFC 9132 §4.4.1.1]`, async () => {
    const { connect } = makeWorld({ policy: { allowIndefinite } });
    const reply = await connect().reply({ scope: { ...SCOPE, lifetime: -1 } });
    assert.deepEqual(reply.scope, [{ mid: 1, lifetime: granted }]);
  });
}

test("the same request again is a refresh: 2.04, mitigation goes on [RFC 9132 §4.4.1.3]", async () => {
  const { connect, clock, mitigator } = makeWorld();
  const peer = connect();
  await peer.reply({ scope: SCOPE });
  await clock.advance(1_000_000);
  const again = await peer.reply({ scope: { ...SCOPE, lifetime: 7200 } });
  assert.equal(again.code, "2.04");
  assert.deepEqual(again.scope, [{ mid: 1, lifetime: 7200 }]);
  assert.deepEqual(mitigator.calls, ["start 1", "update 1"]);
});

const CHANGED = [
  ["target", { ...SCOPE, "target-prefix": ["203.0.113.8/32"] }],
  ["port", { ...SCOPE, "target-port-range": [{ "lower-port": 443 }] }],
  ["trigger-mitigation", { ...SCOPE, "trigger-mitigation": false }],
] as const;

for (const [what, scope] of CHANGED) {
  test(`a refresh with another ${what} is refused: 4.00 [RFC 9132 §4.4.1.3]`, async () => {
    const peer = makeWorld().connect();
    await peer.reply({ scope: SCOPE });
    const reply = await peer.reply({ scope });
    assert.equal(reply.code, "4.00");
    assert.match(reply.text, /higher mid/);
  });
}

test("an efficacy update reaches the mitigator, without a lifetime of its own [RFC 9132 §4.4.3]", async () => {
  const { connect, mitigator, clock } = makeWorld();
  const peer = connect();
  await peer.reply({ scope: SCOPE });
  await clock.advance(600_000);
  const options = [opaqueOption(OptionNumber.IfMatch)];
  const told = {
    "target-prefix": SCOPE["target-prefix"],
    "attack-status": "under-attack",
  } as const;
  const reply = await peer.reply({ scope: told, options });
  assert.equal(reply.code, "2.04");
  assert.deepEqual(reply.scope, [{ mid: 1, lifetime: 3000 }]);
  assert.equal([...mitigator.running.values()][0]?.attackStatus, "under-attack");
  const silent = { "target-prefix": SCOPE["target-prefix"] };
  assert.match((await peer.reply({ scope: silent, options })).text, /attack-status/);
});

test("an efficacy update that a withdrawal overtook is ignored [RFC 9132 §4.4.3]", async () => {
  const { connect } = makeWorld();
  const peer = connect();
  await peer.reply({ scope: SCOPE });
  await peer.reply({ method: "DELETE" });
  const scope = { ...SCOPE, "attack-status": "under-attack" } as const;
  assert.equal(
    await peer.ask({ scope, options: [opaqueOption(OptionNumber.IfMatch)] }),
    "no answer",
  );
});

test("a higher mid takes the place of an overlapping lower one [RFC 9132 §4.4.1.3]", async () => {
  const { connect, mitigator } = makeWorld();
  const peer = connect();
  await peer.reply({ scope: SCOPE });
  const wider = { ...SCOPE, "target-prefix": ["203.0.113.0/28"] };
  assert.equal((await peer.reply({ path: mitigation(5), scope: wider })).code, "2.01");
  assert.equal((await peer.reply({ method: "GET", path: mitigation(1) })).code, "4.04");
  assert.deepEqual(mitigator.calls, ["start 1", "start 5", "stop 1"]);
});

test("a lower mid than an overlapping one is a conflict that names it [RFC 9132 §4.4.1.3]", async () => {
  const peer = makeWorld().connect();
  await peer.reply({
    path: mitigation(5),
    scope: { ...SCOPE, "target-prefix": ["203.0.113.0/28"] },
  });
  const reply = await peer.reply({ path: mitigation(4), scope: SCOPE });
  assert.equal(reply.code, "4.09");
  assert.deepEqual(reply.scope, [
    {
      mid: 4,
      "conflict-information": {
        "conflict-cause": "overlapping-targets",
        "conflict-scope": { "target-prefix": ["203.0.113.7/32"], mid: 5 },
      },
    },
  ]);
});

test("requests that do not overlap live side by side, in any order of mids", async () => {
  const peer = makeWorld().connect();
  await peer.reply({ path: mitigation(5), scope: SCOPE });
  const other = { ...SCOPE, "target-prefix": ["203.0.113.8/32"] };
  assert.equal((await peer.reply({ path: mitigation(4), scope: other })).code, "2.01");
  const all = await peer.reply({ method: "GET", path: [...MITIGATE, CUID] });
  assert.deepEqual(
    all.scope.map(({ mid }) => mid),
    [4, 5],
  );
});

test("immediate and preconfigured requests do not override each other [RFC 9132 §4.4.1.3]", async () => {
  const peer = makeWorld().connect();
  const preconfigured = { ...SCOPE, "trigger-mitigation": false };
  await peer.reply({ path: mitigation(5), scope: preconfigured });
  assert.equal((await peer.reply({ path: mitigation(4), scope: SCOPE })).code, "2.01");
  const all = await peer.reply({ method: "GET", path: [...MITIGATE, CUID] });
  assert.deepEqual(
    all.scope.map(({ mid, status }) => [mid, status]),
    [
      [4, "attack-mitigation-in-progress"],
      [5, "attack-mitigation-signal-loss"],
    ],
  );
});

test("a cuid that another client uses is refused, naming nothing but the cause [RFC 9132 §4.4.1.3 Figure 11]", async () => {
  const { connect } = makeWorld();
  await connect("branch").reply({ scope: SCOPE });
  const reply = await connect("office").reply({
    scope: { ...SCOPE, "target-prefix": ["198.51.100.7/32"] },
  });
  assert.equal(reply.code, "4.09");
  assert.deepEqual(reply.scope, [
    { "conflict-information": { "conflict-cause": "cuid-collision" } },
  ]);
});

test("a cuid stays taken while mitigations or a session use it, and is free after both [RFC 9132 §4.4.1.1]", async () => {
  const { connect, clock } = makeWorld();
  const office = connect("office");
  const theirs = { ...SCOPE, "target-prefix": ["198.51.100.7/32"] };
  const collides = async (): Promise<boolean> =>
    (await office.reply({ scope: theirs })).code === "4.09";
  const branch = connect("branch");
  await branch.reply({ scope: { ...SCOPE, lifetime: 60 } });
  branch.coap.close();
  await clock.advance(100);
  assert.ok(await collides(), "mitigations without a session");
  const back = connect("branch");
  await back.reply({ scope: { ...SCOPE, lifetime: 60 } });
  await clock.advance(61_000);
  assert.ok(await collides(), "a session without mitigations");
  back.coap.close();
  await clock.advance(100);
  assert.ok(!(await collides()), "neither");
});

test("a target that another client has mitigated is a conflict, with when to try again [RFC 9132 §4.4.1.3]", async () => {
  const { connect, clock } = makeWorld();
  await connect("branch").reply({ scope: SCOPE });
  await clock.advance(600_000);
  const path = mitigation(1, "cuid=other");
  const reply = await connect("office").reply({
    path,
    scope: { ...SCOPE, "target-prefix": ["203.0.113.0/28"] },
  });
  assert.equal(reply.code, "4.09");
  assert.deepEqual(reply.scope, [
    {
      mid: 1,
      "conflict-information": {
        "conflict-status": "request-inactive-other-active",
        "conflict-cause": "overlapping-targets",
        "conflict-scope": { "target-prefix": ["203.0.113.7/32"] },
        "retry-timer": "3000",
      },
    },
  ]);
});

test("the same customer under another cuid is accepted, and told of the overlap [RFC 9132 §4.4.1.3]", async () => {
  const peer = makeWorld().connect();
  await peer.reply({ scope: SCOPE });
  const reply = await peer.reply({ path: mitigation(1, "cuid=other"), scope: SCOPE });
  assert.equal(reply.code, "2.01");
  assert.equal(reply.scope[0]?.["conflict-information"]?.["conflict-status"], "request-active");
});

test("a client sees and withdraws only its own, whatever cuid it names", async () => {
  const { connect } = makeWorld();
  const branch = connect("branch");
  await branch.reply({ scope: SCOPE });
  const office = connect("office");
  assert.equal((await office.reply({ method: "GET" })).code, "4.04");
  assert.equal((await office.reply({ method: "DELETE" })).code, "2.02");
  const status = (await branch.reply({ method: "GET" })).scope[0]?.status;
  assert.equal(status, "attack-mitigation-in-progress");
});

test("more mitigations than a client may have: 5.03 with Max-Age [RFC 9132 §4.4.3]", async () => {
  const peer = makeWorld({ policy: { maxMitigationsPerClient: 2, retryAfterS: 60 } }).connect();
  for (const mid of [1, 2]) {
    await peer.reply({
      path: mitigation(mid),
      scope: { ...SCOPE, "target-prefix": [`203.0.113.${mid}/32`] },
    });
  }
  const third = { ...SCOPE, "target-prefix": ["203.0.113.3/32"] };
  const reply = await peer.reply({ path: mitigation(3), scope: third });
  assert.equal(reply.code, "5.03");
  assert.deepEqual(
    reply.options.find(({ number }) => number === OptionNumber.MaxAge)?.value,
    Uint8Array.of(60),
  );
  const instead = { ...SCOPE, "target-prefix": ["203.0.113.2/32"] };
  assert.equal((await peer.reply({ path: mitigation(4), scope: instead })).code, "2.01");
});

test("what cannot be kept is not accepted, and no mitigation starts: 5.03", async () => {
  const store = new MemoryMitigationStore();
  const { connect, mitigator } = makeWorld({ store, clients: [BRANCH] });
  store.apply = () => {
    throw new StoreError("store/write", "the disk is full");
  };
  const peer = connect();
  assert.equal((await peer.reply({ scope: SCOPE })).code, "5.03");
  assert.equal((await peer.reply({ method: "GET" })).code, "4.04");
  assert.deepEqual(mitigator.calls, []);
});

test("what another client only has in readiness blocks nobody's emergency [RFC 9132 §4.4.1.3]", async () => {
  const { connect } = makeWorld();
  const readiness = { ...SCOPE, "trigger-mitigation": false };
  assert.equal((await connect("branch").reply({ scope: readiness })).code, "2.01");
  const reply = await connect("office").reply({ path: mitigation(1, "cuid=other"), scope: SCOPE });
  assert.equal(reply.code, "2.01");
  const { "conflict-information": conflict, status } = reply.scope[0] ?? {};
  assert.equal(status, undefined);
  assert.equal(conflict?.["conflict-status"], "request-active");
  assert.deepEqual(conflict?.["conflict-scope"], { "target-prefix": ["203.0.113.7/32"] });
});
