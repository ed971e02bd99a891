import assert from "node:assert/strict";
import { test } from "node:test";
import { concatBytes } from "../../../../agent/wire/bytes.ts";
import { decodeClientHello, encodeClientHello } from "../../../../agent/wire/dtls/client-hello.ts";
import {
  decodeEcPointFormats,
  decodeRenegotiationInfo,
  decodeServerName,
  decodeSupportedGroups,
  encodeEcPointFormats,
  encodeRenegotiationInfo,
  encodeServerName,
  encodeSupportedGroups,
  ExtensionType,
  NamedGroup,
} from "../../../../agent/wire/dtls/extensions.ts";
import { encodeHandshakeFragment, HandshakeType } from "../../../../agent/wire/dtls/handshake.ts";
import {
  decodeHelloVerifyRequest,
  encodeHelloVerifyRequest,
} from "../../../../agent/wire/dtls/hello-verify-request.ts";
import {
  decodeClientKeyExchangeEcdhePsk,
  decodeClientKeyExchangePsk,
  decodeServerKeyExchangeEcdhePsk,
  decodeServerKeyExchangePsk,
  encodeClientKeyExchangeEcdhePsk,
  encodeClientKeyExchangePsk,
  encodeServerKeyExchangeEcdhePsk,
  encodeServerKeyExchangePsk,
} from "../../../../agent/wire/dtls/psk-messages.ts";
import { ContentType, encodeRecord, splitDatagram } from "../../../../agent/wire/dtls/record.ts";
import { decodeServerHello, encodeServerHello } from "../../../../agent/wire/dtls/server-hello.ts";
import type { Capture } from "./captured.ts";
import { bodiesOf, captures, hexOf, messagesOf, octets, recordsOf } from "./captured.ts";

const isEcdhe = (capture: Capture): boolean => capture.suite === 0xccac;
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

for (const capture of captures) {
  const { name } = capture;

  test(`${name}: datagrams come apart into records and go together again [RFC 6347 §4.1]`, () => {
    for (const { hex } of capture.datagrams) {
      const { records, faulty } = splitDatagram(octets(hex));
      assert.equal(faulty, false);
      assert.equal(hexOf(concatBytes(...records.map((record) => encodeRecord(record)))), hex);
    }
  });

  test(`${name}: handshake records come apart and go together again [RFC 6347 §4.2.2]`, () => {
    const open = recordsOf(capture)
      .map(({ what }) => what)
      .filter(({ type, epoch }) => type === ContentType.handshake && epoch === 0);
    const messages = messagesOf(capture).map(({ what }) => encodeHandshakeFragment(what));
    assert.equal(
      hexOf(concatBytes(...messages)),
      hexOf(concatBytes(...open.map(({ fragment }) => fragment))),
    );
    assert.ok(messages.length >= 3);
  });

  test(`${name}: the suite, the identity and the hint are the ones that were asked for`, () => {
    const isThis = (other: Capture): boolean => other === capture;
    const ecdhe = isEcdhe(capture);
    for (const body of bodiesOf(HandshakeType.serverHello, isThis)) {
      assert.equal(decodeServerHello(body).cipherSuite, capture.suite);
    }
    for (const body of bodiesOf(HandshakeType.clientKeyExchange, isThis)) {
      const decode = ecdhe ? decodeClientKeyExchangeEcdhePsk : decodeClientKeyExchangePsk;
      assert.equal(text(decode(body).identity), capture.identity);
    }
    for (const body of bodiesOf(HandshakeType.serverKeyExchange, isThis)) {
      const decode = ecdhe ? decodeServerKeyExchangeEcdhePsk : decodeServerKeyExchangePsk;
      assert.equal(text(decode(body).hint), capture.hint ?? "");
    }
  });
}

interface Codec {
  readonly name: string;
  readonly bodies: readonly Uint8Array[];
  /** Decoding and encoding again. */
  again(body: Uint8Array): Uint8Array;
}

