/** Sessions that go on before the address is verified: for whom, and at which price. [RFC 6347 §4.2.1] */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { HandshakeEffect } from "../../../agent/dtls/handshake.ts";
import { mayResumeWithoutCookie } from "../../../agent/dtls/handshake-machine.ts";
import { startServer, type ServerContext } from "../../../agent/dtls/server-handshake.ts";
import { SessionTickets } from "../../../agent/dtls/session-tickets.ts";
import { ExtensionType } from "../../../agent/wire/dtls/extensions.ts";
import { seeded } from "../../support/seeded.ts";
import {
  again,
  certificates,
  LIFETIME,
  NO_TICKETS,
  pair,
  pskServerWith,
  type Pair,
} from "./resumption-lab.ts";
import { effect, firstHello, pskClient, pskServer, rawClient, rawServer } from "./server-lab.ts";

describe("without a cookie", () => {
  const asked = (made: Pair, over: Partial<ServerContext> = {}): boolean => {
    const { hello } = firstHello(made.lab.client(made.client, { resume: made.resume }));
    return mayResumeWithoutCookie(hello, made.lab.server(made.server, over));
  };

  test("a ticket that resumes is enough", () => assert.ok(asked(pair()) && asked(certificates())));

  test("a first ClientHello is not, nor what resumes not or not any more", () => {
    const made = pair();
    const { hello } = firstHello(made.lab.client(pskClient));
    assert.equal(mayResumeWithoutCookie(hello, made.lab.server(pskServer)), false);
    assert.equal(asked({ ...made, server: pskServerWith("new") }), false);
    assert.equal(
      asked(made, { tickets: new SessionTickets({ now: () => 0 }, seeded(8), LIFETIME) }),
      false,
    );
    assert.equal(
      asked({ ...made, resume: { ...made.resume, ticket: new Uint8Array(600) } }),
      false,
    );
  });

  test("nor is a session id, which everyone on the path has seen", () => {
    const made = pair(pskClient, pskServer, { server: NO_TICKETS });
    assert.equal(asked(made, NO_TICKETS), false);
  });

  test("nor is one without extended master secret, or with a malformed extension", () => {
    const made = pair();
    const { hello } = firstHello(made.lab.client(made.client, { resume: made.resume }));
    const server = made.lab.server(made.server);
    const kept = hello.extensions.filter(({ type }) => type !== ExtensionType.extendedMasterSecret);
    assert.equal(mayResumeWithoutCookie({ ...hello, extensions: kept }, server), false);
    const bad = { type: ExtensionType.serverName, data: Uint8Array.of(1) };
    const extensions = [...hello.extensions, bad];
    assert.equal(mayResumeWithoutCookie({ ...hello, extensions }, server), false);
  });

  test("the flight is sent once, and repeated only for a repetition", () => {
    const finals = [true, false].map((addressUnverified) => {
      const { server } = again(pair(), { server: { addressUnverified } });
      return effect(server, "send").final;
    });
    assert.deepEqual(finals, [true, false]);
  });

  test("a ticket that runs out meanwhile ends it without a word", () => {
    const made = pair();
    const { hello, message } = firstHello(made.lab.client(made.client, { resume: made.resume }));
    made.lab.nowMs += LIFETIME;
    const [, effects] = startServer(
      hello,
      message,
      made.lab.server(made.server, { addressUnverified: true }),
    );
    assert.deepEqual(
      effects.map((one) => [one.tag, one.tag === "fail" ? one.alert : ""]),
      [["fail", undefined]],
    );
  });

  for (const [what, make] of [
    ["a pre-shared key", pair],
    ["certificates", certificates],
    ["raw public keys", () => pair(rawClient, rawServer)],
  ] as const) {
    for (const connectionId of [undefined, new Uint8Array(8)]) {
      const ids = connectionId ? "with" : "without";
      test(`the answer is shorter than what asked for it: ${what}, ${ids} connection ids`, () => {
        const made = make();
        const offer = connectionId && { connectionId: new Uint8Array() };
        const client = made.lab.client(made.client, { resume: made.resume, ...offer });
        const { hello, message } = firstHello(client);
        const over = { addressUnverified: true, connectionId };
        const [, effects] = startServer(hello, message, made.lab.server(made.server, over));
        const sent = 13 + 12 + message.body.length;
        assert.ok(octetsOf(effects) < sent, `${octetsOf(effects)} for ${sent}`);
      });
    }
  }
});

/** Octets of what is sent, each message in a record of its own. [RFC 6347 §4.1, §4.2.2] */
function octetsOf(effects: readonly HandshakeEffect[]): number {
  const { suite } = effect(effects, "keys");
  const protection = suite.recordIvLength + 16;
  let octets = 0;
  for (const item of effect(effects, "send").flight) {
    if (item.tag === "change-cipher-spec") octets += 13 + 1;
    else octets += 13 + 12 + item.body.length + (item.epoch === 1 ? protection : 0);
  }
  return octets;
}
