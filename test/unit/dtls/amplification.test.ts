import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Association } from "../../../agent/dtls/association.ts";
import type { ClientContext } from "../../../agent/dtls/client-state.ts";
import { clientMachine } from "../../../agent/dtls/handshake-machine.ts";
import { clientExchanges, negotiable } from "../../../agent/dtls/negotiable.ts";
import { DEFAULT_PARAMETERS } from "../../../agent/dtls/parameters.ts";
import { MemorySessionStore } from "../../../agent/dtls/stored-session.ts";
import { concatBytes } from "../../../agent/wire/bytes.ts";
import {
  decodeClientHello,
  encodeClientHello,
  type ClientHello,
} from "../../../agent/wire/dtls/client-hello.ts";
import { ExtensionType } from "../../../agent/wire/dtls/extensions.ts";
import { encodeHandshakeFragment, HandshakeType } from "../../../agent/wire/dtls/handshake.ts";
import { RrcType } from "../../../agent/wire/dtls/path-check.ts";
import {
  ContentType,
  DTLS10,
  DTLS12,
  encodeRecord,
  splitDatagram,
} from "../../../agent/wire/dtls/record.ts";
import {
  certificateServer,
  clients,
  pskClient,
  pskServer,
  servers,
} from "../../support/dtls-credentials.ts";
import { dtlsLab, octetsOf, SERVER_ADDRESS, type DtlsLab } from "../../support/dtls-lab.ts";
import { seeded } from "../../support/seeded.ts";

/** An address at which somebody is who has asked for nothing. */
const VICTIM = { family: 4, host: "203.0.113.9", port: 9 } as const;

/** A server for clients of every kind, and a ClientHello by which one of them resumes. */
async function target(): Promise<{ readonly lab: DtlsLab; readonly hello: ClientHello }> {
  const credentials = { ...pskServer, ...certificateServer, ...servers["raw-public-key"] };
  const lab = await dtlsLab(1, { server: { credentials } });
  lab.network.host([VICTIM.host]);
  const resumption = { store: new MemorySessionStore(), server: "the server" };
  const options = { credentials: clients.certificate, resumption };
  (await lab.connect(options)).close();
  let datagram: Uint8Array | undefined;
  lab.network.trace = ({ packet }) => (datagram ??= octetsOf(packet).slice());
  lab.link.set({ aToB: { loss: 1 } });
  await assert.rejects(lab.connect({ ...options, timeoutMs: 100 }));
  lab.link.set({ aToB: { loss: 0 } });
  await lab.network.run({ for: 1000 });
  assert.ok(datagram);
  return { lab, hello: decodeClientHello(datagram.subarray(25)) };
}

/** What the victim is sent when these datagrams come in its name, over two minutes. */
async function sentTo(lab: DtlsLab, datagrams: readonly Uint8Array[]): Promise<number> {
  let octets = 0;
  let asked = 0;
  let excess: string | undefined;
  lab.network.trace = ({ packet, fate }) => {
    if (fate !== "sent" || packet.to.host !== VICTIM.host) return;
    octets += octetsOf(packet).length;
    // Told below: what is thrown here, the server would take for a fault of its own.
    if (octets > asked) excess ??= `${octets} octets sent for ${asked}`;
  };
  for (const data of datagrams) {
    asked += data.length;
    lab.serverHost.receive({ from: VICTIM, to: SERVER_ADDRESS, body: { tag: "udp", data } });
    await lab.network.run({ for: 1000 });
  }
  await lab.network.run({ for: 120_000 });
  lab.network.trace = undefined;
  assert.equal(excess, undefined);
  return octets;
}

function record(body: Uint8Array, over: { version?: number; sequence?: number } = {}): Uint8Array {
  const fragment = encodeHandshakeFragment({
    type: HandshakeType.clientHello,
    length: body.length,
    messageSeq: 0,
    offset: 0,
    fragment: body,
  });
  const { version = DTLS12, sequence = 0 } = over;
  return encodeRecord({ type: ContentType.handshake, version, epoch: 0, sequence, fragment });
}

