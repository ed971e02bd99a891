/** A client that goes on with a session, and what it keeps for that. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { ClientContext } from "../../../agent/dtls/client-handshake.ts";
import { startClient, stepClient } from "../../../agent/dtls/client-handshake.ts";
import type { ResumableSession } from "../../../agent/dtls/resumption.ts";
import { AlertDescription as A } from "../../../agent/wire/dtls/alert.ts";
import { decodeClientHello, type ClientHello } from "../../../agent/wire/dtls/client-hello.ts";
import { encodeConnectionId, ExtensionType } from "../../../agent/wire/dtls/extensions.ts";
import { HandshakeType } from "../../../agent/wire/dtls/handshake.ts";
import { encodeHelloVerifyRequest } from "../../../agent/wire/dtls/hello-verify-request.ts";
import { seeded } from "../../support/seeded.ts";
import {
  CERTIFICATE,
  certified,
  clientFor,
  converse,
  KEY,
  NOW,
  only,
  PSK,
  sessionOf,
  SUITES,
} from "./client-lab.ts";
import type { Said, Script } from "./scripted-server.ts";

const T = HandshakeType;
const EMPTY = new Uint8Array();
const HOUR = 3_600_000;
const TICKET = Uint8Array.of(1, 2, 3, 4);
const full: Script = { suite: SUITES.ecdhePsk, proof: { type: "psk", key: KEY } };

/** A client that has a session, and would keep another. */
function clientWith(
  session: Partial<ResumableSession> = {},
  over: Partial<ClientContext> = {},
): ClientContext {
  const resume = sessionOf(session);
  return clientFor(PSK, [SUITES.ecdhePsk, SUITES.psk], { credentialName: "mine", resume, ...over });
}

/** A server that goes on with that client's session. */
function resuming({ resume }: ClientContext, over: Partial<Script> = {}): Script {
  assert.ok(resume);
  return { ...full, resume: resume.master.slice(), ...over };
}

function helloOf(context: ClientContext): ClientHello {
  const [effect] = startClient(context)[1];
  const [message] = effect?.tag === "send" ? effect.flight : [];
  assert.ok(message?.tag === "message");
  return decodeClientHello(message.body);
}

const ticketIn = ({ extensions }: ClientHello): Uint8Array | undefined =>
  extensions.find(({ type }) => type === ExtensionType.sessionTicket)?.data;

describe("the offer", () => {
  test("a ticket goes with a session id of chance, by which the server says yes [RFC 5077 §3.4]", () => {
    const context = clientWith();
    const hello = helloOf(context);
    assert.deepEqual(ticketIn(hello), context.resume?.ticket);
    assert.equal(hello.sessionId.length, 32);
    const other = helloOf({ ...context, random: seeded(6) });
    assert.notDeepEqual(other.sessionId, hello.sessionId);
  });

  test("without a ticket it is the server's session id, and a ticket is asked for", () => {
    const sessionId = seeded(11).bytes(20);
    const hello = helloOf(clientWith({ ticket: EMPTY, sessionId }));
    assert.deepEqual(hello.sessionId, sessionId);
    assert.deepEqual(ticketIn(hello), EMPTY);
  });

  const unfit: readonly [string, Partial<ResumableSession>][] = [
    ["that is out of time", { expiresAt: NOW }],
    ["of another credential", { credential: "theirs" }],
    ["of a suite that is not allowed any more", { suite: SUITES.ecdsa.id }],
    ["without a name", { ticket: EMPTY }],
    [
      "with a ticket that makes the ClientHello too long for a datagram",
      { ticket: new Uint8Array(1901) },
    ],
    ["with an id that is too long", { ticket: EMPTY, sessionId: new Uint8Array(33) }],
    ["whose secret is cut short", { master: new Uint8Array(47) }],
  ];
  for (const [what, session] of unfit) {
    test(`not a session ${what}`, () => {
      const hello = helloOf(clientWith(session));
      assert.deepEqual(hello.sessionId, EMPTY);
      assert.deepEqual(ticketIn(hello), EMPTY);
    });
  }

  test("none where sessions are not kept", () => {
    const hello = helloOf(clientWith({}, { credentialName: undefined }));
    assert.deepEqual(hello.sessionId, EMPTY);
    assert.equal(ticketIn(hello), undefined);
  });

  test("the largest ticket still fits one datagram with its ClientHello", () => {
    const over = { host: `${"a".repeat(50)}.example`, connectionId: EMPTY };
    const context = clientWith({ ticket: new Uint8Array(900) }, over);
    const [effect] = startClient(context)[1];
    const [message] = effect?.tag === "send" ? effect.flight : [];
    assert.ok(message?.tag === "message");
    const cookie = 32;
    assert.ok(13 + 12 + message.body.length + cookie <= 1280 - 48);
  });

  test("stays the same with a cookie", () => {
    const context = clientWith();
    const [state] = startClient(context);
    const body = encodeHelloVerifyRequest({ version: 0xfeff, cookie: Uint8Array.of(9) });
    const asked = { type: T.helloVerifyRequest, messageSeq: 0, epoch: 0, body };
    const [next] = stepClient(state, asked, context);
    assert.ok(state.tag === "hello-sent" && next.tag === "hello-sent");
    assert.deepEqual({ ...next.hello, cookie: EMPTY }, state.hello);
    assert.equal(next.offered, context.resume);
  });
});

