import assert from "node:assert/strict";
import { test } from "node:test";
import type { MitigationOrder, MitigatorReport } from "../../../agent/dots/server/mitigator.ts";
import { findMitigator, mitigatorNames } from "../../../plugins/mitigators.ts";
import { seeded } from "../../support/seeded.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

const ORDER: MitigationOrder = {
  id: "one",
  client: "branch",
  target: {
    prefixes: ["203.0.113.7/32"],
    ports: [],
    protocols: [],
    fqdns: [],
    uris: [],
    aliases: [],
  },
};

function simulated(options: Readonly<Record<string, unknown>> = {}) {
  const plugin = findMitigator("simulated");
  assert.ok(plugin !== undefined);
  const clock = new VirtualClock();
  const chance = seeded(7);
  const random = { bytes: (n: number) => chance.bytes(n), fraction: () => chance.fraction() };
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  return { clock, mitigator: plugin.create(options, { clock, random, log }) };
}

test("it walks from 1 by 2 to 3, when its options say so", async () => {
  const { clock, mitigator } = simulated({ mitigatedAfterS: 5, stoppedAfterS: 60 });
  const seen: [number, number][] = [];
  mitigator.start(ORDER, ({ status }) => {
    if (status !== undefined) seen.push([clock.now(), status]);
  });
  await clock.advance(600_000);
  assert.deepEqual(seen, [
    [5000, 2],
    [65_000, 3],
  ]);
});

test("counters only grow while it filters, at about the attack's size, and stand still after", async () => {
  const { clock, mitigator } = simulated({
    mitigatedAfterS: 0,
    stoppedAfterS: 100,
    attackGbps: 8,
    packetOctets: 1000,
  });
  const news: MitigatorReport[] = [];
  mitigator.start(ORDER, (told) => news.push(told));
  await clock.advance(1_000_000);
  const bytes = news.flatMap(({ dropped }) => (dropped === undefined ? [] : [dropped.bytes]));
  assert.ok(bytes.every((value, i) => i === 0 || value >= (bytes[i - 1] ?? 0n)));
  const last = news.at(-1);
  assert.equal(last?.status, 3);
  const gigabytes = Number(last?.dropped?.bytes ?? 0n) / 1e9; // 1 GB a second for 100 s, give or take a fifth
  assert.ok(gigabytes > 90 && gigabytes < 110, `${gigabytes} GB`);
  assert.ok(Math.abs(Number(last?.dropped?.pkts) - gigabytes * 1e6) < 1000);
  assert.ok(Math.abs(Number(last?.dropped?.bps) / 1e9 - 1) < 0.1);
});

test("once stopped it is silent", async () => {
  const { clock, mitigator } = simulated();
  let told = 0;
  mitigator.start(ORDER, () => (told += 1));
  await clock.advance(5000);
  const before = told;
  assert.ok(before > 0);
  mitigator.stop(ORDER.id);
  mitigator.stop("unknown");
  await clock.advance(60_000);
  assert.equal(told, before);
  assert.equal(clock.pending, 0);
});

test("a mitigation taken up after a restart goes on counting where it stood", async () => {
  const { clock, mitigator } = simulated();
  const news: MitigatorReport[] = [];
  const dropped = { bytes: 1_000_000_000_000n, pkts: 1000n, bps: 1_000_000_000n, pps: 1n };
  mitigator.start({ ...ORDER, resume: { status: 2, dropped } }, (told) => news.push(told));
  await clock.advance(1000);
  assert.deepEqual(news[0], { status: 2, dropped: { ...dropped, pps: 1n } });
  assert.ok((news.at(-1)?.dropped?.bytes ?? 0n) > dropped.bytes);
  mitigator.close();
  assert.equal(clock.pending, 0);
});

test("one that had stopped stays stopped", async () => {
  const { clock, mitigator } = simulated();
  let told = 0;
  mitigator.start({ ...ORDER, resume: { status: 3 } }, () => (told += 1));
  await clock.advance(60_000);
  assert.equal(told, 0);
});

const FAULTS = [
  [{}, []],
  [{ mitigatedAfterS: 1.5 }, []],
  [{ mitigatedAfterS: -1 }, ["mitigatedAfterS"]],
  [{ attackGbps: "3" }, ["attackGbps"]],
  [{ speed: 1 }, ["speed"]],
] as const;

for (const [options, named] of FAULTS) {
  test(`options ${JSON.stringify(options)}: ${named.length} faults`, () => {
    const faults = findMitigator("simulated")?.check(options) ?? [];
    assert.equal(faults.length, named.length);
    for (const name of named) assert.ok(faults.join().includes(name));
  });
}

test("a mitigator that is not there is not found, and the others can be named", () => {
  assert.equal(findMitigator("toString"), undefined);
  assert.deepEqual(mitigatorNames(), ["simulated"]);
});
