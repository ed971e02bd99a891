import assert from "node:assert/strict";
import { test } from "node:test";
import { nodeWorld } from "../../../../agent/net/node/world.ts";
import { NetError } from "../../../../agent/net/ports.ts";
import type { Address, DatagramListener, DatagramSocket } from "../../../../agent/net/ports.ts";

const { datagrams } = nodeWorld();
const DEADLINE = 5000;

/** Keeps what a socket tells and lets a test wait for the next of it. */
class Inbox implements DatagramListener {
  readonly #told: Array<[Uint8Array, Address] | NetError> = [];
  #wake: (() => void) | undefined;

  message(data: Uint8Array, from: Address): void {
    this.#tell([data, from]);
  }

  error(fault: NetError): void {
    this.#tell(fault);
  }

  get waiting(): number {
    return this.#told.length;
  }

  async next(): Promise<[Uint8Array, Address] | NetError> {
    for (;;) {
      const told = this.#told.shift();
      if (told !== undefined) return told;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  async nextMessage(): Promise<[data: string, from: Address]> {
    const told = await this.next();
    if (told instanceof NetError) throw told;
    return [Buffer.from(told[0]).toString(), told[1]];
  }

  async nextFault(): Promise<NetError> {
    const told = await this.next();
    assert.ok(told instanceof NetError, "a message came instead of a fault");
    return told;
  }

  #tell(told: [Uint8Array, Address] | NetError): void {
    this.#told.push(told);
    this.#wake?.();
  }
}

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

function loopback(family: 4 | 6): Address {
  return { family, host: family === 6 ? "::1" : "127.0.0.1", port: 0 };
}

async function bound(
  options: Parameters<typeof datagrams.bind>[0],
): Promise<[DatagramSocket, Inbox]> {
  const inbox = new Inbox();
  return [await datagrams.bind(options, inbox), inbox];
}

async function hasV6(): Promise<boolean> {
  const socket = await datagrams.bind({ local: loopback(6) }, new Inbox()).catch(() => undefined);
  socket?.close();
  return socket !== undefined;
}

const v6 = await hasV6();

for (const family of [4, 6] as const) {
  test(
    `IPv${family}: an answer goes back to a connected socket, with the addresses seen`,
    { skip: family === 6 && !v6, timeout: DEADLINE },
    async () => {
      const [server, atServer] = await bound({ local: loopback(family) });
      assert.notEqual(server.local.port, 0);
      const [client, atClient] = await bound({ remote: server.local });
      assert.deepEqual({ ...client.local, port: 0 }, loopback(family));

      client.send(text("help"), server.local);
      const [asked, from] = await atServer.nextMessage();
      assert.deepEqual([asked, from], ["help", client.local]);
      server.send(text("coming"), from);
      assert.deepEqual(await atClient.nextMessage(), ["coming", server.local]);
      server.close();
      client.close();
    },
  );
}

test("a message is a plain Uint8Array", { timeout: DEADLINE }, async () => {
  const [socket, inbox] = await bound({ local: loopback(4) });
  socket.send(text("x"), socket.local);
  const told = await inbox.next();
  assert.ok(Array.isArray(told));
  assert.equal(Object.getPrototypeOf(told[0]), Uint8Array.prototype);
  socket.close();
});

test(
  "a connected socket hears that nobody listens, again and again",
  { timeout: DEADLINE },
  async () => {
    const [gone] = await bound({ local: loopback(4) });
    gone.close();
    const [client, inbox] = await bound({ remote: gone.local });
    for (let k = 0; k < 3; k++) {
      client.send(text("anyone?"), gone.local);
      assert.equal((await inbox.nextFault()).code, "net/refused");
    }
    const [late, atLate] = await bound({ local: gone.local });
    client.send(text("now?"), late.local);
    assert.equal((await atLate.nextMessage())[0], "now?", "the socket stayed usable");
    late.close();
    client.close();
  },
);

test("a connected socket hears only its peer", { timeout: DEADLINE }, async () => {
  const [server] = await bound({ local: loopback(4) });
  const [stranger] = await bound({ local: loopback(4) });
  const [client, inbox] = await bound({ remote: server.local });
  stranger.send(text("boo"), client.local);
  server.send(text("hello"), client.local);
  assert.equal((await inbox.nextMessage())[0], "hello");
  assert.equal(inbox.waiting, 0);
  for (const socket of [server, stranger, client]) socket.close();
});

test("what is sent just before close still goes out", { timeout: DEADLINE }, async () => {
  const [server, atServer] = await bound({ local: loopback(4) });
  const [free] = await bound({ local: loopback(4) });
  free.send(text("bye"), server.local);
  free.close();
  assert.equal((await atServer.nextMessage())[0], "bye");
  const [connected] = await bound({ remote: server.local });
  connected.send(text("bye too"), server.local);
  connected.close();
  assert.equal((await atServer.nextMessage())[0], "bye too");
  server.close();
});

const faults: ReadonlyArray<
  readonly [what: string, code: string, size: number, to: Partial<Address>]
> = [
  ["a datagram over 65507 octets", "net/too-large", 65_508, {}],
  ["an address of the other family", "net/unreachable", 1, { family: 6, host: "::1" }],
  ["port 0", "net/other", 1, { port: 0 }],
];

for (const [what, code, size, to] of faults) {
  test(`sending ${what} is reported as ${code}, not thrown`, { timeout: DEADLINE }, async () => {
    const [socket, inbox] = await bound({ local: loopback(4) });
    socket.send(new Uint8Array(size), { ...socket.local, ...to });
    assert.equal(inbox.waiting, 0, "reported before send returned");
    assert.equal((await inbox.nextFault()).code, code);
    socket.close();
  });
}

test("a connected socket refuses to send elsewhere", { timeout: DEADLINE }, async () => {
  const [server] = await bound({ local: loopback(4) });
  const [client, inbox] = await bound({ remote: server.local });
  client.send(text("x"), { ...server.local, host: "127.0.0.2" });
  assert.equal((await inbox.nextFault()).code, "net/other");
  client.close();
  server.close();
});

test(
  "close is idempotent, and nothing is told or sent after it",
  { timeout: DEADLINE },
  async () => {
    const [socket, inbox] = await bound({ local: loopback(4) });
    const [other, atOther] = await bound({ local: loopback(4) });
    socket.send(new Uint8Array(65_508), other.local); // its fault would come after close
    other.send(text("late"), socket.local);
    socket.close();
    socket.close();
    socket.send(text("never"), other.local);
    other.send(text("mark"), other.local);
    assert.equal((await atOther.nextMessage())[0], "mark");
    assert.equal(inbox.waiting, 0);
    other.close();
  },
);

const unbindable: ReadonlyArray<
  readonly [what: string, code: string, options: Parameters<typeof datagrams.bind>[0]]
> = [
  [
    "an address of nobody here",
    "net/address-unavailable",
    { local: { family: 4, host: "192.0.2.1", port: 0 } },
  ],
  [
    "two families at once",
    "net/other",
    { local: loopback(4), remote: { family: 6, host: "::1", port: 9 } },
  ],
  ["a port that is none", "net/other", { local: { ...loopback(4), port: 70_000 } }],
];

for (const [what, code, options] of unbindable) {
  test(`binding ${what} fails with ${code}`, async () => {
    await assert.rejects(datagrams.bind(options, new Inbox()), { name: "NetError", code });
  });
}

test("a port that is taken is in use", async () => {
  const [socket] = await bound({ local: loopback(4) });
  await assert.rejects(datagrams.bind({ local: socket.local }, new Inbox()), {
    code: "net/address-in-use",
  });
  socket.close();
});

test("the wildcards of both families share a port", { skip: !v6 }, async () => {
  const [six] = await bound({ family: 6 });
  const [four] = await bound({ local: { family: 4, host: "0.0.0.0", port: six.local.port } });
  assert.equal(four.local.port, six.local.port);
  six.close();
  four.close();
});
