/** What an evil client's ClientHello may say. */
import {
  encodeCertificateTypesOffer,
  encodeEcPointFormats,
  encodeRenegotiationInfo,
  encodeSignatureAlgorithms,
  encodeSupportedGroups,
  ExtensionType as X,
} from "../../agent/wire/dtls/extensions.ts";
import { HandshakeType as T } from "../../agent/wire/dtls/handshake.ts";
import { DTLS10 } from "../../agent/wire/dtls/record.ts";
import type { ClientHello } from "../../agent/wire/dtls/client-hello.ts";
import { flipped } from "./evil-changes.ts";
import { suiteIds, type FamilyName } from "./evil-families.ts";
import type { Plot } from "./evil-peer.ts";
import {
  ALL,
  ECDHE_PSK,
  FULL,
  IDS,
  octets,
  PSK,
  RESUMED,
  rows,
  SIGNED,
  spoiled,
  TICKET,
  type Row,
} from "./evil-table.ts";
import { clientHello, havingExtension, lackingExtensions, withExtension } from "./evil-words.ts";

const ECDHE = [...ECDHE_PSK, ...SIGNED] as const;

const offering = (...cipherSuites: readonly number[]): Plot =>
  clientHello(() => ({ cipherSuites }));
/** With the cookie only: what the cookie was given for. */
const afterwards = (over: (hello: ClientHello) => Partial<ClientHello>): Plot =>
  clientHello((hello) => (hello.cookie.length > 0 ? over(hello) : {}));
const having = (type: number, data?: Uint8Array): Plot => clientHello(havingExtension(type, data));

/** A ClientHello that cannot be read is no ClientHello: nobody has proved to be at its address. */
const unread: readonly Row[] = [
  ...spoiled(T.clientHello, ALL, "silence"),
  [
    "with an extension twice",
    ALL,
    clientHello(withExtension(X.renegotiationInfo, octets(0))),
    "silence",
  ],
];

const general: readonly Row[] = [
  ["of version 1.0", ALL, clientHello(() => ({ version: DTLS10 })), "protocol_version"],
  ["of TLS 1.2", ALL, clientHello(() => ({ version: 0x0303 })), "protocol_version"],
  ["of a version to come", ALL, clientHello(() => ({ version: 0xfefc })), "ignored"],
  ["of a version before all", ALL, clientHello(() => ({ version: 0xffff })), "protocol_version"],
  ["with suites unheard of", ALL, offering(0x1301, 0xabcd), "handshake_failure"],
  ["with TLS_NULL_WITH_NULL_NULL", ALL, offering(0), "handshake_failure"],
  ["with suites of certificates", PSK, offering(0xc02b, 0xc02f), "handshake_failure"],
  ["with suites of pre-shared keys", SIGNED, offering(0x00a8, 0xd001), "handshake_failure"],
  ["with suites for another key", ["raw"], offering(0xc030), "handshake_failure"],
  ["with the signalling suite alone", ALL, offering(0x00ff), "handshake_failure"],
  [
    "with compression alone",
    ALL,
    clientHello(() => ({ compressionMethods: [1] })),
    "illegal_parameter",
  ],
  [
    "with another cookie",
    FULL,
    afterwards(({ cookie }) => ({ cookie: flipped(0)(cookie) })),
    "silence",
  ],
  [
    "with half its cookie",
    FULL,
    afterwards(({ cookie }) => ({ cookie: cookie.slice(0, 8) })),
    "silence",
  ],
  [
    "with another random than its cookie is for",
    FULL,
    afterwards(({ random }) => ({ random: flipped(9)(random) })),
    "silence",
  ],
  [
    "with other suites than its cookie is for",
    FULL,
    afterwards(({ cipherSuites }) => ({ cipherSuites: [...cipherSuites, 0xabcd] })),
    "silence",
  ],
  [
    "with a session_id that its cookie is not for",
    FULL,
    afterwards(() => ({ sessionId: octets(1, 2, 3) })),
    "silence",
  ],
];

