/** The record layer. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { cipherSuites } from "../../agent/dtls/cipher-suites.ts";
import type { DtlsSession } from "../../agent/dtls/session.ts";
import { usageLimitsOf } from "../../agent/dtls/usage-limits.ts";
import { concatBytes } from "../../agent/wire/bytes.ts";
import { decodeAlert } from "../../agent/wire/dtls/alert.ts";
import { encodeHandshakeFragment, HandshakeType } from "../../agent/wire/dtls/handshake.ts";
import { ContentType, encodeRecord, type DtlsRecord } from "../../agent/wire/dtls/record.ts";
import { certificateClient, certificateServer } from "../support/dtls-credentials.ts";
import { dtlsLab, echo, IDENTITY, SERVER_ADDRESS, type DtlsLab } from "../support/dtls-lab.ts";
import { inPlaceOf } from "./insider.ts";
import {
  greet,
  helloDatagram,
  recordsFrom,
  relay,
  rewritten,
  stranger,
  taken,
  watch,
  type Relay,
} from "./wire-view.ts";

const TEXT = (text: string): Uint8Array => new TextEncoder().encode(text);
const BY_CERTIFICATE = { server: { credentials: certificateServer } };

/** A session whose server notes what it hears, through a relay. */
async function listening(): Promise<{
  readonly lab: DtlsLab;
  readonly between: Relay;
  readonly session: DtlsSession;
  readonly heard: readonly string[];
}> {
  const heard: string[] = [];
  const onSession = (session: DtlsSession): void =>
    session.listen({
      message: (data) => heard.push(new TextDecoder().decode(data)),
      closed: (reason) => heard.push(reason.message),
    });
  const lab = await dtlsLab(1, { server: { onSession } });
  const between = await relay(lab);
  const session = await lab.connect({ to: between.address });
  return { lab, between, session, heard };
}

/** Has the client say so many things, none of which arrives, and gives their datagrams. */
async function heldBack(
  { lab, between, session }: Awaited<ReturnType<typeof listening>>,
  count: number,
): Promise<readonly Uint8Array[]> {
  const held: Uint8Array[] = [];
  const { toServer } = between.rules;
  between.rules.toServer = (datagram) => {
    held.push(datagram);
    return [];
  };
  for (let i = 0; i < count; i += 1) session.send(TEXT(`${i}`));
  await lab.network.run({ for: 100 });
  between.rules.toServer = toServer;
  assert.equal(held.length, count);
  return held;
}

describe("epochs and sequence numbers", () => {
  test("[RFC 6347 §4.1] no epoch and sequence number is used twice, however much is lost", async () => {
    for (let seed = 0; seed < 20; seed += 1) {
      const lab = await dtlsLab(seed, { path: { loss: 0.4, duplicate: 0.2 }, ...BY_CERTIFICATE });
      const seen = watch(lab);
      const session = await lab.connect({ credentials: certificateClient, timeoutMs: 59_000 });
      for (let i = 0; i < 5; i += 1) await echo(lab, session, `${i}`);
      for (const end of ["client", "server"] as const) {
        // The answer to the first ClientHello keeps its number, and so may the first after it. [§4.2.1]
        const numbers = recordsFrom(seen, end)
          .filter(({ version }) => version === 0xfefd)
          .map(({ epoch, sequence }) => `${epoch}/${sequence}`);
        assert.equal(new Set(numbers).size, numbers.length, `${end}, seed ${seed}`);
      }
    }
  });

  test("[RFC 6347 §4.1] until the handshake is done records of the old epoch are taken after those of the new", async () => {
    const lab = await dtlsLab(1);
    const backwards = (datagram: Uint8Array): readonly Uint8Array[] =>
      taken(datagram).records.map(encodeRecord).toReversed();
    const between = await relay(lab, { toServer: backwards, toClient: backwards });
    const session = await lab.connect({ to: between.address });
    assert.equal(
      session.handshakeMs,
      240,
      "three round trips of 80 ms: nothing had to be repeated",
    );
    assert.equal(await echo(lab, session, "hello"), "hello");
  });

  test("[RFC 6347 §4.1] before sequence numbers wrap the association is abandoned", async () => {
    for (const { aead, name } of cipherSuites) {
      assert.ok(usageLimitsOf(aead).sealed < 2 ** 48 - 1, name);
    }
    // In the clear ours follow the client's, which must leave room for all that a handshake may take.
    for (const sequence of [2 ** 48 - 1, 2 ** 47 + 1]) {
      const lab = await dtlsLab(1);
      const peer = await stranger(lab);
      assert.deepEqual(await peer.ask(helloDatagram({}, { sequence })), [], `${sequence}`);
    }
  });

  for (const [end, type] of [
    ["client", HandshakeType.clientHello],
    ["server", HandshakeType.helloRequest],
  ] as const) {
    test(`[RFC 6347 §4.1] the epoch does not wrap: a new handshake that the ${end} begins in a session is refused`, async () => {
      const lab = await dtlsLab(1);
      const between = await relay(lab);
      const seen = watch(lab);
      let log = "";
      const options = { to: between.address, connectionId: false };
      const session = await lab.connect({ ...options, keyLog: (line) => (log = line) });
      const insider = inPlaceOf(end, log, seen);
      const body = { length: 0, messageSeq: 0, offset: 0, fragment: new Uint8Array() };
      const message = encodeHandshakeFragment({ type, ...body });
      const other = end === "client" ? "server" : "client";
      const before = recordsFrom(seen, other).length;
      between.inject(other, insider.seal(ContentType.handshake, 1, message));
      await lab.network.run({ for: 100 });
      const [answer, ...more] = recordsFrom(seen, other).slice(before);
      assert.ok(answer && more.length === 0);
      assert.equal(answer.epoch, 1);
      const opened = insider.open(answer);
      assert.ok(opened.tag === "ok" && opened.type === ContentType.alert);
      assert.deepEqual(decodeAlert(opened.fragment), { level: 1, description: 100 });
      assert.equal(await echo(lab, session, "hello"), "hello");
    });
  }
});