describe("the server goes on with it", () => {
  for (const [by, session] of [
    ["ticket", {}],
    ["session id", { ticket: EMPTY, sessionId: seeded(11).bytes(32) }],
  ] as const) {
    test(`by ${by}: its Finished comes first, ours is the last`, () => {
      const context = clientWith(session);
      const course = converse(context, resuming(context));
      assert.deepEqual(
        course.effects.map(({ tag }) => tag),
        ["send", "keys", "secret", "send", "established"],
      );
      assert.equal(only(course, "established").resumed, true);
      assert.deepEqual(only(course, "secret").master, context.resume?.master);
      assert.ok(course.server.proved.finished);
      assert.deepEqual(
        course.effects.flatMap((effect) => (effect.tag === "send" ? effect.final : [])),
        [false, true],
      );
      assert.deepEqual(
        course.flights[1]?.map(({ type, messageSeq, epoch }) => [type, messageSeq, epoch]),
        [[T.finished, 1, 1]],
      );
    });
  }

  test("connection ids are agreed on anew", () => {
    const context = clientWith({}, { connectionId: EMPTY });
    const id = Uint8Array.of(7);
    const data = encodeConnectionId(id);
    const script = resuming(context, {
      hello: ({ extensions }) => ({
        extensions: [...extensions, { type: ExtensionType.connectionId, data }],
      }),
    });
    const { connectionIds } = only(converse(context, script), "keys");
    assert.deepEqual(connectionIds, { read: EMPTY, write: id });
  });

  test("our copy of the secret is wiped, the caller's is the caller's", () => {
    const context = clientWith();
    const { held } = converse(context, resuming(context));
    assert.deepEqual(held, new Uint8Array(48));
    assert.deepEqual(context.resume?.master, sessionOf().master);
  });

  test("data does not go early: its Finished has come when ours goes", () => {
    const context = clientWith({}, { falseStart: true });
    const { effects } = converse(context, resuming(context));
    assert.ok(effects.every(({ tag }) => tag !== "may-send"));
  });

  const spoiled =
    (type: number, change: (said: Said) => readonly Said[]) =>
    (flight: readonly Said[]): readonly Said[] =>
      flight.flatMap((said) => (said[0] === type ? change(said) : [said]));
  const refusals: readonly [string, Partial<Script>, number][] = [
    ["another suite", { suite: SUITES.psk }, A.illegalParameter],
    [
      "no extended master secret [RFC 7627 §5.3]",
      {
        hello: ({ extensions }) => ({
          extensions: extensions.filter(({ type }) => type !== ExtensionType.extendedMasterSecret),
        }),
      },
      A.handshakeFailure,
    ],
    ["another secret", { resume: new Uint8Array(48) }, A.decryptError],
    [
      "a full handshake's messages",
      { say: spoiled(T.finished, (said) => [[T.serverHelloDone, EMPTY], said]) },
      A.unexpectedMessage,
    ],
    [
      "a ticket without a word of it",
      { say: spoiled(T.finished, (said) => [[T.newSessionTicket, new Uint8Array(6)], said]) },
      A.unexpectedMessage,
    ],
  ];
  for (const [what, change, alert] of refusals) {
    test(`refused with ${what}`, () => {
      const context = clientWith();
      const course = converse(context, resuming(context, change));
      const { reason, alert: sent } = only(course, "fail");
      assert.equal(sent, alert, reason);
      assert.deepEqual(course.held ?? new Uint8Array(48), new Uint8Array(48));
      assert.deepEqual(context.resume?.master, sessionOf().master);
    });
  }
});

