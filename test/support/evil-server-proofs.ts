/** What an evil server may show and sign, and the key shares that it may send. */
import { HandshakeType as T } from "../../agent/wire/dtls/handshake.ts";
import {
  certificateServer,
  clients,
  labCertificate,
  SERVER_NAME,
  strangersCertificate,
} from "./dtls-credentials.ts";
import { editing, emptied, flipped } from "./evil-changes.ts";
import type { Plot } from "./evil-peer.ts";
import {
  CERTIFICATES,
  ECDHE_PSK,
  ECDSA,
  first,
  octets,
  POINTS,
  PSK,
  rows,
  SIGNED,
  spoiled,
  type Row,
} from "./evil-table.ts";
import {
  chain,
  longChain,
  pskShare,
  resharedAfterSigning,
  signedShare,
  word,
} from "./evil-words.ts";

const shown = (wish: Parameters<typeof labCertificate>[0]): Plot =>
  editing(T.certificate, chain(labCertificate({ dns: [SERVER_NAME], ...wish }).chain[0].der));
const [ownEcdsa, ownRsa] = certificateServer.certificates.own;

const certificate: readonly Row[] = [
  ...spoiled(T.certificate, SIGNED),
  ["of an empty list", CERTIFICATES, editing(T.certificate, chain()), "handshake_failure"],
  [
    "by a CA that is not trusted",
    CERTIFICATES,
    editing(T.certificate, chain(strangersCertificate().chain[0].der)),
    "unknown_ca",
  ],
  [
    "that is expired",
    CERTIFICATES,
    shown({ subject: "CN=late", notAfter: "2024-01-01T00:00:00Z" }),
    "certificate_expired",
  ],
  [
    "that is not valid yet",
    CERTIFICATES,
    shown({
      subject: "CN=early",
      notBefore: "2090-01-01T00:00:00Z",
      notAfter: "2091-01-01T00:00:00Z",
    }),
    "certificate_expired",
  ],
  [
    "for another name",
    CERTIFICATES,
    shown({ subject: "CN=other", dns: ["other.example.com"] }),
    "bad_certificate",
  ],
  [
    "for clients alone",
    CERTIFICATES,
    shown({ subject: "CN=client", eku: ["clientAuth"] }),
    "unsupported_certificate",
  ],
  [
    "that may not sign",
    CERTIFICATES,
    shown({ subject: "CN=mute", keyUsage: ["keyEncipherment"] }),
    "unsupported_certificate",
  ],
  [
    "that is the client's own",
    CERTIFICATES,
    editing(T.certificate, chain(clients.certificate.own.chain[0].der)),
    "bad_certificate",
  ],
  [
    "whose key is another's",
    ECDSA,
    shown({ subject: "CN=server", keyName: "another" }),
    "decrypt_error",
  ],
  [
    "with a key of RSA",
    ECDSA,
    editing(T.certificate, chain(ownRsa?.chain[0].der ?? octets())),
    "unsupported_certificate",
  ],
  [
    "with a key of ECDSA",
    ["rsa"],
    editing(T.certificate, chain(ownEcdsa.chain[0].der)),
    "unsupported_certificate",
  ],
  [
    "with its signature changed",
    CERTIFICATES,
    editing(T.certificate, flipped(-1)),
    "bad_certificate",
  ],
  [
    "that is no DER",
    CERTIFICATES,
    editing(T.certificate, chain(octets(1, 2, 3))),
    "bad_certificate",
  ],
  [
    "in eleven pieces",
    CERTIFICATES,
    editing(T.certificate, longChain(ownEcdsa.chain[0].der)),
    "decode_error",
  ],
  [
    "of a key that is not trusted",
    ["raw"],
    editing(T.certificate, flipped(-1)),
    "certificate_unknown",
  ],
  ["of no key", ["raw"], editing(T.certificate, () => octets(0, 0, 0)), "certificate_unknown"],
  [
    "in the form of X.509",
    ["raw"],
    editing(T.certificate, chain(ownEcdsa.chain[0].der)),
    "certificate_unknown",
  ],
  [
    "though there are pre-shared keys",
    PSK,
    first(T.serverHelloDone, [word(T.certificate, chain(ownEcdsa.chain[0].der)())]),
    "unexpected_message",
  ],
];

