/**
 * Both true machines, and one thing changed between them: a message is lost for good, said twice, changes places with
 * the next, or has one bit turned. Whoever hears it never comes to a session by it, in either role. What a hostile peer
 * could do that proves its changes is in `client-refusals` and `server-handshake`.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { ClientContext } from "../../../agent/dtls/client-handshake.ts";
import { startClient, stepClient } from "../../../agent/dtls/client-handshake.ts";
import { suiteByName } from "../../../agent/dtls/cipher-suites.ts";
import type { HandshakeEffect } from "../../../agent/dtls/handshake.ts";
import type { HandshakeMessage } from "../../../agent/dtls/reassembly.ts";
import type { ResumableSession } from "../../../agent/dtls/resumption.ts";
import {
  startServer,
  stepServer,
  type ServerContext,
  type ServerState,
} from "../../../agent/dtls/server-handshake.ts";
import { SessionTickets } from "../../../agent/dtls/session-tickets.ts";
import { WireError } from "../../../agent/wire/bytes.ts";
import { decodeClientHello } from "../../../agent/wire/dtls/client-hello.ts";
import { seeded } from "../../support/seeded.ts";
import { messagesIn } from "./client-lab.ts";
import {
  certificateClient,
  certificateServer,
  clientContext,
  HOUR,
  NOW,
  owned,
  pskClient,
  pskServer,
  rawClient,
  rawServer,
  serverContext,
  serverWish,
} from "./server-lab.ts";

type Role = "client" | "server";

/** Both ends of a handshake. */
interface Ends {
  readonly client: ClientContext;
  readonly server: ServerContext;
}

/** What becomes of a flight on its way. */
type Change = (
  flight: readonly HandshakeMessage[],
  from: Role,
  round: number,
) => readonly HandshakeMessage[];

interface Outcome {
  /** Who came to a session. */
  readonly established: ReadonlySet<Role>;
  readonly resumable: ResumableSession | undefined;
  /** What was said, flight by flight. */
  readonly flights: readonly (readonly [Role, readonly HandshakeMessage[]])[];
}

/** Lets the machines talk, flight by flight. */
function talk({ client, server }: Ends, change: Change = (flight) => flight): Outcome {
  const established = new Set<Role>();
  const flights: [Role, readonly HandshakeMessage[]][] = [];
  let resumable: ResumableSession | undefined;
  let [clientState, effects] = startClient(client);
  let serverState: ServerState | undefined;
  const hear = (message: HandshakeMessage): readonly HandshakeEffect[] => {
    if (serverState) [serverState, effects] = stepServer(serverState, message, server);
    else {
      const hello = helloIn(message);
      if (!hello) return []; // the endpoint drops what is no ClientHello
      [serverState, effects] = startServer(hello, message, server);
    }
    return effects;
  };
  for (let round = 0, from: Role = "client"; ; round += 1) {
    const said = messagesIn(effects);
    if (said.length === 0) return { established, resumable, flights };
    flights.push([from, said]);
    const answers: HandshakeEffect[] = [];
    const to: Role = from === "client" ? "server" : "client";
    for (const message of change(said, from, round)) {
      if (to === "server") answers.push(...hear(message));
      else {
        [clientState, effects] = stepClient(clientState, message, client);
        answers.push(...effects);
      }
    }
    if (answers.some(({ tag }) => tag === "established")) established.add(to);
    resumable ??= answers.find((effect) => effect.tag === "resumable")?.session;
    effects = answers;
    from = to;
  }
}

function helloIn({ body }: HandshakeMessage): ReturnType<typeof decodeClientHello> | undefined {
  try {
    return decodeClientHello(body);
  } catch (error) {
    assert.ok(error instanceof WireError);
    return undefined;
  }
}

