/** Handshake messages, their fragments, their repetition, and what they prove. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { connectDtls, type ConnectOptions } from "../../agent/dtls/client.ts";
import { suiteById } from "../../agent/dtls/cipher-suites.ts";
import { transcriptForm } from "../../agent/dtls/handshake.ts";
import { verifyData } from "../../agent/dtls/key-schedule.ts";
import { Reassembly, type HandshakeMessage } from "../../agent/dtls/reassembly.ts";
import type { DtlsSession } from "../../agent/dtls/session.ts";
import { MemorySessionStore } from "../../agent/dtls/stored-session.ts";
import {
  encodeHandshakeFragment,
  HandshakeType,
  splitHandshakeRecord,
  type HandshakeFragment,
} from "../../agent/wire/dtls/handshake.ts";
import { ContentType, encodeRecord, type DtlsRecord } from "../../agent/wire/dtls/record.ts";
import { decodeServerHello } from "../../agent/wire/dtls/server-hello.ts";
import { certificateClient, certificateServer, pskClient } from "../support/dtls-credentials.ts";
import { dtlsLab, echo, SERVER_ADDRESS, type DtlsLab } from "../support/dtls-lab.ts";
import { inPlaceOf } from "./insider.ts";
import {
  bodyOf,
  clearHandshakes,
  recordsFrom,
  relay,
  rewritten,
  taken,
  watch,
  type Rule,
  type Sent,
} from "./wire-view.ts";

const BY_CERTIFICATE = { server: { credentials: certificateServer } };
/** Twice TCP's MSL of two minutes. */
const TWICE_MSL = 240_000;

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const decode = (data: Uint8Array): string => new TextDecoder().decode(data);

const isHandshake = ({ type, epoch }: DtlsRecord): boolean =>
  type === ContentType.handshake && epoch === 0;
const isProof = ({ type, epoch }: DtlsRecord): boolean =>
  type === ContentType.handshake && epoch === 1;
const hasProof = (datagram: Uint8Array): boolean => taken(datagram).records.some(isProof);

/** Whether a record holds one message, or several, and no piece of one; a ClientHello may begin a handshake anew. */
function isWholeMessage(record: DtlsRecord): boolean {
  if (!isHandshake(record)) return false;
  const parts = splitHandshakeRecord(record.fragment);
  return parts.every(
    ({ type, length, fragment }) =>
      length === fragment.length && length > 0 && type !== HandshakeType.clientHello,
  );
}

/** The same message, but for its last octet. */
function turned(fragment: Uint8Array): Uint8Array {
  const copy = fragment.slice();
  copy[copy.length - 1] = (copy.at(-1) ?? 0) ^ 0xff;
  return copy;
}

/** In pieces that overlap by half, the last first, but for the ClientHello. */
const overlapping: Rule = (datagram) =>
  taken(datagram).records.flatMap((record) => {
    if (!isHandshake(record)) return [encodeRecord(record)];
    return splitHandshakeRecord(record.fragment)
      .flatMap((whole) => (whole.type === HandshakeType.clientHello ? [whole] : pieces(whole)))
      .map((piece) => encodeRecord({ ...record, fragment: encodeHandshakeFragment(piece) }));
  });

function pieces({ fragment, offset, ...message }: HandshakeFragment): HandshakeFragment[] {
  const step = Math.ceil(Math.max(8, fragment.length / 20));
  const all: HandshakeFragment[] = [];
  for (let at = 0; at === 0 || at < fragment.length; at += step) {
    const part = fragment.subarray(at, at + 2 * step);
    all.push({ ...message, offset: offset + at, fragment: part });
  }
  return all.toReversed();
}

