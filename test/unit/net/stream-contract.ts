/** What both adapters' streams promise; run by the test of each. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type {
  Address,
  NetError,
  Stream,
  StreamListener,
  Streams,
} from "../../../agent/net/ports.ts";

/** Where the contract is tried. */
export interface StreamPlace {
  readonly client: Streams;
  readonly server: Streams;
  /** Where the server listens; port 0. */
  readonly at: Address;
  /** Waits for a promise, letting the place's time pass. */
  wait<T>(promise: Promise<T>): Promise<T>;
  /** Lets what is under way go on for a little. */
  pause(): Promise<void>;
}

/** Keeps what a stream tells and lets a test wait for it. */
export class StreamInbox implements StreamListener {
  text = "";
  ends = 0;
  readonly closes: Array<NetError | undefined> = [];
  toldAfterClose = false;
  #checks: Array<() => void> = [];

  data(chunk: Uint8Array): void {
    this.text += new TextDecoder().decode(chunk);
    this.#told();
  }

  end(): void {
    this.ends++;
    this.#told();
  }

  close(fault?: NetError): void {
    this.closes.push(fault);
    for (const check of this.#checks) check();
  }

  /** Resolves once `holds` does. */
  when(holds: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const check = (): void => {
        if (holds()) resolve();
      };
      this.#checks.push(check);
      check();
    });
  }

  #told(): void {
    if (this.closes.length > 0) this.toldAfterClose = true;
    for (const check of this.#checks) check();
  }
}

/** Text as octets. */
export function octets(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

interface Pair {
  readonly client: Stream;
  readonly atClient: StreamInbox;
  readonly server: Stream;
  readonly atServer: StreamInbox;
  readonly stop: () => Promise<void>;
}

/** A server, and a stream to it. */
export async function streamPair(place: StreamPlace): Promise<Pair> {
  const atServer = new StreamInbox();
  const atClient = new StreamInbox();
  const accepted: Stream[] = [];
  let arrived = (): void => {};
  const arrival = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  const listening = await place.server.listen(place.at, (stream) => {
    accepted.push(stream);
    arrived();
    return atServer;
  });
  const client = await place.wait(place.client.connect(listening.local, atClient, 5000));
  await place.wait(arrival);
  const [server, ...others] = accepted;
  assert.ok(server !== undefined && others.length === 0, "one connection, one stream");
  return { client, atClient, server, atServer, stop: () => listening.close() };
}

const LONG = Array.from({ length: 20_000 }, (_, k) => `${k},`).join("");

const contract: ReadonlyArray<
  readonly [promise: string, check: (place: StreamPlace) => Promise<void>]
> = [
  [
    "both ends know both addresses",
    async (place) => {
      const { client, server, stop } = await streamPair(place);
      assert.deepEqual(client.local, server.remote);
      assert.deepEqual(client.remote, server.local);
      client.destroy();
      server.destroy();
      await stop();
    },
  ],
  [
    "octets arrive whole and in order, both ways at once",
    async (place) => {
      const { client, atClient, server, atServer, stop } = await streamPair(place);
      const writes = [client.write(octets(LONG)), server.write(octets("hello "))];
      writes.push(server.write(octets("")), server.write(octets("world")));
      await place.wait(Promise.all(writes));
      await place.wait(atServer.when(() => atServer.text.length >= LONG.length));
      await place.wait(atClient.when(() => atClient.text.length >= 11));
      assert.equal(atServer.text, LONG);
      assert.equal(atClient.text, "hello world");
      client.destroy();
      server.destroy();
      await stop();
    },
  ],
  [
    "each direction ends by itself, and the stream closes without a fault when both have",
    async (place) => {
      const { client, atClient, server, atServer, stop } = await streamPair(place);
      const asked = client.write(octets("ask"));
      client.end();
      await place.wait(asked);
      await place.wait(atServer.when(() => atServer.ends === 1));
      assert.equal(atServer.text, "ask");
      await place.wait(server.write(octets("answer")));
      server.end();
      await place.wait(atClient.when(() => atClient.closes.length === 1));
      await place.wait(atServer.when(() => atServer.closes.length === 1));
      assert.equal(atClient.text, "answer");
      for (const inbox of [atClient, atServer]) {
        assert.deepEqual([inbox.ends, inbox.closes], [1, [undefined]]);
        assert.ok(!inbox.toldAfterClose);
      }
      await stop();
    },
  ],
  [
    "after destroy the owner hears close once; the peer hears the end, and a reset when it writes",
    async (place) => {
      const { client, atClient, server, atServer, stop } = await streamPair(place);
      client.destroy();
      client.destroy();
      assert.equal(atClient.closes.length, 0, "told within destroy");
      await place.wait(atClient.when(() => atClient.closes.length === 1));
      await place.wait(atServer.when(() => atServer.ends === 1));
      // A system that has seen the end reads no more: a further write finds the reset of the first.
      for (let k = 0; k < 1000 && atServer.closes.length === 0; k++) {
        await place.wait(server.write(octets("are you there?"))).catch(() => {});
        await place.pause();
      }
      assert.equal(atServer.closes[0]?.code, "net/reset");
      assert.deepEqual(atClient.closes, [undefined]);
      assert.equal(atClient.text, "");
      await stop();
    },
  ],
  [
    "writing after our own end, or after destroy, is refused and harms nobody",
    async (place) => {
      const { client, atClient, server, stop } = await streamPair(place);
      client.end();
      await assert.rejects(place.wait(client.write(octets("x"))), { code: "net/closed" });
      await place.wait(server.write(octets("still open")));
      await place.wait(atClient.when(() => atClient.text === "still open"));
      server.destroy();
      await assert.rejects(place.wait(server.write(octets("x"))), { code: "net/closed" });
      client.destroy();
      await stop();
    },
  ],
  [
    "where nobody listens (any more) connecting is refused; accepted streams live on",
    async (place) => {
      const { client, server, atServer, stop } = await streamPair(place);
      await stop();
      await assert.rejects(
        place.wait(place.client.connect(client.remote, new StreamInbox(), 5000)),
        { name: "NetError", code: "net/refused" },
      );
      await place.wait(client.write(octets("alive")));
      await place.wait(atServer.when(() => atServer.text === "alive"));
      client.destroy();
      server.destroy();
    },
  ],
  [
    "a port that is listened on is in use",
    async (place) => {
      const first = await place.server.listen(place.at, () => new StreamInbox());
      await assert.rejects(
        place.server.listen(first.local, () => new StreamInbox()),
        { code: "net/address-in-use" },
      );
      await first.close();
      const second = await place.server.listen(first.local, () => new StreamInbox());
      assert.deepEqual(second.local, first.local);
      await second.close();
    },
  ],
];

/** Defines the tests of the contract for one adapter. */
export function streamContract(adapter: string, makePlace: () => StreamPlace): void {
  for (const [promise, check] of contract) {
    test(`${adapter}: ${promise}`, { timeout: 10_000 }, () => check(makePlace()));
  }
}
