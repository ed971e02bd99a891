/** Connection ids. */
import assert from "node:assert/strict";
import { createDecipheriv } from "node:crypto";
import { describe, test } from "node:test";
import type { ConnectOptions } from "../../agent/dtls/client.ts";
import { createAead } from "../../agent/dtls/crypto/aead.ts";
import type { ConnectionIds } from "../../agent/dtls/handshake.ts";
import { RecordLayer } from "../../agent/dtls/record-layer.ts";
import type { DtlsSession } from "../../agent/dtls/session.ts";
import { MemorySessionStore } from "../../agent/dtls/stored-session.ts";
import { usageLimitsOf } from "../../agent/dtls/usage-limits.ts";
import type { Packet } from "../../agent/net/simulated/packet.ts";
import { ExtensionType, type Extension } from "../../agent/wire/dtls/extensions.ts";
import { HandshakeType } from "../../agent/wire/dtls/handshake.ts";
import {
  decodeInnerPlaintext,
  encodeInnerPlaintext,
} from "../../agent/wire/dtls/inner-plaintext.ts";
import { ContentType, encodeRecord, splitDatagram } from "../../agent/wire/dtls/record.ts";
import { decodeServerHello } from "../../agent/wire/dtls/server-hello.ts";
import {
  dtlsLab,
  echo,
  octetsOf,
  onArrival,
  SERVER_ADDRESS,
  type DtlsLab,
} from "../support/dtls-lab.ts";
import {
  clientContext,
  converse,
  effect,
  pskClient,
  pskServer,
  serverContext,
} from "../unit/dtls/server-lab.ts";
import { inPlaceOf } from "./insider.ts";
import { bodyOf, clientHellos, recordsFrom, relay, watch, type Sent } from "./wire-view.ts";

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const NONE = new Uint8Array();
/** Where nobody is. */
const FORGED = { family: 4, host: "192.0.2.7", port: 7 } as const;

function extensionIn(extensions: readonly Extension[]): Uint8Array | undefined {
  return extensions.find(({ type }) => type === ExtensionType.connectionId)?.data;
}

/** The data of both ends' extension, in a handshake that was watched. */
function negotiated(seen: readonly Sent[]): readonly (Uint8Array | undefined)[] {
  const [hello] = clientHellos(seen);
  const body = bodyOf(recordsFrom(seen, "server"), HandshakeType.serverHello);
  assert.ok(hello && body);
  return [extensionIn(hello.extensions), extensionIn(decodeServerHello(body).extensions)];
}

/** Content types of what one end sent under keys. */
function protectedTypes(seen: readonly Sent[], end: Sent["from"]): readonly number[] {
  const types = recordsFrom(seen, end).flatMap(({ epoch, type }) => (epoch > 0 ? [type] : []));
  return [...new Set(types)];
}

describe("negotiation", () => {
  test("[RFC 9146 §3] the extension holds a ConnectionId: an octet that says how long it is, and the id", async () => {
    const lab = await dtlsLab(1);
    const seen = watch(lab);
    await lab.connect();
    for (const hello of clientHellos(seen)) {
      assert.deepEqual([...(extensionIn(hello.extensions) ?? [])], [0], "none is needed here");
    }
    const [, theirs] = negotiated(seen);
    assert.ok(theirs && theirs.length > 1);
    assert.equal(theirs[0], theirs.length - 1);
    const ids = recordsFrom(seen, "client").flatMap(({ connectionId: id }) => (id ? [id] : []));
    assert.ok(ids.length > 0);
    for (const id of ids) assert.deepEqual(id, theirs.subarray(1));
  });

  for (const length of [1, 3, 20, 255]) {
    test(`[RFC 9146 §3] an id of ${length} octets is sent to a peer that wants it, by either end`, () => {
      const [long, own] = [new Uint8Array(length).fill(9), new Uint8Array(8).fill(5)];
      // Our server agrees to none of over 32 octets: what it says to an unproven address would be as long.
      const pairs = [[NONE, long] as const, ...(length <= 32 ? [[long, own] as const] : [])];
      for (const [client, server] of pairs) {
        const { client: up, server: down } = converse(
          clientContext(pskClient, { connectionId: client }),
          serverContext(pskServer, { connectionId: server }),
        );
        assert.deepEqual(effect(up, "keys").connectionIds, { read: client, write: server });
        assert.deepEqual(effect(down, "keys").connectionIds, { read: server, write: client });
      }
      const sealed = layer({ read: NONE, write: long }).seal(23, 1, encode("hello"));
      const [record] = splitDatagram(sealed, length).records;
      assert.deepEqual(record?.connectionId, long);
      const opened = record && layer({ read: long, write: NONE }).open(record);
      assert.ok(opened?.tag === "ok" && opened.type === 23);
      assert.deepEqual(Uint8Array.from(opened.fragment), encode("hello"));
    });
  }

  test("[RFC 9146 §3] a session that is resumed has its ids negotiated afresh", async () => {
    const lab = await dtlsLab(1);
    const options = { resumption: { store: new MemorySessionStore(), server: "the server" } };
    const ids: (Uint8Array | undefined)[] = [];
    for (const connectionId of [true, true, false]) {
      const seen = watch(lab);
      const session = await lab.connect({ ...options, connectionId });
      assert.equal(session.security.connectionId, connectionId);
      ids.push(negotiated(seen)[1]);
    }
    assert.ok(ids[0] && ids[1]);
    assert.notDeepEqual(ids[0], ids[1]);
    assert.equal(ids[2], undefined);
  });
});

