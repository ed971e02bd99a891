/** Every DTLS decoder against damaged and random input: a WireError or a value that encodes to the same octets. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  ByteReader,
  ByteWriter,
  concatBytes,
  sameBytes,
  WireError,
} from "../../agent/wire/bytes.ts";
import { decodeAlert, encodeAlert } from "../../agent/wire/dtls/alert.ts";
import {
  decodeCertificate,
  decodeCertificateRequest,
  decodeCertificateVerify,
  decodeRawPublicKey,
  encodeCertificate,
  encodeCertificateRequest,
  encodeCertificateVerify,
  encodeRawPublicKey,
} from "../../agent/wire/dtls/certificate-messages.ts";
import { decodeClientHello, encodeClientHello } from "../../agent/wire/dtls/client-hello.ts";
import {
  decodeClientKeyExchangeEcdhe,
  decodeServerKeyExchangeEcdhe,
  encodeClientKeyExchangeEcdhe,
  encodeServerKeyExchangeEcdhe,
} from "../../agent/wire/dtls/ecdhe-messages.ts";
import type { Extension } from "../../agent/wire/dtls/extensions.ts";
import {
  decodeCertificateTypeChoice,
  decodeCertificateTypesOffer,
  decodeConnectionId,
  decodeEcPointFormats,
  decodeRenegotiationInfo,
  decodeServerName,
  decodeSignatureAlgorithms,
  decodeSupportedGroups,
  encodeCertificateTypeChoice,
  encodeCertificateTypesOffer,
  encodeConnectionId,
  encodeEcPointFormats,
  encodeRenegotiationInfo,
  encodeServerName,
  encodeSignatureAlgorithms,
  encodeSupportedGroups,
  ExtensionType,
  readExtensions,
  writeExtensions,
} from "../../agent/wire/dtls/extensions.ts";
import { decodeFinished, encodeFinished } from "../../agent/wire/dtls/finished.ts";
import {
  encodeHandshakeFragment,
  HandshakeType,
  readHandshakeFragment,
  splitHandshakeRecord,
} from "../../agent/wire/dtls/handshake.ts";
import {
  decodeHelloVerifyRequest,
  encodeHelloVerifyRequest,
} from "../../agent/wire/dtls/hello-verify-request.ts";
import {
  decodeInnerPlaintext,
  encodeInnerPlaintext,
} from "../../agent/wire/dtls/inner-plaintext.ts";
import {
  decodeNewSessionTicket,
  encodeNewSessionTicket,
} from "../../agent/wire/dtls/new-session-ticket.ts";
import { decodePathCheck, encodePathCheck } from "../../agent/wire/dtls/path-check.ts";
import {
  decodeClientKeyExchangeEcdhePsk,
  decodeClientKeyExchangePsk,
  decodeServerKeyExchangeEcdhePsk,
  decodeServerKeyExchangePsk,
  encodeClientKeyExchangeEcdhePsk,
  encodeClientKeyExchangePsk,
  encodeServerKeyExchangeEcdhePsk,
  encodeServerKeyExchangePsk,
} from "../../agent/wire/dtls/psk-messages.ts";
import { encodeRecord, readRecord, splitDatagram } from "../../agent/wire/dtls/record.ts";
import { decodeServerHello, encodeServerHello } from "../../agent/wire/dtls/server-hello.ts";
import type { Seeded } from "../support/seeded.ts";
import { mutate, seeded } from "../support/seeded.ts";
import type { Capture } from "../unit/wire/dtls/captured.ts";
import { bodiesOf, captures, hexOf, octets, recordsOf } from "../unit/wire/dtls/captured.ts";

const INPUTS = 200_000; // for each decoder, half of them random
const MAX_RANDOM = 96; // octets; longer ones fail where shorter ones do

// Millions of errors are made and looked at only by their class.
Error.stackTraceLimit = 0;

interface Target {
  readonly name: string;
  readonly corpus: readonly Uint8Array[];
  /** Decodes, and encodes the outcome again: what was accepted must come out as it went in. */
  again(input: Uint8Array): Uint8Array;
}

