/** What an evil client may show and sign, and the key shares that it may send. */
import { encodeClientKeyExchangeEcdhe } from "../../agent/wire/dtls/ecdhe-messages.ts";
import { encodeSupportedGroups, ExtensionType as X } from "../../agent/wire/dtls/extensions.ts";
import { HandshakeType as T } from "../../agent/wire/dtls/handshake.ts";
import {
  decodeClientKeyExchangeEcdhePsk,
  encodeClientKeyExchangeEcdhePsk,
  encodeClientKeyExchangePsk,
} from "../../agent/wire/dtls/psk-messages.ts";
import {
  certificateServer,
  CLIENT_NAME,
  clients,
  labCertificate,
  pskClient,
  strangersCertificate,
} from "./dtls-credentials.ts";
import { editing, flipped } from "./evil-changes.ts";
import { RSA_OWN, type FamilyName } from "./evil-families.ts";
import { HONEST, type Plot } from "./evil-peer.ts";
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
  both,
  chain,
  clientHello,
  havingExtension,
  longChain,
  verifyBy,
  word,
} from "./evil-words.ts";

const { own } = clients.certificate;
const ownDer = own.chain[0].der;
const shown = (wish: Parameters<typeof labCertificate>[0]): Plot =>
  editing(T.certificate, chain(labCertificate({ dns: [CLIENT_NAME], ...wish }).chain[0].der));
const strangers = strangersCertificate();
const [server] = certificateServer.certificates.own;