/** Both directions under one key. */
function layer(connectionIds: ConnectionIds | undefined): RecordLayer {
  const side = () => ({
    aead: createAead("aes-128-gcm", new Uint8Array(16).fill(7)),
    fixedIv: new Uint8Array(4).fill(8),
  });
  const made = new RecordLayer(0);
  const limits = usageLimitsOf("aes-128-gcm");
  made.install({ read: side(), write: side(), explicitNonce: 8, connectionIds, limits });
  return made;
}

/** What that key opens of a record, with this in front of it. */
function openedByHand(record: Uint8Array, header: number, additionalData: string): Buffer {
  const explicit = record.subarray(header, header + 8);
  const nonce = Buffer.concat([new Uint8Array(4).fill(8), explicit]);
  const decipher = createDecipheriv("aes-128-gcm", Buffer.alloc(16, 7), nonce);
  decipher.setAAD(Buffer.from(additionalData, "hex")).setAuthTag(record.subarray(-16));
  const body = record.subarray(header + 8, -16);
  return Buffer.concat([decipher.update(body), decipher.final()]);
}

describe("records", () => {
  for (const [what, client, server] of [
    ["by neither end", { connectionId: false }, { connectionId: false }],
    ["by the client", { connectionId: false }, {}],
    ["by the server", {}, { connectionId: false }],
  ] as const) {
    test(`[RFC 9146 §3] not agreed on, ${what}: both directions have plain records`, async () => {
      const lab = await dtlsLab(1, { server });
      const seen = watch(lab);
      await echo(lab, await lab.connect(client), "hello");
      for (const end of ["client", "server"] as const) {
        const types = protectedTypes(seen, end);
        assert.deepEqual(types, [ContentType.handshake, ContentType.applicationData]);
      }
    });
  }

  test("[RFC 9146 §3] towards an end whose id is empty the records are plain ones", async () => {
    const lab = await dtlsLab(1);
    const seen = watch(lab);
    await echo(lab, await lab.connect(), "hello");
    const types = protectedTypes(seen, "server");
    assert.deepEqual(types, [ContentType.handshake, ContentType.applicationData]);
  });

  test("[RFC 9146 §3] towards an end that has an id everything under keys is tls12_cid, and nothing before", async () => {
    const lab = await dtlsLab(1);
    const seen = watch(lab);
    const session = await lab.connect();
    await echo(lab, session, "hello");
    session.close(); // an alert
    await lab.network.run({ for: 100 });
    assert.deepEqual(protectedTypes(seen, "client"), [ContentType.tls12Cid]);
    const clear = recordsFrom(seen, "client").filter(({ epoch }) => epoch === 0);
    assert.ok(clear.length > 0);
    assert.ok(clear.every(({ type }) => type !== ContentType.tls12Cid));
  });

  test("[RFC 9146 §3] a plain record where an id is expected is invalid, even under the right key", async () => {
    const { lab, log, seen, between, session } = await insideStory();
    const heard = listenTo(lab);
    const plain = inPlaceOf("client", log, seen).seal(23, 1, encode("plain"));
    between.inject("server", plain);
    const [, theirs = NONE] = negotiated(seen);
    const ids = { read: NONE, write: theirs.subarray(1) };
    const right = inPlaceOf("client", log, seen, ids).seal(23, 1, encode("with its id"));
    await lab.network.run({ for: 100 });
    assert.deepEqual(heard, []);
    between.inject("server", right);
    await lab.network.run({ for: 100 });
    assert.deepEqual(heard, ["with its id"]);
    session.close();
  });

  test("[RFC 9146 §5] a record with an id is authenticated with it, its length and the placeholder", () => {
    const id = Buffer.from("c1d2e3", "hex");
    const record = layer({ read: id, write: id }).seal(23, 1, encode("hello"));
    const aad = `${"ff".repeat(8)}190319fefd0001000000000000c1d2e30006`;
    assert.equal(openedByHand(record, 16, aad).toString("hex"), "68656c6c6f17");
    assert.equal(
      Buffer.from(record.subarray(0, 14)).toString("hex"),
      "19fefd0001000000000000c1d2e3",
    );
  });

  test("[RFC 9146 §5] a record without one is authenticated as ever", () => {
    for (const ids of [undefined, { read: Uint8Array.of(1), write: NONE }]) {
      const record = layer(ids).seal(23, 1, encode("hello"));
      const aad = "000100000000000017fefd0005";
      assert.equal(openedByHand(record, 13, aad).toString(), "hello");
    }
  });

  test("[RFC 9146 §5] the inner plaintext does not pass 2^14 octets", async () => {
    const parameters = { maxDatagram: 40_000 };
    const lab = await dtlsLab(1, { path: { mtu: 65_535 }, server: { parameters } });
    const session = await lab.connect({ parameters });
    const seen = watch(lab);
    session.send(new Uint8Array(session.maxMessage));
    const [record] = recordsFrom(seen, "client");
    const inner = (record?.fragment.length ?? 0) - 8 - 16;
    assert.ok(inner > 2 ** 13 && inner <= 2 ** 14, `${inner} octets`);
  });

  test("[RFC 9146 §4] the id has one octet or more, the real type is inside, and padding is taken off", () => {
    const id = Uint8Array.of(1);
    const fragment = encode("hello");
    const cid = { type: ContentType.tls12Cid, version: 0xfefd, epoch: 1, sequence: 0, fragment };
    assert.throws(() => encodeRecord({ ...cid, connectionId: NONE }), { name: "WireError" });
    assert.equal(splitDatagram(encodeRecord({ ...cid, connectionId: id }), 0).faulty, true);
    const inner = encodeInnerPlaintext(ContentType.alert, Uint8Array.of(1, 0), 40);
    const { type, content } = decodeInnerPlaintext(inner);
    assert.equal(type, ContentType.alert);
    assert.deepEqual([...content], [1, 0]);
    assert.throws(() => decodeInnerPlaintext(new Uint8Array(40)), { name: "WireError" });
  });
});

