import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Association, type AssociationDeps } from "../../../agent/dtls/association.ts";
import type { Agreement, AssociationOwner } from "../../../agent/dtls/association-owner.ts";
import { availableSuites } from "../../../agent/dtls/cipher-suites.ts";
import { clientMachine, serverMachine } from "../../../agent/dtls/handshake-machine.ts";
import { openingHello } from "../../../agent/dtls/opening-hello.ts";
import { DEFAULT_PARAMETERS } from "../../../agent/dtls/parameters.ts";
import type { DtlsError } from "../../../agent/dtls/session.ts";
import { usageLimitsOf, type UsageLimits } from "../../../agent/dtls/usage-limits.ts";
import type { Address } from "../../../agent/net/ports.ts";
import { AlertDescription } from "../../../agent/wire/dtls/alert.ts";
import { RrcType } from "../../../agent/wire/dtls/path-check.ts";
import { ContentType, splitDatagram, type DtlsRecord } from "../../../agent/wire/dtls/record.ts";
import { pskClient, pskServer } from "../../support/dtls-credentials.ts";
import { seeded } from "../../support/seeded.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

const PEER: Address = { family: 4, host: "192.0.2.1", port: 1 };

/** Datagrams under way, as no end hears the other while it speaks. */
const underWay: (() => void)[] = [];

/** Everything arrives. */
function settle(): void {
  for (let arrive = underWay.shift(); arrive; arrive = underWay.shift()) arrive();
}

/** One end as its owner sees it. */
class End implements AssociationOwner {
  readonly received: Uint8Array[] = [];
  /** Of every datagram sent, its octets; it goes no further once `cut`. */
  readonly sent: Uint8Array[] = [];
  agreement: Agreement | undefined;
  reason: DtlsError | undefined;
  other: Association | undefined;
  cut = false;
  /** Times that it was told to forget what is kept of the peer. */
  disowned = 0;
  /** What becomes of each record on its way. */
  alter = (record: DtlsRecord): DtlsRecord => record;

  send(datagram: Uint8Array): void {
    this.sent.push(datagram.slice());
    if (this.cut) return;
    underWay.push(() => {
      for (const record of splitDatagram(datagram).records) {
        this.other?.receive(this.alter(record), PEER);
      }
    });
  }

  established(agreement: Agreement): void {
    this.agreement = agreement;
  }

  data(payload: Uint8Array): void {
    this.received.push(payload.slice());
  }

  ended(reason: DtlsError): void {
    this.reason = reason;
  }
}

/** Both ends with a session, on a clock of their own. */
function session(limits: Partial<UsageLimits>) {
  const ends = shakeHands(limits);
  assert.ok(ends.client.agreement && ends.server.agreement);
  return ends;
}

/** Both ends, with a session if nothing is in the way of it. */
function shakeHands(limits: Partial<UsageLimits>, alter?: End["alter"]) {
  const clock = new VirtualClock();
  const limitsOf: typeof usageLimitsOf = (aead) => ({ ...usageLimitsOf(aead), ...limits });
  const deps: AssociationDeps = { clock, parameters: DEFAULT_PARAMETERS, limitsOf };
  const context = {
    random: seeded(1),
    wallTime: () => clock.wallTime(),
    suites: availableSuites(new Set(["ecdhe_psk"])),
    groups: [29] as const,
    connectionId: undefined,
  };
  const [client, server] = [new End(), new End()];
  const machine = clientMachine(
    {
      ...context,
      credentials: pskClient,
      host: undefined,
      resume: undefined,
      credentialName: undefined,
      falseStart: false,
    },
    () => (client.disowned += 1),
  );
  const up = new Association(deps, machine, { firstSequence: 0, nextMessage: 0 }, client);
  client.cut = true;
  up.start();
  const [first] = splitDatagram(client.sent[0] ?? new Uint8Array()).records;
  const opening = first && openingHello(first);
  assert.ok(opening);
  const down = new Association(
    deps,
    serverMachine(opening.hello, opening.message, { ...context, credentials: pskServer }),
    { firstSequence: 0, nextMessage: 1 },
    server,
  );
  client.cut = false;
  client.other = down;
  server.other = up;
  server.alter = alter ?? server.alter;
  down.start();
  settle();
  return { clock, client, server, up, down };
}