const points: typeof POINTS = [
  ["of a group that was not offered", 25, new Uint8Array(133).fill(4)],
  ["of a group unheard of", 0x1234, new Uint8Array(32).fill(9)],
  ...POINTS,
];
const stranger = strangersCertificate().key;

const exchange: readonly Row[] = [
  ...spoiled(T.serverKeyExchange, ["hint", ...ECDHE_PSK, ...SIGNED]),
  ...points.flatMap(([what, group, publicKey]): Row[] => [
    [
      `with a point ${what}`,
      ECDHE_PSK,
      pskShare(() => ({ group, publicKey })),
      "illegal_parameter",
    ],
    [
      `with a point ${what}`,
      SIGNED,
      signedShare(() => ({ group, publicKey })),
      "illegal_parameter",
    ],
  ]),
  [
    "with a curve of its own",
    SIGNED,
    editing(T.serverKeyExchange, (body) => body.with(0, 1)),
    "decode_error",
  ],
  [
    "with a curve of its own",
    ECDHE_PSK,
    editing(T.serverKeyExchange, (body) => body.with(2, 1)),
    "decode_error",
  ],
  [
    "though the suite has none",
    ["psk"],
    first(T.serverHelloDone, [word(T.serverKeyExchange, octets(0, 0, 3, 0, 29, 1, 9))]),
    "decode_error",
  ],
  ["with a wrong signature", SIGNED, editing(T.serverKeyExchange, flipped(-1)), "decrypt_error"],
  [
    "without a signature",
    SIGNED,
    resharedAfterSigning(() => ({ signature: octets() })),
    "decrypt_error",
  ],
  ["signed by another key", SIGNED, signedShare(() => ({}), { key: stranger }), "decrypt_error"],
  [
    "signed for another client",
    SIGNED,
    signedShare(() => ({}), { randoms: flipped(0) }),
    "decrypt_error",
  ],
  [
    "signed in another handshake",
    SIGNED,
    signedShare(() => ({}), { randoms: flipped(-1) }),
    "decrypt_error",
  ],
  [
    "signed without the randoms",
    SIGNED,
    signedShare(() => ({}), { randoms: emptied }),
    "decrypt_error",
  ],
  [
    "with another key after signing",
    SIGNED,
    resharedAfterSigning(({ publicKey }) => ({ publicKey: flipped(3)(publicKey) })),
    "decrypt_error",
  ],
  ["signed with SHA-1", SIGNED, signedShare(() => ({ scheme: 0x0203 })), "illegal_parameter"],
  [
    "signed with RSA and SHA-1",
    SIGNED,
    signedShare(() => ({ scheme: 0x0201 })),
    "illegal_parameter",
  ],
  ["signed with no hash", SIGNED, signedShare(() => ({ scheme: 0x0003 })), "illegal_parameter"],
  [
    "said to be signed with RSA",
    [...ECDSA, "raw"],
    signedShare(() => ({ scheme: 0x0401 })),
    "decrypt_error",
  ],
  [
    "said to be signed with ECDSA",
    ["rsa"],
    signedShare(() => ({ scheme: 0x0403 })),
    "decrypt_error",
  ],
  [
    "said to be signed with another hash",
    SIGNED,
    resharedAfterSigning(({ scheme }) => ({ scheme: scheme === 0x0403 ? 0x0503 : 0x0805 })),
    "decrypt_error",
  ],
];

export const serverProofs = [
  ...rows("Certificate", certificate),
  ...rows("ServerKeyExchange", exchange),
];
