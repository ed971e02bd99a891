/** What a driver sees of a server's handshake. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  clientMachine,
  serverMachine,
  type HandshakeMachine,
} from "../../../agent/dtls/handshake-machine.ts";
import { SessionCache } from "../../../agent/dtls/session-cache.ts";
import type { HandshakeEffect } from "../../../agent/dtls/handshake.ts";
import type { HandshakeMessage } from "../../../agent/dtls/reassembly.ts";
import type { ServerContext } from "../../../agent/dtls/server-handshake.ts";
import { WireError } from "../../../agent/wire/bytes.ts";
import { decodeClientHello, type ClientHello } from "../../../agent/wire/dtls/client-hello.ts";
import { HandshakeType as T } from "../../../agent/wire/dtls/handshake.ts";
import { mutate, seeded } from "../../support/seeded.ts";
import { again, pair } from "./resumption-lab.ts";
import {
  certificateClient,
  certificateServer,
  clientContext,
  converse,
  effect,
  firstHello,
  HOUR,
  NOW,
  pskClient,
  pskServer,
  rawClient,
  rawServer,
  serverContext,
  type Change,
} from "./server-lab.ts";

/** What a client says in a handshake, and the server's machine at its start. */
interface Recorded {
  readonly context: ServerContext;
  readonly said: readonly HandshakeMessage[];
}

/** Records what the client of that conversation says; nothing of it fits another server's random, but all of it is read. */
function record(context: ServerContext, talk: (change: Change) => unknown): Recorded {
  const said: HandshakeMessage[] = [];
  talk((message) => {
    said.push(message);
    return [message];
  });
  return { context, said };
}

function full(client: Parameters<typeof clientContext>[0], context: ServerContext): Recorded {
  return record(context, (change) => converse(clientContext(client), context, change));
}

function machineFor(context: ServerContext): HandshakeMachine {
  const { hello, message } = firstHello(clientContext(pskClient));
  return serverMachine(hello, message, context);
}

describe("a claim", () => {
  const cases: readonly [string, Recorded, RegExp, boolean][] = [
    ["of an identity", full(pskClient, serverContext(pskServer)), /^identity branch$/, true],
    [
      "of a certificate",
      full(certificateClient(), serverContext(certificateServer())),
      /^certificate .*CN=office/,
      false,
    ],
    ["of a raw key", full(rawClient, serverContext(rawServer)), /^public key [0-9a-f]{64}$/, false],
  ];
  for (const [what, { context, said }, claim, provedByFinished] of cases) {
    test(`${what} is known from the message that makes it, and after the end too`, () => {
      const [hello, next] = said;
      assert.ok(hello);
      const machine = serverMachine(decodeClientHello(hello.body), hello, context);
      machine.start();
      assert.deepEqual([machine.claim, machine.awaitsProof], [undefined, false]);
      assert.ok(next);
      machine.message(next);
      assert.match(machine.claim ?? "", claim);
      assert.equal(machine.awaitsProof, provedByFinished);
      assert.ok(machine.claim?.endsWith(machine.claimed ?? "?"));
      machine.message({ type: T.finished, messageSeq: 9, epoch: 0, body: new Uint8Array() });
      assert.match(machine.claim ?? "", claim);
    });
  }
});

test("nothing is said before the start", () => {
  const finished = { type: T.finished, messageSeq: 1, epoch: 1, body: new Uint8Array(12) };
  assert.deepEqual(machineFor(serverContext(pskServer)).message(finished), []);
});

test("a machine that is given up forgets its secrets, and says nothing any more", () => {
  const { context, said } = full(pskClient, serverContext(pskServer));
  const machine = machineFor(context);
  machine.start();
  const exchange = said.find(({ type }) => type === T.clientKeyExchange) ?? assert.fail();
  const { master } = effect(machine.message(exchange), "secret");
  assert.ok(master.some((octet) => octet !== 0));
  machine.wipe();
  assert.deepEqual(master, new Uint8Array(48));
  assert.deepEqual(machine.message({ ...exchange, type: T.finished, epoch: 1 }), []);
});

describe("whatever comes has one outcome", () => {
  const made = pair();
  const resumed = record(made.lab.server(made.server), (change) => again(made, { change }));
  const cases: readonly [string, Recorded][] = [
    ["pre-shared keys", full(pskClient, serverContext(pskServer))],
    ["certificates", full(certificateClient(), serverContext(certificateServer()))],
    ["raw public keys", full(rawClient, serverContext(rawServer))],
    ["a session that goes on", resumed],
  ];
  for (const [what, recorded] of cases) {
    test(`in a handshake with ${what}`, () => {
      const chance = seeded(21);
      for (let i = 0; i < 150; i += 1) {
        const damaged = i % recorded.said.length;
        const ends = outcomesOf(recorded, (message, index) =>
          index === damaged ? { ...message, body: mutate(message.body, chance) } : message,
        );
        assert.ok(ends.length <= 1, ends.join());
        assert.notEqual(ends[0], "established");
      }
    });
  }
});

function readable({ body }: HandshakeMessage): ClientHello | undefined {
  try {
    return decodeClientHello(body);
  } catch (error) {
    if (error instanceof WireError) return undefined;
    throw error;
  }
}

/** How the handshake ends when its messages are changed so. The ClientHello is whole: the driver has read it. */
function outcomesOf(
  { context, said }: Recorded,
  edit: (message: HandshakeMessage, index: number) => HandshakeMessage,
): readonly HandshakeEffect["tag"][] {
  const [first, ...rest] = said;
  assert.ok(first);
  const changed = edit(first, 0);
  const hello = readable(changed) ?? readable(first) ?? assert.fail();
  const machine = serverMachine(hello, changed, context);
  const effects = [
    ...machine.start(),
    ...rest.flatMap((message, i) => machine.message(edit(message, i + 1))),
  ];
  return effects.map(({ tag }) => tag).filter((tag) => tag === "fail" || tag === "established");
}

test("a session that ended by a fatal alert is not kept under its id [RFC 5246 §7.2.2]", () => {
  const sessions = new SessionCache({ wallTime: () => NOW });
  const over = { tickets: undefined, sessions, ticketLifetimeMs: HOUR };
  const context = serverContext(pskServer, over);
  const client = clientMachine(clientContext(pskClient, { credentialName: "ours" }));
  let said = messagesOf(client.start());
  const [hello] = said;
  assert.ok(hello);
  const server = serverMachine(decodeClientHello(hello.body), hello, context);
  let answered = messagesOf(server.start());
  while (answered.length > 0) {
    said = answered.flatMap((message) => messagesOf(client.message(message)));
    answered = said.flatMap((message) => messagesOf(server.message(message)));
  }
  assert.equal(sessions.size, 1);
  server.disown();
  assert.equal(sessions.size, 0);
});

function messagesOf(effects: readonly HandshakeEffect[]): readonly HandshakeMessage[] {
  return effects.flatMap((one) =>
    one.tag === "send" ? one.flight.filter((item) => item.tag === "message") : [],
  );
}
