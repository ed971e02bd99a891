import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { ServerSessionState } from "../../../agent/dtls/resumption.ts";
import type { PeerIdentity } from "../../../agent/dtls/session.ts";
import { SessionTickets } from "../../../agent/dtls/session-tickets.ts";
import { mutate, seeded } from "../../support/seeded.ts";

const LIFETIME = 1000;
const FINGERPRINT = "0123456789abcdef".repeat(4);

function state(
  identity: PeerIdentity,
  binding: Uint8Array = new Uint8Array(32).fill(7),
): ServerSessionState {
  const master = Uint8Array.from({ length: 48 }, (_, i) => i);
  return { suite: 0xd001, master, identity, binding, expiresAt: 1_780_000_000_000 };
}

const PSK = state({ type: "psk", identity: "branch-office-munich" });
const CERTIFICATE = state({
  type: "certificate",
  names: ["office.example.com", "zweigstelle.example.com"],
  subject: "CN=Büro, O=Example",
  fingerprint: FINGERPRINT,
});

/** Tickets on a clock that stands still until it is told. */
function lab(seed = 3): { tickets: SessionTickets; pass(ms: number): void } {
  let now = 0;
  const tickets = new SessionTickets({ now: () => now }, seeded(seed), LIFETIME);
  return {
    tickets,
    pass(ms) {
      now += ms;
    },
  };
}

function sealed(tickets: SessionTickets, session = PSK): Uint8Array {
  return tickets.seal(session) ?? assert.fail("no ticket");
}

describe("a ticket", () => {
  const kinds: readonly [string, ServerSessionState][] = [
    ["a pre-shared key", PSK],
    ["a certificate", CERTIFICATE],
    ["a certificate without a name", state({ ...CERTIFICATE.identity, names: [] } as PeerIdentity)],
    [
      "a raw public key",
      state({ type: "raw-public-key", fingerprint: FINGERPRINT }, seeded(1).bytes(123)),
    ],
  ];
  for (const [what, session] of kinds) {
    test(`gives back a session of ${what}`, () => {
      const { tickets } = lab();
      assert.deepEqual(tickets.open(sealed(tickets, session)), { state: session, current: true });
    });
  }

  test("of a pre-shared key is small", () => assert.ok(sealed(lab().tickets).length < 200));

  test("shows nothing of its secret, and no two are the same", () => {
    const { tickets } = lab();
    const [one, two] = [sealed(tickets), sealed(tickets)];
    assert.notDeepEqual(one, two);
    assert.ok(!Buffer.from(one).includes(Buffer.from(PSK.master.subarray(0, 8))));
  });

  test("leaves the session's own secret as it is", () => {
    const { tickets } = lab();
    const opened = tickets.open(sealed(tickets));
    opened?.state.master.fill(0);
    assert.equal(PSK.master[1], 1);
  });

  test("is not made where it would be too large for a ClientHello", () => {
    const names = Array.from({ length: 300 }, (_, i) => `host-number-${i}.example.com`);
    assert.equal(
      lab().tickets.seal(state({ ...CERTIFICATE.identity, names } as PeerIdentity)),
      undefined,
    );
  });

  test("of another server is as good as none", () => {
    assert.equal(lab(4).tickets.open(sealed(lab(3).tickets)), undefined);
  });

  test("that was changed anywhere is as good as none", () => {
    const { tickets } = lab();
    const ticket = sealed(tickets);
    for (let at = 0; at < ticket.length; at += 1) {
      assert.equal(tickets.open(ticket.with(at, (ticket[at] ?? 0) ^ 1)), undefined, `octet ${at}`);
    }
  });

  test("may be any octets", () => {
    const { tickets } = lab();
    const chance = seeded(9);
    const ticket = sealed(tickets);
    for (let i = 0; i < 500; i += 1) {
      const damaged = mutate(ticket, chance);
      const same = Buffer.compare(damaged, ticket) === 0;
      assert.equal(tickets.open(damaged) !== undefined, same);
    }
    for (const length of [0, 15, 16, 28, 44, 5000]) {
      assert.equal(tickets.open(new Uint8Array(length)), undefined);
    }
  });
});

describe("keys of tickets", () => {
  test("change every half lifetime; then an old ticket is not current", () => {
    const { tickets, pass } = lab();
    const ticket = sealed(tickets);
    pass(LIFETIME / 2 - 1);
    assert.equal(tickets.open(ticket)?.current, true);
    pass(1);
    assert.equal(tickets.open(ticket)?.current, false);
    assert.notDeepEqual(sealed(tickets).subarray(0, 16), ticket.subarray(0, 16));
  });

  test("open the last ticket until it is out of time, and then never again", () => {
    const { tickets, pass } = lab();
    sealed(tickets);
    pass(LIFETIME / 2 - 1);
    const last = sealed(tickets);
    pass(LIFETIME);
    assert.ok(tickets.open(last));
    pass(1);
    assert.equal(tickets.open(last), undefined);
  });

  test("do so although newer ones came", () => {
    const { tickets, pass } = lab();
    const all = [0, 1, 2].map(() => {
      const ticket = sealed(tickets);
      pass(LIFETIME / 2);
      return ticket;
    });
    const opens = (): boolean[] => all.map((ticket) => tickets.open(ticket) !== undefined);
    assert.deepEqual(opens(), [false, true, true]);
    sealed(tickets);
    assert.deepEqual(opens(), [false, true, true]);
  });

  test("are forgotten on demand", () => {
    const { tickets } = lab();
    const ticket = sealed(tickets);
    tickets.wipe();
    assert.equal(tickets.open(ticket), undefined);
    assert.ok(tickets.open(sealed(tickets)));
  });
});