describe("records and datagrams", () => {
  test("[RFC 6347 §4.1.1] every record fits in a single datagram, however small that is", async () => {
    for (const maxDatagram of [200, 548, 1232]) {
      const parameters = { maxDatagram };
      const lab = await dtlsLab(1, { server: { credentials: certificateServer, parameters } });
      const seen = watch(lab);
      const session = await lab.connect({ credentials: certificateClient, parameters });
      const most = "x".repeat(session.maxMessage);
      assert.equal(await echo(lab, session, most), most);
      for (const { octets, whole } of seen) {
        assert.ok(whole, "a datagram of whole records");
        assert.ok(octets.length <= maxDatagram, `${octets.length} of ${maxDatagram} octets`);
      }
    }
  });

  test("[RFC 6347 §4.1.1.1] no record passes 2^14 octets, however large datagrams may be, and the layer above is told", async () => {
    const parameters = { maxDatagram: 40_000 };
    const lab = await dtlsLab(1, { path: { mtu: 65_535 }, server: { parameters } });
    for (const connectionId of [true, false]) {
      const session = await lab.connect({ parameters, connectionId });
      const most = "x".repeat(session.maxMessage);
      assert.ok(most.length <= 2 ** 14, `${most.length} octets`);
      assert.equal(await echo(lab, session, most), most);
      const more = new Uint8Array(2 ** 14 + 1);
      assert.throws(() => session.send(more), { code: "dtls/too-large" });
    }
  });

  test("[RFC 6347 §4.1.1.1] what does not fit, and a port that is unreachable, the layer above is told", async () => {
    const lab = await dtlsLab(1);
    const session = await lab.connect();
    const tooLarge = { code: "dtls/too-large" };
    assert.throws(() => session.send(new Uint8Array(session.maxMessage + 1)), tooLarge);
    const nobody = { ...SERVER_ADDRESS, port: 9 };
    await assert.rejects(lab.connect({ to: nobody }), { code: "dtls/refused" });
  });
});

describe("protection", () => {
  test("[RFC 6347 §4.1.2.1] a bad record in a session gets no alert and ends nothing", async () => {
    const made = await listening();
    const { lab, between, session, heard } = made;
    const [held] = await heldBack(made, 1);
    assert.ok(held);
    const seen = watch(lab);
    for (let at = 21; at < held.length; at += 1) {
      between.inject("server", altered(held, at));
    }
    await lab.network.run({ for: 1000 });
    assert.deepEqual(recordsFrom(seen, "server"), []);
    session.send(TEXT("still here"));
    await lab.network.run({ for: 100 });
    assert.deepEqual(heard, ["still here"]);
  });

  test("[RFC 6347 §4.1.2.7] the alert upon a proof that does not open is fatal", async () => {
    const lab = await dtlsLab(1);
    const seen = watch(lab);
    const credentials = { type: "psk", identity: IDENTITY, key: TEXT("another key") } as const;
    await assert.rejects(lab.connect({ credentials }), { code: "dtls/authentication" });
    const alerts = recordsFrom(seen, "server").filter(({ type }) => type === ContentType.alert);
    assert.ok(alerts.length > 0);
    for (const { fragment } of alerts) assert.equal(decodeAlert(fragment).level, 2);
  });

  test("[RFC 6347 §4.1.2.7] records that make no sense are dropped in silence, before and in a session", async () => {
    const { lab, between, session, heard } = await listening();
    const peer = await stranger(lab);
    const seen = watch(lab);
    for (const nonsense of [
      "00",
      "16fefd0000000000000000",
      "16fefd0000000000000000ffff00", // longer than its datagram
      "16fefd00000000000000000000", // nothing in it
      "16030300000000000000000001ff", // TLS
      "63fefd00000000000000000001ff", // of no known type
      "15fefd00000000000000000002ff28", // an alert of no known level
      "16fefd000000000000000000100100ffff000000000000000000ff", // a handshake header that lies
      "17fefd0001000000000001001000112233445566778899aabbccddeeff",
      "19fefd000100000000000100112233445566770010000102030405060708090a0b0c0d0e0f",
    ]) {
      const datagram = Buffer.from(nonsense, "hex");
      assert.deepEqual(await peer.ask(datagram), [], nonsense);
      between.inject("server", datagram);
      between.inject("client", datagram);
      await lab.network.run({ for: 100 });
    }
    assert.deepEqual(recordsFrom(seen, "server"), []);
    session.send(TEXT("still here"));
    await lab.network.run({ for: 100 });
    assert.deepEqual(heard, ["still here"]);
  });

  test("[RFC 6347 §4.1.2.2] RC4 is neither offered nor taken", async () => {
    const RC4 = [0x0004, 0x0005, 0x008a, 0x008e, 0x0092, 0xc002, 0xc007, 0xc00c, 0xc011, 0xc033];
    assert.ok(cipherSuites.every(({ id, name }) => !RC4.includes(id) && !name.includes("RC4")));
    const lab = await dtlsLab(1);
    const { hello, alert } = await greet(lab, { cipherSuites: RC4 });
    assert.equal(hello, undefined);
    assert.deepEqual(alert, { level: 2, description: 40 });
  });
});