/** A session through a relay, with its key log. */
async function insideStory(options: Partial<ConnectOptions> = {}) {
  const lab = await dtlsLab(1);
  const between = await relay(lab);
  const seen = watch(lab);
  let log = "";
  const keyLog = (line: string): void => void (log = line);
  const session = await lab.connect({ to: between.address, keyLog, ...options });
  return { lab, between, seen: [...seen], log, session };
}

/** What the server hears from now on. */
function listenTo(lab: DtlsLab): readonly string[] {
  const heard: string[] = [];
  const message = (data: Uint8Array): unknown => heard.push(new TextDecoder().decode(data));
  lab.sessions[0]?.listen({ message, closed: () => {} });
  return heard;
}

const isToServer = ({ to }: Packet): boolean => to.port === SERVER_ADDRESS.port;

/** Types of the records that go to the forged address, unless told to another port. */
function sentTo(lab: DtlsLab, port: number = FORGED.port): readonly number[] {
  const types: number[] = [];
  lab.network.trace = ({ packet, fate }) => {
    if (fate === "delivered" || packet.to.port !== port) return;
    types.push(...splitDatagram(octetsOf(packet)).records.map(({ type }) => type));
  };
  return types;
}

/** Has a session say something, and gives the datagram, which does not arrive. */
async function stolen(lab: DtlsLab, session: DtlsSession, text: string): Promise<Uint8Array> {
  let datagram: Uint8Array | undefined;
  lab.network.trace = ({ packet }) => (datagram = octetsOf(packet).slice());
  session.listen({ message: () => {}, closed: () => {} });
  lab.link.set({ aToB: { loss: 1 } });
  session.send(encode(text));
  lab.link.set({ aToB: { loss: 0 } });
  lab.network.trace = undefined;
  await lab.network.run({ for: 1 });
  assert.ok(datagram);
  return datagram;
}