describe("messages and fragments", () => {
  test("[RFC 6347 §4.2.2] a message whose turn is over is discarded, even if it says something else now", async () => {
    const lab = await dtlsLab(1, BY_CERTIFICATE);
    let changed = 0;
    const repeating = (): Rule => {
      const past: DtlsRecord[] = [];
      return (datagram) => {
        const old = past.map((record) => ({ ...record, fragment: turned(record.fragment) }));
        changed += old.length;
        past.push(...taken(datagram).records.filter(isWholeMessage));
        return [...old.map(encodeRecord), datagram, datagram.slice()];
      };
    };
    const between = await relay(lab, { toServer: repeating(), toClient: repeating() });
    const options = { credentials: certificateClient, to: between.address };
    const session = await lab.connect(options);
    assert.equal(lab.server.statistics.handshakes, 1);
    assert.ok(changed > 2, `${changed} messages came again`);
    assert.equal(await echo(lab, session, "hello"), "hello");
  });

  test("[RFC 6347 §4.2.3] the pieces of a message are no larger than may be, and make up the whole", async () => {
    const parameters = { maxDatagram: 300 };
    const lab = await dtlsLab(1, { server: { credentials: certificateServer, parameters } });
    const seen = watch(lab);
    await lab.connect({ credentials: certificateClient, parameters });
    for (const end of ["client", "server"] as const) {
      const parts = clearHandshakes(recordsFrom(seen, end));
      const numbers = new Set(parts.map(({ messageSeq }) => messageSeq));
      assert.ok(parts.length > numbers.size, `${end}: nothing was cut`);
      for (const number of numbers) {
        const own = parts.filter(({ messageSeq }) => messageSeq === number);
        let reached = 0;
        for (const { offset, fragment, length } of own) {
          assert.equal(offset, reached, `${end}: message ${number}`);
          assert.equal(length, own[0]?.length);
          reached += fragment.length;
        }
        assert.equal(reached, own[0]?.length, `${end}: message ${number}`);
      }
    }
    for (const { octets } of seen) assert.ok(octets.length <= parameters.maxDatagram);
  });

  test("[RFC 6347 §4.2.3] pieces are kept until the message is whole, in any order, overlapping or not", async () => {
    const lab = await dtlsLab(1, BY_CERTIFICATE);
    const between = await relay(lab, { toServer: overlapping, toClient: overlapping });
    const options = { credentials: certificateClient, to: between.address };
    const session = await lab.connect(options);
    assert.equal(
      session.handshakeMs,
      240,
      "three round trips of 80 ms: nothing had to be repeated",
    );
    assert.equal(await echo(lab, session, "hello"), "hello");
  });
});

/** A handshake that may take long. */
function connectLater(lab: DtlsLab, options: Partial<ConnectOptions>): Promise<DtlsSession> {
  const all = { to: SERVER_ADDRESS, credentials: pskClient, timeoutMs: 2 * TWICE_MSL, ...options };
  return lab.network.settle(connectDtls(lab.clientHost, all), 2 * TWICE_MSL);
}

