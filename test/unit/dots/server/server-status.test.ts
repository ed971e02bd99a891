import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeDots } from "../../../../agent/wire/cbor/dots-body.ts";
import {
  findUint,
  OptionNumber,
  opaqueOption,
  uintOption,
} from "../../../../agent/wire/coap/options.ts";
import { concatBytes } from "../../../../agent/wire/bytes.ts";
import { CUID, makeWorld, MITIGATE, mitigation } from "./harness.ts";
import type { Peer } from "./harness.ts";

const SCOPE = {
  "target-prefix": ["203.0.113.7/24", "2001:DB8:1::7/128"],
  "target-port-range": [{ "lower-port": 443 }, { "lower-port": 80, "upper-port": 81 }],
  "target-protocol": [17, 6],
  lifetime: 3600,
} as const;
const ALL = [...MITIGATE, CUID];
const DROPPED = { bytes: 134_334_555n, bps: 43_344n, pkts: 333_334_444n, pps: 432_432n };

const CONFIGURED = {
  "target-prefix": ["203.0.113.0/24", "2001:db8:1::7/128"],
  "target-port-range": [{ "lower-port": 443 }, { "lower-port": 80, "upper-port": 81 }],
  "target-protocol": [17, 6],
};
const CHANGING = {
  "mitigation-start": String(Date.UTC(2030, 0, 1) / 1000),
  status: "attack-successfully-mitigated",
  "bytes-dropped": "134334555",
  "bps-dropped": "43344",
  "pkts-dropped": "333334444",
  "pps-dropped": "432432",
};

const CONTENTS = [
  [[], { mid: 1, lifetime: 3590, ...CONFIGURED, ...CHANGING }],
  [["c=a"], { mid: 1, lifetime: 3590, ...CONFIGURED, ...CHANGING }],
  [["c=c"], { mid: 1, lifetime: 3590, ...CONFIGURED }],
  [["c=n"], { mid: 1, lifetime: 3590, ...CHANGING }],
] as const;

for (const [query, expected] of CONTENTS) {
  test(`GET ${query[0] ?? "without query"} shows the scope in force and what remains [RFC 9132 §4.4.2]`, async () => {
    const { connect, clock, mitigator } = makeWorld();
    const peer = connect();
    await peer.reply({ scope: SCOPE });
    mitigator.report(1, { status: 2, dropped: DROPPED });
    await clock.advance(10_000);
    assert.deepEqual((await peer.reply({ method: "GET", query })).scope, [expected]);
  });
}

test("a query filters the list, and one mitigation that does not match is not found [RFC 9244 §9.2]", async () => {
  const peer = makeWorld().connect();
  await peer.reply({ scope: SCOPE });
  await peer.reply({
    path: mitigation(2),
    scope: { "target-fqdn": ["www.example.com"], lifetime: 60 },
  });
  const named = await peer.reply({
    method: "GET",
    path: ALL,
    query: ["target-fqdn=*.example.com", "c=n"],
  });
  assert.deepEqual(
    named.scope.map(({ mid }) => mid),
    [2],
  );
  assert.equal((await peer.reply({ method: "GET", query: ["target-protocol=1"] })).code, "4.04");
});

test("counters wrap at 2^64 [RFC 9132 §4.4.2]", async () => {
  const { connect, mitigator } = makeWorld();
  const peer = connect();
  await peer.reply({ scope: SCOPE });
  mitigator.report(1, { dropped: { ...DROPPED, bytes: 2n ** 64n + 5n } });
  assert.equal((await peer.reply({ method: "GET" })).scope[0]?.["bytes-dropped"], "5");
});

test("withdrawn: active but terminating for 120 s, then terminated, then not found [RFC 9132 §4.4.4]", async () => {
  const { connect, clock, mitigator } = makeWorld();
  const peer = connect();
  await peer.reply({ scope: SCOPE });
  assert.equal((await peer.reply({ method: "DELETE" })).code, "2.02");
  const status = async (): Promise<unknown> => {
    const { code, scope } = await peer.reply({ method: "GET" });
    return scope[0] === undefined ? code : [scope[0].status, scope[0].lifetime];
  };
  assert.deepEqual(await status(), ["dots-client-withdrawn-mitigation", 120]);
  await clock.advance(119_000);
  assert.deepEqual(await status(), ["dots-client-withdrawn-mitigation", 1]);
  assert.deepEqual(mitigator.calls, ["start 1"]);
  await clock.advance(2_000);
  assert.deepEqual(await status(), ["attack-mitigation-terminated", 0]);
  assert.deepEqual(mitigator.calls, ["start 1", "stop 1"]);
  await clock.advance(15_000);
  assert.equal(await status(), "4.04");
  assert.equal((await peer.reply({ scope: SCOPE })).code, "2.01");
});

test("a new mid for a terminating target doubles its next period [RFC 9132 §4.4.4]", async () => {
  const { connect } = makeWorld();
  const peer = connect();
  const periods = [];
  for (const mid of [1, 2, 3]) {
    await peer.reply({ path: mitigation(mid), scope: SCOPE });
    await peer.reply({ method: "DELETE", path: mitigation(mid) });
    periods.push((await peer.reply({ method: "GET", path: mitigation(mid) })).scope[0]?.lifetime);
  }
  assert.deepEqual(periods, [120, 240, 300]);
});