const isEcdhe = (capture: Capture): boolean => capture.suite === 0xccac;
const isPsk = (capture: Capture): boolean => !isEcdhe(capture);
const datagrams = captures.flatMap((capture) => capture.datagrams.map(({ hex }) => octets(hex)));
const handshakeRecords = captures
  .flatMap((capture) => recordsOf(capture))
  .filter(({ what }) => what.type === 22 && what.epoch === 0)
  .map(({ what }) => what.fragment);

const clientHellos = bodiesOf(HandshakeType.clientHello);
const offered = clientHellos.flatMap((body) => decodeClientHello(body).extensions);
const dataOf = (type: number): Uint8Array[] =>
  offered.filter((extension) => extension.type === type).map(({ data }) => data);
const blockOf = (list: readonly Extension[]): Uint8Array => {
  const w = new ByteWriter();
  writeExtensions(w, list);
  return w.done();
};

/** One value in front of whatever else there is, which stays as it is. */
function first<T>(
  read: (r: ByteReader) => T,
  encode: (value: T) => Uint8Array,
): (input: Uint8Array) => Uint8Array {
  return (input) => {
    const r = new ByteReader(input);
    const value = read(r);
    return concatBytes(encode(value), r.rest());
  };
}

/** A whole body. */
function whole<T>(
  decode: (body: Uint8Array) => T,
  encode: (value: T) => Uint8Array,
): (input: Uint8Array) => Uint8Array {
  return (input) => encode(decode(input));
}

/** Records as ends send them that agreed on ids of `ID_LENGTH` octets; others between them. */
const ID_LENGTH = 8;
const recordWithId = octets("19 fefd 0001 000000000007 a1a2a3a4a5a6a7a8 0004 01020304");
const datagramsWithId = [
  recordWithId,
  concatBytes(recordWithId, recordWithId),
  ...datagrams.slice(0, 4).map((datagram) => concatBytes(recordWithId, datagram)),
];

