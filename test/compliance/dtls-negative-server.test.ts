/**
 * The negative matrix, our server as the victim: a client that says everything right but for one thing, and proves what
 * it said. Nothing of the kind comes to a session. [RFC 5246 §7.3] [RFC 6347 §4.2]
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { HandshakeType as T } from "../../agent/wire/dtls/handshake.ts";
import { clientHellos } from "../support/evil-client-hellos.ts";
import { clientProofs } from "../support/evil-client-proofs.ts";
import { flipped, replacing } from "../support/evil-changes.ts";
import { heardUnderOldKeys } from "../support/evil-against-server.ts";
import { FAMILIES } from "../support/evil-families.ts";
import { matrix, sequences, type Case } from "../support/evil-matrix.ts";
import { HONEST, type Plot } from "../support/evil-peer.ts";
import {
  ALL,
  finisheds,
  first,
  FULL,
  IDS,
  octets,
  rows,
  strays,
  type Row,
} from "../support/evil-table.ts";
import { replacingWith, word } from "../support/evil-words.ts";

const EMPTY = new Uint8Array();
const CKE = T.clientKeyExchange;
const otherEnd = replacingWith(T.finished, (_said, _flight, peer) => peer.finished("server"));
const hello = word(
  T.clientHello,
  octets(0xfe, 0xfd, ...new Uint8Array(32), 0, 0, 0, 2, 0xd0, 1, 1, 0),
);

const messages: readonly (readonly [string, readonly Row[]])[] = [
  [
    "Finished",
    [
      ...finisheds(otherEnd),
      [
        "in the clear",
        ALL,
        replacing(T.finished, (said) => [{ ...said, epoch: 0 }]),
        "unexpected_message",
      ],
      [
        "in the clear, and then as it should be",
        ALL,
        replacing(T.finished, (said) => [{ ...said, epoch: 0 }, said]),
        "unexpected_message",
      ],
      [
        "in the place of the ClientKeyExchange",
        FULL,
        replacing(CKE, () => [word(T.finished, new Uint8Array(12))]),
        "unexpected_message",
      ],
    ],
  ],
  [
    "a message",
    [
      [
        "HelloRequest, from a client",
        FULL,
        first(CKE, [word(T.helloRequest)]),
        "unexpected_message",
      ],
      [
        "ServerHello, from a client",
        FULL,
        first(CKE, [word(T.serverHello, new Uint8Array(40))]),
        "unexpected_message",
      ],
      [
        "ServerHelloDone, from a client",
        FULL,
        first(CKE, [word(T.serverHelloDone)]),
        "unexpected_message",
      ],
      [
        "NewSessionTicket, from a client",
        ALL,
        first(T.finished, [word(T.newSessionTicket, new Uint8Array(6))]),
        "unexpected_message",
      ],
      ["ClientHello, a new one under the next number", FULL, first(CKE, [hello]), "silence"],
      [
        "ClientHello, a new one under the first number",
        FULL,
        first(CKE, [{ ...hello, messageSeq: 0, aside: true }]),
        "ignored",
      ],
      ["of a type unheard of", FULL, first(CKE, [word(99)]), "unexpected_message"],
      [
        "of a type unheard of, before the Finished",
        ALL,
        first(T.finished, [word(99)]),
        "unexpected_message",
      ],
    ],
  ],
];

/** With a connection id that was not agreed on. [RFC 9146 §3] */
const ids: readonly Row[] = (
  [
    ["of 7 octets", (id) => id.slice(1)],
    ["of 9 octets", (id) => octets(...id, 0)],
    ["of one octet", () => octets(1)],
    ["of none", () => EMPTY],
    ["of another session", flipped(0)],
  ] as const satisfies readonly (readonly [string, NonNullable<Plot["connectionId"]>])[]
).map(([what, connectionId]) => [
  `with a connection id ${what}`,
  IDS,
  { ...HONEST, connectionId },
  "any",
]);

/** The session stands, and the server says that it will not. [RFC 5246 §7.2.2] */
const renegotiation: readonly Case[] = [T.clientHello, T.helloRequest].map((type) => ({
  families: ALL,
  message: type === T.clientHello ? "ClientHello" : "HelloRequest",
  what: "inside a session",
  plot: HONEST,
  outcome: { tag: "ignored", alert: "no_renegotiation" },
  afterwards: (peer) => peer.say({ ...hello, type, epoch: 1 }),
}));

matrix("server", {
  "every message, skipped, repeated and out of order": await sequences("server"),
  "what ClientHello says": clientHellos,
  "what is shown, agreed on and signed": clientProofs,
  "the other messages": messages.flatMap(([message, table]) => rows(message, table)),
  "what is no message": strays(CKE, FULL),
  records: rows("records", ids),
  "a second handshake": renegotiation,
});

describe("server: a client that has begun anew", () => {
  for (const name of FULL) {
    const family = FAMILIES[name];
    test(`server, ${family.name}: data under the old keys is ignored`, async () => {
      assert.deepEqual(await heardUnderOldKeys(family), ["old keys", "new keys"]);
    });
  }
});
