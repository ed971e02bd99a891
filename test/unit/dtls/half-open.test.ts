import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { HalfOpen } from "../../../agent/dtls/half-open.ts";
import type { Address } from "../../../agent/net/ports.ts";

const v4 = (host: string): Address => ({ family: 4, host, port: 1 });
const v6 = (host: string): Address => ({ family: 6, host, port: 1 });

describe("half-open handshakes", () => {
  test("a source that is full loses its own oldest", () => {
    const halfOpen = new HalfOpen<string>({ total: 10, perSource: 2 });
    assert.equal(halfOpen.add(v4("192.0.2.1"), "a"), undefined);
    assert.equal(halfOpen.add(v4("192.0.2.1"), "b"), undefined);
    assert.equal(halfOpen.add(v4("192.0.2.1"), "c"), "a");
    assert.equal(halfOpen.size, 2);
  });

  test("where all is full the most crowded source pays, not the newcomer", () => {
    const halfOpen = new HalfOpen<string>({ total: 4, perSource: 3 });
    for (const item of ["a", "b", "c"]) halfOpen.add(v4("192.0.2.1"), item);
    halfOpen.add(v4("192.0.2.2"), "d");
    assert.equal(halfOpen.add(v4("192.0.2.3"), "e"), "a");
    assert.equal(halfOpen.size, 4);
  });

  test("there is room unless a source or all of them are full", () => {
    const halfOpen = new HalfOpen<string>({ total: 3, perSource: 2 });
    halfOpen.add(v4("192.0.2.1"), "a");
    assert.equal(halfOpen.hasRoom(v4("192.0.2.1")), true);
    halfOpen.add(v4("192.0.2.1"), "b");
    assert.equal(halfOpen.hasRoom(v4("192.0.2.1")), false);
    assert.equal(halfOpen.hasRoom(v4("192.0.2.2")), true);
    halfOpen.add(v4("192.0.2.2"), "c");
    assert.equal(halfOpen.hasRoom(v4("192.0.2.3")), false);
  });

  test("where all is full the site that holds the most gives way, however many sources it has", () => {
    const halfOpen = new HalfOpen<string>({ total: 4, perSource: 3 });
    halfOpen.add(v4("192.0.2.1"), "a");
    for (const [i, item] of ["b", "c", "d"].entries()) halfOpen.add(v6(`2001:db8:7:${i}::1`), item);
    assert.equal(halfOpen.add(v4("192.0.2.2"), "e"), "b");
    assert.equal(halfOpen.add(v6("2001:db8:7:9::1"), "f"), "c");
    assert.equal(halfOpen.size, 4);
  });

  test("what is deleted makes room; deleting twice does nothing", () => {
    const halfOpen = new HalfOpen<string>({ total: 1, perSource: 1 });
    halfOpen.add(v4("192.0.2.1"), "a");
    halfOpen.delete("a");
    halfOpen.delete("a");
    assert.equal(halfOpen.size, 0);
    assert.equal(halfOpen.add(v4("192.0.2.2"), "b"), undefined);
  });

  for (const [one, other, same] of [
    ["2001:db8::1", "2001:db8::2", true],
    ["2001:db8:0:0:1::", "2001:db8::5:6:7:8", true],
    ["2001:db8:0:1::1", "2001:db8::1", false],
    ["::1", "::2", true],
    ["fe80::1%eth0", "fe80::2%eth1", true],
  ] as const) {
    test(`${one} and ${other} are ${same ? "one source" : "two"}: an IPv6 source is a /64`, () => {
      const halfOpen = new HalfOpen<string>({ total: 10, perSource: 1 });
      halfOpen.add(v6(one), "a");
      assert.equal(halfOpen.add(v6(other), "b"), same ? "a" : undefined);
    });
  }
});