const targets: readonly Target[] = [
  { name: "readRecord", corpus: datagrams, again: first(readRecord, encodeRecord) },
  {
    name: "readRecord with connection ids",
    corpus: datagramsWithId,
    again: first((r) => readRecord(r, ID_LENGTH), encodeRecord),
  },
  {
    name: "readHandshakeFragment",
    corpus: handshakeRecords,
    again: first(readHandshakeFragment, encodeHandshakeFragment),
  },
  {
    name: "splitHandshakeRecord",
    corpus: handshakeRecords,
    again: whole(splitHandshakeRecord, (list) =>
      concatBytes(...list.map((fragment) => encodeHandshakeFragment(fragment))),
    ),
  },
  {
    name: "readExtensions",
    corpus: [blockOf(offered.slice(0, 4))],
    again: first(readExtensions, blockOf),
  },
  {
    name: "decodeSupportedGroups",
    corpus: dataOf(ExtensionType.supportedGroups),
    again: whole(decodeSupportedGroups, encodeSupportedGroups),
  },
  {
    name: "decodeEcPointFormats",
    corpus: dataOf(ExtensionType.ecPointFormats),
    again: whole(decodeEcPointFormats, encodeEcPointFormats),
  },
  {
    name: "decodeRenegotiationInfo",
    corpus: [Uint8Array.of(0), Uint8Array.of(3, 1, 2, 3)],
    again: whole(decodeRenegotiationInfo, encodeRenegotiationInfo),
  },
  {
    name: "decodeSignatureAlgorithms",
    corpus: [octets("0002 0403"), octets("000c 0403 0503 0804 0805 0401 0501")],
    again: whole(decodeSignatureAlgorithms, encodeSignatureAlgorithms),
  },
  {
    name: "decodeCertificateTypesOffer",
    corpus: [octets("01 02"), octets("02 02 00")],
    again: whole(decodeCertificateTypesOffer, encodeCertificateTypesOffer),
  },
  {
    name: "decodeCertificateTypeChoice",
    corpus: [octets("00"), octets("02")],
    again: whole(decodeCertificateTypeChoice, encodeCertificateTypeChoice),
  },
  {
    name: "decodeConnectionId",
    corpus: [octets("00"), octets("08 a1a2a3a4a5a6a7a8")],
    again: whole(decodeConnectionId, encodeConnectionId),
  },
  {
    name: "decodeServerName",
    corpus: dataOf(ExtensionType.serverName),
    again: whole(decodeServerName, encodeServerName),
  },
  {
    name: "decodeClientHello",
    corpus: clientHellos,
    again: whole(decodeClientHello, encodeClientHello),
  },
  {
    name: "decodeServerHello",
    corpus: bodiesOf(HandshakeType.serverHello),
    again: whole(decodeServerHello, encodeServerHello),
  },
  {
    name: "decodeHelloVerifyRequest",
    corpus: bodiesOf(HandshakeType.helloVerifyRequest),
    again: whole(decodeHelloVerifyRequest, encodeHelloVerifyRequest),
  },
  {
    name: "decodeServerKeyExchangePsk",
    corpus: bodiesOf(HandshakeType.serverKeyExchange, isPsk),
    again: whole(decodeServerKeyExchangePsk, encodeServerKeyExchangePsk),
  },
  {
    name: "decodeServerKeyExchangeEcdhePsk",
    corpus: bodiesOf(HandshakeType.serverKeyExchange, isEcdhe),
    again: whole(decodeServerKeyExchangeEcdhePsk, encodeServerKeyExchangeEcdhePsk),
  },
  {
    name: "decodeClientKeyExchangePsk",
    corpus: bodiesOf(HandshakeType.clientKeyExchange, isPsk),
    again: whole(decodeClientKeyExchangePsk, encodeClientKeyExchangePsk),
  },
  {
    name: "decodeClientKeyExchangeEcdhePsk",
    corpus: bodiesOf(HandshakeType.clientKeyExchange, isEcdhe),
    again: whole(decodeClientKeyExchangeEcdhePsk, encodeClientKeyExchangeEcdhePsk),
  },
  {
    name: "decodeServerKeyExchangeEcdhe",
    corpus: [octets(`03 001d 20 ${"5a".repeat(32)} 0403 0008 3006020101020102`)],
    again: whole(decodeServerKeyExchangeEcdhe, encodeServerKeyExchangeEcdhe),
  },
  {
    name: "decodeClientKeyExchangeEcdhe",
    corpus: [octets(`20 ${"5a".repeat(32)}`), octets(`41 04 ${"5a".repeat(64)}`)],
    again: whole(decodeClientKeyExchangeEcdhe, encodeClientKeyExchangeEcdhe),
  },
  {
    name: "decodeCertificate",
    corpus: [octets("000000"), octets("00000e 000004 30020500 000004 30020101")],
    again: whole(decodeCertificate, encodeCertificate),
  },
  {
    name: "decodeRawPublicKey",
    corpus: [octets("000000"), octets("000004 30020500")],
    again: whole(decodeRawPublicKey, encodeRawPublicKey),
  },
  {
    name: "decodeCertificateRequest",
    corpus: [
      octets("01 40 0002 0403 0000"),
      octets("02 01 40 0006 0403 0804 0401 000a 0002 3000 0004 30020500"),
    ],
    again: whole(decodeCertificateRequest, encodeCertificateRequest),
  },
  {
    name: "decodeCertificateVerify",
    corpus: [octets("0403 0008 3006020101020102")],
    again: whole(decodeCertificateVerify, encodeCertificateVerify),
  },
  {
    name: "decodeNewSessionTicket",
    corpus: [octets("00001c20 0000"), octets(`00001c20 0020 ${"5a".repeat(32)}`)],
    again: whole(decodeNewSessionTicket, encodeNewSessionTicket),
  },
  {
    name: "decodeInnerPlaintext",
    corpus: [octets("17"), octets("0102030017"), octets("010203170000000000")],
    again: (input) => {
      const { type, content } = decodeInnerPlaintext(input);
      return encodeInnerPlaintext(type, content, input.length - content.length - 1);
    },
  },
  {
    name: "decodePathCheck",
    corpus: [octets("00 0102030405060708"), octets("02 0102030405060708")],
    again: whole(decodePathCheck, encodePathCheck),
  },
  {
    name: "decodeAlert",
    corpus: [Uint8Array.of(1, 0), Uint8Array.of(2, 40)],
    again: whole(decodeAlert, encodeAlert),
  },
  {
    name: "decodeFinished",
    corpus: [new Uint8Array(12).fill(7)],
    again: whole(decodeFinished, encodeFinished),
  },
];

