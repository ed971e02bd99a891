import assert from "node:assert/strict";
import { test } from "node:test";
import { A, makePair, octet, SimulatedInbox } from "./pair.ts";

const NEW = "203.0.113.77";

test("when a host's address changes its sockets move: peers see and reach the new one", async () => {
  const { network, a, toB, atA, atB, socketA, socketB } = await makePair(1);
  a.changeAddress(A, NEW);
  assert.deepEqual(a.addresses, [NEW, "2001:db8::a"]);
  assert.deepEqual(socketA.local, { family: 4, host: NEW, port: 1000 });
  toB(octet(1));
  await network.run({ for: 20 });
  assert.equal(atB.messages[0]?.from.host, NEW);
  socketB.send(octet(2), { family: 4, host: NEW, port: 1000 });
  socketB.send(octet(3), { family: 4, host: A, port: 1000 });
  await network.run({ for: 20 });
  assert.deepEqual(atA.order, [2]);
});

test("a connected and a wildcard socket move along, others stay", async () => {
  const { network, a, socketB, atB } = await makePair(1);
  const connected = await a.datagrams.bind({ remote: socketB.local }, new SimulatedInbox(() => 0));
  const wild = await a.datagrams.bind({}, new SimulatedInbox(() => 0));
  const six = await a.datagrams.bind(
    { local: { family: 6, host: "2001:db8::a", port: 0 } },
    new SimulatedInbox(() => 0),
  );
  a.changeAddress(A, NEW);
  connected.send(octet(1), socketB.local);
  wild.send(octet(2), socketB.local);
  await network.run({ for: 20 });
  assert.deepEqual(
    atB.messages.map(({ from }) => from.host),
    [NEW, NEW],
  );
  assert.equal(six.local.host, "2001:db8::a");
});

test("what is under way to the old address is lost and counted", async () => {
  const { network, a, toA, atA, link } = await makePair(1);
  toA(octet(1));
  a.changeAddress(A, NEW);
  await network.run({ for: 100 });
  assert.deepEqual(atA.order, []);
  assert.deepEqual([link.statistics.bToA.undeliverable, link.statistics.bToA.delivered], [1, 0]);
});

test("another host may take an address that was given up", async () => {
  const { network, a, atA, socketB } = await makePair(1);
  a.changeAddress(A, NEW);
  const heir = network.host([A]);
  const inbox = new SimulatedInbox(() => 0);
  await heir.datagrams.bind({ local: { family: 4, host: A, port: 1000 } }, inbox);
  socketB.send(octet(1), { family: 4, host: A, port: 1000 });
  await network.run({ for: 100 });
  assert.deepEqual([inbox.order, atA.order], [[1], []]);
});

const badChanges: ReadonlyArray<readonly [from: string, to: string, code: string]> = [
  ["203.0.113.1", NEW, "net/address-unavailable"],
  [A, "198.51.100.1", "net/address-in-use"],
  [A, "name", "net/other"],
];

for (const [from, to, code] of badChanges) {
  test(`changing ${from} to ${to} is refused with ${code} and changes nothing`, async () => {
    const { network, a, toA, atA } = await makePair(1);
    assert.throws(() => a.changeAddress(from, to), { name: "NetError", code });
    assert.deepEqual(a.addresses, [A, "2001:db8::a"]);
    toA(octet(1));
    await network.run({ for: 20 });
    assert.deepEqual(atA.order, [1]);
  });
}

test("after a NAT rebinding peers see a new port; the old one swallows what is sent to it", async () => {
  const { network, a, toB, toA, atA, atB, socketA, socketB } = await makePair(1);
  const fates: string[] = [];
  network.trace = ({ packet }) => fates.push(packet.body.tag);
  const port = a.rebind(1000);
  assert.notEqual(port, 1000);
  assert.equal(socketA.local.port, 1000, "the host itself sees no change");
  toB(octet(1));
  await network.run({ for: 20 });
  assert.deepEqual(atB.messages[0]?.from, { family: 4, host: A, port });
  toA(octet(2)); // to the old port
  socketB.send(octet(3), { family: 4, host: A, port });
  await network.run({ for: 20 });
  assert.deepEqual(atA.order, [3]);
  assert.ok(!fates.includes("icmp"));
});

test("a second rebinding replaces the first", async () => {
  const { network, a, toB, atA, atB, socketB } = await makePair(1);
  const [first, second] = [a.rebind(1000), a.rebind(1000)];
  assert.notEqual(first, second);
  toB(octet(1));
  for (const port of [first, second]) socketB.send(octet(2), { family: 4, host: A, port });
  await network.run({ for: 20 });
  assert.equal(atB.messages[0]?.from.port, second);
  assert.deepEqual(atA.order, [2]);
});

test("a port that was rebound is itself again once its socket is closed", async () => {
  const { network, a, toA, atA, atB, socketA, socketB } = await makePair(1);
  const port = a.rebind(1000);
  socketA.close();
  assert.throws(() => a.rebind(1000), { code: "net/address-unavailable" });
  const again = await a.datagrams.bind({ local: { family: 4, host: A, port: 1000 } }, atA);
  toA(octet(1));
  socketB.send(octet(2), { family: 4, host: A, port });
  again.send(octet(3), socketB.local);
  await network.run({ for: 20 });
  assert.deepEqual(atA.order, [1]);
  assert.equal(atB.messages[0]?.from.port, 1000);
});

test("a port that peers know as another's cannot be bound; once that is over, it can", async () => {
  const { network, a, socketB } = await makePair(1);
  const local = { family: 4, host: A, port: a.rebind(1000) } as const;
  const inbox = new SimulatedInbox(() => 0);
  await assert.rejects(a.datagrams.bind({ local }, inbox), { code: "net/address-in-use" });
  a.rebind(1000);
  await a.datagrams.bind({ local }, inbox);
  socketB.send(octet(1), local);
  await network.run({ for: 20 });
  assert.deepEqual(inbox.order, [1]);
});

test("refusal finds a rebound socket", async () => {
  const { network, a } = await makePair(1);
  const inbox = new SimulatedInbox(() => 0);
  const nowhere = { family: 4, host: "198.51.100.1", port: 9 } as const;
  const client = await a.datagrams.bind({ remote: nowhere }, inbox);
  a.rebind(client.local.port);
  client.send(octet(1), nowhere);
  await network.run({ for: 100 });
  assert.equal(inbox.faults[0]?.code, "net/refused");
});