test("at the end of its lifetime a mitigation is removed [RFC 9132 §4.4.1.1]", async () => {
  const { connect, clock, mitigator } = makeWorld();
  const peer = connect();
  await peer.reply({ scope: { ...SCOPE, lifetime: 86_400 } });
  await clock.advance(86_390_000);
  assert.equal((await peer.reply({ method: "GET" })).code, "2.05");
  await clock.advance(10_000);
  assert.equal((await peer.reply({ method: "GET" })).code, "4.04");
  assert.deepEqual(mitigator.calls, ["start 1", "stop 1"]);
});

test("an observer hears every change at once, counters now and then, and the end [RFC 9132 §4.4.2.1]", async () => {
  const { connect, clock, mitigator } = makeWorld();
  const peer = connect();
  await peer.reply({ scope: SCOPE });
  const { first, seen } = await peer.observe({ query: ["c=n"] });
  assert.equal(first.scope[0]?.status, "attack-mitigation-in-progress");
  mitigator.report(1, { status: 2, dropped: DROPPED });
  await clock.advance(100);
  assert.equal(seen.at(-1)?.scope[0]?.status, "attack-successfully-mitigated");
  mitigator.report(1, { dropped: { ...DROPPED, bytes: 999_999_999n } });
  const before = seen.length;
  await clock.advance(6_000);
  assert.ok(seen.length > before, "a periodic notification");
  assert.equal(seen.at(-1)?.scope[0]?.["bytes-dropped"], "999999999");
  await peer.reply({ method: "DELETE" });
  await clock.advance(100);
  assert.equal(seen.at(-1)?.scope[0]?.status, "dots-client-withdrawn-mitigation");
  await clock.advance(121_000);
  assert.equal(seen.at(-1)?.scope[0]?.status, "attack-mitigation-terminated");
  await clock.advance(60_000);
  assert.equal(seen.at(-1)?.code, "4.04");
  const all = seen.length;
  await clock.advance(60_000);
  assert.equal(seen.length, all, "nothing after the end");
});

test("an observer of all hears of new ones, of what departed, and stays [RFC 9132 §4.4.2.1]", async () => {
  const { connect, clock } = makeWorld();
  const peer = connect();
  await peer.reply({ scope: { ...SCOPE, lifetime: 60 } });
  const { seen } = await peer.observe({ path: ALL, query: ["c=n"] });
  await clock.advance(61_000);
  assert.deepEqual(
    seen.at(-1)?.scope.map(({ mid, status }) => [mid, status]),
    [[1, "attack-mitigation-terminated"]],
  );
  await clock.advance(60_000);
  const silent = seen.length;
  await clock.advance(60_000);
  assert.equal(seen.length, silent, "silence while there are none");
  await peer.reply({ path: mitigation(2), scope: SCOPE });
  await clock.advance(100);
  assert.deepEqual(
    seen.at(-1)?.scope.map(({ mid }) => mid),
    [2],
  );
});

async function many(peer: Peer, count: number): Promise<void> {
  for (let mid = 1; mid <= count; mid += 1) {
    const scope = { ...SCOPE, "target-prefix": [`203.0.113.${mid}/32`] };
    await peer.reply({ path: mitigation(mid), scope });
  }
}

test("a list that does not fit one datagram comes in blocks of one representation [RFC 9132 §4.4.2]", async () => {
  const { connect, mitigator } = makeWorld();
  const peer = connect("branch", 400);
  await many(peer, 20);
  const parts: Uint8Array[] = [];
  let etag: Uint8Array | undefined;
  for (let number = 0, more = true; more; number += 1) {
    const block = uintOption(OptionNumber.Block2, number * 16 + 4);
    const options =
      number === 0
        ? []
        : [block, ...(etag === undefined ? [] : [opaqueOption(OptionNumber.ETag, etag)])];
    const reply = await peer.reply({ method: "GET", path: ALL, options });
    assert.equal(reply.code, "2.05");
    const value = findUint(reply.options, OptionNumber.Block2) ?? 0;
    const own = reply.options.find((option) => option.number === OptionNumber.ETag)?.value;
    assert.ok(own !== undefined);
    assert.deepEqual(own, etag ?? own);
    etag = own;
    assert.equal(value >> 4, number);
    parts.push(reply.payload);
    more = (value & 8) !== 0;
    mitigator.report(3, { status: number % 2 === 0 ? 2 : 1 }); // must not show in the blocks that follow
  }
  const body = decodeDots(concatBytes(...parts));
  assert.equal(body["ietf-dots-signal-channel:mitigation-scope"]?.scope.length, 20);
  assert.ok(parts.length > 2);
  const beyond = await peer.reply({
    method: "GET",
    path: ALL,
    options: [uintOption(OptionNumber.Block2, 99 * 16 + 4)],
  });
  assert.equal(beyond.code, "4.00");
});

test("a client may ask for small blocks [RFC 7959 §2.4]", async () => {
  const peer = makeWorld().connect();
  await peer.reply({ scope: SCOPE });
  const reply = await peer.reply({ method: "GET", options: [uintOption(OptionNumber.Block2, 1)] });
  assert.equal(reply.payload.length, 32);
  assert.equal(findUint(reply.options, OptionNumber.Block2), 8 + 1);
});

test("an observed list that outgrows a datagram is notified by its first block", async () => {
  const { connect, clock } = makeWorld();
  const peer = connect("branch", 400);
  const other = connect("branch", 1152);
  await many(other, 1);
  const { seen } = await peer.observe({ path: ALL });
  await many(other, 15);
  await clock.advance(5_000);
  const last = seen.at(-1);
  assert.equal(last?.code, "2.05");
  assert.equal((findUint(last?.options ?? [], OptionNumber.Block2) ?? 0) & 8, 8);
});