const extensions: readonly Row[] = [
  [
    "with renegotiation_info that is not empty",
    ALL,
    having(X.renegotiationInfo, encodeRenegotiationInfo(octets(1))),
    "handshake_failure",
  ],
  [
    "with malformed renegotiation_info",
    ALL,
    having(X.renegotiationInfo, octets(5)),
    "decode_error",
  ],
  [
    "with extended_master_secret that says something",
    ALL,
    having(X.extendedMasterSecret, octets(1)),
    "decode_error",
  ],
  [
    "without extended_master_secret",
    [...SIGNED, ...RESUMED],
    clientHello(lackingExtensions(X.extendedMasterSecret)),
    "handshake_failure",
  ],
  [
    "with groups unheard of",
    ECDHE,
    having(X.supportedGroups, encodeSupportedGroups([25, 0x1234])),
    "handshake_failure",
  ],
  [
    "with a group list that lies of its length",
    ECDHE,
    having(X.supportedGroups, octets(0, 9, 0, 29)),
    "decode_error",
  ],
  [
    "with compressed points alone",
    ECDHE,
    having(X.ecPointFormats, encodeEcPointFormats([1])),
    "illegal_parameter",
  ],
  [
    "without signature_algorithms, so that SHA-1 is meant",
    SIGNED,
    clientHello(lackingExtensions(X.signatureAlgorithms)),
    "handshake_failure",
  ],
  [
    "with signatures that we do not make",
    SIGNED,
    having(X.signatureAlgorithms, encodeSignatureAlgorithms([0x0203, 0x0201])),
    "handshake_failure",
  ],
  [
    "with signatures of another key",
    SIGNED.filter((name) => name !== "rsa"),
    having(X.signatureAlgorithms, encodeSignatureAlgorithms([0x0804])),
    "handshake_failure",
  ],
  [
    "with malformed signature_algorithms",
    SIGNED,
    having(X.signatureAlgorithms, octets(0, 3, 4, 3, 4)),
    "decode_error",
  ],
  [
    "with X.509 alone",
    ["raw"],
    clientHello(lackingExtensions(X.clientCertificateType, X.serverCertificateType)),
    "unsupported_certificate",
  ],
  [
    "with OpenPGP alone",
    ["raw"],
    having(X.clientCertificateType, encodeCertificateTypesOffer([1])),
    "unsupported_certificate",
  ],
  ["with no certificate type", ["raw"], having(X.serverCertificateType, octets(0)), "decode_error"],
  [
    "with a connection_id that lies of its length",
    IDS,
    having(X.connectionId, octets(9, 1)),
    "decode_error",
  ],
  [
    "with rrc that says something",
    IDS,
    having(X.returnRoutabilityCheck, octets(1)),
    "decode_error",
  ],
  ["with a server_name that is no name", ALL, having(X.serverName, octets(0, 0)), "decode_error"],
];

const ticket = (data: (old: Uint8Array) => Uint8Array): Plot =>
  clientHello(({ extensions: list }) => ({
    extensions: list.map((one) =>
      one.type === X.sessionTicket ? { ...one, data: data(one.data) } : one,
    ),
  }));
const PSK_TICKET: readonly FamilyName[] = ["ticket", "renewed", "ticketIds"];

/** Whatever is wrong with what a client shows, the full handshake is the answer. [RFC 5077 §3.1] */
const resumption: readonly Row[] = [
  ["with its ticket's name changed", TICKET, ticket(flipped(0)), "not resumed"],
  ["with its ticket's tag changed", TICKET, ticket(flipped(-1)), "not resumed"],
  ["with its ticket's text changed", TICKET, ticket(flipped(40)), "not resumed"],
  ["with half its ticket", TICKET, ticket((old) => old.slice(0, old.length / 2)), "not resumed"],
  ["with a ticket of zeros", TICKET, ticket((old) => new Uint8Array(old.length)), "not resumed"],
  ["with a ticket too long", TICKET, ticket(() => new Uint8Array(900)), "not resumed"],
  [
    "with another session_id",
    ["id"],
    clientHello(({ sessionId }) => ({ sessionId: flipped(0)(sessionId) })),
    "not resumed",
  ],
  [
    "with half its session_id",
    ["id"],
    clientHello(({ sessionId }) => ({ sessionId: sessionId.slice(0, 16) })),
    "not resumed",
  ],
  ["without the suite of its session", ["ticket", "id"], offering(suiteIds.chacha), "not resumed"],
  [
    "under another name than before",
    [...PSK_TICKET, "id"],
    having(X.serverName, octets(0, 6, 0, 0, 3, 97, 46, 98)),
    "not resumed",
  ],
];

export const clientHellos = [
  ...rows("ClientHello", unread),
  ...rows("ClientHello", general),
  ...rows("ClientHello", extensions),
  ...rows("ClientHello", resumption),
];