/** With one bit the other way. */
function altered(datagram: Uint8Array, at: number): Uint8Array {
  const copy = datagram.slice();
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
}

describe("replay", () => {
  test("[RFC 6347 §4.1.2.6] a record that comes again is not taken again", async () => {
    const { lab, between, session, heard } = await listening();
    between.rules.toServer = (datagram) => [datagram, datagram.slice(), datagram.slice()];
    for (const text of ["one", "two"]) session.send(TEXT(text));
    await lab.network.run({ for: 100 });
    assert.deepEqual(heard, ["one", "two"]);
  });

  test("[RFC 6347 §4.1.2.6] nor in the other direction, nor much later", async () => {
    const lab = await dtlsLab(1);
    const between = await relay(lab);
    const session = await lab.connect({ to: between.address });
    const heard: string[] = [];
    session.listen({
      message: (data) => heard.push(new TextDecoder().decode(data)),
      closed: () => {},
    });
    const all: Uint8Array[] = [];
    between.rules.toClient = (datagram) => {
      all.push(datagram.slice());
      return [datagram];
    };
    for (let i = 0; i < 300; i += 1) session.send(TEXT(`${i}`));
    await lab.network.run({ for: 200 });
    assert.equal(heard.length, 300);
    for (const datagram of all) between.inject("client", datagram);
    await lab.network.run({ for: 200 });
    assert.equal(heard.length, 300);
  });

  test("[RFC 6347 §4.1.2.6] each session's window begins at zero", async () => {
    const { lab, between, session, heard } = await listening();
    for (let i = 0; i < 300; i += 1) session.send(TEXT("before"));
    await lab.network.run({ for: 100 });
    const seen = watch(lab);
    const next = await lab.connect({ to: between.address });
    next.send(TEXT("anew"));
    await lab.network.run({ for: 100 });
    const first = recordsFrom(seen, "client").find(({ epoch }) => epoch === 1);
    assert.equal(first?.sequence, 0);
    assert.equal(heard.at(-1), "anew");
  });

  for (const late of [31, 63]) {
    test(`[RFC 6347 §4.1.2.6] a record that ${late} others have overtaken is taken, once`, async () => {
      const made = await listening();
      const [first = new Uint8Array(), ...others] = await heldBack(made, late + 1);
      for (const datagram of others) made.between.inject("server", datagram);
      await made.lab.network.run({ for: 100 });
      assert.equal(made.heard.length, late);
      for (let i = 0; i < 3; i += 1) made.between.inject("server", first.slice());
      await made.lab.network.run({ for: 100 });
      assert.deepEqual(made.heard.slice(late), ["0"]);
    });
  }

  test("[RFC 6347 §4.1.2.6] a record that does not authenticate is dropped, and moves no window", async () => {
    const made = await listening();
    const { lab, between, heard } = made;
    const [first, second] = await heldBack(made, 2);
    assert.ok(first && second);
    const forged = (datagram: Uint8Array, by: number): Uint8Array =>
      rewritten(datagram, (record): readonly DtlsRecord[] => [
        { ...record, sequence: record.sequence + by },
      ]);
    // Far ahead of the window, and with the number of one that is still to come.
    for (const by of [1, 100, 1e6, 2 ** 40]) between.inject("server", forged(first, by));
    between.inject("server", concatBytes(second.subarray(0, -1), Uint8Array.of(0)));
    await lab.network.run({ for: 100 });
    assert.deepEqual(heard, []);
    between.inject("server", first);
    between.inject("server", second);
    await lab.network.run({ for: 100 });
    assert.deepEqual(heard, ["0", "1"]);
  });
});
