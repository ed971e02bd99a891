/** How the tables of the negative matrix are written, and what both of them use. */
import { AlertDescription as Alert, encodeAlert } from "../../agent/wire/dtls/alert.ts";
import { HandshakeType as T } from "../../agent/wire/dtls/handshake.ts";
import { ContentType } from "../../agent/wire/dtls/record.ts";
import {
  editing,
  emptied,
  flipped,
  inserting,
  ofType,
  trailed,
  truncated,
} from "./evil-changes.ts";
import { FAMILIES, type FamilyName } from "./evil-families.ts";
import { IGNORED, NOT_RESUMED, refused, type Case } from "./evil-matrix.ts";
import type { Line, Plot } from "./evil-peer.ts";
import { both, record } from "./evil-words.ts";

export const ALL = Object.keys(FAMILIES) as FamilyName[]; // its keys
export const TICKET = ["ticket", "renewed", "ecdsaTicket", "rawTicket", "ticketIds"] as const;
export const RESUMED = [...TICKET, "id"] as const;
/** Full handshakes. */
export const FULL = ALL.filter((name) => !RESUMED.some((other) => other === name));
export const PSK = ["psk", "hint", "ecdhePsk", "chacha"] as const;
export const ECDHE_PSK = ["ecdhePsk", "chacha"] as const;
export const ECDSA = ["ecdsa", "ecdsaIds"] as const;
/** With X.509 certificates. */
export const CERTIFICATES = [...ECDSA, "rsa"] as const;
/** With a key that signs. */
export const SIGNED = [...CERTIFICATES, "raw"] as const;
/** With a NewSessionTicket. */
export const TICKETS = [...FULL.filter((name) => name !== "psk"), "renewed"] as const;
export const IDS = ["chacha", "ecdsaIds", "ticketIds"] as const;

/** What is wrong, in which handshakes, and the alert by which it is refused (or `ignored`, or `not resumed`). */
export type Row = readonly [
  what: string,
  families: readonly FamilyName[],
  plot: Plot,
  outcome: string,
];

/** Rows on one message. */
export function rows(message: string, table: readonly Row[]): readonly Case[] {
  return table.map(([what, families, plot, outcome]) => ({
    families,
    message,
    what,
    plot,
    outcome:
      outcome === "ignored" ? IGNORED : outcome === "not resumed" ? NOT_RESUMED : refused(outcome),
  }));
}

/** Not the octets that the type has. */
export function spoiled(
  type: number,
  families: readonly FamilyName[],
  alert = "decode_error",
): readonly Row[] {
  return [
    ["too short", families, editing(type, truncated), alert],
    ["too long", families, editing(type, trailed), alert],
    ["empty", families, editing(type, emptied), alert],
  ];
}

export const octets = (...list: readonly number[]): Uint8Array => Uint8Array.from(list);

/** Says these lines before the message of that type. */
export const first = (type: number, lines: readonly Line[]): Plot => inserting(ofType(type), lines);

/** Key shares that are none, for their group. */
export const POINTS: readonly (readonly [what: string, group: number, point: Uint8Array])[] = [
  ["of zeros", 29, new Uint8Array(32)],
  ["of small order", 29, octets(1, ...new Uint8Array(31))],
  ["of 31 octets", 29, new Uint8Array(31).fill(9)],
  ["of 33 octets", 29, new Uint8Array(33).fill(9)],
  ["not on the curve", 23, octets(4, ...new Uint8Array(64).fill(9))],
  ["not on the curve P-384", 24, octets(4, ...new Uint8Array(96).fill(9))],
  ["at infinity", 23, octets(0)],
  ["in compressed form", 23, octets(2, ...new Uint8Array(32).fill(9))],
  ["of another group's length", 23, new Uint8Array(32).fill(9)],
];

const fatal = (epoch: 0 | 1, description: number): Line =>
  record(ContentType.alert, epoch, encodeAlert({ level: 2, description }));
/** Application data that is too early. */
const EARLY = "early";
const data = (epoch: 0 | 1): Line =>
  record(ContentType.applicationData, epoch, new TextEncoder().encode(EARLY));
const flood = (line: Line): readonly Line[] => new Array<Line>(60).fill(line);
const wrong = editing(T.finished, flipped(0));
const ccs: Line = { tag: "change-cipher-spec" };

/** What comes among the messages and is none of them; `opening` is a message of a flight before the last. */
export function strays(opening: number, families: readonly FamilyName[]): readonly Case[] {
  return [
    ...rows("ChangeCipherSpec", [
      ["too early", families, first(opening, [ccs]), "ignored"],
      ["over and over", ALL, first(T.finished, flood(ccs)), "ignored"],
    ]),
    ...rows("application data", [
      ["in the clear", families, first(opening, [data(0)]), "ignored"],
      ["in the clear, before the Finished", ALL, first(T.finished, [data(0)]), "ignored"],
      [
        "before a Finished that is wrong",
        ALL,
        both(first(T.finished, [data(1)]), wrong),
        "decrypt_error",
      ],
    ]),
    ...rows("application data", [
      ["that overtakes the Finished", ALL, first(T.finished, [data(1)]), "ignored"],
    ]).map((one) => ({ ...one, early: EARLY })),
    ...rows("alerts", [
      [
        "in the clear, a flood of fatal ones",
        families,
        first(opening, flood(fatal(0, Alert.handshakeFailure))),
        "ignored",
      ],
      [
        "in the clear, a flood of goodbyes",
        ALL,
        first(T.finished, flood(fatal(0, Alert.closeNotify))),
        "ignored",
      ],
      [
        "protected and fatal, before the Finished",
        ALL,
        first(T.finished, [fatal(1, Alert.internalError)]),
        "silence",
      ],
      [
        "that close, before the Finished",
        ALL,
        first(T.finished, [fatal(1, Alert.closeNotify)]),
        "silence",
      ],
      [
        "of a level unheard of",
        families,
        first(opening, [record(ContentType.alert, 0, octets(9, 9))]),
        "ignored",
      ],
      [
        "that are empty",
        families,
        first(opening, [record(ContentType.alert, 0, octets())]),
        "ignored",
      ],
    ]),
    ...rows("a record", [
      ["of a type unheard of", families, first(opening, [record(99, 0, octets(1))]), "ignored"],
      [
        "of a type unheard of, protected",
        ALL,
        first(T.finished, [record(99, 1, octets(1))]),
        "ignored",
      ],
      [
        "of the handshake, with nothing in it",
        families,
        first(opening, [record(ContentType.handshake, 0, octets())]),
        "ignored",
      ],
    ]),
  ];
}

/** What a Finished may not be; `other` makes one in the other end's words. */
export function finisheds(other: Plot): readonly Row[] {
  return [
    ...spoiled(T.finished, ALL),
    ["with one bit wrong", ALL, wrong, "decrypt_error"],
    ["with its last bit wrong", ALL, editing(T.finished, flipped(-1)), "decrypt_error"],
    ["of zeros", ALL, editing(T.finished, () => new Uint8Array(12)), "decrypt_error"],
    ["in the other end's words", ALL, other, "decrypt_error"],
  ];
}