const tickets = new SessionTickets({ now: () => 0 }, seeded(3), HOUR);
const suites = (name: string): Pick<ClientContext, "suites"> => ({
  suites: [suiteByName(name)].filter((suite) => suite !== undefined),
});
const plain = suites("TLS_PSK_WITH_AES_128_GCM_SHA256");
const rsa = suites("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256");
const withTickets = { tickets, ticketLifetimeMs: HOUR };
const rsaServer = certificateServer([owned({ ...serverWish, keyType: "rsa" })]);

const PSK: Ends = {
  client: clientContext(pskClient),
  server: serverContext(pskServer, withTickets),
};
const CERTIFICATES: Ends = {
  client: clientContext(certificateClient()),
  server: serverContext(certificateServer(), withTickets),
};

/** The same ends, with the session of a first handshake. */
function resumed(ends: Ends): Ends {
  const { resumable } = talk(ends);
  assert.ok(resumable && resumable.expiresAt > NOW);
  return { ...ends, client: { ...ends.client, resume: resumable } };
}

const kinds: readonly [string, Ends][] = [
  ["PSK", { client: clientContext(pskClient, plain), server: serverContext(pskServer, plain) }],
  ["ECDHE_PSK with a ticket", PSK],
  ["ECDHE_PSK, resumed", resumed(PSK)],
  ["ECDHE_ECDSA with a ticket", CERTIFICATES],
  ["ECDHE_ECDSA, resumed", resumed(CERTIFICATES)],
  [
    "ECDHE_RSA",
    {
      client: clientContext(certificateClient(), rsa),
      server: serverContext(rsaServer, rsa),
    },
  ],
  ["raw public keys", { client: clientContext(rawClient), server: serverContext(rawServer) }],
];

/** What may become of the message at `index`. */
const ways: readonly [
  string,
  (flight: readonly HandshakeMessage[], index: number) => readonly HandshakeMessage[],
][] = [
  ["skipped", (flight, index) => flight.filter((_, i) => i !== index)],
  ["said twice", (flight, index) => flight.flatMap((one, i) => (i === index ? [one, one] : [one]))],
  [
    "said too late",
    (flight, index) => {
      const [one, next] = [flight[index], flight[index + 1]];
      return one && next ? [...flight.slice(0, index), next, one, ...flight.slice(index + 2)] : [];
    },
  ],
  ...[0, 1, 2, 3, 4, 5].map(
    (seed) =>
      [
        `with a bit turned (${seed})`,
        (flight: readonly HandshakeMessage[], index: number) =>
          flight.map((one, i) => (i === index ? turned(one, seed) : one)),
      ] as const satisfies (typeof ways)[number],
  ),
];

/** The message with one bit turned; an empty one gets an octet. */
function turned(message: HandshakeMessage, seed: number): HandshakeMessage {
  const { body } = message;
  if (body.length === 0) return { ...message, body: Uint8Array.of(0) };
  const chance = seeded(1000 * seed + body.length);
  const at = chance.int(body.length);
  return { ...message, body: body.with(at, (body[at] ?? 0) ^ (1 << chance.int(8))) };
}

for (const [kind, ends] of kinds) {
  const { flights, established } = talk(ends);

  describe(kind, () => {
    test("unchanged, both come to a session", () => {
      assert.deepEqual([...established].toSorted(), ["client", "server"]);
    });

    for (const [way, change] of ways) {
      test(`no message ${way} leads whoever hears it to a session`, () => {
        for (const [round, [from, flight]] of flights.entries()) {
          for (const [index, { type }] of flight.entries()) {
            const last = index === flight.length - 1;
            // What is said twice at the end comes to a session that is there.
            if (last && (way === "said too late" || (way === "said twice" && round > 0))) continue;
            const outcome = talk(ends, (said, _, now) =>
              now === round ? change(said, index) : said,
            );
            const hearer: Role = from === "client" ? "server" : "client";
            assert.ok(!outcome.established.has(hearer), `message ${type} of the ${from}`);
          }
        }
      });
    }
  });
}