const isPsk = (capture: Capture): boolean => !isEcdhe(capture);
const codecs: readonly Codec[] = [
  {
    name: "ClientHello [RFC 6347 §4.2.1]",
    bodies: bodiesOf(HandshakeType.clientHello),
    again: (body) => encodeClientHello(decodeClientHello(body)),
  },
  {
    name: "HelloVerifyRequest [RFC 6347 §4.2.1]",
    bodies: bodiesOf(HandshakeType.helloVerifyRequest),
    again: (body) => encodeHelloVerifyRequest(decodeHelloVerifyRequest(body)),
  },
  {
    name: "ServerHello [RFC 5246 §7.4.1.3]",
    bodies: bodiesOf(HandshakeType.serverHello),
    again: (body) => encodeServerHello(decodeServerHello(body)),
  },
  {
    name: "ServerKeyExchange of PSK [RFC 4279 §2]",
    bodies: bodiesOf(HandshakeType.serverKeyExchange, isPsk),
    again: (body) => encodeServerKeyExchangePsk(decodeServerKeyExchangePsk(body)),
  },
  {
    name: "ServerKeyExchange of ECDHE_PSK [RFC 5489 §2]",
    bodies: bodiesOf(HandshakeType.serverKeyExchange, isEcdhe),
    again: (body) => encodeServerKeyExchangeEcdhePsk(decodeServerKeyExchangeEcdhePsk(body)),
  },
  {
    name: "ClientKeyExchange of PSK [RFC 4279 §2]",
    bodies: bodiesOf(HandshakeType.clientKeyExchange, isPsk),
    again: (body) => encodeClientKeyExchangePsk(decodeClientKeyExchangePsk(body)),
  },
  {
    name: "ClientKeyExchange of ECDHE_PSK [RFC 5489 §2]",
    bodies: bodiesOf(HandshakeType.clientKeyExchange, isEcdhe),
    again: (body) => encodeClientKeyExchangeEcdhePsk(decodeClientKeyExchangeEcdhePsk(body)),
  },
];

for (const { name, bodies, again } of codecs) {
  test(`captured messages are the same after decoding and encoding: ${name}`, () => {
    assert.ok(bodies.length >= 2);
    for (const body of bodies) assert.equal(hexOf(again(body)), hexOf(body));
  });

  test(`captured messages are refused with an octet more or fewer: ${name}`, () => {
    for (const body of bodies) {
      assert.throws(() => again(concatBytes(body, Uint8Array.of(0))), { name: "WireError" });
      assert.throws(() => again(body.subarray(0, -1)), { name: "WireError" });
    }
  });
}

const extensionCodecs = new Map<number, (data: Uint8Array) => Uint8Array>([
  [ExtensionType.serverName, (data) => encodeServerName(decodeServerName(data))],
  [ExtensionType.supportedGroups, (data) => encodeSupportedGroups(decodeSupportedGroups(data))],
  [ExtensionType.ecPointFormats, (data) => encodeEcPointFormats(decodeEcPointFormats(data))],
  [
    ExtensionType.renegotiationInfo,
    (data) => encodeRenegotiationInfo(decodeRenegotiationInfo(data)),
  ],
]);

test("captured extensions are the same after decoding and encoding", () => {
  const seen = new Set<number>();
  const hellos = [
    ...bodiesOf(HandshakeType.clientHello).map((body) => decodeClientHello(body)),
    ...bodiesOf(HandshakeType.serverHello).map((body) => decodeServerHello(body)),
  ];
  for (const { type, data } of hellos.flatMap(({ extensions }) => extensions)) {
    const again = extensionCodecs.get(type);
    if (again === undefined) continue;
    seen.add(type);
    assert.equal(hexOf(again(data)), hexOf(data));
  }
  assert.deepEqual(seen, new Set(extensionCodecs.keys()));
});

test("captured key shares have the length of their group [RFC 8422 §5.4]", () => {
  const lengths: Record<number, number> = { [NamedGroup.secp256r1]: 65, [NamedGroup.x25519]: 32 };
  const groups = new Set<number>();
  for (const body of bodiesOf(HandshakeType.serverKeyExchange, isEcdhe)) {
    const { group, publicKey } = decodeServerKeyExchangeEcdhePsk(body);
    assert.equal(publicKey.length, lengths[group]);
    groups.add(group);
  }
  assert.equal(groups.size, 2);
});
