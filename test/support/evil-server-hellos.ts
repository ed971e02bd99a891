/** What an evil server's ServerHello may say. */
import {
  encodeCertificateTypeChoice,
  encodeConnectionId,
  encodeEcPointFormats,
  encodeRenegotiationInfo,
  ExtensionType as X,
} from "../../agent/wire/dtls/extensions.ts";
import { HandshakeType as T } from "../../agent/wire/dtls/handshake.ts";
import { DTLS10 } from "../../agent/wire/dtls/record.ts";
import { editing, replacing } from "./evil-changes.ts";
import { suiteIds } from "./evil-families.ts";
import type { Plot } from "./evil-peer.ts";
import { cookieRequest } from "./evil-server.ts";
import {
  ALL,
  CERTIFICATES,
  ECDHE_PSK,
  FULL,
  IDS,
  octets,
  PSK,
  RESUMED,
  rows,
  SIGNED,
  spoiled,
  TICKETS,
  type Row,
} from "./evil-table.ts";
import { havingExtension, lackingExtensions, serverHello, withExtension } from "./evil-words.ts";

const suite = (cipherSuite: number): Plot => serverHello(() => ({ cipherSuite }));

const hello: readonly Row[] = [
  ...spoiled(T.serverHello, ALL),
  ["of version 1.0", ALL, serverHello(() => ({ version: DTLS10 })), "protocol_version"],
  ["of a version to come", ALL, serverHello(() => ({ version: 0xfefc })), "protocol_version"],
  ["of TLS 1.2", ALL, serverHello(() => ({ version: 0x0303 })), "protocol_version"],
  ["with TLS_NULL_WITH_NULL_NULL", ALL, suite(0), "illegal_parameter"],
  ["with a suite of TLS 1.3", ALL, suite(0x1301), "illegal_parameter"],
  ["with a suite of certificates", PSK, suite(0xc02b), "illegal_parameter"],
  ["with a suite of pre-shared keys", SIGNED, suite(0x00a8), "illegal_parameter"],
  ["with a suite that was not offered", ALL, suite(0x00a9), "illegal_parameter"],
  [
    "with another suite than the session's",
    ["ticket", "id"],
    suite(suiteIds.chacha),
    "illegal_parameter",
  ],
  ["with compression", ALL, serverHello(() => ({ compressionMethod: 1 })), "illegal_parameter"],
  ["with a session_id of 33 octets", ALL, editing(T.serverHello, longId), "decode_error"],
  [
    "with another session_id than is gone on with",
    ["ticket", "id", "ecdsaTicket"],
    serverHello(() => ({ sessionId: new Uint8Array(32).fill(9) })),
    "silence",
  ],
  ...[16, 22, 0x1234].map((type): Row => [
    `with extension ${type}, not offered`,
    ALL,
    serverHello(withExtension(type)),
    "unsupported_extension",
  ]),
  [
    "with server_name, not asked for",
    ALL,
    serverHello(withExtension(X.serverName)),
    "unsupported_extension",
  ],
  [
    "with signature_algorithms",
    SIGNED,
    serverHello(withExtension(X.signatureAlgorithms, octets(0, 2, 4, 3))),
    "unsupported_extension",
  ],
  [
    "with session_ticket, not offered",
    ["psk"],
    serverHello(withExtension(X.sessionTicket)),
    "unsupported_extension",
  ],
  [
    "with connection_id, not offered",
    ["psk", "ecdsa", "raw", "ticket"],
    serverHello(withExtension(X.connectionId, encodeConnectionId(octets(1)))),
    "unsupported_extension",
  ],
  [
    "with a certificate type, not offered",
    [...PSK, ...CERTIFICATES],
    serverHello(withExtension(X.serverCertificateType, octets(2))),
    "unsupported_extension",
  ],
  [
    "with an extension twice",
    ALL,
    serverHello(withExtension(X.renegotiationInfo, octets(0))),
    "decode_error",
  ],
  [
    "with connection_id twice",
    IDS,
    serverHello(withExtension(X.connectionId, octets(0))),
    "decode_error",
  ],
  [
    "with a connection_id that lies of its length",
    IDS,
    serverHello(havingExtension(X.connectionId, octets(9, 1))),
    "decode_error",
  ],
  [
    "with rrc that says something",
    IDS,
    serverHello(havingExtension(X.returnRoutabilityCheck, octets(1))),
    "decode_error",
  ],
  [
    "with renegotiation_info that is not empty",
    ALL,
    serverHello(havingExtension(X.renegotiationInfo, encodeRenegotiationInfo(octets(1)))),
    "handshake_failure",
  ],
  [
    "with malformed renegotiation_info",
    ALL,
    serverHello(havingExtension(X.renegotiationInfo, octets(5))),
    "decode_error",
  ],
  [
    "without renegotiation_info",
    SIGNED,
    serverHello(lackingExtensions(X.renegotiationInfo)),
    "handshake_failure",
  ],
  [
    "with extended_master_secret that says something",
    ALL,
    serverHello(havingExtension(X.extendedMasterSecret, octets(1))),
    "decode_error",
  ],
  [
    "without extended_master_secret",
    [...SIGNED, ...RESUMED],
    serverHello(lackingExtensions(X.extendedMasterSecret)),
    "handshake_failure",
  ],
  [
    "with session_ticket that says something",
    TICKETS,
    serverHello(havingExtension(X.sessionTicket, octets(1))),
    "decode_error",
  ],
  [
    "with compressed points alone",
    [...ECDHE_PSK, ...SIGNED],
    serverHello(havingExtension(X.ecPointFormats, encodeEcPointFormats([1]))),
    "illegal_parameter",
  ],
  [
    "without client_certificate_type",
    ["raw"],
    serverHello(lackingExtensions(X.clientCertificateType)),
    "unsupported_certificate",
  ],
  [
    "without server_certificate_type",
    ["raw"],
    serverHello(lackingExtensions(X.serverCertificateType)),
    "unsupported_certificate",
  ],
  ...[X.clientCertificateType, X.serverCertificateType].flatMap((type): Row[] => [
    [
      `with X.509 by extension ${type}`,
      ["raw"],
      serverHello(havingExtension(type, encodeCertificateTypeChoice(0))),
      "unsupported_certificate",
    ],
    [
      `with a type unheard of by extension ${type}`,
      ["raw"],
      serverHello(havingExtension(type, octets(7))),
      "unsupported_certificate",
    ],
    [
      `with no type by extension ${type}`,
      ["raw"],
      serverHello(havingExtension(type)),
      "decode_error",
    ],
  ]),
  [
    "with a cookie's request after it",
    FULL,
    replacing(T.serverHello, (said) => [said, cookieRequest()]),
    "unexpected_message",
  ],
];

/** A session_id that is longer than one can be. */
function longId(body: Uint8Array): Uint8Array {
  const after = body.subarray(35 + (body[34] ?? 0));
  return octets(...body.subarray(0, 34), 33, ...new Uint8Array(33), ...after);
}

export const serverHellos = rows("ServerHello", hello);
