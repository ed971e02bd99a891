import assert from "node:assert/strict";
import { test } from "node:test";
import type { LinkPaths } from "../../../../agent/net/simulated/link.ts";
import type { TraceEntry } from "../../../../agent/net/simulated/packet.ts";
import { makePair, octet } from "./pair.ts";

/** What a run of `count` datagrams each way, 1 ms apart, leaves behind. */
async function exchange(seed: number, paths: LinkPaths, count: number) {
  const pair = await makePair(seed, paths);
  const trace: TraceEntry[] = [];
  pair.network.trace = (entry) => trace.push(entry);
  for (let k = 0; k < count; k++) {
    pair.toB(Uint8Array.of(k >> 8, k & 255));
    pair.toA(Uint8Array.of(k >> 8, k & 255));
    await pair.network.run({ for: 1 });
  }
  await pair.network.run({ for: 1000 });
  const numbers = (inbox: typeof pair.atA): number[] =>
    inbox.messages.map(({ data }) => ((data[0] ?? 0) << 8) | (data[1] ?? 0));
  return { ...pair, trace, gotA: numbers(pair.atA), gotB: numbers(pair.atB) };
}

const ROUGH = { loss: 0.2, jitterMs: 7, duplicate: 0.1, reorder: 0.1, rate: 100_000 };

test("the same seed gives the same trace, another seed another", async () => {
  const paths = { aToB: ROUGH, bToA: ROUGH };
  const first = await exchange(1, paths, 300);
  assert.ok(first.trace.length > 600);
  assert.deepEqual((await exchange(1, paths, 300)).trace, first.trace);
  assert.notDeepEqual((await exchange(2, paths, 300)).trace, first.trace);
});

test("a path without faults delivers everything in order after its delay", async () => {
  const { network, toB, atB } = await makePair(1, { aToB: { delayMs: 25 } });
  toB(octet(1));
  toB(octet(2));
  await network.run({ for: 24.9 });
  assert.deepEqual(atB.order, []);
  await network.run({ for: 0.1 });
  assert.deepEqual(atB.order, [1, 2]);
  assert.equal(atB.messages[0]?.at, 25);
});

for (const loss of [0, 0.1, 0.25, 0.4, 1]) {
  test(`a loss of ${loss} loses that share, within 4.5 standard deviations`, async () => {
    const count = 4000;
    const { gotA, gotB, link } = await exchange(7, { aToB: { loss }, bToA: { loss } }, count);
    const slack = 4.5 * Math.sqrt(count * loss * (1 - loss));
    for (const got of [gotA, gotB]) {
      assert.ok(Math.abs(count - got.length - count * loss) <= slack, `${got.length} of ${count}`);
    }
    const { aToB } = link.statistics;
    assert.deepEqual([aToB.sent, aToB.lost], [count, count - gotB.length]);
    assert.deepEqual([aToB.delivered, aToB.octetsDelivered], [gotB.length, gotB.length * 30]);
    assert.equal(aToB.octetsSent, count * 30);
  });
}

test("each direction draws its own chance: changing one leaves the other's losses", async () => {
  const both = await exchange(3, { aToB: { loss: 0.3 }, bToA: { loss: 0.3 } }, 1000);
  assert.notDeepEqual(both.gotA, both.gotB);
  for (const aToB of [{ loss: 0 }, { loss: 1 }, ROUGH]) {
    const other = await exchange(3, { aToB, bToA: { loss: 0.3 } }, 1000);
    assert.deepEqual(other.gotA, both.gotA);
  }
});

test("what is lost at 10 % is lost at 25 % too, and other faults do not change what is lost", async () => {
  const light = new Set((await exchange(3, { aToB: { loss: 0.1 } }, 1000)).gotB);
  const heavy = (await exchange(3, { aToB: { loss: 0.25 } }, 1000)).gotB;
  assert.ok(heavy.length < light.size);
  assert.ok(heavy.every((number) => light.has(number)));
  const noisy = { loss: 0.25, jitterMs: 9, reorder: 0.2, duplicate: 0.2 };
  const rough = new Set((await exchange(3, { aToB: noisy }, 1000)).gotB);
  assert.deepEqual(
    [...rough].toSorted((a, b) => a - b),
    heavy,
  );
});

