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
import { decodeClientHello, encodeClientHello } from "../../agent/wire/dtls/client-hello.ts";
import type { Extension } from "../../agent/wire/dtls/extensions.ts";
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
import { heapGrowth } from "../support/heap.ts";
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

const targets: readonly Target[] = [
  { name: "readRecord", corpus: datagrams, again: first(readRecord, encodeRecord) },
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

test(`splitDatagram: ${INPUTS} inputs, never throws, and keeps what came before a fault [RFC 6347 §4.1.2.7]`, () => {
  let faults = 0;
  for (const input of inputs(datagrams, seeded(2000))) {
    const { records, faulty } = splitDatagram(input);
    const kept = concatBytes(...records.map((record) => encodeRecord(record)));
    const all = faulty ? input.subarray(0, kept.length) : input;
    if (!sameBytes(kept, all)) assert.fail(`lost octets of ${hexOf(input)}`);
    if (faulty) faults += 1;
  }
  assert.ok(faults > 0 && faults < INPUTS);
});

const LARGEST = 1_500; // octets of a datagram
const MOST_HEAP = 64 * 1024;

/** `head`, then `unit` as often as it fits. */
function filled(head: string, unit: string): Uint8Array {
  const times = Math.floor((LARGEST - octets(head).length) / octets(unit).length);
  return octets(head + unit.repeat(times));
}

const hello = `fefd ${"00".repeat(32)} 00 00`;
const extensionBlock = Array.from(
  { length: 64 },
  (_, i) => `${(i + 256).toString(16).padStart(4, "0")}0000`,
);
const hungry: readonly (readonly [string, Uint8Array, (input: Uint8Array) => unknown])[] = [
  ["empty records", filled("", "16fefd0000000000000000 0000"), splitDatagram],
  ["empty handshake fragments", filled("", "0e 000000 0000 000000 000000"), splitHandshakeRecord],
  ["cipher suites", octets(`${hello} 0580 ${"00a8".repeat(704)} 01 00`), decodeClientHello],
  [
    "extensions",
    octets(`${hello} 0002 00a8 01 00 0100 ${extensionBlock.join("")}`),
    decodeClientHello,
  ],
  ["groups", octets(`05d8 ${"001d".repeat(748)}`), decodeSupportedGroups],
  ["a record that claims 16 KiB", octets("16 fefd 0000 000000000000 4000"), splitDatagram],
  ["a hint that claims 64 KiB", octets("ffff"), decodeServerKeyExchangePsk],
  ["a message that claims 16 MiB", octets("01 ffffff 0000 000000 ffffff"), splitHandshakeRecord],
];

for (const [what, input, decode] of hungry) {
  test(`a datagram of ${what} never makes the heap grow by more than 64 KiB`, () => {
    const { allocated, retained } = heapGrowth(() => decode(input));
    assert.ok(allocated <= MOST_HEAP, `${allocated} octets allocated`);
    assert.ok(retained <= MOST_HEAP, `${retained} octets retained`);
  });
}
