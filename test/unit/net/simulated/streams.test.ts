import assert from "node:assert/strict";
import { test } from "node:test";
import type { Path } from "../../../../agent/net/simulated/path.ts";
import { SimulatedNetwork } from "../../../../agent/net/simulated/network.ts";
import { octets, streamContract, StreamInbox, streamPair } from "../stream-contract.ts";
import type { StreamPlace } from "../stream-contract.ts";

const HOUR = 3_600_000;
const SERVER = { family: 4, host: "198.51.100.1", port: 443 } as const;

function makePlace(path: Partial<Path> = {}) {
  const network = new SimulatedNetwork({ seed: 1, path });
  const [a, b] = [network.host(["192.0.2.1"]), network.host([SERVER.host])];
  const place: StreamPlace = {
    client: a.streams,
    server: b.streams,
    at: { ...SERVER, port: 0 },
    wait: (promise) => network.settle(promise, HOUR),
    pause: async () => {
      await network.run({ for: 20 });
    },
  };
  return { ...place, network, a, b, link: network.link(a, b) };
}

streamContract("simulated", () => makePlace());
streamContract("simulated with 30 % loss, jitter and reordering", () =>
  makePlace({ loss: 0.3, jitterMs: 30, reorder: 0.3, duplicate: 0.3 }),
);
streamContract("simulated with a rate", () => makePlace({ rate: 50_000, queueOctets: 3000 }));

test("connecting takes a round trip, and data one way", async () => {
  const place = makePlace({ delayMs: 30 });
  const { client, atServer } = await streamPair(place);
  assert.equal(place.network.clock.now(), 60);
  await client.write(octets("x"));
  await place.wait(atServer.when(() => atServer.text === "x"));
  assert.equal(place.network.clock.now(), 90);
});

test("the same seed gives the same stream", async () => {
  const run = async (): Promise<unknown[]> => {
    const place = makePlace({ loss: 0.3, jitterMs: 30 });
    const trace: unknown[] = [];
    place.network.trace = (entry) => trace.push(entry);
    const { client, atServer } = await streamPair(place);
    for (let k = 0; k < 50; k++) await place.wait(client.write(octets("some octets")));
    await place.wait(atServer.when(() => atServer.text.length === 550));
    return trace;
  };
  assert.deepEqual(await run(), await run());
});

test("connecting into a cut link times out at its timeout, and leaves nothing behind", async () => {
  const place = makePlace();
  const server = await place.server.listen(SERVER, () => new StreamInbox());
  place.link.cut();
  const inbox = new StreamInbox();
  await assert.rejects(place.wait(place.client.connect(server.local, inbox, 3000)), {
    name: "NetError",
    code: "net/timeout",
  });
  assert.equal(place.network.clock.now(), 3000);
  await place.network.run({ for: HOUR });
  assert.equal(place.network.pending, 0);
  assert.deepEqual([inbox.ends, inbox.closes], [0, []], "a stream that never was told something");
});

test("connecting without a timeout ends when the system gives up", async () => {
  const place = makePlace();
  place.link.cut();
  const connecting = place.client.connect(SERVER, new StreamInbox(), Number.POSITIVE_INFINITY);
  await assert.rejects(place.wait(connecting), /connecting to 198\.51\.100\.1:443: net\/timeout/);
});

test("attempts that failed give their ports back", async () => {
  const place = makePlace({ delayMs: 0 });
  for (let k = 0; k < 16_400; k++) {
    const connecting = place.client.connect(SERVER, new StreamInbox(), 1000);
    await assert.rejects(place.wait(connecting), { code: "net/refused" });
  }
});

test("when the answer comes after the timeout, the server's end is reset", async () => {
  const place = makePlace();
  place.link.set({ bToA: { delayMs: 5000 } });
  const atServer = new StreamInbox();
  await place.server.listen(SERVER, () => atServer);
  const connecting = place.client.connect(SERVER, new StreamInbox(), 1000);
  await assert.rejects(place.wait(connecting), { code: "net/timeout" });
  await place.network.run({ for: 10_000 });
  assert.equal(atServer.closes[0]?.code, "net/reset");
});

test("a stream stalls while everything is lost and goes on, whole, when the path is mended", async () => {
  const place = makePlace();
  const { client, atServer } = await streamPair(place);
  place.link.set({ aToB: { loss: 1 } });
  let handedOver = false;
  const writing = client.write(octets("first ")).then(() => (handedOver = true));
  const second = client.write(octets("second"));
  await place.network.run({ for: 20_000 });
  assert.deepEqual([atServer.text, handedOver], ["", false]);
  place.link.set({ aToB: { loss: 0 } });
  await place.wait(Promise.all([writing, second]));
  await place.wait(atServer.when(() => atServer.text === "first second"));
});

test("a stream whose path stays dead is given up with a timeout, writes included", async () => {
  const place = makePlace();
  const { client, atClient } = await streamPair(place);
  place.link.cut();
  await assert.rejects(place.wait(client.write(octets("x"))), { code: "net/timeout" });
  await place.wait(atClient.when(() => atClient.closes.length === 1));
  assert.equal(atClient.closes[0]?.code, "net/timeout");
  assert.ok(place.network.clock.now() > 300_000);
});

test("when the address changes its streams end here; the peer is reset when it writes", async () => {
  const place = makePlace();
  const { client, atClient, server, atServer } = await streamPair(place);
  place.a.changeAddress("192.0.2.1", "192.0.2.2");
  await place.wait(atClient.when(() => atClient.closes.length === 1));
  assert.equal(atClient.closes[0]?.code, "net/unreachable");
  await assert.rejects(client.write(octets("x")), { code: "net/closed" });
  assert.equal(atServer.closes.length, 0);
  place.a.changeAddress("192.0.2.2", "192.0.2.1");
  await server.write(octets("x"));
  await place.wait(atServer.when(() => atServer.closes.length === 1));
  assert.equal(atServer.closes[0]?.code, "net/reset");
});

test("nothing more is sent from an address that the host has no more", async () => {
  const place = makePlace();
  const { client, atServer } = await streamPair(place);
  place.link.cut();
  client.destroy(); // its farewell waits for the link
  place.a.changeAddress("192.0.2.1", "192.0.2.2");
  place.link.mend();
  await place.network.run({ for: HOUR });
  assert.deepEqual([atServer.ends, atServer.closes], [0, []]);
});

test("a listening server moves with its host's address", async () => {
  const place = makePlace();
  const server = await place.server.listen(SERVER, () => new StreamInbox());
  place.b.changeAddress(SERVER.host, "198.51.100.2");
  assert.equal(server.local.host, "198.51.100.2");
  const client = await place.wait(place.client.connect(server.local, new StreamInbox(), 1000));
  assert.deepEqual(client.remote, server.local);
});

test("a host without an address of the family cannot connect", async () => {
  const place = makePlace();
  const six = { family: 6, host: "2001:db8::1", port: 1 } as const;
  await assert.rejects(place.client.connect(six, new StreamInbox(), 1000), {
    code: "net/unreachable",
  });
});