test("jitter delays by up to its amount", async () => {
  const { network, toB, atB } = await makePair(1, { aToB: { delayMs: 10, jitterMs: 20 } });
  for (let k = 0; k < 500; k++) toB(octet(k));
  await network.run({ for: 100 });
  const times = atB.messages.map(({ at }) => at);
  assert.ok(Math.min(...times) >= 10 && Math.min(...times) < 11);
  assert.ok(Math.max(...times) < 30 && Math.max(...times) > 29);
});

test("a share of datagrams is held back, so that later ones overtake them; none is lost", async () => {
  const { gotB } = await exchange(5, { aToB: { reorder: 0.1, reorderMs: 15 } }, 2000);
  assert.equal(new Set(gotB).size, 2000);
  assert.equal(gotB.length, 2000);
  const late = gotB.filter((number, at) => at > 0 && number < (gotB[at - 1] ?? 0)).length;
  assert.ok(late > 120 && late < 260, `${late} overtaken`);
});

test("a share of datagrams arrives twice, each copy with memory of its own", async () => {
  const { gotB, atB, link } = await exchange(5, { aToB: { duplicate: 0.1 } }, 2000);
  const twice = gotB.length - new Set(gotB).size;
  assert.ok(twice > 140 && twice < 260, `${twice} twice`);
  assert.equal(new Set(gotB).size, 2000);
  assert.equal(link.statistics.aToB.duplicated, twice);
  assert.equal(new Set(atB.messages.map(({ data }) => data.buffer)).size, gotB.length);
});

test("a packet over the MTU disappears without a word and is counted", async () => {
  const { network, toB, atA, atB, link } = await makePair(1, { aToB: { mtu: 1280 } });
  toB(new Uint8Array(1280 - 28 + 1)); // 20 octets of IPv4 header, 8 of UDP
  toB(new Uint8Array(1280 - 28));
  await network.run({ for: 100 });
  assert.deepEqual(
    atB.messages.map(({ data }) => data.length),
    [1252],
  );
  assert.deepEqual(atA.faults, []);
  assert.equal(link.statistics.aToB.tooLarge, 1);
  link.set({ aToB: { mtu: 1500 } });
  toB(new Uint8Array(1253));
  await network.run({ for: 100 });
  assert.equal(atB.messages.length, 2);
});

test("a rate spaces packets out, and its queue is bounded", async () => {
  const paths = { aToB: { rate: 100_000, queueOctets: 5000, delayMs: 10 } };
  const { network, toB, atB, link } = await makePair(1, paths);
  for (let k = 0; k < 8; k++) toB(new Uint8Array(972)); // 1000 octets with the headers: 10 ms each
  await network.run({ for: 1000 });
  assert.deepEqual(
    atB.messages.map(({ at }) => at),
    [20, 30, 40, 50, 60],
  );
  assert.equal(link.statistics.aToB.queueFull, 3);
  toB(new Uint8Array(972));
  await network.run({ for: 1000 });
  assert.equal(atB.messages.at(-1)?.at, 1020);
});

test("a path may change and be cut at any time; what is under way still arrives", async () => {
  const { network, toA, toB, atA, atB, link } = await makePair(1);
  toB(octet(1));
  link.cut();
  toB(octet(2));
  toA(octet(2));
  await network.run({ for: 100 });
  link.mend();
  toB(octet(3));
  link.set({ aToB: { loss: 1 } });
  toB(octet(4));
  toA(octet(4));
  await network.run({ for: 100 });
  assert.deepEqual([atB.order, atA.order], [[1, 3], [4]]);
  assert.deepEqual([link.statistics.aToB.lost, link.statistics.bToA.lost], [2, 1]);
  assert.equal(link.paths.aToB.delayMs, 10, "what was not named stayed");
});
