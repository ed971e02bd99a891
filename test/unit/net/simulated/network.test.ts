import assert from "node:assert/strict";
import { test } from "node:test";
import { NetError } from "../../../../agent/net/ports.ts";
import { SimulatedNetwork } from "../../../../agent/net/simulated/network.ts";

test("time moves only by running, straight to each event and then to the end", async () => {
  const network = new SimulatedNetwork({ seed: 1, startAt: 1000 });
  const { clock } = network.host(["192.0.2.1"]);
  const seen: Array<readonly [string, number]> = [];
  const note = (name: string) => () => seen.push([name, clock.now()]);
  clock.after(20, note("late"));
  clock.after(10, note("first"));
  clock.after(10, note("second"));
  clock.after(-5, note("at once"));
  clock.after(Number.NaN, note("at once too"));
  clock.after(30.5, note("beyond"));
  assert.deepEqual(seen, []);
  assert.equal(await network.run({ for: 30 }), true);
  assert.deepEqual(seen, [
    ["at once", 0],
    ["at once too", 0],
    ["first", 10],
    ["second", 10],
    ["late", 20],
  ]);
  assert.deepEqual([clock.now(), clock.wallTime(), network.pending], [30, 1030, 1]);
});

test("a cancelled timer does not fire, not even when cancelled at its own instant", async () => {
  const network = new SimulatedNetwork({ seed: 1 });
  let fired = 0;
  network.clock.after(5, () => timer.cancel());
  const timer = network.clock.after(5, () => fired++);
  network.clock.after(1, () => fired++).cancel();
  await network.run({ for: 10 });
  assert.equal(fired, 0);
});

test("run ends when what it waits for holds, or says that it does not", async () => {
  const network = new SimulatedNetwork({ seed: 1 });
  let count = 0;
  const tick = (): void => {
    count++;
    network.clock.after(10, tick);
  };
  tick();
  assert.equal(await network.run({ until: () => count === 4, limit: 1000 }), true);
  assert.equal(network.clock.now(), 30);
  assert.equal(await network.run({ until: () => false, limit: 15 }), false);
  assert.equal(network.clock.now(), 45);
});

test("waiting for ever ends when nothing can happen any more", async () => {
  const network = new SimulatedNetwork({ seed: 1 });
  network.clock.after(10, () => {});
  assert.equal(await network.run({ until: () => false, limit: Number.POSITIVE_INFINITY }), false);
  assert.equal(network.clock.now(), 10);
});

test("code that awaits goes on between events, at the time of the event it waited for", async () => {
  const network = new SimulatedNetwork({ seed: 1 });
  const sleep = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      network.clock.after(ms, resolve);
    });
  const deep = async (levels: number): Promise<number> => {
    if (levels === 0) await sleep(10);
    else await deep(levels - 1);
    return network.clock.now();
  };
  network.clock.after(10.001, () => {}); // comes right after: must not come before the last `await`
  assert.equal(await network.settle(deep(8), 100), 10);
});

test("settle gives the value, the rejection, or a timeout", async () => {
  const network = new SimulatedNetwork({ seed: 1 });
  const later = async <T>(outcome: () => T): Promise<T> => {
    await new Promise<void>((resolve) => {
      network.clock.after(5, resolve);
    });
    return outcome();
  };
  const fail = (): never => {
    throw new Error("no");
  };
  assert.equal(
    await network.settle(
      later(() => 7),
      10,
    ),
    7,
  );
  await assert.rejects(network.settle(later(fail), 10), /no/);
  await assert.rejects(network.settle(new Promise(() => {}), 10), { code: "net/timeout" });
});

test("an event that throws is not swallowed, and the network runs on", async () => {
  const network = new SimulatedNetwork({ seed: 1 });
  let reached = false;
  network.clock.after(1, () => {
    throw new Error("bad listener");
  });
  network.clock.after(2, () => (reached = true));
  await assert.rejects(network.run({ for: 5 }), /bad listener/);
  await network.run({ for: 5 });
  assert.ok(reached);
});

test("something that keeps time from moving is found, not waited for", async () => {
  const network = new SimulatedNetwork({ seed: 1, turns: 2 });
  const again = (): void => void network.clock.after(0, again);
  again();
  await assert.rejects(network.run({ for: 1 }), /stands still at 0 ms/);
});

test("running twice at once is refused", async () => {
  const network = new SimulatedNetwork({ seed: 1 });
  const first = network.run({ for: 5 });
  await assert.rejects(network.run({ for: 5 }), NetError);
  await first;
});

test("each host has its own chance, which follows from the seed", () => {
  const draw = (seed: number): string[] => {
    const network = new SimulatedNetwork({ seed });
    const hosts = [network.host(["192.0.2.1"]), network.host(["192.0.2.2"])];
    return hosts.map((host) => Buffer.from(host.random.bytes(8)).toString("hex"));
  };
  const [a, b] = draw(1);
  assert.notEqual(a, b);
  assert.deepEqual(draw(1), [a, b]);
  assert.notDeepEqual(draw(2), [a, b]);
});

const wrongHosts: ReadonlyArray<readonly [addresses: string[], code: string]> = [
  [["192.0.2.1"], "net/address-in-use"],
  [["2001:DB8::1"], "net/address-in-use"],
  [["127.0.0.1"], "net/address-in-use"],
  [["name"], "net/other"],
];

for (const [addresses, code] of wrongHosts) {
  test(`a host with ${addresses.join()} beside another is refused with ${code}`, () => {
    const network = new SimulatedNetwork({ seed: 1 });
    network.host(["192.0.2.1", "2001:db8::1"]);
    assert.throws(() => network.host(addresses), { name: "NetError", code });
  });
}

for (const path of [{ loss: 1.1 }, { loss: Number.NaN }, { delayMs: -1 }, { rate: 0 }]) {
  test(`a path with ${JSON.stringify(path)} is refused`, () => {
    assert.throws(() => new SimulatedNetwork({ seed: 1, path }), { code: "net/other" });
    const network = new SimulatedNetwork({ seed: 1 });
    const [a, b] = [network.host(["192.0.2.1"]), network.host(["192.0.2.2"])];
    assert.throws(() => network.link(a, b, { bToA: path }), { code: "net/other" });
  });
}