const TEXT = new TextEncoder().encode("hello");

describe("a key that is used up [RFC 9147 §4.5.3]", () => {
  test("records sealed: the session says goodbye and ends at both ends", () => {
    // The Finished was the first one.
    const { clock, client, server, up } = session({ sealed: 4 });
    for (let i = 0; i < 9; i += 1) up.send(TEXT);
    settle();
    assert.equal(server.received.length, 3);
    assert.equal(client.reason?.code, "dtls/closed");
    assert.match(client.reason?.message ?? "", /has protected as many records as it may/);
    assert.equal(server.reason?.message, "the peer closed the session");
    assert.equal(clock.pending, 0);
  });

  test("records that do not authenticate: the session ends, and its owner knows why", () => {
    const { client, server, up, down } = session({ forged: 3 });
    client.cut = true;
    up.send(TEXT);
    const [record] = splitDatagram(client.sent.at(-1) ?? new Uint8Array()).records;
    assert.ok(record);
    for (const sequence of [100, 101]) down.receive({ ...record, sequence }, PEER);
    assert.equal(down.receive(record, PEER), true, "still open");
    down.receive({ ...record, sequence: 102 }, PEER);
    settle();
    assert.equal(server.reason?.code, "dtls/closed");
    assert.match(server.reason?.message ?? "", /too many forged records/);
    assert.equal(client.reason?.message, "the peer closed the session");
  });
});

describe("what the end of a session leaves", () => {
  test("a closed one sends nothing, takes nothing, and has no timer", () => {
    const { clock, client, up, down } = session({});
    client.cut = true;
    up.send(TEXT);
    const datagram = client.sent.at(-1) ?? new Uint8Array();
    down.close();
    up.close();
    const { length } = client.sent;
    up.send(TEXT);
    up.close();
    assert.equal(client.sent.length, length);
    for (const record of splitDatagram(datagram).records) {
      assert.equal(down.receive(record, PEER), false);
    }
    assert.equal(clock.pending, 0);
  });
});

describe("what is kept of the peer, once it ends the session [RFC 5246 §7.2.2]", () => {
  for (const [what, level, disowned] of [
    ["by a fatal alert: is to be forgotten", 2, 1],
    ["by a goodbye: stays", 1, 0],
  ] as const) {
    test(what, () => {
      const { client, down } = session({});
      down.close(level, level === 2 ? AlertDescription.internalError : undefined);
      settle();
      assert.ok(client.reason);
      assert.equal(client.disowned, disowned);
    });
  }
});

describe("what is no ChangeCipherSpec [RFC 5246 §7.1]", () => {
  for (const [what, body] of [
    ["2", [2]],
    ["two octets", [1, 1]],
    ["nothing", []],
  ] as const) {
    test(`${what}: the Finished after it does not count`, () => {
      const { client, up, down } = shakeHands({}, (record) =>
        record.type === ContentType.changeCipherSpec && record.epoch === 0
          ? { ...record, fragment: Uint8Array.from(body) }
          : record,
      );
      assert.equal(client.agreement, undefined);
      for (const end of [up, down]) end.close();
    });
  }
});

test("a path challenge is answered only where both ends agreed on such [RFC 9853]", () => {
  const { client, server, up, down } = session({});
  assert.equal(server.agreement?.returnRoutability, false);
  const { length } = server.sent;
  up.sendPathCheck({ type: RrcType.pathChallenge, cookie: new Uint8Array(8) }, PEER);
  settle();
  assert.equal(server.sent.length, length);
  assert.equal(down.dropped, 1);
  assert.equal(client.reason, undefined);
});