describe("the peer's address", () => {
  test("[RFC 9146 §6] is replaced when a newer record that authenticates has come, and the new one is proved", async () => {
    const lab = await dtlsLab(1);
    const session = await lab.connect();
    const port = lab.clientHost.rebind(session.local.port);
    const types = sentTo(lab, port);
    assert.equal(await echo(lab, session, "hello"), "hello");
    assert.equal(types[0], ContentType.returnRoutabilityCheck, "before anything else");
    assert.equal(lab.sessions[0]?.peer.port, port);
    assert.deepEqual(lab.log, ["opened", `moved to ${port}`]);
  });

  test("[RFC 9146 §6] is not replaced by a record that does not authenticate, which gets no answer", async () => {
    const lab = await dtlsLab(1);
    const session = await lab.connect();
    const datagram = await stolen(lab, session, "hello");
    const types = sentTo(lab);
    for (let at = 11; at < datagram.length; at += 1) {
      const data = datagram.slice();
      data[at] = (data[at] ?? 0) ^ 1;
      lab.serverHost.receive({ from: FORGED, to: SERVER_ADDRESS, body: { tag: "udp", data } });
    }
    await lab.network.run({ for: 10_000 });
    assert.deepEqual(types, []);
    lab.network.trace = undefined;
    assert.equal(await echo(lab, session, "still here"), "still here");
    assert.deepEqual(lab.log, ["opened"]);
  });

  for (const [what, replayed] of [
    ["one that has come before", true],
    ["an older one, which is handed on all the same", false],
  ] as const) {
    test(`[RFC 9146 §6] is not replaced by a record that is not newer: ${what}`, async () => {
      const lab = await dtlsLab(1);
      const session = await lab.connect();
      const data = await stolen(lab, session, "older");
      const body = { tag: "udp", data } as const;
      if (replayed) {
        const from = { ...FORGED, port: session.local.port };
        lab.serverHost.receive({
          from,
          to: SERVER_ADDRESS,
          body: { tag: "udp", data: data.slice() },
        });
        await lab.network.run({ for: 100 });
      }
      assert.equal(await echo(lab, session, "newer"), "newer");
      const heard = listenTo(lab);
      const types = sentTo(lab);
      lab.serverHost.receive({ from: FORGED, to: SERVER_ADDRESS, body });
      await lab.network.run({ for: 10_000 });
      assert.deepEqual(heard, replayed ? [] : ["older"]);
      assert.deepEqual(types, []);
      assert.deepEqual(lab.log, ["opened"]);
    });
  }

  test("[RFC 9146 §6] is not replaced by one that cannot answer: it is only asked, few times", async () => {
    const lab = await dtlsLab(1);
    const session = await lab.connect();
    const data = await stolen(lab, session, "hello");
    const types = sentTo(lab);
    lab.serverHost.receive({ from: FORGED, to: SERVER_ADDRESS, body: { tag: "udp", data } });
    await lab.network.run({ for: 60_000 });
    assert.ok(types.length > 0 && types.length <= 4, `${types.length} challenges`);
    assert.deepEqual([...new Set(types)], [ContentType.returnRoutabilityCheck]);
    lab.network.trace = undefined;
    assert.equal(await echo(lab, session, "still here"), "still here");
    assert.deepEqual(lab.log, ["opened"]);
  });

  test("[RFC 9146 §6] records that are bad or invalid are discarded in silence", async () => {
    const lab = await dtlsLab(1);
    const session = await lab.connect();
    const seen: Uint8Array[] = [];
    onArrival(lab, (packet) => {
      if (isToServer(packet)) seen.push(octetsOf(packet).slice());
    });
    assert.equal(await echo(lab, session, "hello"), "hello");
    const [datagram] = seen;
    const from = lab.sessions[0]?.peer;
    assert.ok(datagram && from);
    const answers = sentTo(lab, from.port);
    for (let at = 0; at < datagram.length; at += 1) {
      const data = datagram.slice();
      data[at] = (data[at] ?? 0) ^ 0x80;
      lab.serverHost.receive({ from, to: SERVER_ADDRESS, body: { tag: "udp", data } });
      const body = { tag: "udp", data: data.slice(0, at) } as const;
      lab.serverHost.receive({ from, to: SERVER_ADDRESS, body });
    }
    await lab.network.run({ for: 1000 });
    assert.deepEqual(answers, []);
    lab.network.trace = undefined;
    assert.equal(await echo(lab, session, "still here"), "still here");
  });
});
