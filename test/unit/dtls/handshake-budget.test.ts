import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { HandshakeBudget } from "../../../agent/dtls/handshake-budget.ts";
import type { Address } from "../../../agent/net/ports.ts";

const v4 = (host: string): Address => ({ family: 4, host, port: 1 });
const v6 = (host: string): Address => ({ family: 6, host, port: 1 });

/** A budget, and how many handshakes it lets somebody begin now. */
function budget(): {
  purse: HandshakeBudget;
  pass(ms: number): void;
  begin(from: Address): number;
} {
  let now = 0;
  const purse = new HandshakeBudget({ now: () => now });
  return {
    purse,
    pass: (ms) => void (now += ms),
    begin(from) {
      let count = 0;
      while (purse.take(from)) count += 1;
      return count;
    },
  };
}

describe("the handshakes that one source may begin", () => {
  test("twenty at once, then five a second, and never more than twenty", () => {
    const { pass, begin } = budget();
    const from = v4("192.0.2.1");
    assert.equal(begin(from), 20);
    assert.equal(begin(from), 0);
    pass(1000);
    assert.equal(begin(from), 5);
    pass(3_600_000);
    assert.equal(begin(from), 20);
  });

  test("what ended in a session is not counted", () => {
    const { purse, begin } = budget();
    const from = v4("192.0.2.1");
    for (let i = 0; i < 1000; i += 1) {
      assert.ok(purse.take(from));
      purse.giveBack(from);
    }
    assert.equal(begin(from), 20);
    for (let i = 0; i < 3; i += 1) purse.giveBack(from);
    assert.equal(begin(from), 3);
  });

  for (const [what, from, other, same] of [
    ["another port", v4("192.0.2.1"), { ...v4("192.0.2.1"), port: 2 }, true],
    ["another IPv4 address", v4("192.0.2.1"), v4("192.0.2.2"), false],
    ["the same /64", v6("2001:db8::1"), v6("2001:db8::2:1"), true],
    ["another /64", v6("2001:db8::1"), v6("2001:db8:0:1::1"), false],
  ] as const) {
    test(`${what} is ${same ? "the same source" : "another source"}`, () => {
      const { begin } = budget();
      begin(from);
      assert.equal(begin(other), same ? 0 : 20);
    });
  }

  test("however many sources there are, ten thousand are remembered", () => {
    const { purse, begin } = budget();
    const first = v4("192.0.2.1");
    begin(first);
    for (let i = 0; i < 10_000; i += 1) purse.take(v6(`2001:db8:0:${i.toString(16)}::1`));
    assert.equal(begin(first), 20);
  });
});
