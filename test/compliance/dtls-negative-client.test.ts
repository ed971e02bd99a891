/**
 * The negative matrix, our client as the victim: a server that says everything right but for one thing, and proves what
 * it said. Nothing of the kind comes to a session. [RFC 5246 §7.3] [RFC 6347 §4.2]
 */
import { encodeCertificateRequest } from "../../agent/wire/dtls/certificate-messages.ts";
import { HandshakeType as T } from "../../agent/wire/dtls/handshake.ts";
import { editing, inRound, ofType, replacing, trailed } from "../support/evil-changes.ts";
import { matrix, sequences, type Case } from "../support/evil-matrix.ts";
import { HONEST, type Line, type Plot } from "../support/evil-peer.ts";
import { serverHellos } from "../support/evil-server-hellos.ts";
import { serverProofs } from "../support/evil-server-proofs.ts";
import { cookieRequest, uncalledTicket } from "../support/evil-server.ts";
import {
  ALL,
  finisheds,
  first,
  FULL,
  octets,
  PSK,
  rows,
  SIGNED,
  spoiled,
  strays,
  TICKETS,
  type Row,
} from "../support/evil-table.ts";
import { both, replacingWith, serverHello, word } from "../support/evil-words.ts";

const otherEnd = replacingWith(T.finished, (_said, _flight, peer) => peer.finished("client"));

const asking = (over: Partial<Parameters<typeof encodeCertificateRequest>[0]>): Plot =>
  editing(T.certificateRequest, () =>
    encodeCertificateRequest({
      certificateTypes: [1, 64],
      signatureAlgorithms: [0x0403, 0x0804],
      authorities: [],
      ...over,
    }),
  );

const rest: readonly (readonly [string, readonly Row[]])[] = [
  [
    "CertificateRequest",
    [
      ...spoiled(T.certificateRequest, SIGNED),
      [
        "for signatures that we do not make",
        SIGNED,
        asking({ signatureAlgorithms: [0x0203] }),
        "handshake_failure",
      ],
      [
        "for keys that we do not have",
        SIGNED,
        asking({ certificateTypes: [2] }),
        "handshake_failure",
      ],
      [
        "for no signatures",
        SIGNED,
        editing(T.certificateRequest, () => octets(1, 64, 0, 0, 0, 0)),
        "decode_error",
      ],
      [
        "for no keys",
        SIGNED,
        editing(T.certificateRequest, () => octets(0, 0, 2, 4, 3, 0, 0)),
        "decode_error",
      ],
      [
        "though there are pre-shared keys",
        PSK,
        first(T.serverHelloDone, [word(T.certificateRequest, octets(1, 64, 0, 2, 4, 3, 0, 0))]),
        "unexpected_message",
      ],
    ],
  ],
  [
    "ServerHelloDone",
    [["that says something", FULL, editing(T.serverHelloDone, trailed), "decode_error"]],
  ],
  [
    "NewSessionTicket",
    [
      ...spoiled(T.newSessionTicket, TICKETS),
      [
        "that nobody asked for",
        ["psk", "ticket", "id", "ecdsaTicket"],
        first(T.finished, [uncalledTicket()]),
        "unexpected_message",
      ],
      [
        "under the new keys",
        TICKETS,
        replacing(T.newSessionTicket, (said) => [{ ...said, epoch: 1 }]),
        "unexpected_message",
      ],
      [
        "before ServerHelloDone",
        TICKETS.filter((name) => name !== "renewed"),
        first(T.serverHelloDone, [uncalledTicket()]),
        "unexpected_message",
      ],
    ],
  ],
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
        "in the place of ServerHelloDone",
        FULL,
        replacing(T.serverHelloDone, () => [word(T.finished, new Uint8Array(12))]),
        "unexpected_message",
      ],
      [
        "right after the ServerHello, with a session_id that was not offered",
        FULL,
        leap(),
        "unexpected_message",
      ],
    ],
  ],
];

/** As if a session were gone on with. */
function leap(): Plot {
  const jump = inRound("proved", 1, (flight) => [
    ...flight.filter(ofType(T.serverHello)),
    { tag: "change-cipher-spec" },
    word(T.finished, new Uint8Array(12)),
  ]);
  return both(
    jump,
    serverHello(() => ({ sessionId: new Uint8Array(32).fill(3) })),
  );
}

const request: Line = { ...word(T.helloRequest), aside: true };

const others: readonly (readonly [string, readonly Row[]])[] = [
  [
    "HelloVerifyRequest",
    [
      ...spoiled(T.helloVerifyRequest, ["psk", "ecdsa", "ticket"]),
      [
        "over and over",
        FULL,
        inRound("proved", 1, () => [
          cookieRequest(),
          cookieRequest(),
          cookieRequest(),
          cookieRequest(),
        ]),
        "handshake_failure",
      ],
    ],
  ],
  [
    "HelloRequest",
    [
      [
        "before the ServerHello [RFC 5246 §7.4.1.1]",
        ALL,
        first(T.serverHello, [request]),
        "ignored",
      ],
      ["before ServerHelloDone", FULL, first(T.serverHelloDone, [request]), "ignored"],
      ["before the Finished", ALL, first(T.finished, [request]), "ignored"],
    ],
  ],
  [
    "a message",
    [
      ["of a type unheard of", ALL, first(T.serverHello, [word(99)]), "unexpected_message"],
      [
        "of a type unheard of, before the Finished",
        ALL,
        first(T.finished, [word(99)]),
        "unexpected_message",
      ],
      [
        "ClientHello, from a server",
        ALL,
        first(T.serverHello, [word(T.clientHello, new Uint8Array(40))]),
        "unexpected_message",
      ],
      [
        "ClientKeyExchange, from a server",
        FULL,
        first(T.serverHelloDone, [word(T.clientKeyExchange, octets(0, 0))]),
        "unexpected_message",
      ],
      [
        "CertificateVerify, from a server",
        FULL,
        first(T.serverHelloDone, [word(T.certificateVerify, octets(4, 3, 0, 0))]),
        "unexpected_message",
      ],
    ],
  ],
];

/** The session stands, and the client says that it will not. [RFC 5246 §7.2.2] */
const renegotiation: readonly Case[] = [
  ["HelloRequest", word(T.helloRequest, octets(), 1)] as const,
  ["ClientHello", word(T.clientHello, new Uint8Array(40), 1)] as const,
].map(([message, line]) => ({
  families: ALL,
  message,
  what: "inside a session",
  plot: HONEST,
  outcome: { tag: "ignored", alert: "no_renegotiation" },
  afterwards: (peer) => peer.say(line),
}));

const more = [...rest, ...others].flatMap(([message, table]) => rows(message, table));

matrix("client", {
  "every message, skipped, repeated and out of order": await sequences("client"),
  "what ServerHello says": serverHellos,
  "what is shown, agreed on and signed": serverProofs,
  "the other messages": more,
  "what is no message": strays(T.serverHello, ALL),
  "a second handshake": renegotiation,
});
