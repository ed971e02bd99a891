import assert from "node:assert/strict";
import { createCipheriv } from "node:crypto";
import { describe, test } from "node:test";
import { cipherSuites } from "../../../agent/dtls/cipher-suites.ts";
import { createAead, type AeadName } from "../../../agent/dtls/crypto/aead.ts";
import type { ConnectionIds } from "../../../agent/dtls/handshake.ts";
import { epochKeys } from "../../../agent/dtls/key-schedule.ts";
import { RecordLayer } from "../../../agent/dtls/record-layer.ts";
import { usageLimitsOf, type UsageLimits } from "../../../agent/dtls/usage-limits.ts";
import {
  ContentType,
  encodeRecord,
  splitDatagram,
  type DtlsRecord,
} from "../../../agent/wire/dtls/record.ts";

const MASTER = new Uint8Array(48).fill(1);
const RANDOMS = { clientRandom: new Uint8Array(32), serverRandom: new Uint8Array(32).fill(2) };
const NONE = new Uint8Array();
const ID = Uint8Array.of(0xc1, 0xd2, 0xe3);
const OTHER = Uint8Array.of(9, 9, 9);
const TEXT = new TextEncoder().encode("hello");

interface Wish {
  readonly aead?: AeadName;
  readonly limits?: Partial<UsageLimits>;
  /** The ids as the client has them; the server's are the other way round. */
  readonly ids?: ConnectionIds;
}

/** Both ends with the same keys. */
function pair(wish: Wish = {}): readonly [client: RecordLayer, server: RecordLayer] {
  const suite = cipherSuites.find(({ aead }) => aead === (wish.aead ?? "aes-128-gcm"));
  assert.ok(suite);
  const { client, server } = epochKeys(MASTER.slice(), { suite, ...RANDOMS });
  const common = {
    explicitNonce: suite.recordIvLength,
    limits: { ...usageLimitsOf(suite.aead), ...wish.limits },
  };
  const [a, b] = [new RecordLayer(0), new RecordLayer(0)];
  const { ids } = wish;
  a.install({ ...common, read: server, write: client, connectionIds: ids });
  const turned = ids && { read: ids.write, write: ids.read };
  b.install({ ...common, read: client, write: server, connectionIds: turned });
  return [a, b];
}

function only(datagram: Uint8Array, idLength = ID.length): DtlsRecord {
  const { records, faulty } = splitDatagram(datagram, idLength);
  const [record] = records;
  assert.ok(record && records.length === 1 && !faulty);
  return record;
}

const hex = (octets: Uint8Array): string => Buffer.from(octets).toString("hex");

const HAND_KEY = Buffer.alloc(16, 7);
const HAND_IV = Buffer.from("a0a1a2a3", "hex");

/** Both directions under one key, with one id. */
function byHand(): RecordLayer {
  const side = () => ({
    aead: createAead("aes-128-gcm", HAND_KEY),
    fixedIv: Uint8Array.from(HAND_IV),
  });
  const layer = new RecordLayer(0);
  layer.install({
    read: side(),
    write: side(),
    explicitNonce: 8,
    connectionIds: { read: ID, write: ID },
    limits: usageLimitsOf("aes-128-gcm"),
  });
  return layer;
}

/** The second record under that key, with this inner plaintext, field by field as [RFC 9146 §5.3] has them. */
function recordByHand(inner: string): Uint8Array {
  const additionalData = [
    "ffffffffffffffff", // seq_num_placeholder
    "19", // tls12_cid
    "03", // cid_length
    "19", // tls12_cid
    "fefd", // version
    "0001", // epoch
    "000000000001", // sequence_number
    "c1d2e3", // cid
    (inner.length / 2).toString(16).padStart(4, "0"), // length_of_DTLSInnerPlaintext
  ].join("");
  const number = "0001000000000001";
  const nonce = Buffer.concat([HAND_IV, Buffer.from(number, "hex")]);
  const cipher = createCipheriv("aes-128-gcm", HAND_KEY, nonce);
  cipher.setAAD(Buffer.from(additionalData, "hex"));
  const body = Buffer.concat([cipher.update(inner, "hex"), cipher.final(), cipher.getAuthTag()]);
  const length = (8 + body.length).toString(16).padStart(4, "0");
  const header = `19fefd${number}c1d2e3${length}`;
  return Buffer.concat([Buffer.from(`${header}${number}`, "hex"), body]);
}