/** Half of the inputs are damaged captures, half are random. */
function* inputs(corpus: readonly Uint8Array[], chance: Seeded): Generator<Uint8Array> {
  const pool = chance.bytes(2 ** 14);
  for (let i = 0; i < INPUTS; i += 2) {
    yield mutate(chance.pick(corpus), chance);
    const from = chance.int(pool.length - MAX_RANDOM);
    yield pool.subarray(from, from + chance.int(MAX_RANDOM));
  }
}

/** An empty block of extensions and none at all mean the same; we write none. */
function sameButForEmptyBlock(input: Uint8Array, output: Uint8Array): boolean {
  if (sameBytes(input, output)) return true;
  const at = output.length;
  return input.length === at + 2 && input[at] === 0 && input[at + 1] === 0;
}

/** Whether the decoder took the input. Fails on anything but a WireError or the same octets. */
function accepts(target: Target, input: Uint8Array): boolean {
  let output: Uint8Array;
  try {
    output = target.again(input);
  } catch (fault) {
    if (fault instanceof WireError) return false;
    throw new Error(`${target.name} threw at ${hexOf(input)}`, { cause: fault });
  }
  // An extension block of its own may be empty in front of other octets.
  if (target.name === "readExtensions" && input[0] === 0 && input[1] === 0) return true;
  if (!sameButForEmptyBlock(input, output)) {
    assert.fail(`${target.name} made ${hexOf(output)} of ${hexOf(input)}`);
  }
  return true;
}

for (const [i, target] of targets.entries()) {
  test(`${target.name}: ${INPUTS} inputs, a WireError or the same octets again`, () => {
    let accepted = 0;
    for (const input of inputs(target.corpus, seeded(1000 + i))) {
      if (accepts(target, input)) accepted += 1;
    }
    assert.ok(accepted > 0 && accepted < INPUTS, `${accepted} of ${INPUTS} accepted`);
  });
}

const splits = [
  { what: "splitDatagram", corpus: datagrams, idLength: 0, seed: 2000 },
  {
    what: "splitDatagram with connection ids",
    corpus: datagramsWithId,
    idLength: ID_LENGTH,
    seed: 2001,
  },
];
for (const { what, corpus, idLength, seed } of splits) {
  test(`${what}: ${INPUTS} inputs, never throws, and keeps what came before a fault [RFC 6347 §4.1.2.7]`, () => {
    let faults = 0;
    for (const input of inputs(corpus, seeded(seed))) {
      const { records, faulty } = splitDatagram(input, idLength);
      const kept = concatBytes(...records.map((record) => encodeRecord(record)));
      const all = faulty ? input.subarray(0, kept.length) : input;
      if (!sameBytes(kept, all)) assert.fail(`lost octets of ${hexOf(input)}`);
      if (faulty) faults += 1;
    }
    assert.ok(faults > 0 && faults < INPUTS);
  });
}
