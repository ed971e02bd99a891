import assert from "node:assert/strict";
import { test } from "node:test";
import type { Address } from "../../../../agent/net/ports.ts";
import { SimulatedNetwork } from "../../../../agent/net/simulated/network.ts";
import { A, B, makePair, octet, SimulatedInbox } from "./pair.ts";

const nobody = { message: () => {}, error: () => {} };

function at(host: string, port: number): Address {
  return { family: host.includes(":") ? 6 : 4, host, port };
}

test("a wildcard socket hears every address of its family and sends from the host's", async () => {
  const { network, b, atA, socketA } = await makePair(1);
  const atWild = new SimulatedInbox(() => 0);
  const wild = await b.datagrams.bind({ local: at("0.0.0.0", 5000) }, atWild);
  socketA.send(octet(1), at(B, 5000));
  await network.run({ for: 20 });
  assert.deepEqual(atWild.messages[0]?.from, socketA.local);
  wild.send(octet(2), socketA.local);
  await network.run({ for: 20 });
  assert.deepEqual(atA.messages[0]?.from, at(B, 5000));
});

test("both families work, and a socket of one is not one of the other", async () => {
  const { network, a, b } = await makePair(1);
  const inbox = new SimulatedInbox(() => 0);
  await b.datagrams.bind({ local: at("::", 2000) }, inbox);
  const client = await a.datagrams.bind({ remote: at("2001:db8::b", 2000) }, nobody);
  client.send(octet(6), at("2001:db8::b", 2000));
  await network.run({ for: 20 });
  assert.deepEqual(inbox.messages[0]?.from, client.local);
  assert.equal(client.local.host, "2001:db8::a");
});

test("loopback stays within the host", async () => {
  const { network, a, b, atB } = await makePair(1);
  const [inA, inB] = [new SimulatedInbox(() => 0), new SimulatedInbox(() => 0)];
  await a.datagrams.bind({ local: at("127.0.0.1", 7) }, inA);
  await b.datagrams.bind({ local: at("127.0.0.1", 7) }, inB);
  const sender = await a.datagrams.bind({ local: at("127.0.0.1", 0) }, nobody);
  sender.send(octet(1), at("127.0.0.1", 7));
  sender.send(octet(2), at(B, 2000));
  await network.run({ for: 20 });
  assert.deepEqual([inA.order, inB.order, atB.order], [[1], [], []]);
});

test("the sender may reuse its memory at once", async () => {
  const { network, toB, atB } = await makePair(1);
  const data = octet(1);
  toB(data);
  data[0] = 9;
  await network.run({ for: 20 });
  assert.deepEqual(atB.order, [1]);
});

test("a connected socket hears only its peer; a stranger is answered as if nobody listened", async () => {
  const { network, a, socketB, toA, socketA, atA } = await makePair(1);
  const inbox = new SimulatedInbox(() => 0);
  const client = await a.datagrams.bind({ remote: socketB.local }, inbox);
  socketB.send(octet(1), client.local);
  socketA.send(octet(2), client.local);
  toA(octet(3));
  await network.run({ for: 20 });
  assert.deepEqual([inbox.order, atA.order], [[1], [3]]);
});

test("port unreachable comes back after one delay each way, to a connected socket only", async () => {
  const { network, a, socketA, atA } = await makePair(1, { bToA: { delayMs: 40 } });
  const inbox = new SimulatedInbox(() => 0);
  const client = await a.datagrams.bind({ remote: at(B, 9) }, inbox);
  client.send(octet(1), at(B, 9));
  socketA.send(octet(1), at(B, 9));
  await network.run({ for: 49.9 });
  assert.equal(inbox.faults.length, 0);
  await network.run({ for: 0.1 });
  assert.deepEqual(
    inbox.faults.map((fault) => fault.code),
    ["net/refused"],
  );
  assert.deepEqual(atA.faults, []);
});

test("port unreachable may be lost like anything else", async () => {
  const { network, a } = await makePair(1, { bToA: { loss: 1 } });
  const inbox = new SimulatedInbox(() => 0);
  const client = await a.datagrams.bind({ remote: at(B, 9) }, inbox);
  client.send(octet(1), at(B, 9));
  await network.run({ for: 1000 });
  assert.deepEqual(inbox.faults, []);
});

