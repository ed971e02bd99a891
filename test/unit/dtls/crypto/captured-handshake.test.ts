/** PRF, hashes and AEADs put together as a recorded handshake demands: its Finished messages must open and be right. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { CipherSuite } from "../../../../agent/dtls/cipher-suites.ts";
import { suiteById } from "../../../../agent/dtls/cipher-suites.ts";
import { createAead } from "../../../../agent/dtls/crypto/aead.ts";
import { hash, prf } from "../../../../agent/dtls/crypto/prf.ts";
import { ByteWriter, concatBytes } from "../../../../agent/wire/bytes.ts";
import { decodeClientHello } from "../../../../agent/wire/dtls/client-hello.ts";
import { ExtensionType } from "../../../../agent/wire/dtls/extensions.ts";
import { decodeFinished } from "../../../../agent/wire/dtls/finished.ts";
import type { HandshakeFragment } from "../../../../agent/wire/dtls/handshake.ts";
import {
  encodeHandshakeFragment,
  HandshakeType,
  splitHandshakeRecord,
} from "../../../../agent/wire/dtls/handshake.ts";
import type { DtlsRecord } from "../../../../agent/wire/dtls/record.ts";
import { decodeServerHello } from "../../../../agent/wire/dtls/server-hello.ts";
import type { Capture } from "../../wire/dtls/captured.ts";
import { captures, messagesOf, octets, recordsOf } from "../../wire/dtls/captured.ts";

interface Direction {
  readonly key: Uint8Array;
  readonly iv: Uint8Array;
}

/** What a PSK handshake hashes: all from the second ClientHello on. [RFC 6347 §4.2.1] */
function transcriptOf(capture: Capture): HandshakeFragment[] {
  return messagesOf(capture)
    .map(({ what }) => what)
    .filter(({ messageSeq, type }) => messageSeq > 0 && type !== HandshakeType.helloVerifyRequest);
}

const encodeAll = (messages: readonly HandshakeFragment[]): Uint8Array =>
  concatBytes(...messages.map((message) => encodeHandshakeFragment(message)));

/** The master secret of PSK with an extended master secret. [RFC 4279 §2] [RFC 7627 §4] */
function masterSecret(suite: CipherSuite, psk: Uint8Array, session: Uint8Array): Uint8Array {
  const other = new Uint8Array(psk.length);
  const premaster = new ByteWriter().opaque16(other).opaque16(psk).done();
  return prf(suite.hash, premaster, "extended master secret", hash(suite.hash, session), 48);
}

/** The key block. [RFC 5246 §6.3] */
function directions(suite: CipherSuite, master: Uint8Array, randoms: Uint8Array): Direction[] {
  const { keyLength: k, fixedIvLength: f } = suite;
  const block = prf(suite.hash, master, "key expansion", randoms, 2 * (k + f));
  return [
    { key: block.subarray(0, k), iv: block.subarray(2 * k, 2 * k + f) },
    { key: block.subarray(k, 2 * k), iv: block.subarray(2 * k + f) },
  ];
}

/** Takes the protection off a record. [RFC 6347 §4.1.2.1] [RFC 5288 §3] */
function unprotect(suite: CipherSuite, { key, iv }: Direction, record: DtlsRecord): Uint8Array {
  const aead = createAead(suite.aead, key);
  const explicit = record.fragment.subarray(0, suite.recordIvLength);
  const sealed = record.fragment.subarray(suite.recordIvLength);
  const aad = new ByteWriter().u16(record.epoch).u48(record.sequence).u8(record.type);
  aad.u16(record.version).u16(sealed.length - aead.tagLength);
  const opened = aead.open(concatBytes(iv, explicit), aad.done(), sealed);
  assert.ok(opened, "the record authenticates");
  return opened;
}

/** The Finished of one end. */
function finishedOf(
  capture: Capture,
  from: string,
  suite: CipherSuite,
  keys: Direction,
): HandshakeFragment {
  const sent = recordsOf(capture).find(
    ({ from: sender, what }) => sender === from && what.epoch === 1 && what.type === 22,
  );
  assert.ok(sent);
  const [finished] = splitHandshakeRecord(unprotect(suite, keys, sent.what));
  assert.ok(finished);
  assert.equal(finished.type, HandshakeType.finished);
  return finished;
}

const complete = captures.filter(({ name, suite }) => name.includes("-psk-aes") && suite !== null);

for (const capture of complete) {
  test(`${capture.name} (${capture.peers}): both Finished open and are right [RFC 5246 §7.4.9]`, () => {
    const suite = suiteById(capture.suite ?? 0);
    assert.ok(suite);
    const transcript = transcriptOf(capture);
    const ticketAt = transcript.findIndex(({ type }) => type === HandshakeType.newSessionTicket);
    const before = ticketAt === -1 ? transcript : transcript.slice(0, ticketAt);
    const [first, second] = before;
    assert.ok(first && second);
    const clientHello = decodeClientHello(first.fragment);
    const serverHello = decodeServerHello(second.fragment);
    assert.ok(
      serverHello.extensions.some(({ type }) => type === ExtensionType.extendedMasterSecret),
    );

    const upToKeyExchange = encodeAll(before);
    const master = masterSecret(suite, octets(capture.psk), upToKeyExchange);
    const [client, server] = directions(
      suite,
      master,
      concatBytes(serverHello.random, clientHello.random),
    );
    assert.ok(client && server);

    const clientFinished = finishedOf(capture, "client", suite, client);
    const verify = (label: string, transcriptSoFar: Uint8Array): Uint8Array =>
      prf(suite.hash, master, label, hash(suite.hash, transcriptSoFar), 12);
    assert.deepEqual(
      decodeFinished(clientFinished.fragment),
      verify("client finished", upToKeyExchange),
    );

    const serverFinished = finishedOf(capture, "server", suite, server);
    const after = ticketAt === -1 ? [] : transcript.slice(ticketAt);
    const whole = concatBytes(upToKeyExchange, encodeAll([clientFinished, ...after]));
    assert.deepEqual(decodeFinished(serverFinished.fragment), verify("server finished", whole));
  });
}

test("there is a capture of every PSK suite of ours", () => {
  assert.deepEqual(new Set(complete.map(({ suite }) => suite)), new Set([0x00a8, 0x00a9, 0xc0a8]));
});
