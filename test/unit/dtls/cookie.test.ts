import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { CookieJar } from "../../../agent/dtls/cookie.ts";
import type { Address } from "../../../agent/net/ports.ts";
import type { ClientHello } from "../../../agent/wire/dtls/client-hello.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";
import { seeded } from "../../support/seeded.ts";

const FROM: Address = { family: 4, host: "192.0.2.7", port: 4000 };
const HELLO: ClientHello = {
  version: 0xfefd,
  random: new Uint8Array(32).fill(7),
  sessionId: new Uint8Array(),
  cookie: new Uint8Array(),
  cipherSuites: [0xd001, 0xccac],
  compressionMethods: [0],
  extensions: [],
};

function jarOnClock(): { jar: CookieJar; clock: VirtualClock } {
  const clock = new VirtualClock();
  return { jar: new CookieJar(clock, seeded(1)), clock };
}

describe("cookies [RFC 6347 §4.2.1]", () => {
  test("a cookie is accepted with the hello and the address it was made for", () => {
    const { jar } = jarOnClock();
    const cookie = jar.bake(FROM, HELLO);
    assert.equal(jar.accepts(FROM, { ...HELLO, cookie }), true);
  });

  const others: readonly [string, Address, Partial<ClientHello>][] = [
    ["host", { ...FROM, host: "192.0.2.8" }, {}],
    ["port", { ...FROM, port: 4001 }, {}],
    ["version", FROM, { version: 0xfefc }],
    ["random", FROM, { random: new Uint8Array(32).fill(8) }],
    ["session id", FROM, { sessionId: Uint8Array.of(1) }],
    ["cipher suites", FROM, { cipherSuites: [0xccac] }],
    ["compression methods", FROM, { compressionMethods: [0, 1] }],
    ["cookie", FROM, { cookie: new Uint8Array(16) }],
    ["length of the cookie", FROM, { cookie: new Uint8Array(15) }],
  ];
  for (const [what, from, over] of others) {
    test(`another ${what} is refused`, () => {
      const { jar } = jarOnClock();
      const cookie = jar.bake(FROM, HELLO);
      assert.equal(jar.accepts(from, { ...HELLO, cookie, ...over }), false);
    });
  }

  for (const [seconds, good] of [
    [61, true],
    [119, true],
    [121, false],
    [3600, false],
  ] as const) {
    test(`after ${seconds} s a cookie is ${good ? "still" : "no longer"} good`, () => {
      const { jar, clock } = jarOnClock();
      const cookie = jar.bake(FROM, HELLO);
      clock.advanceNow(60_001);
      jar.bake(FROM, HELLO); // a busy server changes its secret on time
      clock.advanceNow(seconds * 1000 - 60_001);
      assert.equal(jar.accepts(FROM, { ...HELLO, cookie }), good);
    });
  }

  test("a quiet server's old secret does not live for ever", () => {
    const { jar, clock } = jarOnClock();
    const cookie = jar.bake(FROM, HELLO);
    clock.advanceNow(120_001);
    assert.equal(jar.accepts(FROM, { ...HELLO, cookie }), false);
  });
});