describe("records with connection ids [RFC 9146 §4-5]", () => {
  test("the AEAD covers what the RFC lays out, in its order", () => {
    const layer = byHand();
    layer.seal(ContentType.applicationData, 1, TEXT); // so that the number is 1
    const sealed = layer.seal(ContentType.applicationData, 1, TEXT);
    assert.equal(hex(sealed), hex(recordByHand("68656c6c6f17")));
    assert.equal(layer.overhead, sealed.length - TEXT.length);
  });

  test("padding is taken off", () => {
    const opened = byHand().open(only(recordByHand("68656c6c6f17000000")));
    assert.ok(opened.tag === "ok");
    assert.deepEqual([opened.type, hex(opened.fragment)], [ContentType.applicationData, hex(TEXT)]);
  });

  test("nothing but padding is invalid", () => {
    assert.deepEqual(byHand().open(only(recordByHand("000000"))), { tag: "invalid" });
  });

  for (const { name, aead } of new Map(cipherSuites.map((suite) => [suite.aead, suite])).values()) {
    test(`${aead}: what is sealed is opened, the real type inside (${name})`, () => {
      const [client, server] = pair({ aead, ids: { read: NONE, write: ID } });
      const up = only(client.seal(ContentType.handshake, 1, TEXT));
      assert.equal(up.type, ContentType.tls12Cid);
      const opened = server.open(up);
      assert.ok(opened.tag === "ok");
      assert.deepEqual([opened.type, hex(opened.fragment)], [ContentType.handshake, hex(TEXT)]);
      // The other direction has no id: plain records. [RFC 9146 §3]
      const down = only(server.seal(ContentType.applicationData, 1, TEXT));
      assert.equal(down.type, ContentType.applicationData);
      assert.equal(client.open(down).tag, "ok");
    });
  }

  for (const [what, sender, receiver] of [
    ["a plain record where an id was agreed on", undefined, { read: ID, write: NONE }],
    ["an id where none was agreed on", { read: NONE, write: ID }, undefined],
    ["another one's id", { read: NONE, write: OTHER }, { read: ID, write: NONE }],
  ] as const) {
    test(`${what} is invalid, and no try to forge`, () => {
      const [client] = pair(sender ? { ids: sender } : {});
      const turned = receiver && { read: receiver.write, write: receiver.read };
      const [, server] = pair({ ...(turned ? { ids: turned } : {}), limits: { forged: 1 } });
      const record = only(client.seal(ContentType.applicationData, 1, TEXT));
      assert.deepEqual(server.open(record), { tag: "invalid" });
      assert.equal(server.usedUp, undefined);
    });
  }

  test("every part of a record is authenticated", () => {
    const [client, server] = pair({ ids: { read: NONE, write: ID } });
    const record = only(client.seal(ContentType.applicationData, 1, TEXT));
    for (const altered of [
      { ...record, version: 0xfeff },
      { ...record, sequence: record.sequence + 1 },
      { ...record, fragment: record.fragment.with(0, (record.fragment[0] ?? 0) ^ 1) },
      { ...record, fragment: record.fragment.with(9, (record.fragment[9] ?? 0) ^ 1) },
      { ...record, fragment: record.fragment.subarray(0, -1) },
    ]) {
      assert.equal(server.open(altered).tag, "bad");
    }
    assert.equal(server.open(record).tag, "ok");
  });
});

describe("numbers", () => {
  test("a record is newest once, and only if nothing newer came before it", () => {
    const [client, server] = pair();
    const [first, second, third] = [1, 2, 3].map(() =>
      only(client.seal(ContentType.applicationData, 1, TEXT)),
    );
    const newest = (record: DtlsRecord | undefined): unknown => {
      assert.ok(record);
      const opened = server.open(record);
      return opened.tag === "ok" ? opened.newest : opened.tag;
    };
    assert.deepEqual([second, first, second, third].map(newest), [true, false, "replayed", true]);
  });

  test("what is in the clear is never newest", () => {
    const [client, server] = pair();
    const record = only(client.seal(ContentType.handshake, 0, TEXT));
    const opened = server.open(record);
    assert.ok(opened.tag === "ok" && !opened.newest);
  });

  test("a forged number does not move the window", () => {
    const [client, server] = pair();
    const record = only(client.seal(ContentType.applicationData, 1, TEXT));
    assert.equal(server.open({ ...record, sequence: 2 ** 47 }).tag, "bad");
    assert.equal(server.open(record).tag, "ok");
  });
});

describe("how much a key is used [RFC 9147 §4.5.3]", () => {
  for (const [aead, sealed, forged] of [
    ["aes-128-gcm", 23_726_566, 2 ** 36],
    ["aes-256-gcm", 23_726_566, 2 ** 36],
    ["chacha20-poly1305", 2 ** 48 - 256, 2 ** 36],
    ["aes-128-ccm-8", 2 ** 23, 2 ** 20],
  ] as const) {
    test(aead, () => assert.deepEqual(usageLimitsOf(aead), { sealed, forged }));
  }

  test("records that were sealed are counted; those in the clear are not", () => {
    const [client] = pair({ limits: { sealed: 2 } });
    for (let i = 0; i < 5; i += 1) client.seal(ContentType.handshake, 0, TEXT);
    client.seal(ContentType.applicationData, 1, TEXT);
    assert.equal(client.usedUp, undefined);
    client.seal(ContentType.applicationData, 1, TEXT);
    assert.equal(client.usedUp, "sealed");
  });

  test("records that did not authenticate are counted; repetitions are not", () => {
    const [client, server] = pair({ limits: { forged: 2 } });
    const datagram = client.seal(ContentType.applicationData, 1, TEXT);
    const record = only(datagram);
    for (let i = 0; i < 5; i += 1) server.open(record);
    server.open({ ...record, sequence: 1 });
    assert.equal(server.usedUp, undefined);
    server.open({ ...record, sequence: 2 });
    assert.equal(server.usedUp, "forged");
  });

  test("without keys there is nothing to open, and nothing left of them", () => {
    const [client, server] = pair();
    const record = only(encodeRecord(only(client.seal(ContentType.applicationData, 1, TEXT))));
    server.wipe();
    assert.deepEqual(server.open(record), { tag: "no-keys" });
    assert.equal(server.usedUp, undefined);
  });
});
