/** That no copy of a secret stays behind where it was handed on. */
import assert from "node:assert/strict";
import { ECDH } from "node:crypto";
import { test, type TestContext } from "node:test";
import { suiteByName } from "../../../agent/dtls/cipher-suites.ts";
import { ConnectAttempt } from "../../../agent/dtls/connect-attempt.ts";
import { generateKeyShare } from "../../../agent/dtls/crypto/key-share.ts";
import { epochKeys, pskPremaster } from "../../../agent/dtls/key-schedule.ts";
import { SessionKeeper } from "../../../agent/dtls/session-keeper.ts";
import { decodeStoredSession, MemorySessionStore } from "../../../agent/dtls/stored-session.ts";
import { SERVER_ADDRESS } from "../../support/dtls-lab.ts";

/** Every octet string that `make` cuts out of another one. */
function slices(t: TestContext, make: () => void): readonly Uint8Array[] {
  const made: Uint8Array[] = [];
  const slice = Uint8Array.prototype.slice;
  t.mock.method(
    Uint8Array.prototype,
    "slice",
    function (this: Uint8Array, ...range: [number?, number?]) {
      const part = slice.apply(this, range);
      made.push(part);
      return part;
    },
  );
  make();
  t.mock.restoreAll();
  return made;
}

const isZero = (octets: Uint8Array): boolean => octets.every((octet) => octet === 0);

test("the keys of an epoch leave nothing but what their owner wipes", (t) => {
  const suite = suiteByName("TLS_ECDHE_PSK_WITH_AES_128_GCM_SHA256");
  assert.ok(suite);
  const randoms = { clientRandom: new Uint8Array(32), serverRandom: new Uint8Array(32) };
  const made = slices(t, () => {
    const { client, server } = epochKeys(new Uint8Array(48).fill(9), { suite, ...randoms });
    for (const { aead, fixedIv } of [client, server]) {
      aead.wipe();
      fixedIv.fill(0);
    }
  });
  assert.ok(made.every(isZero));
});

for (const [what, agreed, expected] of [
  ["alone", undefined, "00030000000003010203"],
  ["with a Diffie-Hellman result", Uint8Array.of(7, 8), "000207080003010203"],
] as const) {
  test(`the premaster secret of a pre-shared key ${what} is the only copy of it`, (t) => {
    const key = Uint8Array.of(1, 2, 3);
    let premaster: Uint8Array | undefined;
    const made = slices(t, () => (premaster = pskPremaster(key, agreed)));
    assert.equal(Buffer.from(premaster ?? []).toString("hex"), expected);
    assert.deepEqual(made, []);
  });
}

test("what two key shares agree on is in one place", (t) => {
  const computed: Uint8Array[] = [];
  const { computeSecret } = ECDH.prototype;
  t.mock.method(ECDH.prototype, "computeSecret", function (this: ECDH, peer: Uint8Array) {
    const secret: unknown = Reflect.apply(computeSecret, this, [peer]);
    assert.ok(secret instanceof Uint8Array);
    computed.push(secret);
    return secret;
  });
  const agreed = generateKeyShare(23).agree(generateKeyShare(23).publicKey);
  assert.ok(agreed && !isZero(agreed));
  assert.ok(computed.length === 1 && computed.every(isZero));
});

test("a session to keep is wiped once it is kept", () => {
  const store = new MemorySessionStore();
  const attempt = new ConnectAttempt({
    to: SERVER_ADDRESS,
    identity: { type: "psk", identity: "branch" },
    keeper: new SessionKeeper({ store, server: "the server" }),
    signal: undefined,
    onMaySend: () => {},
    keyLog: () => {},
  });
  const master = new Uint8Array(48).fill(3);
  const ticket = new Uint8Array(20);
  const none = new Uint8Array();
  const session = { suite: 1, master, ticket, sessionId: none, expiresAt: 1, credential: "" };
  attempt.resumable(session);
  assert.ok(isZero(master));
  const kept = decodeStoredSession(store.load("the server") ?? none);
  assert.deepEqual(kept?.master, new Uint8Array(48).fill(3));
});