const certificate: readonly Row[] = [
  ...spoiled(T.certificate, SIGNED),
  ["of an empty list", CERTIFICATES, editing(T.certificate, chain()), "handshake_failure"],
  [
    "by a CA that is not trusted",
    CERTIFICATES,
    editing(T.certificate, chain(strangers.chain[0].der)),
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
    "of somebody who is no client",
    CERTIFICATES,
    shown({ subject: "CN=visitor", dns: ["visitor.example.com"] }),
    "access_denied",
  ],
  ["that names nobody", CERTIFICATES, shown({ subject: "CN=office", dns: [] }), "access_denied"],
  [
    "for servers alone",
    CERTIFICATES,
    shown({ subject: "CN=host", eku: ["serverAuth"] }),
    "unsupported_certificate",
  ],
  [
    "that may not sign",
    CERTIFICATES,
    shown({ subject: "CN=mute", keyUsage: ["keyEncipherment"] }),
    "unsupported_certificate",
  ],
  [
    "that is the server's own",
    CERTIFICATES,
    editing(T.certificate, chain(server.chain[0].der)),
    "access_denied",
  ],
  [
    "whose key is another's",
    CERTIFICATES,
    shown({ subject: "CN=victim", keyName: "not ours" }),
    "decrypt_error",
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
  ["in eleven pieces", CERTIFICATES, editing(T.certificate, longChain(ownDer)), "decode_error"],
  ["of a key that is no client's", ["raw"], editing(T.certificate, flipped(-1)), "access_denied"],
  ["of no key", ["raw"], editing(T.certificate, () => octets(0, 0, 0)), "handshake_failure"],
  ["in the form of X.509", ["raw"], editing(T.certificate, chain(ownDer)), "access_denied"],
  [
    "though there are pre-shared keys",
    PSK,
    first(T.clientKeyExchange, [word(T.certificate, chain(ownDer)())]),
    "unexpected_message",
  ],
];

const onlyGroup = (group: number): Plot =>
  clientHello(havingExtension(X.supportedGroups, encodeSupportedGroups([group, 23])));
const share = (publicKey: Uint8Array): Plot =>
  editing(T.clientKeyExchange, () => encodeClientKeyExchangeEcdhe({ publicKey }));
const pskShare = (publicKey: Uint8Array): Plot =>
  editing(T.clientKeyExchange, (body) => {
    const { identity } = decodeClientKeyExchangeEcdhePsk(body);
    return encodeClientKeyExchangeEcdhePsk({ identity, publicKey });
  });
const asIdentity = (identity: Uint8Array): Plot =>
  editing(T.clientKeyExchange, () => encodeClientKeyExchangePsk({ identity }));
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const withCredentials = (over: Partial<typeof pskClient>): Plot => ({
  ...HONEST,
  credentials: { ...pskClient, ...over },
});

const exchange: readonly Row[] = [
  ...spoiled(T.clientKeyExchange, [...PSK, ...SIGNED]),
  ...POINTS.flatMap(([what, group, point]): Row[] => [
    [
      `with a point ${what}`,
      ECDHE_PSK,
      both(onlyGroup(group), pskShare(point)),
      "illegal_parameter",
    ],
    [`with a point ${what}`, SIGNED, both(onlyGroup(group), share(point)), "illegal_parameter"],
  ]),
  [
    "in the form of ECDHE_PSK",
    ["psk", "hint"],
    editing(T.clientKeyExchange, () =>
      encodeClientKeyExchangeEcdhePsk({
        identity: utf8("branch"),
        publicKey: new Uint8Array(32).fill(9),
      }),
    ),
    "decode_error",
  ],
  ["in the form of PSK", ECDHE_PSK, asIdentity(utf8("branch")), "decode_error"],
  [
    "of another identity, with no key",
    ["psk", "hint"],
    asIdentity(utf8("nobody")),
    "decrypt_error",
  ],
  ["of no identity", ["psk", "hint"], asIdentity(octets()), "decrypt_error"],
  [
    "of an identity that is no text",
    ["psk", "hint"],
    asIdentity(octets(0xff, 0xfe)),
    "decrypt_error",
  ],
  [
    "of an identity and something behind a zero",
    ["psk", "hint"],
    asIdentity(utf8("branch\0")),
    "decrypt_error",
  ],
  [
    "of a wrong key",
    PSK,
    withCredentials({ key: utf8("a wrong key") as typeof pskClient.key }),
    "decrypt_error",
  ],
  [
    "of nobody",
    PSK,
    withCredentials({ identity: "nobody" as typeof pskClient.identity }),
    "decrypt_error",
  ],
];

const keys: readonly (readonly [readonly FamilyName[], typeof own.key])[] = [
  [ECDSA, own.key],
  [["rsa"], RSA_OWN.key],
  [["raw"], clients["raw-public-key"].own],
];
const other = strangers.key;

const verify: readonly Row[] = [
  ...spoiled(T.certificateVerify, SIGNED),
  ["with a wrong signature", SIGNED, editing(T.certificateVerify, flipped(-1)), "decrypt_error"],
  [
    "without a signature",
    SIGNED,
    editing(T.certificateVerify, (body) => octets(...body.subarray(0, 2), 0, 0)),
    "decrypt_error",
  ],
  ["by another key", SIGNED, verifyBy(other), "decrypt_error"],
  ...keys.flatMap(([families, key]): Row[] => [
    [
      "over all but the ClientKeyExchange",
      families,
      verifyBy(key, (said) => said.slice(0, -1)),
      "decrypt_error",
    ],
    [
      "over all but the ClientHello",
      families,
      verifyBy(key, (said) => said.slice(1)),
      "decrypt_error",
    ],
    [
      "over another handshake",
      families,
      verifyBy(key, (said) => said.map(flipped(-1))),
      "decrypt_error",
    ],
    ["over nothing", families, verifyBy(key, () => []), "decrypt_error"],
    ["with ECDSA and SHA-1", families, verifyBy(key, undefined, 0x0203), "illegal_parameter"],
    ["with RSA and SHA-1", families, verifyBy(key, undefined, 0x0201), "illegal_parameter"],
    ["with no hash", families, verifyBy(key, undefined, 0x0003), "illegal_parameter"],
    [
      "said to be of another kind of key",
      families,
      verifyBy(key, undefined, key.keyType === "rsa" ? 0x0403 : 0x0804),
      "decrypt_error",
    ],
  ]),
  [
    "though there are pre-shared keys",
    PSK,
    first(T.finished, [word(T.certificateVerify, octets(4, 3, 0, 0))]),
    "unexpected_message",
  ],
];

export const clientProofs = [
  ...rows("Certificate", certificate),
  ...rows("ClientKeyExchange", exchange),
  ...rows("CertificateVerify", verify),
];