describe("the server does not go on with it", () => {
  test("the full handshake follows in the same exchange", () => {
    const course = converse(clientWith(), full);
    assert.equal(only(course, "established").resumed, false);
    assert.equal(course.flights.length, 2);
  });

  test("with another suite, too", () => {
    const course = converse(clientWith(), { ...full, suite: SUITES.psk });
    assert.equal(only(course, "established").suite, SUITES.psk);
  });
});

describe("what is kept of a session", () => {
  const fresh = (over: Partial<ClientContext> = {}): ClientContext =>
    clientFor(PSK, [SUITES.ecdhePsk], { credentialName: "mine", ...over });
  const ticket = { lifetimeHintS: 60, ticket: TICKET };

  test("its ticket, for as long as the server says", () => {
    const course = converse(fresh(), { ...full, ticket });
    const { session } = only(course, "resumable");
    assert.deepEqual(session, {
      suite: SUITES.ecdhePsk.id,
      master: course.server.master,
      ticket: TICKET,
      sessionId: EMPTY,
      expiresAt: NOW + 60_000,
      credential: "mine",
    });
  });

  for (const [hint, hours] of [
    [0, 24],
    [7 * 24 * 3600, 24],
    [3600, 1],
  ] as const) {
    test(`a hint of ${hint} s makes ${hours} h`, () => {
      const script = { ...full, ticket: { lifetimeHintS: hint, ticket: TICKET } };
      const { session } = only(converse(fresh(), script), "resumable");
      assert.equal(session.expiresAt, NOW + hours * HOUR);
    });
  }

  test("until a whole millisecond, whatever the clock", () => {
    const context = fresh({ wallTime: () => NOW + 0.25 });
    const { session } = only(converse(context, { ...full, ticket }), "resumable");
    assert.equal(session.expiresAt, NOW + 60_000);
  });

  test("never beyond the end of the server's certificate", () => {
    const end = NOW + 1000;
    const context = clientFor(CERTIFICATE, [SUITES.ecdsa], { credentialName: "mine" });
    const script = { suite: SUITES.ecdsa, proof: certified({ notAfter: end }), ticket };
    assert.equal(only(converse(context, script), "resumable").session.expiresAt, end);
  });

  test("its id, where there is no ticket", () => {
    const sessionId = seeded(12).bytes(32);
    for (const [none, say] of [
      ["offered", full],
      ["given after all", { ...full, ticket: { lifetimeHintS: 0, ticket: EMPTY } }],
      ["that fits", { ...full, ticket: { lifetimeHintS: 0, ticket: new Uint8Array(1901) } }],
    ] as const) {
      const { session } = only(
        converse(fresh(), { ...say, hello: () => ({ sessionId }) }),
        "resumable",
      );
      assert.deepEqual([session.ticket, session.sessionId], [EMPTY, sessionId], none);
    }
  });

  const nothing: readonly [string, ClientContext, Script][] = [
    ["when the server keeps nothing", fresh(), full],
    ["when nobody wants it", fresh({ credentialName: undefined }), { ...full, ticket }],
    [
      "without extended master secret [RFC 7627 §5.3]",
      fresh(),
      {
        ...full,
        ticket,
        hello: ({ extensions }) => ({
          extensions: extensions.filter(({ type }) => type !== ExtensionType.extendedMasterSecret),
        }),
      },
    ],
  ];
  for (const [when, context, script] of nothing) {
    test(`nothing ${when}`, () => {
      const course = converse(context, script);
      only(course, "established");
      assert.ok(course.effects.every(({ tag }) => tag !== "resumable"));
    });
  }

  test("a new ticket of a resumed one does not make it last longer", () => {
    const context = clientWith();
    const { session } = only(converse(context, resuming(context, { ticket })), "resumable");
    assert.deepEqual(session, { ...context.resume, ticket: TICKET });
  });

  test("nothing new of a resumed one without a new ticket", () => {
    const context = clientWith();
    const { effects } = converse(context, resuming(context));
    assert.ok(effects.every(({ tag }) => tag !== "resumable"));
  });

  test("the ticket that was promised has to come, and once", () => {
    const times = (count: number): Script => ({
      ...full,
      ticket,
      say: (flight) =>
        flight.flatMap((said) =>
          said[0] === T.newSessionTicket ? Array.from({ length: count }, () => said) : [said],
        ),
    });
    only(converse(fresh(), times(1)), "established");
    for (const count of [0, 2]) {
      assert.equal(only(converse(fresh(), times(count)), "fail").alert, A.unexpectedMessage);
    }
  });
});