const chance = seeded(7);
const fresh = (hello: ClientHello): ClientHello => ({ ...hello, random: chance.bytes(32) });
const withTicket = (hello: ClientHello, data: Uint8Array): ClientHello => ({
  ...fresh(hello),
  extensions: hello.extensions.map((extension) =>
    extension.type === ExtensionType.sessionTicket ? { ...extension, data } : extension,
  ),
});
const padded = (hello: ClientHello, octets: number): ClientHello => ({
  ...fresh(hello),
  extensions: [...hello.extensions, { type: ExtensionType.padding, data: new Uint8Array(octets) }],
});
const least = (hello: ClientHello): ClientHello => ({
  ...fresh(hello),
  sessionId: new Uint8Array(),
  cipherSuites: hello.cipherSuites.slice(0, 1),
  extensions: [],
});
const many = <T>(count: number, make: (i: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => make(i));

type Forgery = (hello: ClientHello) => readonly Uint8Array[];

/** The least that passes for a repetition of the ClientHello. */
const repetition = (sequence: number): Uint8Array => {
  const fragment = encodeHandshakeFragment({
    type: HandshakeType.clientHello,
    length: 300,
    messageSeq: 0,
    offset: 0,
    fragment: new Uint8Array(),
  });
  const type = ContentType.handshake;
  return encodeRecord({ type, version: DTLS12, epoch: 0, sequence, fragment });
};

const FORGERIES: readonly (readonly [what: string, forged: Forgery])[] = [
  ["the shortest ClientHello there can be", (hello) => [record(encodeClientHello(least(hello)))]],
  ["one of DTLS 1.0", (hello) => [record(encodeClientHello(least(hello)), { version: DTLS10 })]],
  [
    "one with a long list of extensions",
    (hello) => [record(encodeClientHello(padded(hello, 1000)))],
  ],
  [
    "one with a cookie that is not ours",
    (hello) => [record(encodeClientHello({ ...hello, cookie: chance.bytes(16) }))],
  ],
  ["a ticket that somebody has seen", (hello) => [record(encodeClientHello(hello))]],
  [
    "that ticket, over and over",
    (hello) => many(30, (sequence) => record(encodeClientHello(hello), { sequence })),
  ],
  [
    "that ticket, and the least that repeats it",
    (hello) => [record(encodeClientHello(hello)), ...many(30, repetition)],
  ],
  [
    "that ticket, each time in a new ClientHello",
    (hello) => many(30, () => record(encodeClientHello(fresh(hello)))),
  ],
  [
    "a ticket that is none",
    (hello) => [record(encodeClientHello(withTicket(hello, chance.bytes(180))))],
  ],
  ["an empty ticket", (hello) => [record(encodeClientHello(withTicket(hello, new Uint8Array())))]],
  [
    "the ticket in the shortest ClientHello that holds it",
    (hello) => [
      record(
        encodeClientHello({
          ...hello,
          extensions: hello.extensions.filter(
            ({ type }) =>
              type === ExtensionType.sessionTicket || type === ExtensionType.extendedMasterSecret,
          ),
        }),
      ),
    ],
  ],
  [
    "a datagram of many ClientHellos",
    (hello) => [concatBytes(...many(8, () => record(encodeClientHello(least(hello)))))],
  ],
  ["half a ClientHello", (hello) => [record(encodeClientHello(hello)).subarray(0, 60)]],
  ["noise", () => many(50, (i) => chance.bytes(1 + 20 * i))],
  [
    "protected records of nobody",
    () =>
      many(20, () =>
        Buffer.concat([Buffer.from("17fefd00010000000000010020", "hex"), chance.bytes(32)]),
      ),
  ],
  [
    "connection ids of nobody",
    () =>
      many(20, () =>
        Buffer.concat([
          Buffer.from("19fefd0001000000000001", "hex"),
          chance.bytes(8),
          Buffer.from("0020", "hex"),
          chance.bytes(32),
        ]),
      ),
  ],
];

describe("an address that nobody has proved to be at gets no more than came from it", () => {
  for (const [what, forged] of FORGERIES) {
    test(what, async () => {
      const { lab, hello } = await target();
      const before = lab.server.statistics.sessions;
      await sentTo(lab, forged(hello));
      assert.equal(lab.server.statistics.sessions, before);
      assert.equal(lab.network.pending, 0, "nothing is kept");
    });
  }

  test("the ticket is answered, for the test to mean something", async () => {
    const { lab, hello } = await target();
    const octets = await sentTo(lab, [record(encodeClientHello(hello))]);
    assert.ok(octets > 100, `${octets} octets`);
  });
});

/** A client of the server that has us send its records in the name of the victim; its own id has so many octets. */
async function insider(
  lab: DtlsLab,
  idLength: number,
): Promise<{ readonly association: Association; forged(say: () => void): readonly Uint8Array[] }> {
  const { clock, random, datagrams } = lab.clientHost;
  const context: ClientContext = {
    ...negotiable({}, clientExchanges(pskClient)),
    random,
    wallTime: () => clock.wallTime(),
    connectionId: new Uint8Array(idLength).fill(7),
    credentials: pskClient,
    host: undefined,
    resume: undefined,
    credentialName: undefined,
    falseStart: false,
  };
  let taken: Uint8Array[] | undefined;
  const deps = { clock, parameters: DEFAULT_PARAMETERS };
  const numbers = { firstSequence: 0, nextMessage: 0 };
  const association = new Association(deps, clientMachine(context), numbers, {
    send: (datagram) => void (taken ? taken.push(datagram) : socket.send(datagram, SERVER_ADDRESS)),
    established: () => {},
    data: () => {},
    ended: () => {},
  });
  const socket = await datagrams.bind(
    { family: 4, remote: SERVER_ADDRESS },
    {
      message: (data) => {
        const { records } = splitDatagram(data, idLength);
        for (const one of records) association.receive(one, SERVER_ADDRESS);
      },
      error: () => {},
    },
  );
  association.start();
  await lab.network.run({ until: () => association.stage === "established", limit: 5000 });
  return {
    association,
    forged(say) {
      taken = [];
      say();
      return taken.splice(0);
    },
  };
}

describe("an address that a client says it is at now gets no more than came from it [RFC 9146 §6] [RFC 9853]", () => {
  const challenge = { type: RrcType.pathChallenge, cookie: new Uint8Array(8) } as const;
  for (const idLength of [0, 1, 32, 33, 255]) {
    for (const [what, say] of [
      ["data", (association: Association) => association.send(new Uint8Array(5))],
      ["nothing in a record", (association: Association) => association.send(new Uint8Array())],
      [
        "challenges",
        (association: Association) => association.sendPathCheck(challenge, SERVER_ADDRESS),
      ],
    ] as const) {
      for (const times of [1, 30]) {
        test(`${what} under an id of ${idLength} octets, ${times} times`, async () => {
          const lab = await dtlsLab(1);
          lab.network.host([VICTIM.host]);
          const { association, forged } = await insider(lab, idLength);
          assert.equal(lab.sessions[0]?.security.connectionId, idLength <= 32);
          const datagrams = forged(() => {
            for (let i = 0; i < times; i += 1) say(association);
          });
          const octets = await sentTo(lab, datagrams);
          if (idLength === 0) assert.ok(octets > 0, "it is asked, for the test to mean something");
          assert.equal(lab.sessions[0]?.peer.port === VICTIM.port, false);
        });
      }
    }
  }
});