describe("repetition", () => {
  test("[RFC 6347 §4.2.4] a server answers a client that repeats its last flight, for twice the MSL", async () => {
    const lab = await dtlsLab(1);
    const between = await relay(lab);
    const begun = lab.clientHost.clock.now();
    const isLate = (): boolean => lab.clientHost.clock.now() - begun > TWICE_MSL - 10_000;
    between.rules.toClient = (datagram) => (hasProof(datagram) && !isLate() ? [] : [datagram]);
    const session = await connectLater(lab, { to: between.address });
    assert.ok(session.handshakeMs > TWICE_MSL - 10_000, `${session.handshakeMs} ms`);
    assert.ok(session.handshakeMs < TWICE_MSL, `${session.handshakeMs} ms`);
    assert.equal(lab.sessions.length, 1);
    assert.equal(await echo(lab, session, "hello"), "hello");
  });

  test("[RFC 6347 §4.2.4] a client that resumes answers a server that repeats its flight, for twice the MSL", async () => {
    const parameters = { handshakeTimeoutMs: 2 * TWICE_MSL };
    // By session id, and so with a cookie: a server that has not proved the address does not repeat itself.
    const server = { parameters, resumption: { tickets: false } };
    const lab = await dtlsLab(1, { server });
    const resumption = { store: new MemorySessionStore(), server: "the server" };
    await lab.connect({ resumption });
    const between = await relay(lab);
    const begun = lab.clientHost.clock.now();
    const isLate = (): boolean => lab.clientHost.clock.now() - begun > TWICE_MSL - 10_000;
    between.rules.toServer = (datagram) =>
      taken(datagram).records.some(({ epoch }) => epoch === 1) && !isLate() ? [] : [datagram];
    const session = await lab.connect({ resumption, to: between.address });
    assert.equal(session.security.resumed, true);
    await lab.network.run({ until: () => lab.sessions.length === 2, limit: 2 * TWICE_MSL });
    assert.equal(lab.sessions[1]?.security.resumed, true);
    assert.ok(lab.clientHost.clock.now() - begun < TWICE_MSL);
    assert.equal(await echo(lab, session, "hello"), "hello");
  });

  test("[RFC 6347 §4.2.4] what a server says is not handed on before its Finished has come", async () => {
    const onSession = (session: DtlsSession): void => session.send(encode("early"));
    const lab = await dtlsLab(1, { server: { onSession } });
    const between = await relay(lab);
    let finishedAt = 0;
    between.rules.toClient = (datagram) => {
      if (!hasProof(datagram) || finishedAt > 0) return [datagram];
      finishedAt = lab.clientHost.clock.now() + 100;
      lab.clientHost.clock.after(100, () => between.inject("client", datagram));
      return [];
    };
    const heard: string[] = [];
    const message = (data: Uint8Array): unknown =>
      heard.push(`${decode(data)} ${lab.clientHost.clock.now() >= finishedAt}`);
    const onMaySend = (early: DtlsSession): void => early.listen({ message, closed: () => {} });
    // So patient that nothing is repeated meanwhile.
    const parameters = { timeoutRoundTrips: 10 };
    const session = await lab.connect({ to: between.address, onMaySend, parameters });
    assert.equal(session.handshakeMs, 340, "the Finished came late, the data in time");
    await lab.network.run({ for: 1 });
    assert.deepEqual(heard, ["early true"]);
  });

  test("[RFC 6347 §4.2.4] what a client says is not handed on before its Finished has come", async () => {
    const lab = await dtlsLab(1);
    const between = await relay(lab);
    let proof: Uint8Array | undefined;
    between.rules.toServer = (datagram) => {
      const { records } = taken(datagram);
      const isData = ({ epoch, sequence }: DtlsRecord): boolean => epoch === 1 && sequence === 1;
      if (!records.some(isData) || proof) return proof ? [] : [datagram];
      proof = rewritten(datagram, (record) => (isData(record) ? [] : [record]));
      return [
        rewritten(datagram, (record) => (record.epoch === 1 && !isData(record) ? [] : [record])),
      ];
    };
    const onMaySend = (early: DtlsSession): void => early.send(encode("early"));
    lab.clientHost.clock.after(1000, () => {
      assert.ok(proof, "data went with the Finished");
      assert.equal(lab.sessions.length, 0);
      between.rules.toServer = (datagram) => [datagram];
      between.inject("server", proof);
    });
    const session = await lab.connect({ to: between.address, onMaySend });
    assert.ok(session.handshakeMs >= 1000);
    assert.equal(lab.sessions.length, 1);
  });

  test("[RFC 6347 §4.2.5] no Finished goes without its ChangeCipherSpec, however often it is repeated", async () => {
    let repeated = 0;
    for (let seed = 0; seed < 20; seed += 1) {
      const lab = await dtlsLab(seed, { path: { loss: 0.4 } });
      const seen = watch(lab);
      await lab.connect({ connectionId: false, timeoutMs: 59_000 });
      for (const end of ["client", "server"] as const) {
        const ends = recordsFrom(seen, end).filter(
          (record) => record.type === ContentType.changeCipherSpec || isProof(record),
        );
        const types = ends.map(({ type }) => type);
        const pair = [ContentType.changeCipherSpec, ContentType.handshake];
        assert.deepEqual(
          types,
          types.flatMap((_, i) => (i % 2 === 0 ? pair : [])),
          `seed ${seed}`,
        );
        repeated += types.length > 2 ? 1 : 0;
      }
    }
    assert.ok(repeated > 0, "nothing was ever repeated");
  });
});

/** The messages of one end in the clear, put together. */
function messagesOf(seen: readonly Sent[], end: Sent["from"]): readonly HandshakeMessage[] {
  const reassembly = new Reassembly(0, { messages: 32, octets: 16_384 });
  for (const part of clearHandshakes(recordsFrom(seen, end))) reassembly.take(part, 0);
  const messages: HandshakeMessage[] = [];
  for (let next = reassembly.next(); next; next = reassembly.next()) messages.push(next);
  return messages;
}