test("an address that nobody has swallows what is sent to it", async () => {
  const { network, socketA, atA } = await makePair(1);
  const fates: string[] = [];
  network.trace = ({ fate }) => fates.push(fate);
  socketA.send(octet(1), at("203.0.113.9", 9));
  await network.run({ for: 1000 });
  assert.deepEqual([fates, atA.faults], [["unroutable"], []]);
});

const badSends: ReadonlyArray<readonly [what: string, code: string, size: number, to: Address]> = [
  ["65508 octets", "net/too-large", 65_508, at(B, 2000)],
  ["to the other family", "net/unreachable", 1, at("2001:db8::b", 2000)],
];

for (const [what, code, size, to] of badSends) {
  test(`sending ${what} is reported as ${code} after send, not thrown`, async () => {
    const { network, socketA, atA } = await makePair(1);
    socketA.send(new Uint8Array(size), to);
    assert.equal(atA.faults.length, 0);
    await network.run({ for: 1 });
    assert.deepEqual(
      atA.faults.map((fault) => fault.code),
      [code],
    );
  });
}

test("a connected socket refuses to send elsewhere", async () => {
  const { network, a, socketB, socketA, atA } = await makePair(1);
  const inbox = new SimulatedInbox(() => 0);
  const client = await a.datagrams.bind({ remote: socketB.local }, inbox);
  client.send(octet(1), socketA.local);
  await network.run({ for: 20 });
  assert.deepEqual([inbox.faults[0]?.code, atA.order], ["net/other", []]);
});

test("a host without an address of the family cannot reach it", async () => {
  const network = new SimulatedNetwork({ seed: 1 });
  const host = network.host(["192.0.2.1"]);
  await assert.rejects(host.datagrams.bind({ remote: at("2001:db8::1", 5) }, nobody), {
    code: "net/unreachable",
  });
  const inbox = new SimulatedInbox(() => 0);
  const socket = await host.datagrams.bind({ family: 6 }, inbox);
  socket.send(octet(1), at("2001:db8::1", 5));
  await network.run({ for: 1 });
  assert.equal(inbox.faults[0]?.code, "net/unreachable");
});

const conflicts: ReadonlyArray<readonly [host: string, code: string | undefined]> = [
  [A, "net/address-in-use"],
  ["0.0.0.0", "net/address-in-use"],
  ["::", undefined],
  ["127.0.0.1", undefined],
  ["203.0.113.1", "net/address-unavailable"],
  ["name", "net/other"],
];

for (const [host, code] of conflicts) {
  test(`beside ${A} port 1000, binding ${host} port 1000 gives ${code ?? "a socket"}`, async () => {
    const { a } = await makePair(1);
    const binding = a.datagrams.bind({ local: at(host, 1000) }, nobody);
    if (code === undefined) assert.equal((await binding).local.port, 1000);
    else await assert.rejects(binding, { name: "NetError", code });
  });
}

test("close is idempotent, frees the port, and nothing is told after it", async () => {
  const { network, a, toA, atA, socketA } = await makePair(1);
  socketA.send(new Uint8Array(70_000), at(B, 2000));
  toA(octet(1));
  socketA.close();
  socketA.close();
  socketA.send(octet(1), at(B, 2000));
  await network.run({ for: 100 });
  assert.deepEqual([atA.messages, atA.faults], [[], []]);
  const again = await a.datagrams.bind({ local: at(A, 1000) }, nobody);
  assert.deepEqual(again.local, socketA.local);
});

test("ephemeral ports are distinct and the same in every run", async () => {
  const ports = async (): Promise<number[]> => {
    const { a } = await makePair(1);
    const sockets = await Promise.all([1, 2, 3].map(() => a.datagrams.bind({}, nobody)));
    return sockets.map((socket) => socket.local.port);
  };
  assert.deepEqual(await ports(), [49_152, 49_153, 49_154]);
  assert.deepEqual(await ports(), await ports());
});