describe("what is proved", () => {
  for (const maxDatagram of [1232, 300]) {
    test(`[RFC 6347 §4.2.6] the Finished covers whole messages, sent in datagrams of ${maxDatagram}, and no cookie exchange`, async () => {
      const parameters = { maxDatagram };
      const lab = await dtlsLab(1, { server: { credentials: certificateServer, parameters } });
      const seen = watch(lab);
      let log = "";
      await lab.connect({
        credentials: certificateClient,
        parameters,
        connectionId: false,
        keyLog: (line) => (log = line),
      });
      const [first, ...client] = messagesOf(seen, "client");
      const [asked, ...server] = messagesOf(seen, "server");
      const [hello, ...proof] = client;
      assert.ok(first && asked && hello);
      assert.equal(asked.type, HandshakeType.helloVerifyRequest);
      const transcript = [hello, ...server, ...proof].map(transcriptForm);
      const said = finishedOf("client", seen, log);
      assert.deepEqual(said.body, expected("client", seen, log, transcript));
      const all = [first, asked].map(transcriptForm).concat(transcript);
      assert.notDeepEqual(said.body, expected("client", seen, log, all));
      const answer = finishedOf("server", seen, log);
      const then = [...transcript, transcriptForm(said)];
      assert.deepEqual(answer.body, expected("server", seen, log, then));
    });
  }
});

/** The Finished of one end, opened with its key log. */
function finishedOf(
  end: "client" | "server",
  seen: readonly Sent[],
  log: string,
): HandshakeMessage & { readonly body: Uint8Array } {
  const record = recordsFrom(seen, end).find(isProof);
  assert.ok(record);
  const opened = inPlaceOf(end === "client" ? "server" : "client", log, seen).open(record);
  assert.ok(opened.tag === "ok");
  const [whole] = splitHandshakeRecord(opened.fragment);
  assert.ok(whole?.type === HandshakeType.finished);
  return { type: whole.type, messageSeq: whole.messageSeq, epoch: 1, body: whole.fragment };
}

function expected(
  end: "client" | "server",
  seen: readonly Sent[],
  log: string,
  transcript: readonly Uint8Array[],
): Uint8Array {
  const hello = bodyOf(recordsFrom(seen, "server"), HandshakeType.serverHello);
  const suite = hello && suiteById(decodeServerHello(hello).cipherSuite);
  assert.ok(suite);
  return verifyData(suite, Buffer.from(log.split(" ")[2] ?? "", "hex"), end, transcript);
}

describe("a new association at the address of another", () => {
  test("[RFC 6347 §4.2.8] neither a ClientHello nor a cookie exchange ends the one that is there", async () => {
    const lab = await dtlsLab(1);
    const between = await relay(lab);
    const first = await lab.connect({ to: between.address });
    // The new client gets as far as its cookie; its proof never arrives.
    const { toServer } = between.rules;
    for (const cookies of [0, 1]) {
      let hellos = 0;
      between.rules.toServer = (datagram) => {
        const isHello = clearHandshakes(taken(datagram).records).some(
          ({ type }) => type === HandshakeType.clientHello,
        );
        hellos += isHello ? 1 : 0;
        return isHello && hellos <= 1 + cookies ? [datagram] : [];
      };
      await assert.rejects(lab.connect({ to: between.address, timeoutMs: 2000 }));
      between.rules.toServer = toServer;
      assert.equal(lab.server.statistics.handshakes, 1 + cookies);
      assert.equal(await echo(lab, first, "hello"), "hello");
    }
    assert.deepEqual(lab.log, ["opened"]);
  });

  for (const connectionId of [true, false]) {
    test(`[RFC 6347 §4.2.8] a Finished that holds ends it, ${connectionId ? "with" : "without"} connection ids`, async () => {
      const lab = await dtlsLab(1);
      const between = await relay(lab);
      const options = { to: between.address, connectionId };
      const first = await lab.connect(options);
      const second = await lab.connect(options);
      assert.deepEqual(lab.log, ["opened", "the client began a new session", "opened"]);
      assert.equal(await echo(lab, first, "one"), undefined);
      assert.equal(await echo(lab, second, "two"), "two");
    });
  }
});
